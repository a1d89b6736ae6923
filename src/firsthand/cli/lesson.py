"""`firsthand lesson`: shows a lesson, or lists them all."""

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from firsthand.core.errors import ContentError, FirsthandError
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.content.model import Lesson


class LessonName(click.types.StringParamType):
    """The id of a lesson."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """All lessons that begin so."""
        from firsthand.study import library

        try:
            lessons = library.catalogue().lessons()
        except FirsthandError:  # completion has no place to complain in
            return []
        return [CompletionItem(x.id, help=x.title) for x in lessons if x.id.startswith(incomplete)]


@click.command()
@click.argument("lesson_id", required=False, default="", metavar="[LESSON]", type=LessonName())
def lesson(lesson_id: str) -> None:
    """Read LESSON, or list them all."""
    from firsthand.cli.screen import line, markdown, show
    from firsthand.study import library
    from firsthand.study.memory import remember

    if not lesson_id:
        _list()
        return
    found = library.lesson(lesson_id)
    body = found.text().strip("\n")
    titled = body if body.startswith("# ") else f"# {found.title}\n\n{body}"
    markdown(titled)
    remember("lesson", {"lesson": found.id, "state": "read"})
    if asked := _asked(found):
        show([line(), line("Questions on it: ", (invocation.spell("review", *asked), "code"))])


def _asked(found: "Lesson") -> list[str]:
    """What of the lesson there are questions on."""
    from firsthand.content.findings import stop_at_first
    from firsthand.content.reading_questions import read_questions

    try:
        questions = read_questions(found.file.parents[1], found.unit, stop_at_first)
    except ContentError:  # a mistake in a question must not keep anybody from reading a lesson
        return []
    there = {each.question.competency for each in questions}
    return [competency for competency in found.teaches if competency in there]


def _list() -> None:
    from firsthand.cli.screen import Line, line, show
    from firsthand.study.library import catalogue

    lines: list[Line] = []
    for unit in catalogue().units():
        if not unit.lessons:
            continue
        lines.append(line((unit.title, "title")))
        for each in unit.lessons:
            facts = f"  {each.minutes} min · {', '.join(each.teaches)}"
            lines.append(line((each.id, "code"), f"  {each.title}", (facts, "dim"), indent=2))
        lines.append(line())
    if not lines:
        show([line("There are no lessons in these content folders yet.")])
        return
    show([*lines, line("Read one: ", (invocation.spell("lesson", "ID"), "code"))])
