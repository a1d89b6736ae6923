"""`firsthand review`: questions on what was learned, before it is forgotten."""

import sys
from typing import TYPE_CHECKING

import click

from firsthand.cli.screen import BLANK, Line, line, show
from firsthand.core.errors import UsageError
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.content.question import Question
    from firsthand.study.answering import Reply
    from firsthand.study.outlook import Outlook


@click.command()
@click.argument("skills", nargs=-1, metavar="[SKILL]...")
@click.option("--ahead", is_flag=True, help="Review now what is due in the next days.")
@click.option("--list", "only_list", is_flag=True, help="Show what is due on which day, and ask nothing.")
@click.option(
    "--json",
    "json_to",
    default="",
    metavar="FILE",
    help="Write what is due on which day as JSON; - is standard output.",
)
def review(skills: tuple[str, ...], ahead: bool, only_list: bool, json_to: str) -> int:
    """Answer questions on what you learned, before it is forgotten; or on the SKILLs you name (ids or units).

    What you forget comes back sooner, what you know later. Reviews lie on your study days, at most twenty on one, and
    labs that use a skill count as a review of it. Ctrl-C stops; all answers are kept.
    """
    from firsthand.study.outlook import begin_here, outlook
    from firsthand.study.reviewing import due_now

    here = outlook()
    if only_list or json_to:
        _list(here, json_to)
        return 0
    if skills:
        due = [c for c in here.named(skills) if c in here.questions]
        if not due:
            raise UsageError(
                f"There are no questions on {', '.join(skills)} yet.",
                advice="`firsthand next` says what there is to do.",
            )
    elif here.is_new:
        raise begin_here(here)
    else:
        due = due_now(here, ahead=ahead)
    if not due:
        show(_nothing(here))
        return 0
    try:
        return _asked(here, due)
    except KeyboardInterrupt:
        show([BLANK, line("All your answers are kept.")])
        return 130


def _asked(here: "Outlook", due: list[str]) -> int:
    from firsthand.cli.asking import Pause, ask, nobody
    from firsthand.core.randomness import new_seed
    from firsthand.history import History
    from firsthand.study.answering import keep_practice

    right = 0
    for number, competency in enumerate(due):
        question = here.question_for(competency)
        unit = here.units[here.competencies[competency].unit]
        head = line((f"{number + 1} of {len(due)}", "strong"), f"  {unit.title}  ", (competency, "dim"))
        show([BLANK, head])
        reply = ask(question, new_seed())
        if isinstance(reply, Pause):
            if not number and reply is Pause.LATER and not sys.stdin.isatty():
                raise nobody(invocation.spell("review"))
            return _end(here, right, number)
        right += reply.result == "right"
        keep_practice(History.open().append, here, question, reply)
        show(_told(here, question, reply))
    return _end(here, right, len(due))


def _told(here: "Outlook", question: "Question", reply: "Reply") -> list[Line]:
    """Whether it was right, and why."""
    from firsthand.study.answering import explained

    told = explained(here, question, reply)
    if told.result == "right":
        return [line(("✓ right. ", "good"), told.why)]
    lines = [line(("✗ not right. ", "bad"), told.why)] if told.result == "wrong" else []
    answer, *more = told.right.splitlines()
    lines.append(line(("Right is: ", "strong"), answer))
    lines += [line(each, indent=10) for each in more]
    if told.why_right:
        lines.append(line(told.why_right, indent=2))
    lessons = (invocation.spell("lesson", lesson.id) for lesson in told.lessons)
    return [*lines, *(line("Lesson: ", (lesson, "code"), indent=2) for lesson in lessons)]


def _end(here: "Outlook", right: int, asked: int) -> int:
    from firsthand.study.outlook import day_words, outlook

    later = outlook().agenda
    words = [line(f"{right} of {asked} right.")] if asked else []
    if later.next_day:
        left = f"{len(later.today)} more today." if later.today else f"Next: {day_words(later.next_day, here.today)}."
        words.append(line((left, "dim")))
    show([BLANK, *words, line("What to do now: ", (invocation.spell("next"), "code"))])
    return 0


def _nothing(here: "Outlook") -> list[Line]:
    from firsthand.study.outlook import day_words
    from firsthand.study.reviewing import nothing_yet

    if why := nothing_yet(here):
        return [line(why), line("What to do now: ", (invocation.spell("next"), "code"))]
    assert here.agenda.next_day is not None, "there are days"
    return [
        line(("✓ ", "good"), f"Nothing to review today. Next: {day_words(here.agenda.next_day, here.today)}."),
        line("Sooner, if you like: ", (invocation.spell("review", "--ahead"), "code")),
    ]


def _list(here: "Outlook", json_to: str) -> None:
    from firsthand.cli.author_output import write_json
    from firsthand.study.outlook import day_words
    from firsthand.study.placing import compact
    from firsthand.study.reviewing import DAYS_SHOWN

    days = here.agenda.days
    if json_to:
        told = {day.isoformat(): list(due) for day, due in days.items()}
        write_json(json_to, {"schema": 1, "overdue": here.agenda.overdue, "days": told})
        return
    if not days:
        show(_nothing(here))
        return
    shown = list(days.items())[:DAYS_SHOWN]
    show([line(f"{day_words(day, here.today):<12} {len(due):>3}  ", (compact(due), "dim")) for day, due in shown])
    if len(days) > len(shown):
        show([line((f"... and on {len(days) - len(shown)} later days.", "dim"))])
