"""What the learner did before: reads and writes the history for commands, which go on when it cannot be used."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firsthand.core.errors import FirsthandError
from firsthand.core.results import Report
from firsthand.core.verdicts import Verdict
from firsthand.history import Event, History, Kind

_told: set[str] = set()
"""Why the history could not be read by this process."""


def remember(kind: Kind, data: dict[str, Any], *, once: str = "") -> bool:
    """Append an event, of one thing `once`; prints a notice and returns False when the history cannot be used."""
    try:
        History.open().append(kind, data, once=once)
    except FirsthandError as error:
        print(f"note: {error}", file=sys.stderr)
        return False
    _told.clear()
    return True


def recall(*kinds: Kind) -> "Past":
    """The past as these kinds of events tell it, all of it unless told; empty, with a notice, when it cannot be read.

    Once it could not be read, it is not tried again before something could be remembered: a locked file takes seconds.
    """
    if _told:
        return Past([])
    try:
        return Past(list(History.open().read(kinds=kinds or None)))
    except FirsthandError as error:
        _told.add(error.message)
        print(f"note: {error}", file=sys.stderr)
        return Past([])


@dataclass(frozen=True)
class Standing:
    """Where the learner stands in a lab."""

    began: bool = False
    passed: bool = False
    """All its stages in one run, none skipped."""
    stages: frozenset[str] = field(default_factory=frozenset)
    """Ids of the stages that were passed at some time."""


class Past:
    """Events of the history, in order, and what commands ask of them."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events

    def language(self) -> str:
        """The language of the workspace that was made last; "" before the first."""
        return next((e.text("language") for e in reversed(self.events) if e.kind == "began"), "")

    def standing(self, lab: str, folder: Path | None = None) -> Standing:
        """Where the learner stands in a lab, in one workspace or in any."""
        of_lab = [e for e in self.events if e.text("lab") == lab]
        runs = [e for e in of_lab if e.kind == "run" and _is_in(e, folder)]
        return Standing(
            began=any(e.kind in ("began", "run") for e in of_lab),
            passed=any(e.data.get("whole") is True for e in runs),
            stages=frozenset(stage for e in runs for stage in e.texts("stages_passed")),
        )

    def last_run(self, folder: Path | None = None) -> Event | None:
        """The last run, of one workspace or of any."""
        return next((e for e in reversed(self.events) if e.kind == "run" and _is_in(e, folder)), None)

    def run(self, run_id: str) -> Event | None:
        """The event of this run."""
        return next((e for e in self.events if e.kind == "run" and e.text("run") == run_id), None)

    def hints_read(self, lab: str, check: str) -> int:
        """How many hints for a check were read."""
        numbers = [
            e.data.get("number", 0)
            for e in self.events
            if e.kind == "hint" and (e.text("lab"), e.text("check")) == (lab, check)
        ]
        return max((n for n in numbers if isinstance(n, int)), default=0)


def run_event(report: Report, folder: Path, stages_of_lab: int, *, counts: bool) -> dict[str, Any]:
    """What the history keeps of a run: `whole` says whether it passed the lab, which one stage alone never does.

    One that does not count shows nothing: no stages, no competencies.
    """
    passed = [stage for stage in report.stages if stage.verdict is Verdict.PASSED] if counts else []
    return {
        "run": report.run,
        "lab": report.lab,
        "language": report.language,
        "folder": str(folder),
        "verdict": str(report.verdict),
        "counts": counts,
        "whole": report.verdict is Verdict.PASSED and len(passed) == stages_of_lab,
        "seed": report.seed,
        "digest": report.digest,
        "grader": report.lab_digest,
        "stages_passed": [stage.id for stage in passed],
        "competencies": _unique(c for stage in passed for check in stage.checks for c in check.proves),
        "failed_check": first_failed_check(report),
    }


def first_failed_check(report: Report) -> str:
    """The id of the first check, in file order, that the program failed; "" if none."""
    judged = (check for stage in report.stages for check in stage.checks)
    return next((check.id for check in judged if check.verdict is Verdict.FAILED), "")


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))


def _is_in(event: Event, folder: Path | None) -> bool:
    """Whether it happened in this folder; always where none is asked for."""
    return folder is None or event.text("folder") == str(folder)
