"""Verdicts are never mixed: what of many weighs most, and what a run is then called."""

import pytest

from firsthand.core.verdicts import EXIT_CODES, Verdict, run_verdict, stage_verdict

P, F, V, E, S, N = (
    Verdict.PASSED,
    Verdict.FAILED,
    Verdict.INVALID,
    Verdict.ERROR,
    Verdict.SKIPPED,
    Verdict.NOT_REACHED,
)


@pytest.mark.parametrize(
    ("stages", "run"),
    [
        ([P, P], P),
        ([P, S], P),
        ([P, F, N], F),
        ([V, N], V),
        ([P, F, E], E),
        ([F, V], V),
        ([S, S], E),
        ([], E),
    ],
)
def test_a_run_is_called_by_its_worst_stage(stages: list[Verdict], run: Verdict) -> None:
    assert run_verdict(stages) is run


@pytest.mark.parametrize(("checks", "stage"), [([P, P], P), ([P, F], F), ([F, E], E), ([], S), ([S], S), ([S, P], P)])
def test_a_stage_is_called_by_its_worst_check(checks: list[Verdict], stage: Verdict) -> None:
    assert stage_verdict(checks) is stage


def test_every_verdict_on_a_run_has_its_own_exit_code() -> None:
    assert EXIT_CODES == {P: 0, F: 1, V: 3, E: 4}


def test_every_verdict_has_words_of_its_own() -> None:
    assert len({verdict.on_screen for verdict in Verdict}) == len(Verdict)
