"""The backbone of our own path: what it holds, and that its graph can be studied from beginning to end."""

import pytest

from firsthand.content.load import default_roots, load
from firsthand.content.model import LearningPath


@pytest.fixture(scope="module")
def path() -> LearningPath:
    (backend,) = load(default_roots()).paths
    return backend


@pytest.fixture(scope="module")
def competencies(path):
    return {c.id: c for unit in path.units for c in unit.competencies}


@pytest.fixture(scope="module")
def below(competencies):
    """For each competency all that it stands on, directly or not."""
    found: dict[str, set[str]] = {}

    def visit(name: str) -> set[str]:
        if name not in found:
            found[name] = {r for one in competencies[name].requires for r in (one, *visit(one))}
        return found[name]

    return {name: visit(name) for name in competencies}


def test_every_lab_of_the_curriculum_is_there_or_planned(path):
    there = [lab.id for unit in path.units for lab in unit.labs]
    planned = [lab.id for lab in path.planned]

    assert len(there) + len(planned) >= 106
    assert len({*there, *planned}) == len(there) + len(planned)
    assert all(lab.stages and lab.proves and lab.id.startswith(f"{lab.unit}-") for lab in path.planned)


def test_a_competency_stands_on_few_others_and_the_graph_is_deep_enough_to_lead_somewhere(competencies, below):
    counts = [len(c.requires) for c in competencies.values()]
    assert max(counts) <= 4
    assert sum(count > 3 for count in counts) <= 1
    assert 1.4 <= sum(counts) / len(counts) <= 1.8

    def depth(name: str) -> int:
        return 1 + max((depth(one) for one in competencies[name].requires), default=0)

    assert 15 <= max(map(depth, competencies)) <= 25


def test_nothing_is_required_that_something_else_required_brings_already(competencies, below):
    doubled = [
        f"{c.id} requires {one}"
        for c in competencies.values()
        for one in c.requires
        if any(one in below[other] for other in c.requires)
    ]
    assert doubled == []


def test_the_first_job_asks_for_nothing_beyond_it(competencies, below):
    beyond = [
        f"{c.id} requires {one}" for c in competencies.values() for one in c.requires if competencies[one].tier > c.tier
    ]
    assert beyond == []


def test_whoever_never_programmed_can_begin_and_reach_everything(competencies):
    assert [c.id for c in competencies.values() if not c.requires] == ["SH-01", "NET-01", "LNG-01"]


def test_labs_of_the_network_that_ask_for_a_program_wait_for_the_first_programs(path, below):
    labs = [(lab.id, lab.proves) for lab in path.planned if lab.unit == "net" and "P" in lab.how]
    labs += [
        (lab.id, lab.proves) for unit in path.units for lab in unit.labs if unit.id == "net" and lab.is_about("program")
    ]
    assert len(labs) >= 4
    early = [lab for lab, proves in labs if not {"LNG-01", "LNG-03"} <= set().union(*(below[c] for c in proves))]
    assert early == []


def test_what_a_unit_requires_its_competencies_do(path, competencies, below):
    loose = [
        f"{unit.id} requires {before}"
        for unit in path.units
        for before in unit.requires
        if not any(competencies[one].unit == before for c in unit.competencies for one in below[c.id])
    ]
    assert loose == []


def test_the_first_wave_of_labs_proves_all_that_a_first_job_asks_to_be_shown(path, competencies):
    shown = {name for lab in path.planned if lab.wave == 1 for name in lab.proves}
    shown |= {name for unit in path.units for lab in unit.labs for name in lab.proves}
    missing = [c.id for c in competencies.values() if c.tier == 1 and c.proof == "live" and c.id not in shown]
    assert missing == []


def test_times_are_estimates_that_one_can_plan_with(competencies):
    assert all(30 <= c.minutes <= 900 and c.minutes % 5 == 0 for c in competencies.values())
    first_job_h = sum(c.minutes for c in competencies.values() if c.tier == 1) / 60
    whole_h = sum(c.minutes for c in competencies.values()) / 60
    assert 100 <= first_job_h <= 200
    assert 400 <= whole_h <= 900


def test_every_course_but_the_overview_teaches_something_of_its_units(path, competencies):
    silent = [course.id for course in path.courses if not course.teaches]
    assert silent == ["back-end-developer-roadmap"]
    strange = [
        course.id
        for course in path.courses
        if course.teaches and not {competencies[name].unit for name in course.teaches} & set(course.units)
    ]
    assert strange == []
