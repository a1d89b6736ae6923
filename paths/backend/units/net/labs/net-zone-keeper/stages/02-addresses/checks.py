"""Stage 2: addresses of both kinds, names below names, and one record for every bicycle."""

from kit import expect_bare, expect_nothing, expect_records

from firsthand.lab import Dns, Rng, check


@check(proves=("NET-07", "NET-06"))
async def answers_for_the_bare_name(dns: Dns, rng: Rng) -> None:
    """lantern.test itself has 192.0.2.80 and 2001:db8:1::80, for 1 hour (RFC 1035, 3.4.1; RFC 3596, 2.1; brief)."""
    hint = "The zone's own name is written @, or in full with its last dot."
    await expect_records(dns, rng, "", "A", ["192.0.2.80"], hint=hint)
    await expect_records(dns, rng, "", "AAAA", ["2001:db8:1::80"], hint=hint)


@check(proves=("NET-07", "NET-06"))
async def spreads_the_web(dns: Dns, rng: Rng) -> None:
    """www has both machines' addresses, two of each kind, for 1 hour (RFC 1035, 3.4.1; RFC 3596, 2.1; brief)."""
    hint = "One record for each address: a name may have several of one type."
    await expect_records(dns, rng, "www", "A", ["192.0.2.80", "198.51.100.80"], hint=hint)
    await expect_records(dns, rng, "www", "AAAA", ["2001:db8:1::80", "2001:db8:2::80"], hint=hint)


@check(proves=("NET-06", "NET-07"))
async def keeps_intra_to_ipv6(dns: Dns, rng: Rng) -> None:
    """intra has 2001:db8:1::10, and exists without an IPv4 address (RFC 3596, 2.1; RFC 2308, 2.2; brief)."""
    await expect_records(dns, rng, "intra", "AAAA", ["2001:db8:1::10"])
    await expect_bare(dns, rng, "intra", ["A"], hint="The machine has no IPv4 address: no A record then.")


@check(proves=("NET-07", "NET-06"))
async def finds_the_printer(dns: Dns, rng: Rng) -> None:
    """printer.office has 192.0.2.131; office exists by that, and has no records of its own (RFC 8020, 2; brief)."""
    await expect_records(
        dns, rng, "printer.office", "A", ["192.0.2.131"], hint="A name may have dots: printer.office, on the left."
    )
    await expect_bare(dns, rng, "office", ["A", "AAAA"], hint="Nobody asked for an address of office itself.")
    await expect_nothing(dns, rng, f"{rng.token()}.office", ["A"], hint="A * answers for names nobody asked for.")


@check(proves=("NET-07", "NET-06"))
async def answers_for_every_bicycle(dns: Dns, rng: Rng) -> None:
    """Every name below bikes has 192.0.2.90, however many labels it has (RFC 4592, 2.1 and 3.3)."""
    hint = "The label * stands for every name that is not there: *.bikes"
    for name in (rng.token(), f"{rng.token()}-{rng.integer(1, 999)}", f"{rng.token()}.{rng.token()}"):
        await expect_records(dns, rng, f"{name}.bikes", "A", ["192.0.2.90"], hint=hint)


@check(proves=("NET-07", "NET-06"))
async def knows_where_the_star_ends(dns: Dns, rng: Rng) -> None:
    """service.bikes has 192.0.2.91 alone, nothing is below it, and bikes itself has no address (RFC 4592, 2.2)."""
    await expect_records(
        dns, rng, "service.bikes", "A", ["192.0.2.91"], hint="A name of its own comes before the star."
    )
    await expect_nothing(
        dns,
        rng,
        f"{rng.token()}.service.bikes",
        ["A"],
        hint="The star of bikes does not reach below a name that is there.",
    )
    await expect_bare(dns, rng, "bikes", ["A"], hint="*.bikes is about names below bikes, and not about bikes itself.")
