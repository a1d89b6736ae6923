"""Stage 3: whatever promise of the prices a mutant breaks, a test fails."""

from kit import expect_killed

from firsthand.lab import Suite, check


@check(proves="TST-01")
async def tests_what_is_free(suite: Suite) -> None:
    """A mutant that breaks P1, free tickets for small children, is killed (brief)."""
    await expect_killed(suite, "P1")


@check(proves="TST-01")
async def tests_what_children_pay(suite: Suite) -> None:
    """A mutant that breaks P2, what children pay, is killed (brief)."""
    await expect_killed(suite, "P2")


@check(proves="TST-01")
async def tests_what_adults_pay(suite: Suite) -> None:
    """A mutant that breaks P3, what adults pay, is killed (brief)."""
    await expect_killed(suite, "P3")


@check(proves="TST-01")
async def tests_what_old_people_pay(suite: Suite) -> None:
    """A mutant that breaks P4, what old people pay, is killed (brief)."""
    await expect_killed(suite, "P4")


@check(proves="TST-01")
async def tests_impossible_ages(suite: Suite) -> None:
    """A mutant that breaks P5, which ages there are, is killed (brief)."""
    await expect_killed(suite, "P5")


@check(proves="TST-01")
async def tests_the_sum(suite: Suite) -> None:
    """A mutant that breaks P6, the sum of the prices, is killed (brief)."""
    await expect_killed(suite, "P6")


@check(proves="TST-01")
async def tests_the_tenth_off(suite: Suite) -> None:
    """A mutant that breaks P7, a tenth off for five tickets or more, is killed (brief)."""
    await expect_killed(suite, "P7")


@check(proves="TST-01")
async def tests_that_free_tickets_count(suite: Suite) -> None:
    """A mutant that breaks P8, free tickets count as tickets, is killed (brief)."""
    await expect_killed(suite, "P8")


@check(proves="TST-01")
async def tests_that_the_ages_stay(suite: Suite) -> None:
    """A mutant that breaks P9, the ages stay as they were, is killed (brief)."""
    await expect_killed(suite, "P9")
