"""`firsthand author lint`: all mistakes in the content at once."""

import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import click

from firsthand.cli.author_content import content_option

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from firsthand.content.findings import Finding
    from firsthand.content.inventory import Counts
    from firsthand.proof.lesson_runs import PageRun

SCHEMA_VERSION = 1

_READ = frozenset({".toml", ".md", ".py", ".patch"})


@click.command()
@click.option(
    "--json", "json_to", metavar="FILE", help="Write the findings as JSON to a file, or to standard output: -"
)
@click.option("--planned", is_flag=True, help="List the competencies that only planned labs and questions will prove.")
@click.option("--table", is_flag=True, help="Show how many lessons, questions, courses and labs each unit has.")
@click.option("--unit", "units", multiple=True, metavar="UNIT", help="Only this unit; may be given several times.")
@click.option("--no-run", is_flag=True, help="Do not run the code in lessons.")
@click.option("--again", is_flag=True, help="Run lessons that are unchanged since they were right, too.")
@click.option("--missing-fails", is_flag=True, help="Fail for code that cannot be run here, as for a mistake.")
@content_option
def lint(
    json_to: str | None,
    planned: bool,
    table: bool,
    units: tuple[str, ...],
    no_run: bool,
    again: bool,
    missing_fails: bool,
) -> int:
    """List all mistakes in the content, with file, line and what was expected.

    Code in lessons that says `run` is run, and what it prints is compared with the page; where you have content of your
    own, only its code. Exits with 1 when there is any mistake. What is only planned is no mistake, nor what this
    machine lacks, but both are counted.
    """
    from firsthand.cli.author_lint_words import finding_lines, run_lines, show_table, waiting_lines
    from firsthand.cli.author_output import expect_writable, write_json
    from firsthand.cli.screen import show
    from firsthand.content import lint as linter
    from firsthand.content.inventory import inventory
    from firsthand.study import library

    expect_writable(json_to)
    roots = library.roots()
    counts = _counted(inventory(roots), units)
    findings = [each for each in linter.lint(roots) if not units or _is_of(each.file, units)]
    runs = [] if no_run else _run(roots, units, again=again)
    waiting = {} if findings or units else _waiting(roots)
    findings = sorted([*findings, *(finding for run in runs for finding in run.findings)])
    files = sum(1 for root in roots for file in root.rglob("*") if file.suffix in _READ and file.is_file())
    if json_to:
        write_json(json_to, _as_json(files, findings, waiting, counts, runs))
    if json_to != "-":
        if table:
            show_table(counts)
        show([*waiting_lines(waiting, listed=planned), *run_lines(runs), *finding_lines(files, findings)])
    missing = any(run.state == "not run" for run in runs)
    return 1 if findings or (missing and missing_fails) else 0


def _counted(counts: "list[Counts]", units: "Sequence[str]") -> "list[Counts]":
    """Those of these units, or all."""
    from firsthand.content.findings import nearest
    from firsthand.core.errors import UsageError

    known = [each.unit for each in counts if each.unit]
    for unit in units:
        if unit not in known:
            close = nearest(unit, known)
            advice = f"Did you mean {close}?" if close else f"There are: {', '.join(known)}."
            raise UsageError(f'There is no unit "{unit}".', advice=advice)
    return [each for each in counts if not units or each.unit in units]


def _is_of(file: "Path", units: "Sequence[str]") -> bool:
    """Whether a file belongs to one of these units: it lies in its folder, or is the unit's part of the glossary."""
    folders = set(pairwise(file.parts))
    return any(("units", unit) in folders or file.parts[-2:] == ("glossary", f"{unit}.toml") for unit in units)


def _run(roots: "Sequence[Path]", units: "Sequence[str]", *, again: bool) -> "list[PageRun]":
    """Run the pages that have something to run; ours were run before they came here, so theirs alone who have own."""
    from firsthand.cli.author_progress import run_progress
    from firsthand.content.inventory import lessons_in
    from firsthand.content.kits import kits_in
    from firsthand.content.roots import default_roots
    from firsthand.proof.lesson_runs import Runnable, run_pages

    own = [root for root in roots if root not in default_roots()] or roots
    wanted = [
        (lesson, folder)
        for lesson, folder in lessons_in(roots)
        if (not units or lesson.unit in units) and any(lesson.file.is_relative_to(root) for root in own)
    ]
    pages = [page for lesson, folder in wanted if (page := Runnable.of(lesson, kits_in(folder)))]
    if not pages:
        return []
    with run_progress(len(pages), sys.stderr) as watch:
        return run_pages(pages, again=again, watch=watch)


def _waiting(roots: "list[Path]") -> dict[str, list[str]]:
    """The competencies that nothing proves yet, in order of study, each with the planned labs that will."""
    from firsthand.content.load import load

    found: dict[str, list[str]] = {}
    for path in load(roots).paths:
        labs = {name for unit in path.units for lab in unit.labs for name in lab.proves}
        asked = {question.competency for unit in path.units for question in unit.questions}
        for competency in (c for unit in path.units for c in unit.competencies):
            by_question = competency.proof != "live" and competency.id in asked
            if competency.id not in labs and not by_question:
                found[competency.id] = [lab.id for lab in path.planned if competency.id in lab.proves]
    return found


def _as_json(
    files: int,
    findings: "list[Finding]",
    waiting: dict[str, list[str]],
    counts: "list[Counts]",
    runs: "list[PageRun]",
) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "schema": SCHEMA_VERSION,
        "files": files,
        "findings": [
            {"file": str(f.file), "line": f.line, "kind": str(f.kind), "message": f.message, "advice": f.advice}
            for f in findings
        ],
        "planned": waiting,
        "units": [asdict(each) for each in counts],
        "runs": [{"lesson": run.lesson.id, "state": run.state, "lacks": run.lacks} for run in runs],
    }
