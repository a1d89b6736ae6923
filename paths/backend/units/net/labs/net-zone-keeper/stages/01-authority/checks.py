"""Stage 1: who keeps the zone, which name servers have it, and how long its absence of names is remembered."""

from kit import DAY_S, FORGOTTEN_S, NO_DATA, NO_NAME, ORIGIN, ask, expect_records, expect_ttl, said, shown

from firsthand.bench.clients.dns import DnsReply
from firsthand.lab import Dns, Rng, check, expect

PRIMARY = f"ns1.{ORIGIN}."
MAILBOX = rf"dns\.admin.{ORIGIN}."
TIMERS_S = {"refresh": 2 * 3600, "retry": 15 * 60, "expire": 14 * DAY_S}
NAME_SERVERS = (PRIMARY, f"ns2.{ORIGIN}.", "ns.friends.example.")


@check(proves=("NET-07", "NET-06"))
async def names_the_primary(dns: Dns, rng: Rng) -> None:
    """The first name in the SOA is ns1.lantern.test., the name server where the zone is written (RFC 1035, 3.3.13)."""
    await _expect_in_soa(
        dns,
        rng,
        0,
        PRIMARY,
        "primary name server in the SOA",
        "Write ns1, or ns1.lantern.test. in full, with its last dot.",
    )


@check(proves="NET-07")
async def names_the_keeper(dns: Dns, rng: Rng) -> None:
    """The second name in the SOA is the mail address dns.admin@lantern.test, as a name (RFC 1035, 8)."""
    hint = (
        "The first dot that is not escaped stands for the @: dns.admin.lantern.test. would be dns@admin.lantern.test. "
        r"A dot before the @ is written \."
    )
    await _expect_in_soa(dns, rng, 1, MAILBOX, "mailbox in the SOA", hint)


@check(proves="NET-07")
async def sets_the_timers(dns: Dns, rng: Rng) -> None:
    """Secondaries refresh after 2 h, retry after 15 min, and give up after 2 weeks (RFC 1035, 3.3.13)."""
    for reply in await ask(dns, rng, "", "SOA"):
        numbers = _soa(reply.data("SOA"))[3:6]
        with shown(reply):
            for (name, seconds), got in zip(TIMERS_S.items(), numbers, strict=False):
                expect(int(got), f"{name} of the SOA, in seconds").equals(
                    seconds,
                    hint="The numbers are serial, refresh, retry, expire, minimum, and mean seconds without a unit.",
                )


@check(proves=("NET-06", "NET-07"))
async def forgets_absent_names_soon(dns: Dns, rng: Rng) -> None:
    """Names that nobody asked for do not exist, and that is remembered for 5 minutes (RFC 2308, 3 and 5; brief)."""
    for name in (rng.token(), f"{rng.token()}.ns1", f"www{rng.token()}"):
        for reply in await ask(dns, rng, name, rng.choice(("A", "AAAA", "MX"))):
            with shown(reply):
                expect(said(reply), f"what is said about {name}.{ORIGIN}").equals(
                    NO_NAME, hint="Nobody asked for this name. Is there a record for * (every name) in the zone?"
                )
                _expect_forgotten(reply)
    for reply in await ask(dns, rng, "ns1", "MX"):
        with shown(reply):
            expect(said(reply), f"what is said about ns1.{ORIGIN} MX").equals(NO_DATA)
            _expect_forgotten(reply)


@check(proves=("NET-07", "NET-06"))
async def lists_the_name_servers(dns: Dns, rng: Rng) -> None:
    """The zone's NS records are ns1, ns2 and ns.friends.example., with a TTL of 1 day (RFC 1034, 4.2.1; brief)."""
    await expect_records(
        dns, rng, "", "NS", NAME_SERVERS, ttl_s=DAY_S, hint="One NS record for each name server, and no other."
    )


@check(proves="NET-07")
async def says_where_they_are(dns: Dns, rng: Rng) -> None:
    """ns1 has 192.0.2.53 and 2001:db8:1::53, ns2 has 198.51.100.53 only (RFC 1912, 2.3; brief)."""
    hint = "Name servers inside the zone need their addresses in it: who else could know them?"
    await expect_records(dns, rng, "ns1", "A", ["192.0.2.53"], hint=hint)
    await expect_records(dns, rng, "ns1", "AAAA", ["2001:db8:1::53"], hint=hint)
    await expect_records(dns, rng, "ns2", "A", ["198.51.100.53"], hint=hint)
    for reply in await ask(dns, rng, "ns2", "AAAA"):
        with shown(reply):
            expect(said(reply), f"what is said about ns2.{ORIGIN} AAAA").equals(
                NO_DATA, hint="An address that nobody answers at makes clients wait."
            )


async def _expect_in_soa(dns: Dns, rng: Rng, place: int, wanted: str, what: str, hint: str) -> None:
    for reply in await ask(dns, rng, "", "SOA"):
        got = _soa(reply.data("SOA"))[place].lower()
        with shown(reply):
            if got == f"{wanted}{ORIGIN}.":
                hint = f"A name without a dot at its end is relative: {ORIGIN} is put behind it. End it with a dot."
            expect(got, what).equals(wanted, hint=hint)


def _expect_forgotten(reply: DnsReply) -> None:
    expect_ttl(
        reply.authority,
        "SOA",
        FORGOTTEN_S,
        hint="What does not exist is remembered as long as the smaller one says: the SOA's TTL or its last number.",
    )


def _soa(data: list[str]) -> list[str]:
    expect(len(data), "SOA records of the zone").equals(1)
    return data[0].split()
