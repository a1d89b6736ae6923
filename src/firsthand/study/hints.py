"""Hints, one after another by request: which check is meant, which hint comes next, and that it was read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firsthand.content.findings import nearest
from firsthand.content.model import CheckDeclaration, Lab
from firsthand.core.errors import UsageError
from firsthand.core.verdicts import Verdict
from firsthand.study import invocation
from firsthand.study.memory import Past


@dataclass(frozen=True)
class Hints:
    """The hints of a check, and how far they were read."""

    check: CheckDeclaration
    read: int
    """How many were read before."""

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.check.hints)

    @property
    def left(self) -> int:
        """How many were not read yet."""
        return max(self.total - self.read, 0)

    @property
    def texts(self) -> tuple[str, ...]:
        """Those that were read."""
        return self.check.hints[: self.read]

    def reading(self, lab: Lab) -> dict[str, Any] | None:
        """What the history is told when the next one is read; None when all were."""
        return {"lab": lab.id, "check": self.check.id, "number": self.read + 1} if self.left else None


def hints(lab: Lab, check_id: str, past: Past) -> Hints:
    """The hints of a check.

    Raises:
        UsageError: the lab has no such check.
    """
    check = _declared(lab, check_id)
    return Hints(check, min(past.hints_read(lab.id, check.id), len(check.hints)))


def failed_last(past: Past, folder: Path) -> str:
    """The first check that failed in a workspace's last run.

    Raises:
        UsageError: none did, or nothing was checked there.
    """
    check = invocation.spell("check", workspace=folder)
    last = past.last_run(folder)
    if last is None:
        raise UsageError("Nothing was checked here yet, so there is nothing to hint at.", advice=f"First: {check}.")
    failed = last.text("failed_check")
    if not failed and last.text("verdict") in (Verdict.INVALID, Verdict.ERROR):
        raise UsageError(
            f"The last run here {Verdict(last.text('verdict')).on_screen}: it came to no check that has hints.",
            advice=f"What it said tells what to mend. Then check again: {check}.",
        )
    if not failed:
        raise UsageError(
            "No check failed in the last run here.",
            advice=f"Name a check to read its hints, or check again: {check}.",
        )
    return failed


def _declared(lab: Lab, check_id: str) -> CheckDeclaration:
    checks = {check.id: check for stage in lab.stages for check in stage.checks}
    if check_id in checks:
        return checks[check_id]
    close = nearest(check_id, list(checks))
    meant = f"Did you mean {close}? " if close else ""
    raise UsageError(f'The lab {lab.id} has no check "{check_id}".', advice=f"{meant}A run names those that fail.")
