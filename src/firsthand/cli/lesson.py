"""`firsthand lesson`: shows a lesson, or lists them all."""

import click
from click.shell_completion import CompletionItem

from firsthand.cli import invocation
from firsthand.core.errors import FirsthandError


class LessonName(click.types.StringParamType):
    """The id of a lesson."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """All lessons that begin so."""
        from firsthand.cli import library

        try:
            lessons = library.catalogue().lessons()
        except FirsthandError:  # completion has no place to complain in
            return []
        return [CompletionItem(x.id, help=x.title) for x in lessons if x.id.startswith(incomplete)]


@click.command()
@click.argument("lesson_id", required=False, default="", metavar="[LESSON]", type=LessonName())
def lesson(lesson_id: str) -> None:
    """Read LESSON, or list them all."""
    from firsthand.cli import library
    from firsthand.cli.memory import remember
    from firsthand.cli.screen import line, markdown, show

    if not lesson_id:
        _list()
        return
    found = library.lesson(lesson_id)
    body = found.text().strip("\n")
    titled = body if body.startswith("# ") else f"# {found.title}\n\n{body}"
    markdown(titled)
    remember("lesson", {"lesson": found.id, "state": "read"})
    show([line(), line("Questions on it: ", (invocation.spell("review", *found.teaches), "code"))])


def _list() -> None:
    from firsthand.cli.library import catalogue
    from firsthand.cli.screen import Line, line, show

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
