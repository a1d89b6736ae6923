"""What the stages of the mutant hunt share: promises in words, and what to say of mutants that live."""

from firsthand.lab import Suite, fail

PROMISES = {
    "P1": "up to and including 5 years a ticket is free",
    "P2": "from 6 up to and including 17 it costs 1000",
    "P3": "from 18 up to and including 64 it costs 2000",
    "P4": "from 65 on it costs 1500",
    "P5": "an age below 0 or above 130 is refused, 0 and 130 are ages",
    "P6": "the total is the sum of the prices, and 0 for nobody",
    "P7": "five tickets or more are a tenth cheaper, all of them together",
    "P8": "free tickets count as tickets, too",
    "P9": "the ages that were handed in stay as they were",
    "S1": "a hold has so many different free seats",
    "S2": "what is held or sold is given to nobody else",
    "S3": "when too few seats are free SoldOutError comes, and no seat is taken",
    "S4": "a hold lasts 600 seconds, then its seats are free and buying is too late, without asking the bank",
    "S5": "the total is charged to the card, once, and the seats are sold for ever",
    "S6": "a refused card buys nothing, and the hold goes on",
    "S7": "where there is nothing to pay, the bank is not asked, and the seats are sold",
    "S8": "when the bank cannot be reached, its error comes out, nothing is sold, and the hold goes on",
}
SHOWN = 6


async def expect_killed(suite: Suite, promise: str) -> None:
    """Every mutant that breaks this promise makes a test fail."""
    mutants = suite.builds.breaking(promise)
    of_the_stage = suite.builds.breaking(*(name for name in PROMISES if name[0] == promise[0]))
    alive = [build for build in await suite.survivors(of_the_stage) if build in mutants]
    if alive:
        killed = len(mutants) - len(alive)
        fail(
            f"{len(alive)} of the {len(mutants)} mutants that break {promise} live: your tests all pass with them.",
            expected=f"all {len(mutants)} killed",
            got=f"{killed} killed",
            hint=f"{promise} promises: {PROMISES[promise]}. Which test of yours would fail if that were not so?",
        )


async def expect_right(suite: Suite, variant: str) -> None:
    """The tests pass with this other build, which keeps every promise in a way of its own."""
    await suite.good()
    build = suite.builds.variant(variant)
    await suite.run_all(suite.builds.variants)
    outcome = await suite.run(build)
    outcome.expect_green(
        "Another right build keeps every promise, and still ",
        hint=f"Nobody promised {build.about}. In this build that is different, and your test insists on it.",
    )
