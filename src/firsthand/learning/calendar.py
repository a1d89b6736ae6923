"""The plan as a calendar file: each step an event of its own for ever, so that importing again moves it."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from icalendar import Calendar, Event

from firsthand.learning.plan import Plan, Planned

DOMAIN = "firsthand"
EVENTS_MAX = 2_000


def calendar(plan: Plan, sequence: int, now: datetime, links: Mapping[str, str]) -> bytes:
    """The plan in iCalendar format (RFC 5545).

    `sequence` must not be smaller than at the export before, so that calendars take the newer dates: how many events
    the history has. `links` gives an address for a step's name, such as a course's.
    """
    made = Calendar()
    made.add("prodid", "-//Firsthand//Plan//EN")
    made.add("version", "2.0")
    made.add("x-wr-calname", f"Firsthand: {plan.goal.words}")
    for planned in plan.steps[:EVENTS_MAX]:
        event = _event(planned.step.id, title(planned), planned.begins, planned.ends.expected, sequence, now)
        event.add("description", _description(planned))
        if link := links.get(planned.step.name):
            event.add("url", link)
        made.add_component(event)
    for milestone in plan.milestones:
        ends = milestone.ends
        event = _event(
            f"milestone:{milestone.unit}", f"★ {milestone.title}", ends.expected, ends.expected, sequence, now
        )
        event.add("description", f"Between {ends.early} and {ends.late}, at your pace.")
        made.add_component(event)
    data: bytes = made.to_ical()
    return data


def title(planned: Planned) -> str:
    """What an event is called."""
    step = planned.step
    heads = {"learn": "Learn", "course": "Watch", "lab": "Lab:", "questions": "Answer"}
    name = f"{step.name}: {step.title}" if step.kind in ("learn", "questions") else step.title
    return f"{heads[step.kind]} {name}"


def _event(name: str, summary: str, first: date, last: date, sequence: int, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{name.replace(':', '-')}@{DOMAIN}")
    event.add("dtstamp", now)
    event.add("sequence", sequence)
    event.add("summary", summary)
    event.add("dtstart", first)
    event.add("dtend", max(first, last) + timedelta(1))  # the day after, as RFC 5545 asks for whole days
    event.add("transp", "TRANSPARENT")
    return event


def _description(planned: Planned) -> str:
    step, ends = planned.step, planned.ends
    told = [f"{', '.join(step.competencies)}."] if step.competencies else []
    told += [f"About {step.minutes} minutes.", f"Between {ends.early} and {ends.late}."]
    if step.kind == "learn" and not step.there:
        told.append("Nothing of Firsthand's own teaches it yet.")
    return " ".join(told)
