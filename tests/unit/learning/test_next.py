"""What is recommended exists, is ready, and comes with another branch; a calendar holds the plan and moves with it."""

from dataclasses import replace
from datetime import timedelta

import icalendar
import pytest
from small_path import NOW, Story, competency, course, day, lab, lesson, path, planned

from firsthand.content.model import LearningPath
from firsthand.learning.calendar import calendar
from firsthand.learning.hours import Hours
from firsthand.learning.next import Choices, choices
from firsthand.learning.plan import Plan, plan
from firsthand.learning.review import Agenda, agenda, memories

PATH = path(
    competency("SH-01"),
    competency("SH-02", "SH-01"),
    competency("NET-01"),
    competency("NET-02", "NET-01"),
    competency("SQL-01", "SH-01"),
    labs=(lab("net-lab", "NET-01", "NET-02"),),
    lessons=(lesson("sh/one", "SH-01"), lesson("net/one", "NET-01")),
    courses=(course("sql", "SQL-01"),),
    planned_labs=(planned("sh-lab", "SH-01", "SH-02"),),
    asked=("NET-02", "SH-01"),
)


def _plan(story: Story, own: LearningPath = PATH) -> Plan:
    return plan(own, story.learner(), story.mastery(own))


def _choices(story: Story, own: LearningPath = PATH, due: tuple[str, ...] = ()) -> Choices:
    return choices(_plan(story, own), Agenda({}, due, len(due)))


def _names(found: Choices) -> list[str]:
    return [each.planned.step.id for each in (found.recommended, found.other) if each]


def test_the_recommended_step_is_the_plans_first_and_the_other_is_of_another_unit() -> None:
    found = _choices(Story())

    assert found.recommended is not None
    assert found.recommended.planned == _plan(Story()).steps[0]
    assert _names(found) == ["learn:SH-01", "learn:NET-01"]
    assert found.recommended.unlocks == 2


RAMP = replace(lesson("lng/a-first-program"), on_ramp=True)
NEEDS_IT = path(
    competency("LNG-01"),
    competency("API-01", "LNG-01"),
    competency("NET-01"),
    labs=(lab("net-lab", "NET-01"),),
    lessons=(RAMP, lesson("lng/values", "LNG-01"), lesson("api/one", "API-01"), lesson("net/one", "NET-01")),
)


def _rated(rating: str) -> Story:
    story = Story().tell("placement", -3, id="p", event="began", seed=1, result=None)
    return story.tell("rating", -3, placement="p", unit="lng", rating=rating)


def _led(story: Story) -> list[str]:
    return _names(_choices(story, NEEDS_IT))


def test_who_never_programmed_is_led_to_the_on_ramp_and_to_nothing_else_that_needs_programming() -> None:
    assert _led(_rated("never")) == ["learn:lng/a-first-program", "learn:NET-01"]
    taught = _rated("never").tell("lesson", lesson="net/one", state="read")
    assert _led(taught) == ["learn:lng/a-first-program"]


def test_the_plan_begins_with_the_pages_of_the_on_ramp_that_were_not_read_each_after_the_one_before() -> None:
    second = replace(lesson("lng/conditions"), on_ramp=True)
    longer = replace(
        NEEDS_IT,
        units=tuple(
            replace(unit, lessons=(RAMP, second, *unit.lessons[1:])) if unit.id == "lng" else unit
            for unit in NEEDS_IT.units
        ),
    )
    made = _plan(_rated("never"), longer)
    steps = {each.step.id: each.step for each in made.steps}

    assert list(steps)[:2] == ["learn:lng/a-first-program", "learn:lng/conditions"]
    assert steps["learn:lng/conditions"].requires == ("learn:lng/a-first-program",)
    waiting = {name for name, step in steps.items() if "learn:lng/conditions" in step.requires}
    assert waiting == {"learn:LNG-01", "learn:API-01", "lab:net-lab"}
    assert made.milestones[0].unit == "lng"
    read = _rated("never").tell("lesson", lesson=RAMP.id, state="read")
    assert _plan(read, longer).steps[0].step.id == "learn:lng/conditions"


@pytest.mark.parametrize("rating", ["some", "solid"])
def test_who_has_programmed_is_not_led_to_the_on_ramp(rating: str) -> None:
    assert "learn:lng/a-first-program" not in _led(_rated(rating))


def test_who_has_read_the_on_ramp_or_says_to_know_programming_goes_on_without_it() -> None:
    read = _rated("never").tell("lesson", lesson=RAMP.id, state="read")
    knows = _rated("never").tell("corrected", competency="LNG-01", group="known")

    assert "learn:lng/a-first-program" not in _led(read) + _led(knows)
    assert _led(Story())[0] == "learn:LNG-01"


