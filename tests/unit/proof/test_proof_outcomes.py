"""What a report tells the proof."""

import msgspec
import pytest

from firsthand.content.model import Lab
from firsthand.core.results import CheckResult, Failure, Report, StageResult
from firsthand.core.verdicts import Verdict
from firsthand.proof.outcomes import outcome_of
from firsthand.proof.plan import Trial, plan_lab

PASSED, FAILED, ERROR, INVALID = Verdict.PASSED, Verdict.FAILED, Verdict.ERROR, Verdict.INVALID


@pytest.fixture
def trial(lab: Lab) -> Trial:
    return plan_lab(lab).trials[0]


def check(name: str, verdict: Verdict, message: str = "") -> CheckResult:
    failure = Failure("mismatch", message, remark="Look.", where="checks.py:7") if message else msgspec.UNSET
    return CheckResult(name, verdict, [], message, "It does.", [], 0.1, failure)


def stage(name: str, verdict: Verdict, *checks: CheckResult, reason: str = "") -> StageResult:
    return StageResult(name, verdict, 0.2, list(checks), reason or msgspec.UNSET)


def report(verdict: Verdict, *stages: StageResult, failure: Failure | None = None, reason: str = "") -> Report:
    return Report(
        1, "r", "demo", "python", 5, "", verdict, reason, "", "", "plain", [], 1.5, [], list(stages), {},
        failure or msgspec.UNSET,
    )  # fmt: skip


def test_the_first_failed_check_of_the_first_failed_stage_counts(trial: Trial) -> None:
    outcome = outcome_of(
        trial,
        report(
            FAILED,
            stage("hello", PASSED, check("greets", PASSED)),
            stage(
                "notes", FAILED, check("keeps", PASSED), check("forgets", FAILED, "A."), check("replaces", FAILED, "B.")
            ),
            stage("more", Verdict.NOT_REACHED),
        ),
    )
    assert (outcome.stage, outcome.check, outcome.message, outcome.remark) == ("notes", "forgets", "A.", "Look.")
    assert outcome.stages == (("hello", 0.2),)
    assert outcome.seconds == 1.5


def test_of_an_error_the_check_that_is_broken_counts_not_one_that_failed_before_it(trial: Trial) -> None:
    broken = stage("hello", ERROR, check("greets", FAILED, "A."), check("says_text", ERROR, "TypeError"))
    outcome = outcome_of(trial, report(ERROR, broken))
    assert (outcome.verdict, outcome.check, outcome.message, outcome.where) == (
        ERROR,
        "says_text",
        "TypeError",
        "checks.py:7",
    )


def test_a_run_that_never_began_tells_its_failure(trial: Trial) -> None:
    failure = Failure("exited", "There is no Procfile.")
    outcome = outcome_of(trial, report(INVALID, stage("hello", INVALID, reason="x"), failure=failure))
    assert (outcome.verdict, outcome.stage, outcome.check, outcome.message) == (INVALID, "hello", "", failure.message)


def test_a_stage_that_could_not_start_tells_the_runs_reason(trial: Trial) -> None:
    outcome = outcome_of(trial, report(INVALID, stage("hello", PASSED), stage("notes", INVALID), reason="It died."))
    assert (outcome.stage, outcome.message) == ("notes", "It died.")


def test_skipped_stages_are_told_with_their_reason(trial: Trial) -> None:
    skipped = stage("notes", Verdict.SKIPPED, reason="no redis here")
    outcome = outcome_of(trial, report(PASSED, stage("hello", PASSED), skipped))
    assert (outcome.verdict, outcome.stage, outcome.skipped) == (PASSED, "", ("notes: no redis here",))
