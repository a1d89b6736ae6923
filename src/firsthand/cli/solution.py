"""`firsthand solution`: shows a solution after passing or giving up, and records that it was read."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand import __version__
from firsthand.cli.arguments import LAB, in_workspace
from firsthand.core.errors import UsageError
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.content.model import Lab

FILE_BYTES_SHOWN_MAX = 256 * 1024


@click.command()
@click.argument("lab", required=False, default="", type=LAB)
@click.option("--lang", default="", metavar="LANGUAGE", help="The language to read it in.")
@click.option("--give-up", is_flag=True, help="Show it although you have not passed the lab yet.")
@in_workspace
def solution(lab: str, lang: str, give_up: bool, workspace: Path | None) -> int:
    """Read a solution of LAB (the lab whose workspace you are in, unless told)."""
    from firsthand.study import library
    from firsthand.study import workspace as workspaces
    from firsthand.study.memory import recall, remember

    place = None if lab else workspaces.found(workspace)
    found = library.lab(place.lab if place else lab)
    language = _language(found, lang, place.language if place else "")
    passed = recall("run").standing(found.id).passed
    if not passed and not _given_up(found, give_up):
        return 1
    remember("solution", {"lab": found.id, "language": language, "after": "passed" if passed else "gave up"})
    assert found.solutions_folder is not None, "a lab with solutions has their folder"
    _show(found.solutions_folder / "solutions" / language)
    return 0


def _language(lab: "Lab", asked: str, own: str) -> str:
    from firsthand.study.languages import canonical, preferred

    there = lab.solutions()
    if not there:
        raise UsageError(
            f"No solution of {lab.id} is installed here.",
            advice=f"pip install firsthand-solutions=={__version__} brings them; a clone of the repository has them.",
        )
    if asked and canonical(asked) not in there:
        raise UsageError(f'There is no solution in "{asked}".', advice=f"There are: {', '.join(there)}.")
    if asked:
        return canonical(asked)
    return preferred(there, before=own)


def _given_up(lab: "Lab", said: bool) -> bool:
    if said:
        return True
    if sys.stdin.isatty() and sys.stderr.isatty():
        return click.confirm(f"You have not passed {lab.id} yet. Give up, and read a solution?", err=True)
    raise UsageError(
        f"You have not passed {lab.id} yet.",
        advice=f"{invocation.spell('hint')} may be enough. To read a solution all the same: "
        f"{invocation.spell('solution', lab.id, '--give-up')}.",
    )


def _show(folder: Path) -> None:
    from firsthand.cli.screen import console, fancy, line, show

    files = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    for file in files:
        data = file.read_bytes()[:FILE_BYTES_SHOWN_MAX]
        show([line((f"=== {file.relative_to(folder)}", "strong"))])
        text = data.decode("utf-8", "replace").rstrip("\n")
        if fancy(sys.stdout):
            from rich.syntax import Syntax

            lexer = Syntax.guess_lexer(str(file), text)
            console(sys.stdout).print(Syntax(text, lexer, background_color="default"))
        else:
            print(text)
        print()
    show([line(("These files are in ", "dim"), str(folder), verbatim=True)])