def test_what_cannot_be_done_with_anything_is_never_recommended() -> None:
    own = path(competency("SH-01"), competency("NET-01"), planned_labs=(planned("sh-lab", "SH-01", "NET-01"),))

    assert _names(_choices(Story(), own)) == []
    assert len(_plan(Story(), own).steps) == 2


def test_what_stands_on_something_that_nothing_teaches_comes_last_and_says_so() -> None:
    own = path(
        competency("SH-01"),
        competency("SH-02", "SH-01"),
        competency("NET-01"),
        lessons=(lesson("sh/two", "SH-02"), lesson("net/one", "NET-01")),
    )
    found = _choices(Story(), own)

    assert _names(found) == ["learn:NET-01", "learn:SH-02"]
    assert found.other is not None
    assert found.other.lacks == ("SH-01",)


def test_a_step_waits_for_what_can_be_done_before_it() -> None:
    story = Story().tell("lesson", -1, lesson="net/one", state="read").tell("lesson", -1, lesson="sh/one", state="read")

    assert "lab:net-lab" not in _names(_choices(story))
    story.answered("NET-02.1", kind="short").answered("NET-02.2", kind="short")
    every = [each.step.id for each in _plan(story).steps]
    assert "learn:NET-02" not in every
    assert "lab:net-lab" in _names(_choices(story))


def test_with_one_branch_left_the_other_choice_is_simply_another_step() -> None:
    own = path(competency("A-01"), competency("A-02"), lessons=(lesson("a/one", "A-01"), lesson("a/two", "A-02")))

    assert _names(_choices(Story(), own)) == ["learn:A-01", "learn:A-02"]


def test_when_all_is_done_nothing_is_recommended() -> None:
    own = path(competency("A-01"), labs=(lab("a-lab", "A-01"),))
    found = _choices(Story().placed({"A-01": 0.9}).ran("a-lab", "stage-1", whole=True), own)

    assert (found.recommended, found.other) == (None, None)


def test_reviews_are_the_third_choice_with_their_time() -> None:
    found = _choices(Story(), due=("SH-01", "NET-01")).reviews

    assert (found.due, found.minutes, found.next_day) == (("SH-01", "NET-01"), 4, None)


def test_the_next_review_day_is_told_when_today_has_none() -> None:
    story = Story().tell("lesson", 0, lesson="sh/one", state="read")
    spread = agenda(memories(PATH, story.learner(), []).values(), {"SH-01"}, Hours.of(()), story.learner())

    found = choices(_plan(story), spread).reviews
    assert found.due == ()
    assert found.next_day is not None
    assert found.next_day > NOW.date()


def _events(data: bytes) -> dict[str, icalendar.Event]:
    return {str(event["uid"]): event for event in icalendar.Calendar.from_ical(data).walk("VEVENT")}


def test_the_calendar_holds_every_step_and_milestone_as_whole_days() -> None:
    made = _plan(Story())
    events = _events(calendar(made, 7, NOW, {"sql": "https://example.org/sql"}))

    assert len(events) == len(made.steps) + len(made.milestones)
    first = events["learn-SH-01@firsthand"]
    assert first["summary"] == "Learn SH-01: do SH-01"
    assert first["dtstart"].dt == made.steps[0].begins
    assert first["dtend"].dt == made.steps[0].ends.expected + timedelta(1)
    assert events["course-sql@firsthand"]["url"] == "https://example.org/sql"
    assert {event["sequence"] for event in events.values()} == {7}
    assert "milestone-sh@firsthand" in events


def test_importing_the_calendar_again_moves_the_same_events() -> None:
    story = Story().tell("plan", -20, goal="first-job", hours={}, start=day(-20).isoformat(), deadline="")
    then, now = NOW - timedelta(days=20), NOW
    old = calendar(plan(PATH, story.learner(then), story.mastery(PATH, then)), story.learner(then).events, then, {})
    story.tell("lesson", 0, lesson="sh/one", state="read")
    new = calendar(plan(PATH, story.learner(now), story.mastery(PATH, now)), story.learner(now).events, now, {})
    before, after = _events(old), _events(new)

    assert set(after) < set(before)
    assert set(before) - set(after) == {"learn-SH-01@firsthand"}
    for uid in after:
        assert after[uid]["dtstart"].dt > before[uid]["dtstart"].dt
        assert after[uid]["sequence"] > before[uid]["sequence"]


@pytest.mark.parametrize("name", ["learn-SH-01@firsthand", "lab-net-lab@firsthand"])
def test_the_ids_of_a_calendar_do_not_hang_on_the_machine_or_the_time(name: str) -> None:
    for now in (NOW, NOW + timedelta(days=400)):
        story = Story()
        made = plan(PATH, story.learner(now), story.mastery(PATH, now))
        assert name in _events(calendar(made, 0, now, {}))
