"""Reads planned.toml of a path: the labs that do not exist yet, and the competencies whose questions do not."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from firsthand.content.findings import Kind, Report
from firsthand.content.model import PlannedLab
from firsthand.content.reading_labs import SLUG
from firsthand.content.source import Table, read_toml

FILE_NAME = "planned.toml"
LETTERS = "PCSRTDA"
"""What can be submitted, see PlannedLab."""


@dataclass(frozen=True)
class PlannedLabRead:
    """A planned lab, and the table it was read from."""

    lab: PlannedLab
    table: Table


@dataclass(frozen=True)
class PlannedRead:
    """What planned.toml holds."""

    labs: tuple[PlannedLabRead, ...]
    questions: tuple[str, ...]
    """The competencies that questions will prove, and that have none yet."""
    table: Table


def read_planned(path_folder: Path, report: Report) -> PlannedRead | None:
    """What is planned for the path in this folder; None without a planned.toml, or, told, when it cannot be read."""
    file = path_folder / FILE_NAME
    table = read_toml(file, report) if file.exists() else None
    if table is None:
        return None
    table.schema()
    questions = table.texts("questions", ())
    labs = tuple(PlannedLabRead(_lab(found), found) for found in table.tables("lab", optional=True))
    table.done()
    return PlannedRead(labs, questions, table)


def _lab(table: Table) -> PlannedLab:
    lab = PlannedLab(
        id=table.matching("id", SLUG, "net-byo-http"),
        title=table.text("title"),
        wave=cast("Literal[1, 2, 3]", table.integer("wave", low=1, high=3)),
        proves=table.texts("proves"),
        how=_how(table),
        servers=table.texts("servers", ()),
        stages=table.texts("stages"),
        unit=table.text("unit"),
        file=table.file,
        line=table.line(),
    )
    table.done()
    return lab


def _how(table: Table) -> str:
    how = table.text("how")
    parts = how.split("+")
    if how.strip() and (len(set(parts)) < len(parts) or any(len(p) != 1 or p not in LETTERS for p in parts)):
        message = f'how is "{how}"; expected letters of {", ".join(LETTERS)}, each once, joined by + such as "A+P".'
        table.tell(Kind.BAD_VALUE, message, "how")
    return how
