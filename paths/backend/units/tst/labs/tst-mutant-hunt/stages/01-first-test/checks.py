"""Stage 1: there is a test, it passes with the good build, and it compares something."""

from firsthand.lab import Suite, check, expect, fail


@check(proves="TST-01")
async def has_a_test(suite: Suite) -> None:
    """The runner finds at least one test in your files and runs it (brief)."""
    outcome = await suite.run(suite.builds.good)
    if not outcome.tests and not outcome.trouble:
        fail(
            f"With `{suite.command}`, no test was found.",
            hint="The file's name and the test's name matter: the brief shows both in its example.",
        )
    ran = [test for test in outcome.tests if test.verdict != "skipped"]
    if not ran and not outcome.trouble:
        fail("Every test is skipped: none of them ran.", hint="Take out skip, todo and xfail.")


@check(proves="TST-01")
async def passes_with_the_good_build(suite: Suite) -> None:
    """With the good build every test passes, and the tests come to an end by themselves (brief)."""
    await suite.good()


@check(proves="TST-01")
async def notices_an_empty_program(suite: Suite) -> None:
    """With a program that does nothing at all, at least one test fails (brief)."""
    await suite.good()
    alive = await suite.survivors(suite.builds.breaking("everything"))
    expect(len(alive), "number of empty programs that pass your tests").equals(
        0,
        hint="In this build every function ends at once and gives nothing back. Does a test call the real function, "
        "and compare what comes with what should come?",
    )
