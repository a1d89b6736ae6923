"""Whatever stands in a history - damaged, from a later version, made up - the learner is read and a plan is made."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from small_path import NOW, Story, competency, course, lab, lesson, path

from firsthand.history import Event, Kind
from firsthand.history.event import timestamp
from firsthand.learning.hours import Hours
from firsthand.learning.learner import CourseState, Grade, Learner, Purpose
from firsthand.learning.mastery import mastery
from firsthand.learning.next import choices
from firsthand.learning.placement.result import Group, Outcome, Rating
from firsthand.learning.plan import plan
from firsthand.learning.review import agenda, memories

HISTORY_PAGE = Path(__file__).parents[3] / "docs/reference/history.md"
PATH = path(
    competency("NET-01"),
    competency("NET-02", "NET-01"),
    labs=(lab("net-lab", "NET-02"),),
    courses=(course("net", "NET-01"),),
    lessons=(lesson("net/one", "NET-01"),),
    asked=("NET-01", "NET-02"),
)

IDS = ("NET-01", "NET-02", "NET-01.1", "net", "net-lab", "net/one", "stage-1", "check_1", "p", "first-job", "path")
MEANINGS = (*get_args(Outcome), *get_args(Purpose), *get_args(CourseState), *get_args(Grade), *get_args(Group))
WORDS = st.sampled_from((*IDS, *MEANINGS, *get_args(Rating), "began", "ended", "read", "short", "9999-12-31"))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(WORDS, st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=4,
)
KEYS = st.sampled_from(sorted(set(re.findall(r"`([a-z_]+)`", HISTORY_PAGE.read_text(encoding="utf-8")))))
"""Every name that the history's page mentions."""


@st.composite
def events(draw: st.DrawFn) -> Event:
    """An event of any kind, at any time, with anything in it."""
    at = timestamp(NOW + timedelta(days=draw(st.integers(-900, 900))))
    kind = draw(st.sampled_from([*get_args(Kind), "dream"]))
    return Event(
        draw(st.text(max_size=4)), at, kind, draw(st.integers(0, 2)), draw(st.dictionaries(KEYS, VALUES, max_size=9))
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(events(), max_size=12))
def test_nothing_in_a_history_keeps_a_plan_from_being_made(told: list[Event]) -> None:
    learner = Learner.of(told, NOW)
    found = mastery(PATH, learner)
    made = plan(PATH, learner, found)
    spread = agenda(memories(PATH, learner, {"NET-01"}).values(), {"NET-01", "NET-02"}, made.hours, learner)

    assert learner.events == len(told)
    assert all(0 < each.probability < 1 for each in found.values())
    assert made.pace.factor > 0
    assert sum(made.reached.values()) == len(made.goal.targets)
    assert all(planned.begins >= NOW.date() for planned in made.steps)
    assert choices(made, spread).reviews.due == spread.today


@given(st.permutations(range(6)))
def test_what_is_told_last_counts_and_not_what_has_the_latest_date(order: list[int]) -> None:
    story = Story()
    for number in order:
        story.tell("plan", number - 10, goal="path", hours={"mon": number + 1}, start="", deadline="")

    wish = story.learner().wish
    assert wish is not None
    assert wish.hours[0] == order[-1] + 1
    assert Hours.of(wish.hours).on(NOW.date()) == 60 * (order[-1] + 1)


def test_a_placement_that_is_begun_anew_is_the_open_one_until_it_ends() -> None:
    story = Story().placed({"NET-01": 0.9}, day=-9)
    story.tell("placement", -5, id="second", event="began", seed=2, result=None)
    going = story.learner()
    story.tell("placement", -4, id="second", event="ended", seed=2, result={"NET-01": 0.1})
    ended = story.learner()

    assert going.open_placement is not None
    assert going.open_placement.id == "second"
    assert going.placed is not None
    assert going.placed.probabilities == {"NET-01": 0.9}
    assert ended.open_placement is None
    assert ended.placed is not None
    assert ended.placed.probabilities == {"NET-01": 0.1}
