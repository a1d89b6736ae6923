"""Stage 6: what a change needs so that secondaries take it, and caches do not stand in its way."""

from kit import DAY_S, FORGOTTEN_S, ask, expect_bare, expect_nothing, expect_records, shown

from firsthand.lab import Dns, Rng, check, expect

OLD_SERIAL = 4026112101
"""What the secondaries have; somebody once typed a 4 for the 2 of a date."""
SERIALS = 2**32
HALF = 2**31


@check(proves="NET-07")
async def counts_the_serial_on(dns: Dns, rng: Rng) -> None:
    """The serial is newer than the 4026112101 that the secondaries have, in serial arithmetic (RFC 1982, 3.2)."""
    for reply in await ask(dns, rng, "", "SOA"):
        serial = int(reply.data("SOA")[0].split()[2])
        with shown(reply):
            expect(newer(serial), f"serial {serial} against {OLD_SERIAL}, as a secondary sees it").equals(
                "newer", hint=_why(serial)
            )


@check(proves=("NET-06", "NET-07"))
async def lowers_the_ttl_before_the_move(dns: Dns, rng: Rng) -> None:
    """files still has its old address 192.0.2.40, with a TTL of 5 minutes: it moves tonight (RFC 1034, 3.6; brief)."""
    await expect_records(
        dns, rng, "files", "A", ["192.0.2.40"], ttl_s=FORGOTTEN_S, hint="Until tonight nobody answers at the new one."
    )
    await expect_bare(dns, rng, "files", ["AAAA"])


@check(proves=("NET-06", "NET-07"))
async def raises_the_ttl_after_the_move(dns: Dns, rng: Rng) -> None:
    """wiki has its new address 203.0.113.41 alone, and its TTL is 1 day again (RFC 1034, 3.6; brief)."""
    await expect_records(
        dns, rng, "wiki", "A", ["203.0.113.41"], ttl_s=DAY_S, hint="wiki has moved: its old address is of no use now."
    )


@check(proves=("NET-06", "NET-07"))
async def takes_the_calendar_away(dns: Dns, rng: Rng) -> None:
    """cal does not exist any more, whatever is asked about it (RFC 2308, 2.1; brief)."""
    await expect_nothing(dns, rng, "cal", hint="A name exists as long as it has a record of any type.")


def newer(serial: int) -> str:
    """How a secondary sees this serial: newer, the same, older, or neither when they lie half a circle apart."""
    ahead = (serial - OLD_SERIAL) % SERIALS
    if ahead in (0, HALF):
        return "the same" if ahead == 0 else "neither newer nor older"
    return "newer" if ahead < HALF else "older"


def _why(serial: int) -> str:
    if serial == OLD_SERIAL:
        return "Without another serial no secondary fetches the zone: count it up with every change."
    return (
        "Serials go round in a circle of 4294967296, and newer is what lies less than half of it ahead. The date of "
        "today lies behind 4026112101: go on counting from there."
    )
