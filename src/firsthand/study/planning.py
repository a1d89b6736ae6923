"""What a learner plans for, read strictly, and what to say of the plan; for terminal and site alike."""

import re
from dataclasses import asdict
from datetime import date
from typing import Any

from firsthand.core.errors import UsageError
from firsthand.learning.goals import FIRST_JOB, read_goal
from firsthand.learning.hours import DEFAULT_HOURS
from firsthand.learning.learner import WEEKDAYS, Wish
from firsthand.learning.plan import Plan
from firsthand.study.outlook import Outlook

HOURS_A_DAY_MAX = 24
_HOURS = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?[ =:]+(\d+(?:[.,]\d+)?)")


def read_hours(text: str) -> tuple[float, ...]:
    """Hours on each weekday from `mon-fri 1.5, sat 3`, or from hours a week, spread over all seven days.

    Raises:
        UsageError: it says neither.
    """
    wrong = UsageError(
        f'The hours "{text}" cannot be read.',
        advice='Say them as "mon-fri 1.5, sat 3", or as hours a week: 7. A day has 24 at most, and one must have some.',
    )
    told = text.strip().lower()
    if re.fullmatch(r"\d+(?:[.,]\d+)?", told):
        hours = [float(told.replace(",", ".")) / 7] * 7
    else:
        hours = [0.0] * 7
        if _HOURS.sub("", told).strip(" ,;"):
            raise wrong
        for first, last, number in _HOURS.findall(told):
            if first not in WEEKDAYS or (last and last not in WEEKDAYS):
                raise wrong
            begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
            for day in range(begin, end + 1 if end >= begin else end + 8):
                hours[day % 7] = float(number.replace(",", "."))
    if not any(round(60 * each) for each in hours) or max(hours) > HOURS_A_DAY_MAX:
        raise wrong
    return tuple(hours)


def read_day(text: str, what: str) -> date:
    """A date, written as 2027-03-31.

    Raises:
        UsageError: it is none.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f'The {what} "{text}" is not a date.', advice="Write it as 2027-03-31.") from None


def read_deadline(text: str, today: date) -> str:
    """The day by which it should be done, as it is kept; "" for none.

    Raises:
        UsageError: it is no date, or has passed.
    """
    if text.strip().lower() in ("", "none"):
        return ""
    day = read_day(text, "deadline")
    if day < today:
        raise UsageError(f"The deadline {day} has passed.", advice="Set a later one, or none: --deadline none.")
    return day.isoformat()


def wish_now(here: Outlook) -> Wish:
    """What is planned for now: what the learner said, else a first job in the usual hours from today on."""
    return here.learner.wish or Wish(FIRST_JOB, DEFAULT_HOURS, here.today.isoformat(), "")


def wished(here: Outlook, goal: str | None, hours: str | None, start: str | None, deadline: str | None) -> Wish:
    """The wish with what is told now, read strictly.

    Raises:
        UsageError: something cannot be read, or the deadline is before the start.
    """
    old = wish_now(here)
    made = Wish(
        old.goal if goal is None else read_goal(goal, here.path).text,
        old.hours if hours is None else read_hours(hours),
        old.start if start is None else read_day(start, "start").isoformat(),
        old.deadline if deadline is None else read_deadline(deadline, here.today),
    )
    if made.deadline and made.deadline < max(made.start, here.today.isoformat()):
        raise UsageError(
            f"The deadline {made.deadline} is before the start.", advice="Set a later one, or none: --deadline none."
        )
    return made


def wish_data(wish: Wish) -> dict[str, Any]:
    """What the history keeps of a wish."""
    return {**asdict(wish), "hours": dict(zip(WEEKDAYS, wish.hours, strict=True))}


def late_words(found: Plan) -> str:
    """What it would take to be in time; empty when it is, or nothing is asked."""
    if not found.misses_deadline or found.deadline is None:
        return ""
    have = found.hours.between(found.start, found.deadline)
    if have <= 0:
        return "there is no study day before it."
    need = found.pace.range(found.minutes)[1]
    return f"too soon at this pace: it would take about {need / have * found.hours.a_week / 60:.0f} hours a week."


def pace_words(found: Plan) -> str:
    """How fast the learner gets on; empty before anything was seen."""
    if not found.pace.done:
        return ""
    factor = found.pace.factor
    told = "as estimated" if 0.95 <= factor <= 1.05 else f"{factor:.1f} times as long as estimated"
    return f"you take {told}, by what you did so far"


def planned_words(found: Plan) -> str:
    """What is said of labs that do not exist yet; empty when there are none."""
    if not found.planned:
        return ""
    many = f"{len(found.planned)} labs that prove skills of your goal are" if len(found.planned) > 1 else "One lab is"
    return f"{many} planned and not there yet; no day is planned for them."
