"""Writes the parts of the documentation that follow from the code and the content, between marks in the pages.

A page says `<!-- reference:NAME -->` ... `<!-- /reference -->`; what stands between is made here.
"""

import argparse
import ast
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from firsthand.cli.main import firsthand
from firsthand.cli.path_svg import drawing
from firsthand.content.load import load
from firsthand.content.model import Catalogue, Unit
from firsthand.content.roots import default_roots
from firsthand.learning.learner import Learner
from firsthand.learning.mastery import mastery
from firsthand.study.path_map import path_map

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src/firsthand"
PICTURE = ROOT / "docs/pictures/path.svg"
"""The map of the path, as it is before one begins."""
MARK = re.compile(r"(<!-- reference:([a-z-]+) -->\n).*?(<!-- /reference -->)", re.DOTALL)

Command = tuple[str, click.Command, click.Context]


def main() -> int:
    """Compare or write; returns the exit code."""
    parser = argparse.ArgumentParser(description="Writes the parts of the documentation that follow from the code.")
    parser.add_argument("--write", action="store_true", help="mend the pages; else only say which are out of date")
    write = parser.parse_args().write
    stale = 0
    path = load(default_roots()).paths[0]
    picture = drawing(path_map(path, mastery(path, Learner(datetime.now(UTC)))))
    made = [(page, MARK.sub(_replace, page.read_text(encoding="utf-8"))) for page in pages()]
    for page, new in [*made, (PICTURE, picture)]:
        if page.is_file() and page.read_text(encoding="utf-8") == new:
            continue
        stale += 1
        print(f"{'written' if write else 'out of date'}: {page.relative_to(ROOT)}")
        if write:
            page.write_text(new, encoding="utf-8")
    if stale and not write:
        print("Run: .venv/bin/python scripts/reference.py --write")
    return 1 if stale and not write else 0


def pages() -> list[Path]:
    """Every page that may have a mark."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def _replace(match: re.Match[str]) -> str:
    return f"{match[1]}\n{PARTS[match[2]]().strip()}\n\n{match[3]}"


def commands() -> Iterator[Command]:
    """Every command with its whole name, in reading order, groups before their members."""
    yield from _below("firsthand", firsthand, None)


def _below(name: str, command: click.Command, parent: click.Context | None) -> Iterator[Command]:
    context = click.Context(command, info_name=name.rpartition(" ")[2], parent=parent, **command.context_settings)
    yield name, command, context
    if isinstance(command, click.Group):
        for member in command.list_commands(context):
            found = command.get_command(context, member)
            if found is not None and not found.hidden:
                yield from _below(f"{name} {member}", found, context)


def commands_part() -> str:
    """A section per command: usage, what it does, its options."""
    return "\n".join(_command_section(name, command, context) for name, command, context in commands())


def _command_section(name: str, command: click.Command, context: click.Context) -> str:
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    lines = [f"## `{name}`", "", _paragraphs(command.help or ""), "", "```", usage, "```", ""]
    records = [r for p in command.params if (r := p.get_help_record(context)) is not None and r[1]]
    if records:
        lines += ["| option | |", "|---|---|"]
        lines += [f"| `{_cell(names)}` | {_cell(about)} |" for names, about in records]
        lines.append("")
    return "\n".join(lines)


def _paragraphs(text: str) -> str:
    """Help text as Markdown: paragraphs filled, those that click must not fill (\\b) as code."""
    done = []
    for paragraph in re.split(r"\n\s*\n", "\n".join(line.strip() for line in text.strip().splitlines())):
        if paragraph.startswith("\b"):
            done.append("```\n" + paragraph.lstrip("\b\n") + "\n```")
        else:
            done.append(" ".join(paragraph.splitlines()))
    return "\n\n".join(done)


def events_part() -> str:
    """A section per event of a run."""
    return _structs(SOURCE / "core/events.py", skip={"Event"})


def report_part() -> str:
    """A section per object of the report, the report itself first."""
    return _structs(SOURCE / "core/results.py", first="Report")


def _structs(file: Path, *, skip: frozenset[str] | set[str] = frozenset(), first: str = "") -> str:
    body = ast.parse(file.read_text(encoding="utf-8")).body
    found = [node for node in body if isinstance(node, ast.ClassDef) and node.name not in skip]
    found.sort(key=lambda node: node.name != first)
    return "\n".join(_struct_section(node) for node in found)


def _struct_section(node: ast.ClassDef) -> str:
    rows = ["| field | type | |", "|---|---|---|"]
    for position, item in enumerate(node.body):
        if isinstance(item, ast.AnnAssign):
            following = node.body[position + 1] if position + 1 < len(node.body) else None
            rows.append(f"| `{ast.unparse(item.target)}` | `{_type(item)}` | {_cell(_text(following))} |")
    return "\n".join([f"## {node.name}", "", ast.get_docstring(node) or "", "", *rows, ""])


def _type(item: ast.AnnAssign) -> str:
    return ast.unparse(item.annotation).replace(" | msgspec.UnsetType", ", may be absent").replace("|", "\\|")


def _text(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value
    return ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def topics_part() -> str:
    """The table of the README: every unit in order of study, with what is there today."""
    catalogue = load(default_roots())
    rows = ["| topic | courses | lessons | labs today |", "|---|---|---|---|"]
    rows += [_topic_row(catalogue, unit) for unit in catalogue.units()]
    rows += ["", "¹ goes beyond the source path, which has no course on it."]
    return "\n".join(rows)


def _topic_row(catalogue: Catalogue, unit: Unit) -> str:
    courses = [c for path in catalogue.paths for c in path.courses if unit.id in c.units]
    hours = round(sum(course.seconds for course in courses) / 3600)
    shown = f"{len(courses)} ({hours} h)" if hours else str(len(courses) or "")
    labs = ", ".join(f"[{lab.title}]({lab.folder.relative_to(ROOT)})" for lab in unit.labs)
    return f"| {unit.title}{'' if unit.topic else ' ¹'} | {shown} | {len(unit.lessons) or ''} | {labs} |"


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands_part,
    "events": events_part,
    "report": report_part,
    "topics": topics_part,
}


if __name__ == "__main__":
    sys.exit(main())
