"""Stage 6: each test stands alone, waits for nothing, and needs no network."""

from firsthand.lab import Suite, check, fail

WAITED_S = 1.0
ALL_S = 5.0
SHOWN = 4


@check(proves="TST-01")
async def each_test_passes_alone(suite: Suite) -> None:
    """Each of your tests passes alone, without those before it (brief)."""
    outcomes = await suite.alone()
    lone = [name for name, outcome in outcomes.items() if outcome.red or not outcome.passed]
    if lone:
        more = f" and {len(lone) - SHOWN} more" if len(lone) > SHOWN else ""
        outcomes[lone[0]].expect_green(
            f"{len(lone)} of {len(outcomes)} tests pass only after others: {'; '.join(lone[:SHOWN])}{more}. Alone, ",
            hint="Something from an earlier test is needed: a shop, a hold, a list at the top of the file. "
            "Let each test begin with a shop of its own.",
        )


@check(proves="TST-02")
async def waits_for_nothing(suite: Suite) -> None:
    """All your tests together wait less than a second by the real clock, and take less than five (brief)."""
    outcome = await suite.good()
    if outcome.waited_s >= WAITED_S:
        fail(
            f"Your tests wait {outcome.waited_s:.3g} s by the real clock.",
            expected="less than a second, all together",
            got=f"{outcome.waited_s:.3g} s",
            hint="Who brings the clock along need not wait: set it on, and it is later.",
        )
    if outcome.seconds >= suite.stretched(ALL_S) and (await suite.again()).seconds >= suite.stretched(ALL_S):
        fail(
            f"Your tests take {outcome.seconds:.3g} s.",
            expected="less than five seconds",
            got=f"{outcome.seconds:.3g} s",
            hint="Tests that take long are not run. Which of them computes or waits so long?",
        )


@check(proves="TST-02")
async def needs_no_network(suite: Suite) -> None:
    """No test reaches for another machine (brief)."""
    outcome = await suite.good()
    if outcome.network:
        fail(
            f"Your tests reach for {', '.join(outcome.network[:SHOWN])} over the network.",
            hint="In a train, behind a firewall and while the other machine is down such a test says nothing of your "
            "program. Let an object of your own answer.",
        )
