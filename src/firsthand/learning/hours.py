"""The days on which a learner studies, and on which day so many minutes of study are over."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate

from firsthand.learning.learner import WEEKDAYS

DEFAULT_HOURS = (1.5, 1.5, 1.5, 1.5, 1.5, 0.0, 0.0)
WEEKS_MAX = 5_200
"""Nobody plans further ahead than a hundred years."""


@dataclass(frozen=True)
class Hours:
    """Minutes of study on each weekday, from Monday on; at least on one of them."""

    minutes: tuple[int, ...]

    @classmethod
    def of(cls, hours: Sequence[float]) -> "Hours":
        """From hours on each weekday; the default where none has any."""
        minutes = tuple(round(60 * each) for each in hours)
        return cls(minutes) if any(minutes) else cls(tuple(round(60 * each) for each in DEFAULT_HOURS))

    @cached_property
    def a_week(self) -> int:
        """Minutes in a whole week."""
        return sum(self.minutes)

    @property
    def words(self) -> str:
        """Such as `mon-fri 1.5, sat 3`."""
        runs: list[tuple[int, int]] = []
        for day, minutes in enumerate(self.minutes):
            if runs and runs[-1][1] == day - 1 and self.minutes[runs[-1][0]] == minutes:
                runs[-1] = (runs[-1][0], day)
            else:
                runs.append((day, day))
        return ", ".join(
            f"{WEEKDAYS[first]}{'-' + WEEKDAYS[last] if last > first else ''} {self.minutes[first] / 60:g}"
            for first, last in runs
            if self.minutes[first]
        )

    def on(self, day: date) -> int:
        """The minutes of one day."""
        return self.minutes[day.weekday()]

    def between(self, first: date, end: date) -> int:
        """The minutes from `first` on until the day before `end`."""
        days = max(0, (end - first).days)
        weeks, rest = divmod(days, 7)
        return weeks * self.a_week + sum(self.on(first + timedelta(number)) for number in range(rest))

    def reached(self, first: date, minutes: float) -> date:
        """The day, from `first` on, in which the study of so many minutes ends; a study day, also for 0 minutes."""
        return self.days_from(first)(minutes)

    def days_from(self, first: date) -> Callable[[float], date]:
        """`reached` from one day on, for many calls."""
        week, begin = self.a_week, first.toordinal()
        running = list(accumulate(self.minutes[(first.weekday() + number) % 7] for number in range(7)))

        def day(minutes: float) -> date:
            minutes = round(minutes, 3) or 0.001
            # The end of a week's last study day belongs to that day, not to the next week.
            weeks = min(int((minutes - 0.0005) // week), WEEKS_MAX)
            rest = min(minutes - weeks * week, week)
            return date.fromordinal(begin + 7 * weeks + bisect_left(running, rest))

        return day
