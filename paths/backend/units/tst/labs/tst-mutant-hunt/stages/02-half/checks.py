"""Stage 2: at least half of the mutants of the prices are killed."""

from kit import PROMISES, SHOWN

from firsthand.lab import Suite, check, fail

PRICES = tuple(promise for promise in PROMISES if promise.startswith("P"))
OF_TOTAL = ("P6", "P7", "P8", "P9")


@check(proves="TST-01")
async def looks_at_both_functions(suite: Suite) -> None:
    """Your tests look at `price` and at `total`: of each at least one mutant is killed (brief)."""
    for name, promises in (("price", PRICES[:5]), ("total", OF_TOTAL)):
        mutants = suite.builds.breaking(*promises)
        if len(await suite.survivors(mutants)) == len(mutants):
            fail(
                f"All {len(mutants)} mutants of {name} live: no test fails, whatever {name} does wrong.",
                hint=f"Is there a test that calls {name} and compares what it gives?",
            )


@check(proves=("TST-01", "TST-05"))
async def kills_half_of_the_mutants(suite: Suite) -> None:
    """At least half of the mutants of the prices are killed (brief)."""
    mutants = suite.builds.breaking(*PRICES)
    alive = await suite.survivors(mutants)
    killed = len(mutants) - len(alive)
    if 2 * killed < len(mutants):
        broken = list(dict.fromkeys(build.about for build in alive))
        more = f", and {len(broken) - SHOWN} more" if len(broken) > SHOWN else ""
        fail(
            f"Your tests kill {killed} of {len(mutants)} mutants; half would be {(len(mutants) + 1) // 2}.",
            expected=f"{(len(mutants) + 1) // 2} or more",
            got=str(killed),
            hint=f"Those that live break the promises {', '.join(broken[:SHOWN])}{more}. Faults live at boundaries: "
            "where a promise says `up to`, ask on both sides of it.",
        )
