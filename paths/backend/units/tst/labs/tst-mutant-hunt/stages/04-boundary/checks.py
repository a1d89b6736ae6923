"""Stage 4: the shop is tested with a clock and a bank that the tests bring along."""

from kit import expect_killed

from firsthand.lab import Suite, check


@check(proves="TST-02")
async def tests_the_seats_of_a_hold(suite: Suite) -> None:
    """A mutant that breaks S1, so many different seats, is killed (brief)."""
    await expect_killed(suite, "S1")


@check(proves="TST-02")
async def tests_that_seats_are_kept(suite: Suite) -> None:
    """A mutant that breaks S2, nobody else is given a held seat, is killed (brief)."""
    await expect_killed(suite, "S2")


@check(proves="TST-02")
async def tests_when_it_is_sold_out(suite: Suite) -> None:
    """A mutant that breaks S3, too few seats are free, is killed (brief)."""
    await expect_killed(suite, "S3")


@check(proves="TST-02")
async def tests_the_ten_minutes(suite: Suite) -> None:
    """A mutant that breaks S4, a hold lasts 600 seconds, is killed (brief)."""
    await expect_killed(suite, "S4")


@check(proves="TST-02")
async def tests_what_is_charged(suite: Suite) -> None:
    """A mutant that breaks S5, the total is charged once and the seats are sold, is killed (brief)."""
    await expect_killed(suite, "S5")


@check(proves="TST-02")
async def tests_a_refused_card(suite: Suite) -> None:
    """A mutant that breaks S6, the bank refuses, is killed (brief)."""
    await expect_killed(suite, "S6")


@check(proves="TST-02")
async def tests_that_nothing_is_charged(suite: Suite) -> None:
    """A mutant that breaks S7, there is nothing to pay, is killed (brief)."""
    await expect_killed(suite, "S7")


@check(proves="TST-02")
async def tests_a_bank_out_of_reach(suite: Suite) -> None:
    """A mutant that breaks S8, the bank cannot be reached, is killed (brief)."""
    await expect_killed(suite, "S8")
