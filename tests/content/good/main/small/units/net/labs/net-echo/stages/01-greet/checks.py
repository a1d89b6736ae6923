"""The checks of the greeting."""

from kit import GREETING

from firsthand.lab import App, check, expect


@check(proves="NET-02")
async def greets_who_comes(app: App) -> None:
    """Whoever connects is greeted (brief)."""
    expect(GREETING, "the greeting").equals(GREETING)
