"""`firsthand check`: checks a program and says what is wrong."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from firsthand.cli.arguments import LAB, SEED, STAGE
from firsthand.core.verdicts import EXIT_CODES, Verdict

if TYPE_CHECKING:
    from firsthand.content.model import Lab
    from firsthand.core.results import Report
    from firsthand.study.workspace import Workspace


@dataclass(frozen=True)
class Asked:
    """What the command line asked for."""

    lab: str
    stage: str
    all_stages: bool
    seed: int | None
    json: str
    junit: str
    verbose: bool
    keep: bool


@click.command()
@click.argument("directory", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@click.option("--lab", default="", metavar="LAB", type=LAB, help="The lab, where no firsthand.toml says it.")
@click.option("--stage", default="", metavar="STAGE", type=STAGE, help="Only this stage, by id or number.")
@click.option("--all", "all_stages", is_flag=True, help="Go on after the first stage that fails.")
@click.option("--seed", type=SEED, help="The same seed gives the same run again.")
@click.option("--json", "json_file", default="", metavar="FILE", help="Write the report as JSON; - is standard output.")
@click.option("--junit", default="", metavar="FILE", help="Write the report as JUnit XML.")
@click.option("--watch", is_flag=True, help="Check again whenever a file of yours changes, until Ctrl-C.")
@click.option("--verbose", "-v", is_flag=True, help="Tell of each check, build and start.")
@click.option(
    "--keep", is_flag=True, help="Leave the program and servers of a failed run running until you press Enter."
)
def check(
    directory: Path | None,
    lab: str,
    stage: str,
    all_stages: bool,
    seed: int | None,
    json_file: str,
    junit: str,
    watch: bool,
    verbose: bool,
    keep: bool,
) -> int:
    """Check what you wrote in DIR (where you are, unless told) against its lab.

    \b
    Exit codes: 0 passed, 1 failed, 2 the command was wrong, 3 it did not start, 4 we could not judge.
    """
    from firsthand.study.workspace import given

    asked = Asked(lab, stage, all_stages, seed, json_file, junit, verbose, keep)
    workspace = given(directory, lab)
    if not watch:
        return _checked(asked, workspace)
    from firsthand.cli.watch import on_changes

    return on_changes(workspace.folder, lambda: _checked(asked, workspace), _stream(asked))


def _checked(asked: Asked, workspace: "Workspace") -> int:
    from firsthand.cli import outputs
    from firsthand.cli.reporters import print_heading
    from firsthand.core.randomness import new_seed
    from firsthand.study import library

    lab = library.lab(workspace.lab)
    stage = library.stage(lab, asked.stage).id if asked.stage else ""
    outputs.ensure_writable(asked.json, asked.junit)
    seed = new_seed() if asked.seed is None else asked.seed
    stream = _stream(asked)
    print_heading(lab.id, workspace.language, seed, stream)
    report = _graded(asked, workspace, lab, stage, seed)
    outputs.write_json(report, asked.json)
    outputs.write_junit(report, asked.junit)
    return EXIT_CODES[report.verdict]


def _graded(asked: Asked, workspace: "Workspace", lab: "Lab", stage: str, seed: int) -> "Report":
    # Imported after the first line was printed: this takes longer than all before.
    from firsthand.bench.run import RunRequest
    from firsthand.cli.grading import Grading, grade
    from firsthand.cli.screen import line, show
    from firsthand.study import invocation

    request = RunRequest(
        lab=lab,
        workspace=workspace.folder,
        language=workspace.language,
        seed=seed,
        stage=stage,
        all_stages=asked.all_stages,
    )
    chosen = asked.seed is not None
    report = grade(request, Grading(workspace.folder, _stream(asked), asked.verbose, asked.keep, counts=not chosen))
    if chosen and report.verdict is Verdict.PASSED:
        again = invocation.spell("check", workspace=workspace.folder)
        show(
            [line("You chose the seed, so this does not count as passed. For that: ", (again, "code"))], _stream(asked)
        )
    return report


def _stream(asked: Asked) -> TextIO:
    return sys.stderr if asked.json == "-" else sys.stdout
