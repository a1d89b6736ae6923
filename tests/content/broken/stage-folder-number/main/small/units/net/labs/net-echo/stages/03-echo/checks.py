"""The checks of the echo."""

from firsthand.lab import App, Rng, check, expect


@check(proves=("NET-02", "NET-03"))
async def echoes_a_line(app: App, rng: Rng) -> None:
    """A line comes back as it went (brief)."""
    expect(rng.token(), "the line").is_present()


@check(proves="NET-03")
async def echoes_every_byte(app: App, rng: Rng) -> None:
    """Bytes of every value come back (RFC 862, TCP Based Echo Service)."""
    expect(rng.any_bytes(), "the bytes").is_present()
