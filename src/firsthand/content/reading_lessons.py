"""Reads the lessons of a unit or of a path: front matter in TOML, then Markdown."""

import re
from dataclasses import dataclass
from pathlib import Path

from firsthand.content.findings import Finding, Kind, Report
from firsthand.content.model import Lesson
from firsthand.content.reading_labs import SLUG
from firsthand.content.source import Table, parse_toml, read_text

_FRONT_MATTER = re.compile(r"\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class LessonRead:
    """A lesson, and its front matter."""

    lesson: Lesson
    table: Table


def read_lessons(folder: Path, home: str, unit: str, report: Report) -> tuple[LessonRead, ...]:
    """The lessons in `lessons/` of this folder in order; `home` begins their ids, `unit` is empty for a path's own."""
    files = sorted((folder / "lessons").glob("*.md"))
    found = [_lesson(file, home, unit, report) for file in files]
    return tuple(lesson for lesson in found if lesson is not None)


def _lesson(file: Path, home: str, unit: str, report: Report) -> LessonRead | None:
    name = re.fullmatch(rf"\d\d-({SLUG})\.md", file.name)
    if not name:
        advice = "Name it like 02-framing.md: two digits for its place, then words in small letters."
        report(Finding(file, 0, f"{file.name} is no name for a lesson.", advice, Kind.FILE_NAME))
        return None
    text = read_text(file, report)
    if text is None:
        return None
    front = _FRONT_MATTER.match(text)
    if not front:
        advice = "Begin the file with a line +++, then title, minutes and teaches, then again a line +++."
        report(Finding(file, 1, "The lesson has no front matter between two lines of +++.", advice, Kind.FRONT_MATTER))
        return None
    table = parse_toml(file, front[1], report, lines_before=1)
    if table is None:
        return None
    lesson = Lesson(
        id=f"{home}/{name[1]}",
        title=table.text("title"),
        minutes=table.integer("minutes", low=1, high=600),
        teaches=table.texts("teaches"),
        unit=unit,
        file=file,
        on_ramp=table.boolean("on_ramp", False),
    )
    table.done()
    return LessonRead(lesson, table)
