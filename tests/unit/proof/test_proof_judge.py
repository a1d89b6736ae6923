"""Each broken promise gives its finding; what is as promised gives none."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from firsthand.content.model import Lab
from firsthand.core.verdicts import Verdict
from firsthand.proof.judge import Judgement, as_json, judge
from firsthand.proof.outcomes import Outcome, fault
from firsthand.proof.plan import Plan, Selection, Trial, plan_lab

Change = Callable[[Outcome], Outcome]


def as_promised(plan: Plan, trial: Trial) -> Outcome:
    """The outcome that keeps every promise."""
    stages = plan.lab.stages
    if trial.subject.kind == "solution":
        return Outcome(trial, Verdict.PASSED, seconds=0.5, stages=tuple((s.id, 0.1 * s.number) for s in stages))
    if trial.subject.kind == "starter":
        promise = plan.lab.starter
        message = "The program closed the connection before it answered."
        return Outcome(trial, Verdict.FAILED, promise.stage, promise.check, message)
    assert trial.subject.bug is not None
    check = trial.subject.bug.check
    stage = next(s.id for s in stages if check in {c.id for c in s.checks})
    return Outcome(trial, Verdict.FAILED, stage, check, "Status: expected 200, got 404.")


def judged(plan: Plan, change: Change = lambda o: o) -> Judgement:
    return judge(plan, [change(as_promised(plan, trial)) for trial in plan.trials])


def changed(title: str, repeats: tuple[int, ...] = (), **fields: object) -> Change:
    """Another outcome for one subject, in some repeats or in all."""

    def change(outcome: Outcome) -> Outcome:
        meant = outcome.trial.subject.title == title and (not repeats or outcome.trial.repeat in repeats)
        return replace(outcome, **fields) if meant else outcome  # type: ignore[arg-type]

    return change


def only_finding(judgement: Judgement) -> str:
    assert len(judgement.findings) == 1, [f.what for f in judgement.findings]
    return judgement.findings[0].what


def test_a_lab_that_keeps_every_promise_has_no_finding(lab: Lab) -> None:
    judgement = judged(plan_lab(lab, repeats=3))
    assert judgement.findings == ()
    assert judgement.flakes == 0
    assert judgement.caught == 6


PASSED = {"verdict": Verdict.PASSED, "stage": "", "check": "", "message": ""}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            changed("python solution", verdict=Verdict.FAILED, stage="notes", check="keeps", message="Cut."),
            "The python solution fails at check keeps of stage notes: Cut.",
        ),
        (
            changed("python solution", verdict=Verdict.INVALID, message="Nothing listens."),
            "The python solution did not start: Nothing listens.",
        ),
        (
            changed("python solution", verdict=Verdict.ERROR, stage="notes", check="keeps", message="TypeError"),
            "The python solution could not be judged at check keeps of stage notes: TypeError",
        ),
        (
            changed("python solution", skipped=("notes: no postgres",)),
            "The python solution is not proved here in every stage, because some were skipped (notes: no postgres).",
        ),
        (changed("python starter", **PASSED), "The python starter passes, but lab.toml says"),
        (
            changed("python starter", verdict=Verdict.INVALID, message="It did not listen."),
            "The python starter did not start at check greets of stage hello, but lab.toml says",
        ),
        (
            changed("python starter", verdict=Verdict.ERROR, message="KeyError"),
            "The python starter could not be judged",
        ),
        (
            changed("python starter", check="says_text"),
            "The python starter fails at check says_text of stage hello, but",
        ),
        (
            changed("python starter", stage="notes", check="keeps"),
            "The python starter fails at check keeps of stage notes, but lab.toml says",
        ),
        (
            changed("python starter", message="Timed out."),
            'fails where it should, but without the promised words "closed the connection": Timed out.',
        ),
        (changed("bug keeps--cut (javascript)", **PASSED), "keeps--cut (javascript) is caught by no check."),
        (
            changed("bug keeps--cut (javascript)", **PASSED, skipped=("notes: no redis",)),
            "is caught by no check (skipped: notes: no redis).",
        ),
        (
            changed("bug keeps--cut (javascript)", verdict=Verdict.INVALID, message="It died."),
            "is caught by no check, because the program did not start at check keeps of stage notes: It died.",
        ),
        (
            changed("bug keeps--cut (javascript)", verdict=Verdict.ERROR, message="IndexError"),
            "could not be judged at check keeps of stage notes: IndexError",
        ),
        (
            changed("bug keeps--cut (javascript)", check="replaces"),
            "is caught first by replaces, not by keeps: Status: expected 200, got 404.",
        ),
        (
            changed("bug keeps--cut (javascript)", stage="hello", check="greets"),
            "is caught in stage hello by greets, not in stage notes: Status: expected 200, got 404.",
        ),
    ],
)
def test_a_broken_promise_is_a_finding(lab: Lab, change: Change, words: str) -> None:
    assert words in only_finding(judged(plan_lab(lab), change))


def test_words_that_stand_in_the_remark_keep_the_starters_promise(lab: Lab) -> None:
    change = changed("python starter", message="No reply.", remark="It closed the connection.")
    assert judged(plan_lab(lab), change).findings == ()


@pytest.mark.parametrize(
    ("kind", "words", "missing"),
    [
        ("missing", "is not proved here: node is not on this machine.", True),
        ("broken", "cannot be made: node is not on this machine.", False),
        ("died", "did not finish: node is not on this machine.", False),
    ],
)
def test_a_trial_without_a_report_is_a_finding(lab: Lab, kind: str, words: str, missing: bool) -> None:
    def change(outcome: Outcome) -> Outcome:
        title = outcome.trial.subject.title
        return fault(outcome.trial, kind, "node is not on this machine.") if title == "javascript solution" else outcome  # type: ignore[arg-type]

    judgement = judged(plan_lab(lab), change)
    assert words in only_finding(judgement)
    assert judgement.findings[0].missing is missing
    assert bool(judgement.findings[0].again) is (kind == "died")


def test_a_skipped_stage_of_a_solution_counts_as_missing_on_this_machine(lab: Lab) -> None:
    assert judged(plan_lab(lab), changed("python solution", skipped=("notes: x",))).findings[0].missing


def test_a_subject_that_did_not_run_as_often_as_planned_is_a_finding(lab: Lab) -> None:
    plan = plan_lab(lab, repeats=2)
    judgement = judge(plan, [as_promised(plan, t) for t in plan.trials[1:]])
    assert only_finding(judgement) == "The javascript solution ran 1 times instead of 2."


def test_a_run_of_some_repeats_that_differs_is_a_flake_and_tells_its_seeds(lab: Lab) -> None:
    plan = plan_lab(lab, repeats=5)
    change = changed("python solution", (2, 4), verdict=Verdict.FAILED, stage="notes", check="keeps", message="Cut.")
    judgement = judged(plan, change)
    assert judgement.flakes == 2
    seeds = tuple(t.seed for t in plan.trials if t.subject.title == "python solution" and t.repeat in (2, 4))
    finding = judgement.findings[0]
    assert finding.what.endswith("Cut. In 2 of 5 runs.")
    assert finding.seeds == seeds
    assert finding.again == (
        "author",
        "prove",
        "demo",
        "--only",
        "solutions",
        "--lang",
        "python",
        "--seed",
        str(seeds[0]),
    )


def test_runs_that_all_fail_in_the_same_way_are_no_flakes(lab: Lab) -> None:
    judgement = judged(plan_lab(lab, repeats=4), changed("bug keeps--cut (javascript)", check="replaces"))
    assert judgement.flakes == 0
    assert judgement.caught == 5
    assert judgement.findings[0].again[3:5] == ("--bug", "keeps--cut")


def test_when_no_run_keeps_the_promise_those_unlike_most_are_flakes(lab: Lab) -> None:
    def change(outcome: Outcome) -> Outcome:
        if outcome.trial.subject.title != "bug keeps--cut (javascript)":
            return outcome
        return replace(outcome, check="forgets" if outcome.trial.repeat == 1 else "replaces")

    judgement = judged(plan_lab(lab, repeats=4), change)
    assert judgement.flakes == 1
    assert len(judgement.findings) == 2


def test_a_check_without_a_bug_is_a_finding(lab: Lab) -> None:
    (lab.folder / "bugs/python/forgets--always-200.patch").unlink()
    judgement = judged(plan_lab(lab))
    assert only_finding(judgement).startswith("Check forgets (stage notes) has no planted bug")
    assert judgement.findings[0].where.endswith("checks.py:20")


def test_a_stage_without_an_absent_bug_is_a_finding(lab: Lab) -> None:
    (lab.folder / "bugs/python/keeps--absent-notes.patch").unlink()
    assert only_finding(judged(plan_lab(lab))).startswith("Stage notes has no bug that leaves its feature out")


def test_a_stray_file_is_a_finding(lab: Lab) -> None:
    (lab.folder / "bugs/python/nonsense.patch").write_text("")
    assert only_finding(judged(plan_lab(lab))).startswith("nonsense.patch is no bug of this lab")


def test_a_single_solution_is_a_finding(lab: Lab) -> None:
    (lab.folder / "bugs/javascript/keeps--cut.patch").unlink()
    (lab.folder / "solutions/javascript").rmdir()
    assert only_finding(judged(plan_lab(lab))) == "It has 1 solution: the law asks for solutions in two languages."


def test_a_lab_without_a_starter_is_a_finding(lab: Lab) -> None:
    (lab.folder / "starters/python").rmdir()
    assert only_finding(judged(plan_lab(lab))) == "It has no starter."


def test_a_lab_whose_solutions_are_not_installed_is_not_proved(lab: Lab) -> None:
    judgement = judged(plan_lab(replace(lab, solutions_folder=None)))
    assert "solutions are not installed" in only_finding(judgement)
    assert judgement.findings[0].missing


def test_what_was_not_asked_for_is_not_missed(lab: Lab) -> None:
    for file in (lab.folder / "bugs").rglob("*.patch"):
        file.unlink()
    (lab.folder / "starters/python").rmdir()
    assert judged(plan_lab(lab, selection=Selection(kinds=("solution",)))).findings == ()
    assert judged(plan_lab(lab, selection=Selection(languages=("python",)))).findings == ()


def test_median_times_stand_by_stage_and_language_of_the_solutions(lab: Lab) -> None:
    def change(outcome: Outcome) -> Outcome:
        slow = outcome.trial.subject.title == "python solution" and outcome.trial.repeat == 3
        return replace(outcome, stages=(("hello", 9.0), ("notes", 9.0))) if slow else outcome

    times = judged(plan_lab(lab, repeats=3), change).stage_seconds()
    assert times == {"hello": {"javascript": 0.1, "python": 0.1}, "notes": {"javascript": 0.2, "python": 0.2}}


def test_the_json_is_of_schema_1(lab: Lab) -> None:
    data = as_json([judged(plan_lab(lab, repeats=2), changed("bug keeps--cut (javascript)", (2,), check="replaces"))])
    assert data["schema"] == 1
    (found,) = data["labs"]  # type: ignore[misc]
    assert list(found) == ["lab", "repeats", "flakes", "solutions", "checks"]
    assert (found["lab"], found["repeats"], found["flakes"]) == ("demo", 2, 1)
    assert found["solutions"][0] == {"language": "javascript", "verdict": "passed", "seconds": 0.5}
    assert found["checks"][0] == {
        "check": "greets",
        "stage": "hello",
        "bugs": [{"bug": "absent", "language": "python", "caught_by": "greets"}],
    }
    assert found["checks"][2]["bugs"] == [
        {"bug": "absent-notes", "language": "python", "caught_by": "keeps"},
        {"bug": "cut", "language": "javascript", "caught_by": "replaces"},
    ]


@pytest.mark.parametrize(
    ("change", "verdict", "caught_by"),
    [
        (changed("python solution", (2,), verdict=Verdict.FAILED, stage="notes"), "failed", "greets"),
        (changed("python solution", verdict=Verdict.PASSED, fault="missing"), "skipped", "greets"),
        (changed("bug greets--absent (python)", **PASSED), "passed", None),
        (changed("bug greets--absent (python)", verdict=Verdict.INVALID), "passed", None),
        (changed("bug greets--absent (python)", fault="broken"), "passed", None),
    ],
)
def test_the_json_tells_the_worst_of_all_runs(lab: Lab, change: Change, verdict: str, caught_by: str | None) -> None:
    (found,) = as_json([judged(plan_lab(lab, repeats=2), change)])["labs"]  # type: ignore[misc]
    assert found["solutions"][1]["verdict"] == verdict
    assert found["checks"][0]["bugs"][0]["caught_by"] == caught_by


def test_a_finding_points_at_the_authors_line_where_there_is_one(lab: Lab, tmp_path: Path) -> None:
    where = f"{tmp_path}/checks.py:12"
    change = changed("python solution", verdict=Verdict.ERROR, message="TypeError", where=where)
    assert judged(plan_lab(lab), change).findings[0].where == where
