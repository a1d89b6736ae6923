"""`firsthand next`: what to do now - what is recommended, another way, and reviews."""

from typing import TYPE_CHECKING, Any

import click

from firsthand.cli.screen import BLANK, Line, line, show
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.learning.next import Choice, Choices, Reviews
    from firsthand.learning.steps import Step
    from firsthand.study.outlook import Outlook

HEADS = {"learn": "Learn", "course": "Watch", "lab": "Lab", "questions": "Answer"}


@click.command("next")
@click.option("--json", "json_to", default="", metavar="FILE", help="Write the choices as JSON; - is standard output.")
def next_step(json_to: str) -> None:
    """See what to do now: one recommendation, another way, and what to review.

    Only what exists is recommended. Labs that are planned are named as such, and no more.
    """
    from firsthand.cli.author_output import write_json
    from firsthand.learning.next import choices
    from firsthand.study.outlook import begin_here, outlook

    here = outlook()
    if here.is_new:
        raise begin_here()
    found = choices(here.plan, here.agenda)
    if json_to:
        write_json(json_to, _for_programs(found))
        return
    show([_standing(here), BLANK])
    lines: list[Line] = []
    for number, (words, choice) in enumerate((("", found.recommended), ("Or: ", found.other)), 1):
        if choice is not None:
            lines += [*choice_lines(here, choice, f"{number}  {words}"), BLANK]
    if not lines:
        lines = [*nothing_left(here), BLANK]
    show([*lines, _reviews(here, found.reviews)])


def choice_lines(here: "Outlook", choice: "Choice", head: str) -> "list[Line]":
    """A step that can be begun: what it is, what it is good for, how to begin it."""
    from firsthand.study.outlook import minutes_words

    step = choice.planned.step
    title = f"{step.name}: {step.title}" if step.kind in ("learn", "questions") else step.title
    facts = [minutes_words(step.minutes)]
    if step.kind in ("course", "lab"):
        facts.append(f"{'teaches' if step.kind == 'course' else 'proves'} {', '.join(step.competencies)}")
    if choice.unlocks:
        facts.append(f"{choice.unlocks} step{'s' if choice.unlocks > 1 else ''} of your plan wait for it")
    lines = [line((head, "strong"), (f"{HEADS[step.kind]} ", "good"), (title, "strong"))]
    lines.append(line((" · ".join(facts), "dim"), indent=3))
    if choice.lacks:
        lines.append(
            line((f"Needs {', '.join(choice.lacks)} first, which nothing here teaches yet.", "warn"), indent=3)
        )
    return [*lines, *how_lines(here, step)]


def how_lines(here: "Outlook", step: "Step") -> "list[Line]":
    """How a step is done: commands and addresses."""
    if step.kind == "course":
        return _course(here, step.name)
    if step.kind == "lab":
        began = step.name in here.learner.begun
        words = "Go on in its folder with " if began else "Begin: "
        return [line(words, (invocation.spell(*(("check",) if began else ("begin", step.name))), "code"), indent=3)]
    lines = [line("Lesson: ", (invocation.spell("lesson", name), "code"), indent=3) for name in step.lessons]
    lines += [
        line(f"In the course {course.title}: ", (course.url, "code"), indent=3, verbatim=True)
        for course in here.path.courses
        if course.id in step.courses and not step.lessons
    ]
    if step.questions:
        words = "Show that you can: " if lines or step.kind == "questions" else "Learn it where you like, then answer: "
        lines.append(line(words, (invocation.spell("review", step.name), "code"), indent=3))
    planned = [lab.title for lab in here.path.planned if lab.id in step.planned]
    return [*lines, *(line((f"A lab on it is planned: {title}", "dim"), indent=3) for title in planned)]


def _course(here: "Outlook", name: str) -> "list[Line]":
    from firsthand.study.outlook import clock_words

    course = next(course for course in here.path.courses if course.id == name)
    watched = here.learner.courses.get(name)
    lines = [line((course.url, "code"), indent=3, verbatim=True)]
    if watched is not None and watched.state == "watching":
        lines.append(line(f"You watched it up to {clock_words(watched.seconds)}.", indent=3))
    spell = invocation.spell
    lines.append(line("Keep how far you are: ", (spell("courses", "watched", name, "0:20:00"), "code"), indent=3))
    lines.append(line("When you have seen it all: ", (spell("courses", "done", name), "code"), indent=3))
    return [*lines, line("Not for you: ", (spell("courses", "skip", name), "code"), indent=3)]


def _standing(here: "Outlook") -> "Line":
    from firsthand.learning.mastery import Status
    from firsthand.study.outlook import range_words

    plan = here.plan
    total, proven = sum(plan.reached.values()), plan.reached[Status.PROVEN]
    open_ = plan.reached[Status.OPEN]
    words = f"Your goal: {plan.goal.words}. {proven} of {total} skills proven, {open_} to learn."
    ends = plan.ends
    when = f" Done between {range_words(ends.early, ends.late, here.today).replace(' to ', ' and ')}." if ends else ""
    return line((words + when, "dim"))


def nothing_left(here: "Outlook") -> "list[Line]":
    """What to say when no step can be begun."""
    planned = len(here.plan.planned)
    if here.plan.steps:
        return [line("Nothing that is left of your goal can be begun: what teaches it does not exist yet.")]
    lines = [line(("✓ ", "good"), f"You have done all there is for your goal: {here.plan.goal.words}.")]
    if planned:
        lines.append(line(f"{planned} labs on it are planned; they come into your plan when they are there.", indent=2))
    return [*lines, line("Set yourself another goal: ", (invocation.spell("plan", "--goal", "path"), "code"), indent=2)]


def _reviews(here: "Outlook", reviews: "Reviews") -> "Line":
    from firsthand.study.outlook import day_words

    if reviews.due:
        many = f"{len(reviews.due)} skill{'s' if len(reviews.due) > 1 else ''}, about {reviews.minutes} min: "
        return line(("3  ", "strong"), ("Review ", "good"), many, (invocation.spell("review"), "code"))
    when = f"next {day_words(reviews.next_day, here.today)}" if reviews.next_day else "what you learn comes back here"
    return line(("3  Nothing to review today", "dim"), (f"; {when}.", "dim"))


def _for_programs(found: "Choices") -> dict[str, Any]:
    def choice(each: "Choice | None") -> dict[str, Any] | None:
        if each is None:
            return None
        from firsthand.cli.plan import step_for_programs

        return {**step_for_programs(each.planned), "unlocks": each.unlocks, "lacks": list(each.lacks)}

    reviews = found.reviews
    return {
        "schema": 1,
        "recommended": choice(found.recommended),
        "other": choice(found.other),
        "reviews": {
            "due": list(reviews.due),
            "minutes": reviews.minutes,
            "next_day": reviews.next_day.isoformat() if reviews.next_day else None,
        },
    }
