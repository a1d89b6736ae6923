"""Reviews come before something is forgotten, on study days, and never too many on one."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_path import NOW, Story, competency, course, day, lab, lesson, path

from firsthand.content.model import LearningPath
from firsthand.learning.hours import Hours
from firsthand.learning.review import (
    REVIEWS_A_DAY_MAX,
    Agenda,
    Memory,
    agenda,
    capacity,
    grade_of,
    interval,
    memories,
)

DAILY = Hours.of((2,) * 7)
PATH = path(
    competency("NET-01"),
    competency("NET-02", "NET-01"),
    competency("NET-03"),
    labs=(lab("net-lab", "NET-02"),),
    lessons=(lesson("net/one", "NET-01"),),
    courses=(course("three", "NET-03"),),
    asked=("NET-01", "NET-02", "NET-03"),
)


def _memories(
    story: Story, own: LearningPath = PATH, critical: Iterable[str] = (), now: datetime = NOW
) -> dict[str, Memory]:
    return memories(own, story.learner(now), frozenset(critical))


def _agenda(found: Iterable[Memory], story: Story | None = None, hours: Hours = DAILY, now: datetime = NOW) -> Agenda:
    found = list(found)
    return agenda(found, {m.competency for m in found}, hours, (story or Story()).learner(now))


def _memory(name: str, due_in: int, days: int = 20) -> Memory:
    return Memory(name, NOW + timedelta(days=due_in - days), 10.0, day(due_in), 0.85, 0.85)


def test_nothing_learned_is_nothing_to_review() -> None:
    story = Story().answered("NET-01.1", "wrong").placed({"NET-02": 0.99})

    assert _memories(story) == {}
    assert _agenda([]) == Agenda({}, (), 0)


@pytest.mark.parametrize(
    ("kind", "told", "learned"),
    [
        ("lesson", {"lesson": "net/one", "state": "read"}, {"NET-01"}),
        ("course", {"course": "three", "state": "done", "seconds": 1}, {"NET-03"}),
        ("run", {"lab": "net-lab", "stages_passed": ["stage-1"], "whole": True}, {"NET-02"}),
    ],
)
def test_a_memory_begins_with_a_lesson_a_course_or_a_stage(
    kind: str, told: dict[str, object], learned: set[str]
) -> None:
    found = _memories(Story().tell(kind, -1, **told))

    assert set(found) == learned
    assert all(0.8 < each.fresh <= 1 for each in found.values())


def test_it_fades_and_is_due_when_it_falls_to_what_is_desired() -> None:
    story = Story().tell("lesson", -1, lesson="net/one", state="read")
    due = _memories(story)["NET-01"].due
    then = datetime.combine(due, NOW.timetz())

    assert _memories(story)["NET-01"].fresh > _memories(story, now=then)["NET-01"].fresh
    assert _memories(story, now=then)["NET-01"].fresh == pytest.approx(0.85, abs=0.03)


def test_what_the_goal_stands_on_is_due_sooner() -> None:
    story = Story().tell("lesson", -1, lesson="net/one", state="read")

    assert _memories(story, critical=["NET-01"])["NET-01"].due < _memories(story)["NET-01"].due


def test_recalling_makes_it_last_and_forgetting_brings_it_back() -> None:
    def due(*grades: str) -> int:
        story = Story().tell("lesson", -40, lesson="net/one", state="read")
        for number, grade in enumerate(grades):
            story.tell("review", -30 + 10 * number, competency="NET-01", grade=grade)
        found = _memories(story)["NET-01"]
        return (found.due - found.since.date()).days

    assert due("good") < due("good", "good") < due("good", "easy")
    assert due("good", "again") < due("good", "hard") < due("good", "good")


def test_a_lab_that_uses_a_prerequisite_counts_as_its_review() -> None:
    story = Story().tell("lesson", -20, lesson="net/one", state="read")
    before = _memories(story)["NET-01"]
    after = _memories(story.ran("net-lab", "stage-1", whole=True, day=-1))["NET-01"]

    assert after.due > before.due
    assert after.since == NOW - timedelta(days=1)


def test_a_lab_gives_no_credit_for_what_was_never_learned() -> None:
    assert set(_memories(Story().ran("net-lab", "stage-1", whole=True))) == {"NET-02"}


def test_a_passed_stage_recalls_once_however_often_the_lab_is_run() -> None:
    once = Story().ran("net-lab", "stage-1", day=-9)
    first = _memories(once)["NET-02"]

    assert _memories(once.ran("net-lab", "stage-1", day=-1))["NET-02"] == first


def test_a_review_that_a_clock_put_before_its_lesson_does_no_harm() -> None:
    story = Story().tell("review", -9, competency="NET-01", grade="good")
    story.tell("lesson", -1, lesson="net/one", state="read").tell("review", -400, competency="NET-01", grade="good")

    assert _memories(story)["NET-01"].due > NOW.date()


def test_the_day_is_the_learners_own_and_not_utcs() -> None:
    story = Story().tell("lesson", -1, lesson="net/one", state="read")
    due = {_memories(story, now=NOW.astimezone(timezone(timedelta(hours=hours))))["NET-01"].due for hours in (-12, 14)}

    assert len(due) == 2


def test_the_most_overdue_comes_first() -> None:
    found = _agenda([_memory("b", -3), _memory("a", -30), _memory("c", 0)])

    assert found.today == ("a", "b", "c")
    assert found.overdue == 3


def test_a_review_goes_to_the_least_loaded_day_within_its_interval() -> None:
    early, late = interval(_memory("x", 10, days=30))
    busy = [_memory(f"busy{number}", 10, days=2) for number in range(8)]

    found = _agenda([*busy, _memory("x", 10, days=30)])
    (chosen,) = [each for each, due in found.days.items() if "x" in due]

    assert early < day(10) < late
    assert early <= chosen <= late
    assert chosen != day(10)


def test_reviews_lie_on_study_days_only() -> None:
    weekends = Hours.of((0, 0, 0, 0, 0, 2, 2))
    found = _agenda([_memory(f"m{number}", number - 5) for number in range(40)], hours=weekends)

    assert {each.weekday() for each in found.days} == {5, 6}
    assert found.today == ()


@given(st.lists(st.integers(-60, 60), max_size=250), st.tuples(*[st.integers(0, 4)] * 7).filter(any))
def test_no_day_exceeds_its_cap_and_every_review_has_its_day(dues: list[int], hours: tuple[int, ...]) -> None:
    week = Hours.of(hours)
    found = _agenda([_memory(f"m{number:03}", due) for number, due in enumerate(dues)], hours=week)

    assert sorted(m for due in found.days.values() for m in due) == [f"m{number:03}" for number in range(len(dues))]
    for each, due in found.days.items():
        assert len(due) <= capacity(each, week) <= REVIEWS_A_DAY_MAX
        assert each >= NOW.date()


def test_after_four_weeks_away_the_backlog_is_spread_and_the_oldest_comes_first() -> None:
    names = [f"NET-{number:02}" for number in range(1, 91)]
    own = path(
        *(competency(name) for name in names), lessons=tuple(lesson(f"net/{n}", n) for n in names), asked=tuple(names)
    )
    story = Story()
    for number, name in enumerate(names):
        story.tell("lesson", -28 - number % 30, lesson=f"net/{name}", state="read")
    found = _agenda(_memories(story, own).values(), story)

    assert found.overdue == 90
    assert max(len(due) for due in found.days.values()) == REVIEWS_A_DAY_MAX
    assert len(found.days) == 5
    assert found.today[0] in {names[29], names[59], names[89]}


def test_what_was_reviewed_today_takes_room_of_today() -> None:
    story = Story()
    for _ in range(REVIEWS_A_DAY_MAX - 2):
        story.tell("review", 0, competency="x", grade="good")

    assert len(_agenda([_memory(f"m{number}", -1) for number in range(9)], story).today) == 2


def test_what_has_no_question_is_not_asked() -> None:
    found = agenda([_memory("a", 0), _memory("b", 0)], {"b"}, DAILY, Story().learner())

    assert found.today == ("b",)


def test_a_short_day_takes_fewer_reviews_and_a_free_one_none() -> None:
    hours = Hours.of((0.5, 1, 10, 0, 0, 0, 0))

    assert [capacity(day(number), hours) for number in range(4)] == [5, 10, REVIEWS_A_DAY_MAX, 0]


def test_an_answer_earns_its_grade() -> None:
    assert [grade_of(result) for result in ("right", "wrong", "unsure")] == ["good", "again", "again"]


def test_the_same_history_gives_the_same_days() -> None:
    story = Story().tell("lesson", -9, lesson="net/one", state="read").ran("net-lab", "stage-1", day=-3)

    assert _agenda(_memories(story).values(), story) == _agenda(_memories(story).values(), story)
    assert _memories(story)["NET-01"].since.astimezone(UTC) <= NOW
