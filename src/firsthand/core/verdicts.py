"""The verdicts on checks, stages and runs, which are never mixed, and the exit codes that go with them."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What was found. Stages and checks use all six; a run is one of the first four."""

    PASSED = "passed"
    FAILED = "failed"
    INVALID = "invalid"
    """There was nothing to judge: the program did not build, start or exist."""
    ERROR = "error"
    """Ours or the author's fault: it costs the learner nothing."""
    SKIPPED = "skipped"
    NOT_REACHED = "not reached"

    @property
    def on_screen(self) -> str:
        """The words that a learner reads."""
        return _ON_SCREEN[self]


_ON_SCREEN = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.INVALID: "did not start",
    Verdict.ERROR: "we could not judge",
    Verdict.SKIPPED: "skipped",
    Verdict.NOT_REACHED: "not reached",
}

EXIT_USAGE = 2
"""The command itself was wrong: an unknown lab, a bad option."""

EXIT_CODES = {Verdict.PASSED: 0, Verdict.FAILED: 1, Verdict.INVALID: 3, Verdict.ERROR: 4}
"""The process exit code for each verdict on a run."""

_WORST_FIRST = (Verdict.ERROR, Verdict.INVALID, Verdict.FAILED)


def stage_verdict(checks: Iterable[Verdict]) -> Verdict:
    """The verdict on a stage from those on its checks; a stage without a judged check is skipped."""
    found = set(checks)
    for verdict in _WORST_FIRST:
        if verdict in found:
            return verdict
    return Verdict.PASSED if Verdict.PASSED in found else Verdict.SKIPPED


def run_verdict(stages: Iterable[Verdict]) -> Verdict:
    """The verdict on a run from those on its stages.

    A run with passed and skipped stages passed; a run in which nothing was judged is an error of ours, because a lab
    whose servers are all missing must be refused before it runs.
    """
    found = set(stages)
    for verdict in _WORST_FIRST:
        if verdict in found:
            return verdict
    return Verdict.PASSED if Verdict.PASSED in found else Verdict.ERROR
