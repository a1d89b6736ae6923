"""`firsthand begin`: makes a workspace for a lab."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand.cli.arguments import LAB
from firsthand.core.errors import UsageError
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.cli.screen import Line
    from firsthand.content.model import Lab


_CHECK = {"program": "see what the program cannot do yet"}
_AROUND = "The folder lies in a Git repository of yours. Inside {}, git works on the lab's; beside them, on yours."
_OTHERWISE = (
    " Any other language will do as well: begin with one of these, replace the program, "
    "and say in the Procfile how yours is started."
)


@click.command()
@click.argument("lab", metavar="LAB", type=LAB)
@click.argument("directory", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--lang", default="", metavar="LANGUAGE", help="Language or framework to write in; kept for later labs.")
def begin(lab: str, directory: Path | None, lang: str) -> None:
    """Make a workspace for LAB in DIR (./LAB unless told), with something small to begin with."""
    from firsthand.cli.making import make_workspace
    from firsthand.cli.screen import show
    from firsthand.study import library
    from firsthand.study.memory import remember

    found = library.lab(lab)
    language = _language(found, lang)
    folder = make_workspace(found, language, directory or Path(lab))
    remember("began", {"lab": found.id, "language": language, "folder": str(folder)})
    show(_words(found, language, folder, chosen=bool(lang)))


def _language(lab: "Lab", asked: str) -> str:
    from firsthand.study.languages import canonical, preferred
    from firsthand.study.memory import recall

    there = lab.starters()
    if not there:
        raise UsageError(f"The lab {lab.id} has no starter.", advice="Tell its author.")
    if asked:
        if canonical(asked) not in there:
            raise UsageError(
                f'The lab {lab.id} has no starter in "{asked}".',
                advice=f"There are: {', '.join(there)}.{_OTHERWISE if lab.is_about('program') else ''}",
            )
        return canonical(asked)
    return preferred(there, before=recall("began").language())


def _kit_words(lab: "Lab", language: str) -> "list[Line]":
    """That the kit which a program in this language needs is not installed yet, and how to get it."""
    from firsthand.cli.screen import line
    from firsthand.study.kits import lacking, lacking_words

    kit = lacking(lab, language)
    if kit is None:
        return []
    return [line(("! ", "warn"), f"{lacking_words(kit)} ", (invocation.spell("kits", "install", kit.language), "code"))]


def _words(lab: "Lab", language: str, folder: Path, *, chosen: bool) -> "list[Line]":
    from firsthand.cli.screen import line
    from firsthand.study.languages import language as known

    spoken = known(language)
    lines = [line(("✓ ", "good"), f"{lab.title}, in {spoken.name}: {folder}")]
    others = [known(name).name for name in lab.starters() if name != language]
    if not chosen and others:
        lines.append(line(f"There are starters in {', '.join(others)} too: --lang chooses.", indent=2))
    missing = spoken.missing()
    if missing:
        doctor = invocation.spell("doctor")
        lines.append(
            line(("! ", "warn"), f"{', '.join(missing)} is not on this machine's PATH, and {spoken.name} needs it. ")
        )
        lines.append(line(f"{doctor} says how to get it.", indent=2))
    lines += _kit_words(lab, language)
    around = next((above for above in folder.parents if (above / ".git").exists()), None) if lab.repositories else None
    if around is not None:
        lines.append(line(("! ", "warn"), _AROUND.format(" and ".join(lab.repositories))))
        lines.append(line(f"Yours is {around}: mind where you stand.", indent=2))
    ways = [
        (invocation.spell("brief", workspace=folder), f"stage 1: {lab.stages[0].title}"),
        (invocation.spell("check", workspace=folder), _CHECK.get(lab.subject, "see what is still missing")),
    ]
    width = max(len(command) for command, _ in ways)
    lines += [line(), line("What to do next (README.md in there has it all):")]
    lines += [line((f"{c:<{width}}", "code"), (f"  {about}", "dim"), indent=2, verbatim=True) for c, about in ways]
    return lines
