"""What to review now, for terminal and site alike."""

from datetime import date

from firsthand.study.outlook import Outlook

AHEAD_MAX = 10
"""How many are reviewed at once before they are due."""
DAYS_SHOWN = 7


def due_now(here: Outlook, *, ahead: bool = False) -> list[str]:
    """The competencies to review now, the most overdue first; `ahead` also those of the next days."""
    if not ahead:
        return list(here.agenda.today)
    return [c for day in here.agenda.days.values() for c in day][: max(AHEAD_MAX, len(here.agenda.today))]


def day_of(here: Outlook, competency: str) -> date | None:
    """The day of its next review; None where it has none."""
    return next((day for day, due in here.agenda.days.items() if competency in due), None)


def reviewed_today(here: Outlook) -> int:
    """How many reviews were done today."""
    zone = here.learner.now.tzinfo
    return sum(each.at.astimezone(zone).date() == here.today for each in here.learner.reviews)


def nothing_yet(here: Outlook) -> str:
    """Why there is nothing to review on any day; empty when there is."""
    if here.agenda.days:
        return ""
    if not here.questions:
        return "There are no questions in these content folders yet."
    return "Nothing to review yet: what you learn comes back here after some days."
