"""`firsthand next`: what to do now - what is recommended, another way, and reviews."""

from typing import TYPE_CHECKING, Any

import click

from firsthand.cli.screen import BLANK, Line, line, show
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.learning.next import Choice, Choices, Reviews
    from firsthand.learning.steps import Step
    from firsthand.study.outlook import Outlook
    from firsthand.study.ways import Way


@click.command("next")
@click.option("--json", "json_to", default="", metavar="FILE", help="Write the choices as JSON; - is standard output.")
def next_step(json_to: str) -> None:
    """See what to do now: one recommendation, another way, and what to review.

    Only what exists is recommended. Labs that are planned are named as such, and no more.
    """
    from firsthand.cli.author_output import write_json
    from firsthand.study.outlook import begin_here, outlook
    from firsthand.study.ways import standing

    here = outlook()
    if here.is_new:
        raise begin_here(here)
    found = here.choices
    if json_to:
        write_json(json_to, _for_programs(found))
        return
    show([line((standing(here), "dim")), BLANK])
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
    from firsthand.study.ways import HEADS, gives, title, waits

    step = choice.planned.step
    facts = filter(None, (minutes_words(step.minutes), gives(step), waits(choice)))
    lines = [line((head, "strong"), (f"{HEADS[step.kind]} ", "good"), (title(step), "strong"))]
    lines.append(line((" · ".join(facts), "dim"), indent=3))
    if choice.lacks:
        lines.append(
            line((f"Needs {', '.join(choice.lacks)} first, which nothing here teaches yet.", "warn"), indent=3)
        )
    return [*lines, *how_lines(here, step)]


def how_lines(here: "Outlook", step: "Step") -> "list[Line]":
    """How a step is done: commands and addresses."""
    from firsthand.study.ways import ways

    found = ways(here, step)
    alone = step.kind == "learn" and not any(way.kind in ("lesson", "part") for way in found)
    return [each for way in found for each in _way(way, alone=alone)]


def _way(way: "Way", *, alone: bool) -> "list[Line]":
    """`alone`: nothing here teaches it but questions."""
    spell = invocation.spell
    match way.kind:
        case "course":
            return _course(way)
        case "part":
            return [line(f"In the course {way.title}: ", (way.url, "code"), indent=3, verbatim=True)]
        case "planned":
            return [line((f"A lab on it is planned: {way.title}", "dim"), indent=3)]
        case "lesson":
            words, command = "Lesson: ", spell("lesson", way.name)
        case "begin":
            words, command = "Begin: ", spell("begin", way.name)
        case "go-on":
            words, command = "Go on in its folder with ", spell("check")
        case "questions":
            words = "Learn it where you like, then answer: " if alone else "Show that you can: "
            command = spell("review", way.name)
    return [line(words, (command, "code"), indent=3)]


def _course(way: "Way") -> "list[Line]":
    from firsthand.study.outlook import clock_words

    spell = invocation.spell
    lines = [line((way.url, "code"), indent=3, verbatim=True)]
    if way.seconds:
        lines.append(line(f"You watched it up to {clock_words(way.seconds)}.", indent=3))
    lines.append(line("Keep how far you are: ", (spell("courses", "watched", way.name, "0:20:00"), "code"), indent=3))
    lines.append(line("When you have seen it all: ", (spell("courses", "done", way.name), "code"), indent=3))
    return [*lines, line("Not for you: ", (spell("courses", "skip", way.name), "code"), indent=3)]


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
