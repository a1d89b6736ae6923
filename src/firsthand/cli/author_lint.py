"""`firsthand author lint`: all mistakes in the content at once."""

from typing import TYPE_CHECKING

import click

from firsthand.cli.author_content import content_option

if TYPE_CHECKING:
    from pathlib import Path

    from firsthand.cli.screen import Line
    from firsthand.content.findings import Finding

SCHEMA_VERSION = 1

_READ = frozenset({".toml", ".md", ".py", ".patch"})


@click.command()
@click.option(
    "--json", "json_to", metavar="FILE", help="Write the findings as JSON to a file, or to standard output: -"
)
@click.option("--planned", is_flag=True, help="List the competencies that only planned labs and questions will prove.")
@content_option
def lint(json_to: str | None, planned: bool) -> int:
    """List all mistakes in the content, with file, line and what was expected.

    Exits with 1 when there is any. What is only planned is no mistake, but it is counted.
    """
    from firsthand.cli.author_output import write_json
    from firsthand.cli.screen import show
    from firsthand.content import lint as linter
    from firsthand.study import library

    roots = library.roots()
    findings = linter.lint(roots)
    files = sum(1 for root in roots for file in root.rglob("*") if file.suffix in _READ and file.is_file())
    waiting = {} if findings else _waiting(roots)
    if json_to:
        write_json(json_to, _as_json(files, findings, waiting))
    if json_to != "-":
        show([*_waiting_lines(waiting, listed=planned), *_lines(files, findings)])
    return 1 if findings else 0


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


def _waiting_lines(waiting: dict[str, list[str]], *, listed: bool) -> "list[Line]":
    from firsthand.cli.screen import line
    from firsthand.study import invocation

    if not waiting:
        return []
    labs = {lab for each in waiting.values() for lab in each}
    questions = sum(not each for each in waiting.values())
    words = f"{len(waiting)} competencies wait for what is planned: {len(labs)} labs, and questions on {questions}."
    if not listed:
        command = invocation.spell("author", "lint", "--planned")
        return [line((words, "dim")), line("They are listed by ", (command, "code"), verbatim=True)]
    rows = [line((name, "strong"), f"  {', '.join(each) or 'questions'}", indent=2) for name, each in waiting.items()]
    return [line(words), *rows]


def _lines(files: int, findings: "list[Finding]") -> "list[Line]":
    from firsthand.cli.author_output import near
    from firsthand.cli.screen import BLANK, line

    lines: list[Line] = []
    for finding in findings:
        place = near(finding.file) + (f":{finding.line}" if finding.line else "")
        lines.append(line((place, "strong"), verbatim=True))
        lines.append(line(finding.message, indent=4))
        if finding.advice:
            lines.append(line((finding.advice, "dim"), indent=4))
    count = len(findings)
    if not count:
        return [line((f"{files} files read, no findings.", "good"))]
    return [*lines, BLANK, line((f"{files} files read, {count} {'finding' if count == 1 else 'findings'}.", "bad"))]


def _as_json(files: int, findings: "list[Finding]", waiting: dict[str, list[str]]) -> dict[str, object]:
    return {
        "schema": SCHEMA_VERSION,
        "files": files,
        "findings": [
            {"file": str(f.file), "line": f.line, "kind": str(f.kind), "message": f.message, "advice": f.advice}
            for f in findings
        ],
        "planned": waiting,
    }
