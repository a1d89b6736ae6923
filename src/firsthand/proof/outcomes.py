"""What became of one trial: the part of a run's report on which the proof is judged."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from firsthand.core.results import CheckResult, Failure, Report, StageResult
from firsthand.core.verdicts import Verdict
from firsthand.proof.plan import Trial

Fault = Literal["", "missing", "broken", "died"]
"""Why a trial has no report. missing: a tool is not on this machine. broken: the patch does not apply. died: the
process that ran it ended or hung."""


@dataclass(frozen=True)
class Outcome:
    """One trial, done."""

    trial: Trial
    verdict: Verdict = Verdict.ERROR
    stage: str = ""
    """The first stage that did not pass."""
    check: str = ""
    """The first check, in file order, of that stage that did not pass."""
    message: str = ""
    """Why, in one sentence."""
    remark: str = ""
    where: str = ""
    """`file:line` of an author's error."""
    seconds: float = 0.0
    stages: tuple[tuple[str, float], ...] = ()
    """The stages that passed, with their seconds."""
    skipped: tuple[str, ...] = ()
    """The stages that were skipped, with the reason."""
    fault: Fault = ""

    @property
    def signature(self) -> tuple[Fault, Verdict, str, str]:
        """What has to be the same in every repeat."""
        return self.fault, self.verdict, self.stage, self.check


def outcome_of(trial: Trial, report: Report) -> Outcome:
    """The outcome that a report tells."""
    stage = next((s for s in report.stages if s.verdict not in (Verdict.PASSED, Verdict.SKIPPED)), None)
    check = _first(stage, report.verdict)
    failure = _failure(check, report)
    return Outcome(
        trial,
        report.verdict,
        stage.id if stage else "",
        check.id if check else "",
        (failure.message if failure else "") or (check.message if check else "") or report.reason,
        failure.remark if failure else "",
        failure.where if failure else "",
        report.seconds,
        tuple((s.id, s.seconds) for s in report.stages if s.verdict is Verdict.PASSED),
        tuple(f"{s.id}: {s.reason or 'no reason given'}" for s in report.stages if s.verdict is Verdict.SKIPPED),
    )


def fault(trial: Trial, kind: Fault, message: str) -> Outcome:
    """The outcome of a trial that never came to a report."""
    return Outcome(trial, message=message, fault=kind)


def _first(stage: StageResult | None, verdict: Verdict) -> CheckResult | None:
    if stage is None:
        return None
    bad = [c for c in stage.checks if c.verdict not in (Verdict.PASSED, Verdict.SKIPPED, Verdict.NOT_REACHED)]
    return next((c for c in bad if c.verdict is verdict), bad[0] if bad else None)


def _failure(check: CheckResult | None, report: Report) -> Failure | None:
    found = check.failure if check else report.failure
    return None if isinstance(found, msgspec.UnsetType) else found
