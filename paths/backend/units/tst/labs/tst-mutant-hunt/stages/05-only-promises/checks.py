"""Stage 5: other builds that keep every promise pass as well."""

from kit import expect_right

from firsthand.lab import Suite, check


@check(proves="TST-05")
async def lets_the_inside_change(suite: Suite) -> None:
    """A build that is written in another way and keeps every promise passes your tests (brief)."""
    await expect_right(suite, "other-inside")


@check(proves="TST-05")
async def lets_errors_say_it_differently(suite: Suite) -> None:
    """A build whose errors say it in other words passes your tests (brief)."""
    await expect_right(suite, "other-words")


@check(proves="TST-05")
async def takes_any_free_seat(suite: Suite) -> None:
    """A build that gives other free seats, in another order, passes your tests (brief)."""
    await expect_right(suite, "other-seats")


@check(proves=("TST-02", "TST-05"))
async def lets_the_clock_be_asked_at_any_time(suite: Suite) -> None:
    """A build that asks the clock more often passes your tests (brief)."""
    await expect_right(suite, "curious-clock")
