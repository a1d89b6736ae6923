"""A recommended step with the page on which it is done."""

from dataclasses import dataclass

from django.urls import reverse

from firsthand.learning.next import Choice
from firsthand.study.outlook import Outlook, minutes_words
from firsthand.study.ways import HEADS, Way, title, waits, ways

ICONS = {"learn": "lesson", "course": "course", "lab": "lab", "questions": "question"}


@dataclass(frozen=True)
class WayOn:
    """A step that can be begun now."""

    verb: str
    icon: str
    title: str
    address: str
    facts: tuple[str, ...]


def way_on(here: Outlook, choice: Choice) -> WayOn:
    """The step of a choice, for its reader."""
    step = choice.planned.step
    unit = here.units[step.unit].title if step.unit in here.units else ""
    facts = tuple(filter(None, (minutes_words(step.minutes), unit, waits(choice))))
    there = [address for way in ways(here, step) if (address := address_of(way))]
    address = there[0] if there else reverse("unit", args=[step.unit])
    return WayOn(HEADS[step.kind], ICONS[step.kind], title(step), address, facts)


def address_of(way: Way) -> str:
    """Our page on which a way is gone; empty for what does not exist yet."""
    match way.kind:
        case "lesson":
            return reverse("lesson", args=way.name.split("/", 1))
        case "course" | "part":
            return f"{reverse('courses')}#{way.name}"
        case "begin" | "go-on":
            return f"/lab/{way.name}/"
        case "questions":
            return f"/review/?skill={way.name}"
        case _:
            return ""
