"""What the proof of a lab runs."""

import itertools
from dataclasses import replace

from firsthand.content.model import Lab
from firsthand.proof.plan import Selection, plan_lab


def test_every_solution_starter_and_bug_runs_once(lab: Lab) -> None:
    plan = plan_lab(lab)
    names = [(t.subject.kind, t.subject.language, t.subject.bug.name if t.subject.bug else "") for t in plan.trials]
    assert names[:3] == [("solution", "javascript", ""), ("solution", "python", ""), ("starter", "python", "")]
    assert len(names) == len(set(names)) == 3 + 6


def test_bugs_stand_in_the_order_of_the_checks_that_catch_them(lab: Lab) -> None:
    assert [b.check for b in plan_lab(lab).bugs] == ["greets", "says_text", "keeps", "keeps", "forgets", "replaces"]


def test_every_repeat_of_every_subject_has_a_seed_of_its_own(lab: Lab) -> None:
    counter = itertools.count(100)
    plan = plan_lab(lab, repeats=3, draw=lambda: next(counter))
    assert len(plan.trials) == 3 * 9
    assert len({t.seed for t in plan.trials}) == 27
    assert {t.repeat for t in plan.trials} == {1, 2, 3}


def test_a_given_seed_is_that_of_the_first_repeat_and_leads_to_the_others(lab: Lab) -> None:
    one, two = (plan_lab(lab, repeats=3, seed=7) for _ in range(2))
    assert {t.seed for t in one.trials if t.repeat == 1} == {7}
    assert [t.seed for t in one.trials] == [t.seed for t in two.trials]
    assert len({t.seed for t in one.trials}) == 3


def test_a_selection_takes_kinds_languages_and_bugs(lab: Lab) -> None:
    def taken(selection: Selection) -> list[str]:
        return [s.title for s in plan_lab(lab, selection=selection).subjects]

    assert taken(Selection(kinds=("starter",))) == ["python starter"]
    assert taken(Selection(kinds=("solution",), languages=("javascript",))) == ["javascript solution"]
    assert taken(Selection(kinds=("bug",), bugs=("keeps--cut",))) == ["bug keeps--cut (javascript)"]


def test_files_that_are_no_bug_of_the_lab_are_strays(lab: Lab) -> None:
    folder = lab.folder / "bugs"
    wrong = [
        folder / "python" / "unknown_check--slug.patch",
        folder / "python" / "greets-one-dash.patch",
        folder / "python" / "greets--Upper.patch",
        folder / "python" / "greets--note.txt",
        folder / "cobol" / "greets--slug.patch",
        folder / "greets--no-language.patch",
    ]
    for file in wrong:
        file.parent.mkdir(exist_ok=True)
        file.write_text("")
    plan = plan_lab(lab)
    assert sorted(plan.strays) == sorted(wrong)
    assert len(plan.bugs) == 6


def test_a_lab_without_its_solutions_has_only_starters_to_run(lab: Lab) -> None:
    plan = plan_lab(replace(lab, solutions_folder=None))
    assert [s.kind for s in plan.subjects] == ["starter"]
    assert plan.bugs == ()
