"""A recommended step with the page on which it is done."""

from dataclasses import dataclass

from django.urls import reverse

from firsthand.learning.next import Choice
from firsthand.learning.steps import Step
from firsthand.study.outlook import Outlook, minutes_words

VERBS = {"learn": "Learn", "course": "Watch", "lab": "Lab", "questions": "Answer"}


@dataclass(frozen=True)
class WayOn:
    """A step that can be begun now."""

    verb: str
    icon: str
    title: str
    unit: str
    address: str
    facts: tuple[str, ...]


def way_on(here: Outlook, choice: Choice) -> WayOn:
    """The step of a choice, for its reader."""
    step = choice.planned.step
    facts = [minutes_words(step.minutes), here.units[step.unit].title if step.unit in here.units else ""]
    if choice.unlocks:
        facts.append(f"{choice.unlocks} step{'s' if choice.unlocks > 1 else ''} of your plan wait for it")
    icon = {"learn": "lesson", "course": "course", "lab": "lab", "questions": "question"}[step.kind]
    return WayOn(VERBS[step.kind], icon, step.title, step.unit, _address(step), tuple(filter(None, facts)))


def _address(step: Step) -> str:
    if step.kind == "lab":
        return f"/lab/{step.name}/"
    if step.lessons:
        return reverse("lesson", args=step.lessons[0].split("/"))
    if step.kind == "course" or step.courses:
        return f"{reverse('courses')}#{step.name if step.kind == 'course' else step.courses[0]}"
    return f"{reverse('unit', args=[step.unit])}#{step.name}"
