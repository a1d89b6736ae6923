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
    from firsthand.cli.page import show_page
    from firsthand.cli.screen import line, show
    from firsthand.study import library
    from firsthand.study.memory import remember

    if not lesson_id:
        _list()
        return
    found = library.lesson(lesson_id)
    show_page(found.title, found.parts())
    remember("lesson", {"lesson": found.id, "state": "read"})
    if terms := _terms(found):
        show([line(), line(f"Words to know: {', '.join(terms)}. ", (invocation.spell("glossary", "WORD"), "code"))])
    if asked := _asked(found):
        show([line(), line("Questions on it: ", (invocation.spell("review", *asked), "code"))])


def _terms(found: "Lesson") -> list[str]:
    """The words of the glossary that the lesson uses, in their order on the page."""
    from firsthand.content.glossary import first_uses
    from firsthand.study import library

    try:
        terms = library.catalogue().glossary()
    except ContentError:  # nor must one in the glossary
        return []
    return [use.term.name for use in first_uses(found.text(), terms)]


def _asked(found: "Lesson") -> list[str]:
    """What of the lesson there are questions on."""
    from firsthand.content.findings import stop_at_first
    from firsthand.content.reading_questions import read_questions

    if not found.teaches:
        return []
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
    found = catalogue()
    homes = [(path.title, path.lessons) for path in found.paths]
    for title, lessons in [*homes, *((unit.title, unit.lessons) for unit in found.units())]:
        if not lessons:
            continue
        lines.append(line((title, "title")))
        for each in lessons:
            facts = " · ".join([f"  {each.minutes} min", *([", ".join(each.teaches)] if each.teaches else [])])
            lines.append(line((each.id, "code"), f"  {each.title}", (facts, "dim"), indent=2))
        lines.append(line())
    if not lines:
        show([line("There are no lessons in these content folders yet.")])
        return
    show([*lines, line("Read one: ", (invocation.spell("lesson", "ID"), "code"))])
