"""How a step of the plan is done: what to read, watch, build or answer, and where; for terminal and site alike."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from firsthand.learning.mastery import Status
from firsthand.learning.next import Choice
from firsthand.learning.steps import Step, StepKind
from firsthand.study.outlook import Outlook, range_words

HEADS: dict[StepKind, str] = {"learn": "Learn", "course": "Watch", "lab": "Lab", "questions": "Answer"}
"""What a step of each kind begins with."""

WayKind = Literal["lesson", "course", "part", "begin", "go-on", "questions", "planned"]


@dataclass(frozen=True)
class Way:
    """One way to do a step, or a part of it.

    lesson: read it. course: watch it, from `seconds` on. part: a course that teaches it among other things.
    begin, go-on: a lab. questions: on this skill. planned: a lab that does not exist yet; it is named and no more.
    """

    kind: WayKind
    name: str
    """The id of the lesson, course, lab or skill."""
    title: str
    url: str = ""
    seconds: int = 0


def ways(here: Outlook, step: Step) -> list[Way]:
    """All ways to do a step, the usual one first."""
    return list(_ways(here, step))


def title(step: Step) -> str:
    """What a step is called, beside what its kind begins with."""
    return f"{step.name}: {step.title}" if step.kind in ("learn", "questions") else step.title


def gives(step: Step) -> str:
    """What it is good for in itself; empty where the title says it."""
    verb = {"course": "teaches", "lab": "proves"}.get(step.kind, "")
    return f"{verb} {', '.join(step.competencies)}" if verb else ""


def waits(choice: Choice) -> str:
    """How much of the plan waits for it; empty for nothing."""
    if not choice.unlocks:
        return ""
    return f"{choice.unlocks} step{'s' if choice.unlocks > 1 else ''} of your plan wait for it"


def standing(here: Outlook) -> str:
    """The goal, how far it is reached, and when it will be."""
    plan = here.plan
    total, proven, open_ = sum(plan.reached.values()), plan.reached[Status.PROVEN], plan.reached[Status.OPEN]
    words = f"Your goal: {plan.goal.words}. {proven} of {total} skills proven, {open_} to learn."
    ends = plan.ends
    if ends is None:
        return words
    return f"{words} Done between {range_words(ends.early, ends.late, here.today).replace(' to ', ' and ')}."


def _ways(here: Outlook, step: Step) -> Iterator[Way]:
    if step.kind == "course":
        course = next(course for course in here.path.courses if course.id == step.name)
        watched = here.learner.courses.get(course.id)
        seconds = watched.seconds if watched is not None and watched.state == "watching" else 0
        yield Way("course", course.id, course.title, course.url, seconds)
    elif step.kind == "lab":
        yield Way("go-on" if step.name in here.learner.begun else "begin", step.name, step.title)
    else:
        yield from _learning(here, step)


def _learning(here: Outlook, step: Step) -> Iterator[Way]:
    titles = {lesson.id: lesson.title for unit in here.path.units for lesson in unit.lessons}
    yield from (Way("lesson", name, titles.get(name, name)) for name in step.lessons)
    if not step.lessons:
        courses = (course for course in here.path.courses if course.id in step.courses)
        yield from (Way("part", course.id, course.title, course.url) for course in courses)
    if step.questions:
        yield Way("questions", step.name, step.title)
    yield from (Way("planned", lab.id, lab.title) for lab in here.path.planned if lab.id in step.planned)
