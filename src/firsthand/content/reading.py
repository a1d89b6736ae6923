"""Reads the paths of a root: path.toml, courses, units, competencies, and through others their lessons and labs."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, cast, get_args

from firsthand.content.findings import Kind, Report
from firsthand.content.model import Competency, Course, LearningPath, Proof, Unit
from firsthand.content.reading_labs import SLUG, LabRead, read_lab
from firsthand.content.reading_lessons import LessonRead, read_lessons
from firsthand.content.source import Table, read_toml

UNIT_ID = r"[a-z][a-z0-9]*"
PROOFS: tuple[Proof, ...] = get_args(Proof)
COMPETENCY_MINUTES_MAX = 6_000
"""A hundred hours: what takes longer is more than one competency."""

_LENGTH = re.compile(r"(\d+):([0-5]\d):([0-5]\d)")
_URL = re.compile(r"https://[\w-]+(?:\.[\w-]+)+(?:/\S*)?")

SolutionsOf = Callable[[Path], Path | None]
"""Tells where the solutions of the lab in a folder are."""


@dataclass(frozen=True)
class UnitRead:
    """A unit, and the tables it was read from."""

    unit: Unit
    table: Table
    competency_tables: tuple[Table, ...]
    lessons: tuple[LessonRead, ...]
    labs: tuple[LabRead, ...]


@dataclass(frozen=True)
class PathRead:
    """A path, or what a root adds to one (`extends` is that one's id, else empty)."""

    path: LearningPath
    extends: str
    table: Table
    units: tuple[UnitRead, ...]
    lessons: tuple[LessonRead, ...]
    """Those of the path itself, which stand before its units."""


def read_paths(root: Path, solutions_of: SolutionsOf, report: Report) -> list[PathRead]:
    """All paths of a root, by name of folder; those whose path.toml cannot be parsed are told and left out."""
    found = [read_path(file.parent, solutions_of, report) for file in sorted(root.glob("*/path.toml"))]
    return [path for path in found if path is not None]


def read_path(folder: Path, solutions_of: SolutionsOf, report: Report) -> PathRead | None:
    """The path in this folder; None, told, when its path.toml cannot be parsed."""
    table = read_toml(folder / "path.toml", report)
    if table is None:
        return None
    table.schema()
    extends = table.matching("extends", SLUG, "backend") if table.has("extends") else ""
    path_id, title = ("", "") if table.has("extends") else (table.matching("id", SLUG, "backend"), table.text("title"))
    units = []
    names = table.texts("units")
    for position, name in enumerate(names):
        if name in names[:position]:
            table.tell(Kind.DUPLICATE, f'The unit "{name}" is listed already.', "units", position)
            continue
        place = folder / "units" / name
        if not re.fullmatch(UNIT_ID, name) or not (place / "unit.toml").is_file():
            advice = f"Make units/{name}/unit.toml, or take it off the list."
            table.tell(Kind.UNKNOWN_UNIT, f'There is no unit "{name}".', "units", position, advice=advice)
            continue
        unit = read_unit(place, solutions_of, report)
        units += [] if unit is None else [unit]
    table.done()
    lessons = read_lessons(folder, extends or path_id, "", report)
    path = LearningPath(
        id=path_id,
        title=title,
        units=tuple(u.unit for u in units),
        courses=_courses(folder / "courses.toml", report),
        folder=folder,
        file=table.file,
        lessons=tuple(found.lesson for found in lessons),
    )
    return PathRead(path, extends, table, tuple(units), lessons)


def read_unit(folder: Path, solutions_of: SolutionsOf, report: Report) -> UnitRead | None:
    """The unit in this folder with its lessons and labs; None, told, when its unit.toml cannot be parsed."""
    table = read_toml(folder / "unit.toml", report)
    if table is None:
        return None
    table.schema()
    unit_id = table.matching("id", UNIT_ID, "net")
    competency_tables = tuple(table.tables("competency", optional=True))
    lessons = read_lessons(folder, folder.name, folder.name, report)
    labs = [read_lab(place, folder.name, solutions_of(place), report) for place in lab_folders(folder)]
    unit = Unit(
        id=unit_id,
        code=table.text("code"),
        title=table.text("title"),
        why=table.text("why"),
        topic=table.text("topic", ""),
        requires=table.texts("requires", ()),
        competencies=tuple(_competency(t, unit_id) for t in competency_tables),
        lessons=tuple(found.lesson for found in lessons),
        labs=tuple(found.lab for found in labs if found is not None),
        folder=folder,
        file=table.file,
    )
    table.done()
    return UnitRead(unit, table, competency_tables, lessons, tuple(found for found in labs if found is not None))


def lab_folders(unit_folder: Path) -> list[Path]:
    """The folders of a unit's labs, by name."""
    parent = unit_folder / "labs"
    if not parent.is_dir():
        return []
    return sorted(p for p in parent.iterdir() if p.is_dir() and not p.name.startswith((".", "__")))


def _competency(table: Table, unit: str) -> Competency:
    competency = Competency(
        id=table.text("id"),
        can=table.text("can"),
        tier=cast("Literal[1, 2, 3]", table.integer("tier", low=1, high=3)),
        proof=table.choice("proof", PROOFS),
        minutes=table.integer("minutes", low=1, high=COMPETENCY_MINUTES_MAX),
        requires=table.texts("requires", ()),
        unit=unit,
        file=table.file,
        line=table.line(),
    )
    table.done()
    return competency


def _courses(file: Path, report: Report) -> tuple[Course, ...]:
    table = read_toml(file, report) if file.is_file() else None
    if table is None:
        return ()
    courses = tuple(_course(found) for found in table.tables("course", optional=True))
    table.done()
    return courses


def _course(table: Table) -> Course:
    course = Course(
        id=table.matching("id", SLUG, "git-for-beginners"),
        title=table.text("title"),
        url=_url(table),
        seconds=_seconds(table),
        added=_day(table),
        playlist=table.integer("playlist", 0),
        units=table.texts("units"),
        teaches=table.texts("teaches", ()),
        file=table.file,
        line=table.line(),
    )
    table.done()
    return course


def _url(table: Table) -> str:
    url = table.text("url")
    if url.strip() and not _URL.fullmatch(url):
        table.tell(Kind.COURSE_URL, f'"{url}" is no address; expected one that begins with https://.', "url")
    return url


def _seconds(table: Table) -> int:
    length = table.text("length", "")
    found = _LENGTH.fullmatch(length)
    if found:
        hours, minutes, seconds = map(int, found.groups())
        return hours * 3600 + minutes * 60 + seconds
    if length:
        message = f'"{length}" is no length; expected h:mm:ss such as "7:29:12", or "" when it is not known.'
        table.tell(Kind.COURSE_LENGTH, message, "length")
    return 0


def _day(table: Table) -> str:
    added = table.text("added")
    try:
        if added.strip() and date.fromisoformat(added).isoformat() != added:
            raise ValueError(added)
    except ValueError:
        table.tell(Kind.COURSE_DATE, f'"{added}" is no date; expected YYYY-MM-DD such as "2026-11-22".', "added")
    return added
