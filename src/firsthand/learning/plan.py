"""The plan: what is left to do for a goal, in order, between which dates; made anew after every event."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf

import msgspec

from firsthand.content.model import LearningPath, PlannedLab
from firsthand.learning.goals import Goal, kept_goal
from firsthand.learning.hours import Hours
from firsthand.learning.learner import Learner
from firsthand.learning.mastery import Mastery, Status
from firsthand.learning.on_ramp import on_ramp
from firsthand.learning.order import Item, ordered
from firsthand.learning.pace import Pace, pace
from firsthand.learning.steps import Step, steps

START_MAX = timedelta(36_500)
"""Nobody begins later than in a hundred years; it also keeps dates within what a calendar can say."""


class Dates(msgspec.Struct, frozen=True, gc=False):
    """Between which days something ends: four in five learners end between the early and the late one."""

    early: date
    expected: date
    late: date


class Planned(msgspec.Struct, frozen=True, gc=False):
    """A step of the plan with its days."""

    step: Step
    begins: date
    """The day on which it is its turn, at the learner's pace."""
    ends: Dates


@dataclass(frozen=True)
class Milestone:
    """The end of all that the goal asks of a unit."""

    unit: str
    title: str
    ends: Dates
    steps: int


@dataclass(frozen=True)
class Plan:
    """What is left to do. Empty steps: the goal is reached as far as anything exists for it."""

    goal: Goal
    hours: Hours
    start: date
    deadline: date | None
    pace: Pace
    steps: tuple[Planned, ...]
    milestones: tuple[Milestone, ...]
    """In the order in which they are expected."""
    planned: tuple[PlannedLab, ...]
    """Labs that do not exist yet and will prove what the goal asks for; no day is planned for them."""
    reached: Mapping[Status, int]
    """How many competencies of the goal have each status."""

    @property
    def ends(self) -> Dates | None:
        """When all is done."""
        return self.steps[-1].ends if self.steps else None

    @property
    def minutes(self) -> int:
        """What is left, as estimated."""
        return sum(each.step.minutes for each in self.steps)

    @property
    def misses_deadline(self) -> bool:
        """Whether the expected end is after the deadline."""
        return self.deadline is not None and self.ends is not None and self.ends.expected > self.deadline


def plan(path: LearningPath, learner: Learner, found: Mapping[str, Mastery]) -> Plan:
    """The plan for what the learner wishes, from today on: what slipped moves the dates and is never piled up."""
    wish, today = learner.wish, learner.now.date()
    goal = kept_goal(wish.goal if wish else "", path)
    hours = Hours.of(wish.hours if wish else ())
    start = min(_date(wish.start if wish else "") or today, today + START_MAX)
    deadline = _date(wish.deadline if wish else "")
    own = pace(path, learner, hours, start)
    first = max(start, today)
    due = hours.between(first, deadline + timedelta(1)) / own.factor if deadline else inf
    dated = scheduled(_all_steps(path, learner, found, goal, due), hours, first, own)
    counts = dict.fromkeys(Status, 0)
    for competency in goal.targets:
        counts[found[competency].status] += 1
    missing = {c for c in goal.targets if found[c].status not in (Status.PROVEN, Status.PASSED)}
    return Plan(
        goal,
        hours,
        start,
        deadline,
        own,
        tuple(dated),
        _milestones(path, dated),
        tuple(lab for lab in path.planned if missing.intersection(lab.proves)),
        counts,
    )


def _all_steps(
    path: LearningPath, learner: Learner, found: Mapping[str, Mastery], goal: Goal, due: float
) -> list[Step]:
    """What is left to do for the goal, in the order of study; who never programmed begins with the on-ramp."""
    left = steps(path, goal, found, learner)
    ramp = on_ramp(path, learner, found)
    if ramp is None or not any(ramp.waits_for_it(step) for step in left):
        return in_order(left, goal, due)
    first = ramp.steps()
    rest = in_order([ramp.before(step) for step in left], goal, due - sum(step.minutes for step in first))
    return [*first, *rest]


def in_order(found: list[Step], goal: Goal, due: float) -> list[Step]:
    """The steps in the order of study; what the goal names is due after so many minutes."""
    by_id = {step.id: step for step in found}
    named = goal.targets
    items = [
        Item(s.id, s.unit, s.minutes, s.requires, due if named.intersection(s.competencies) else inf) for s in found
    ]
    return [by_id[item.id] for item in ordered(items)]


def scheduled(found: list[Step], hours: Hours, first: date, own: Pace) -> list[Planned]:
    """The steps one after another from a day on, no day with more than its hours."""
    dated, spent, day = [], 0, hours.days_from(first)
    for step in found:
        begins = day(spent * own.factor + 1)
        spent += step.minutes
        early, expected, late = own.range(spent)
        dated.append(Planned(step, begins, Dates(day(early), day(expected), day(late))))
    return dated


def _milestones(path: LearningPath, dated: list[Planned]) -> tuple[Milestone, ...]:
    titles = {unit.id: unit.title for unit in path.units}
    counts = Counter(each.step.unit for each in dated)
    last: dict[str, Planned] = {}
    for each in dated:
        last.pop(each.step.unit, None)
        last[each.step.unit] = each
    return tuple(Milestone(unit, titles.get(unit, unit), end.ends, counts[unit]) for unit, end in last.items())


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
