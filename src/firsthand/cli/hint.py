"""`firsthand hint`: shows the next hint for what failed, and records that it was read."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand.cli.arguments import CHECK, in_workspace
from firsthand.core.errors import UsageError
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.cli.screen import Line
    from firsthand.content.model import CheckDeclaration


@click.command()
@click.argument("check", required=False, default="", type=CHECK)
@in_workspace
def hint(check: str, workspace: Path | None) -> None:
    """Read the next hint for CHECK: the first one that failed in the last run here, unless told."""
    from firsthand.cli.screen import show
    from firsthand.study import library
    from firsthand.study import workspace as workspaces
    from firsthand.study.hints import failed_last, hints
    from firsthand.study.memory import recall, remember

    place = workspaces.found(workspace)
    lab = library.lab(place.lab)
    found = hints(lab, check or failed_last(recall("run"), place.folder), recall("hint"))
    if not found.total:
        raise UsageError(
            f"There are no hints for {found.check.id}.",
            advice=f"{invocation.spell('brief', workspace=place.folder)} shows what is asked for.",
        )
    reading = found.reading(lab)
    if reading is not None:
        remember("hint", reading)
        show(_words(found.check, found.read, found.read + 1, place.folder))
    else:
        show(_words(found.check, 0, found.total, place.folder))


def _words(declared: "CheckDeclaration", first: int, last: int, folder: Path) -> "list[Line]":
    """The hints from `first` (from 0) up to `last`, under the rule that they are about."""
    from firsthand.cli.screen import BLANK, line

    total = len(declared.hints)
    lines = [line((declared.rule, "strong"))]
    for number in range(first, last):
        lines += [BLANK, line((f"Hint {number + 1} of {total}: ", "good"), declared.hints[number])]
    left = total - last
    if left:
        more = f"{left} more: {invocation.spell('hint', workspace=folder)}"
    else:
        more = f"That was the last one. {invocation.spell('solution', '--give-up', workspace=folder)} shows a solution."
    return [*lines, BLANK, line((more, "dim"), verbatim=True)]
