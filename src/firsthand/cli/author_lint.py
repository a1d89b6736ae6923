"""`firsthand author lint`: all mistakes in the content at once."""

from typing import TYPE_CHECKING

import click

from firsthand.cli.author_content import content_option

if TYPE_CHECKING:
    from firsthand.cli.screen import Line
    from firsthand.content.findings import Finding

SCHEMA_VERSION = 1

_READ = frozenset({".toml", ".md", ".py", ".patch"})


@click.command()
@click.option(
    "--json", "json_to", metavar="FILE", help="Write the findings as JSON to a file, or to standard output: -"
)
@content_option
def lint(json_to: str | None) -> int:
    """List all mistakes in the content, with file, line and what was expected.

    Exits with 1 when there is any.
    """
    from firsthand.cli import library
    from firsthand.cli.author_output import write_json
    from firsthand.cli.screen import show
    from firsthand.content import lint as linter

    roots = library.roots()
    findings = linter.lint(roots)
    files = sum(1 for root in roots for file in root.rglob("*") if file.suffix in _READ and file.is_file())
    if json_to:
        write_json(json_to, _as_json(files, findings))
    if json_to != "-":
        show(_lines(files, findings))
    return 1 if findings else 0


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


def _as_json(files: int, findings: "list[Finding]") -> dict[str, object]:
    return {
        "schema": SCHEMA_VERSION,
        "files": files,
        "findings": [
            {"file": str(f.file), "line": f.line, "kind": str(f.kind), "message": f.message, "advice": f.advice}
            for f in findings
        ],
    }
