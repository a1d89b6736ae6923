"""The plan as a calendar: two weeks day by day, and beyond them one strip for each milestone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from firsthand.learning.plan import Milestone, Plan, Planned
from firsthand.study.outlook import Outlook, range_words

DAYS_SHOWN = 14
STEPS_A_DAY_MAX = 4
STRIP_WIDTH = 1000


@dataclass(frozen=True)
class DayOnPage:
    """One of the next days, with what it is for."""

    day: date
    minutes: int
    steps: list[Planned]
    more: int
    """How many other steps fall on it."""
    reviews: int
    is_today: bool
    is_first: bool
    """Whether it is the first one shown of its month."""


@dataclass(frozen=True)
class Strip:
    """A stretch of time as parts of STRIP_WIDTH: from the first step to the expected end, and the range of ends."""

    begins: int
    width: int
    early: int
    spread: int


@dataclass(frozen=True)
class MilestoneOnPage:
    """A milestone with its strip; its steps when they are shown."""

    milestone: Milestone
    when: str
    begins: date
    strip: Strip
    steps: list[Planned]


def next_days(here: Outlook) -> list[DayOnPage]:
    """The next two weeks, from today or the first day of the plan on."""
    plan = here.plan
    first = max(here.today, plan.start)
    days = [first + timedelta(number) for number in range(DAYS_SHOWN)]
    near = [each for each in plan.steps if each.begins <= days[-1]]
    return [_day(here, day, near, is_first=day == first or day.day == 1) for day in days]


def _day(here: Outlook, day: date, near: list[Planned], *, is_first: bool) -> DayOnPage:
    minutes = here.plan.hours.on(day)
    steps = [each for each in near if each.begins <= day <= each.ends.expected] if minutes else []
    reviews = len(here.agenda.days.get(day, ()))
    shown, more = steps[:STEPS_A_DAY_MAX], max(0, len(steps) - STEPS_A_DAY_MAX)
    return DayOnPage(day, minutes, shown, more, reviews, day == here.today, is_first)


def milestones(here: Outlook, open_unit: str) -> list[MilestoneOnPage]:
    """All milestones of the plan; the steps of one of them."""
    place = _Scale.of(here.plan).place
    return [_milestone(here, each, place, is_open=each.unit == open_unit) for each in here.plan.milestones]


def _milestone(here: Outlook, milestone: Milestone, place: Callable[[date], int], *, is_open: bool) -> MilestoneOnPage:
    steps = [each for each in here.plan.steps if each.step.unit == milestone.unit]
    begins, ends = steps[0].begins, milestone.ends
    strip = Strip(
        place(begins),
        max(1, place(ends.expected) - place(begins)),
        place(ends.early),
        max(1, place(ends.late) - place(ends.early)),
    )
    when = range_words(ends.early, ends.late, here.today)
    return MilestoneOnPage(milestone, when, begins, strip, steps if is_open else [])


def deadline_place(plan: Plan) -> int | None:
    """Where the deadline stands on the strips; None without one, or when it lies beyond."""
    place = _Scale.of(plan).place(plan.deadline) if plan.deadline else None
    return place if place is not None and 0 <= place <= STRIP_WIDTH else None


@dataclass(frozen=True)
class _Scale:
    first: date
    days: int

    @classmethod
    def of(cls, plan: Plan) -> "_Scale":
        first = plan.steps[0].begins
        last = max(each.ends.late for each in plan.milestones)
        return cls(first, max(1, (last - first).days + 1))

    def place(self, day: date) -> int:
        return round(STRIP_WIDTH * (day - self.first).days / self.days)
