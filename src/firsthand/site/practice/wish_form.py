"""The form of the plan: what the learner wishes for, as typed, with clear words for what cannot be read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from django.http import QueryDict

from firsthand.core.errors import UsageError
from firsthand.learning.goals import FIRST_JOB, WHOLE_PATH, read_goal
from firsthand.learning.learner import WEEKDAYS, Wish
from firsthand.study.outlook import Outlook
from firsthand.study.planning import HOURS_A_DAY_MAX, read_day, read_deadline, read_hours, wish_now, wished

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OWN = "own"
NUMBER = re.compile(r"\d{1,2}([.,]\d{1,4})?")
TYPED_CHARACTERS_MAX = 80
"""What a field may hold; what is beyond is cut, and then it is no number or date any more."""
PARTS_MAX = 500


@dataclass(frozen=True)
class Day:
    """A weekday's hours as typed."""

    id: str
    name: str
    hours: str


@dataclass
class WishForm:
    """What stands in the form, and what is wrong with it by field: goal, hours, start, deadline."""

    goal: str
    """first-job, path or own."""
    parts: tuple[str, ...]
    """Of an own goal: units and labs."""
    hours: tuple[str, ...]
    start: str
    deadline: str
    wrong: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, here: Outlook) -> Self:
        """The form for what is planned for now."""
        wish = wish_now(here)
        own = wish.goal not in (FIRST_JOB, WHOLE_PATH, "")
        parts = tuple(wish.goal.split(",")) if own else ()
        hours = tuple(f"{round(each, 2):g}" for each in wish.hours)
        return cls(OWN if own else wish.goal or FIRST_JOB, parts, hours, wish.start, wish.deadline)

    @classmethod
    def sent(cls, form: QueryDict) -> Self:
        """The form as it was sent."""
        return cls(
            _typed(form.get("goal", "")),
            tuple(_typed(part) for part in form.getlist("part")[:PARTS_MAX]),
            tuple(_typed(form.get(day, "")) for day in WEEKDAYS),
            _typed(form.get("start", "")),
            _typed(form.get("deadline", "")),
        )

    @property
    def days(self) -> list[Day]:
        """The weekdays with their hours."""
        return [Day(*each) for each in zip(WEEKDAYS, DAYS, self.hours, strict=True)]

    def wish(self, here: Outlook) -> Wish | None:
        """What is wished for; None when something is wrong, which `wrong` tells."""
        goal = ",".join(self.parts) if self.goal == OWN else self.goal
        hours = self._hours()
        try:
            read_goal(self._some(goal), here.path)
        except UsageError as error:
            self.wrong["goal"] = error.message
        if not self.wrong:
            self._dates(here)
        return None if self.wrong else wished(here, goal, hours, self.start or None, self.deadline)

    def _some(self, goal: str) -> str:
        if not goal:
            raise UsageError("Choose a goal; of your own one, at least one unit or lab.")
        return goal

    def _hours(self) -> str:
        """The hours as a command would say them."""
        for day in self.days:
            if day.hours and not NUMBER.fullmatch(day.hours):
                self.wrong["hours"] = (
                    f'{day.name} has "{day.hours}". Write hours as a number, such as 1.5, or nothing for a day off.'
                )
                return ""
        told = ", ".join(f"{day.id} {day.hours}" for day in self.days if day.hours)
        try:
            read_hours(told)
        except UsageError:
            self.wrong["hours"] = (
                f"A day has {HOURS_A_DAY_MAX} hours at most, and at least one day of the week must have some."
            )
        return told

    def _dates(self, here: Outlook) -> None:
        try:
            start = read_day(self.start, "start") if self.start else here.today
        except UsageError as error:
            self.wrong["start"] = f"{error.message} {error.advice}"
            return
        try:
            deadline = read_deadline(self.deadline, here.today)
        except UsageError as error:
            self.wrong["deadline"] = f"{error.message} Write a later one as 2027-03-31, or nothing."
            return
        if deadline and deadline < start.isoformat():
            self.wrong["deadline"] = f"The deadline {deadline} is before the start. Set a later one, or leave it empty."


def goal_names(here: Outlook) -> Iterable[tuple[str, str, int]]:
    """The goals that everybody can choose: id, title, how many skills."""
    for goal, title in ((FIRST_JOB, "A first job"), (WHOLE_PATH, "The whole path")):
        yield goal, title, len(read_goal(goal, here.path).targets)


def _typed(text: str) -> str:
    return text.strip()[:TYPED_CHARACTERS_MAX]
