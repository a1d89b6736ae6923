"""What is said of a run that terminal and site must say alike: why, how to see it oneself, what was skipped."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from firsthand.core.results import Failure, Report, StageResult
from firsthand.core.verdicts import Verdict

MESSAGE_READ_AT_ONCE = 120
"""Characters; in a longer message two values are not compared at a glance."""
NOTHING_TO_JUDGE = "nothing to judge"
"""What is said of SQL files, a repository or tests that cannot be judged: nothing is ever started."""
NEVER_STARTED = ("sql", "repo", "tests")

_NUMBERS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight")


@dataclass(frozen=True)
class Seeing:
    """How to say that something can be seen by oneself, for what a lab is about."""

    still: str
    asked: str
    keep_running: str
    """What to do first; empty where nothing has to run."""


SEEING = {
    "program": Seeing("Your program still runs. See it yourself:", "This was asked of it:", "keep the program running"),
    "sql": Seeing("The server still runs. See it yourself:", "This was run:", "keep the server running"),
    "repo": Seeing("See it yourself, in your workspace:", "See it yourself, in your workspace:", ""),
    "tests": Seeing("See it yourself, in your workspace:", "See it yourself, in your workspace:", ""),
}
SEEING_ELSE = Seeing("What you wrote still runs. See it yourself:", "This was asked of it:", "keep it running")
SEEING_CALLED = Seeing("It was called so:", "It was called so; call it yourself, in your workspace:", "")
"""For a program that is a command: it is there to be called."""


def seeing(subject: str, *, is_called: bool) -> Seeing:
    """How to say it of a lab with this subject, whose program may be one that is called (`Lab.is_called`)."""
    return SEEING_CALLED if is_called else SEEING.get(subject, SEEING_ELSE)


def readable(failure: Failure) -> Failure:
    """The failure, whose message ends before the two values where these are too long to be read in it."""
    values = f": expected {failure.expected}, got {failure.got}."
    if len(failure.message) <= MESSAGE_READ_AT_ONCE or not failure.message.endswith(values):
        return failure
    return msgspec.structs.replace(failure, message=f"{failure.message.removesuffix(values)}: not what was expected.")


def says_both(failure: Failure) -> bool:
    """Whether what was expected and what came is told already: by bytes with a pointer, or by a short message."""
    if failure.detail.startswith("expected "):
        return True
    told = f"expected {failure.expected}" in failure.message and f"got {failure.got}" in failure.message
    return told and len(failure.message) <= MESSAGE_READ_AT_ONCE


def verdict_words(report: Report, *, subject: str = "program", only_stage: bool = False) -> str:
    """The verdict on a run in a few words, with how far it came."""
    stages = report.stages
    skipped = [stage for stage in stages if stage.verdict is Verdict.SKIPPED]
    passed = sum(stage.verdict is Verdict.PASSED for stage in stages)
    match report.verdict:
        case Verdict.PASSED if skipped:
            return f"passed {len(stages) - len(skipped)} of {len(stages)}, {_skipped_words(skipped)}"
        case Verdict.PASSED if only_stage:
            return "passed this stage"
        case Verdict.PASSED:
            return f"passed · {count(len(stages), 'stage')}"
        case Verdict.FAILED:
            return f"failed · {passed} of {count(len(stages), 'stage')} passed"
        case Verdict.INVALID if subject in NEVER_STARTED:
            return NOTHING_TO_JUDGE
        case _:
            return report.verdict.on_screen


def count(number: int, what: str) -> str:
    """`1 stage`, `2 stages`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _skipped_words(skipped: Sequence[StageResult]) -> str:
    number = _NUMBERS[len(skipped)] if len(skipped) < len(_NUMBERS) else str(len(skipped))
    reasons = "; ".join(dict.fromkeys(str(stage.reason or "was skipped").rstrip(".") for stage in skipped))
    return f"{number} {reasons}" if reasons.startswith(("need", "was ")) else f"{number} skipped: {reasons}"
