"""Ids: each only once, in its right form and folder, and every one that is named is there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from firsthand.content.findings import Finding, Kind, Report, nearest
from firsthand.content.load import listed_paths, unknown_path
from firsthand.content.model import Competency
from firsthand.content.reading import PathRead, UnitRead
from firsthand.content.reading_lessons import LessonRead
from firsthand.content.source import Table

Named = tuple[str, Path, int]
"""An id and where it is given."""


@dataclass(frozen=True)
class Known:
    """The ids that are there. Unless `complete`, some file could not be read, and no id is called unknown."""

    paths: list[str]
    units: list[str]
    competencies: dict[str, Competency]
    complete: bool


def know(paths: Sequence[PathRead], *, complete: bool) -> Known:
    """Gather the ids of all that was read; of two competencies with one id the first."""
    units = [unit.unit for path in paths for unit in path.units]
    competencies: dict[str, Competency] = {}
    for competency in (c for unit in units for c in unit.competencies):
        competencies.setdefault(competency.id, competency)
    path_ids = [path.path.id for path in paths if not path.extends]
    unit_ids = [unit.id for unit in units]
    return Known(path_ids, unit_ids, competencies, complete and all([*path_ids, *unit_ids, *competencies]))


def check_ids(paths: Sequence[PathRead], known: Known, report: Report) -> None:
    """Everything about the ids of paths, units, competencies, courses, lessons, labs and stages."""
    units = [unit for path in paths for unit in path.units]
    _once(paths, units, report)
    for lesson in lessons_in(paths):
        tell_unknown_competencies(lesson.table, "teaches", lesson.lesson.teaches, known)
    for path in paths:
        _path(path, known, report)
    for unit in units:
        _unit(unit, known)
        _competencies(unit, known)


def lessons_in(paths: Sequence[PathRead]) -> list[LessonRead]:
    """All lessons, those of paths themselves first."""
    of_units = [lesson for path in paths for unit in path.units for lesson in unit.lessons]
    return [*(lesson for path in paths for lesson in path.lessons), *of_units]


def tell_unknown_competencies(table: Table, key: str, names: Sequence[str], known: Known) -> None:
    """Tell each item of the list `key` that is no competency."""
    for position, name in enumerate(names):
        message, advice = unknown_competency(name, known)
        if message:
            table.tell(Kind.UNKNOWN_COMPETENCY, message, key, position, advice=advice)


def unknown_competency(name: str, known: Known) -> tuple[str, str]:
    """What to say, and advise, of an id that is no competency; empty words when it is one."""
    if not known.complete or name in known.competencies:
        return "", ""
    same_number = [other for other in known.competencies if other[-3:] == name[-3:]]
    close = nearest(name, same_number)
    return f'There is no competency "{name}".', f"Did you mean {close}?" if close else ""


def tell_folder(table: Table, what: str, its_id: str, folder: Path) -> None:
    """Tell when something does not lie in a folder of its own name."""
    if its_id and its_id != folder.name:
        message = f'The {what} "{its_id}" lies in the folder {folder.name}; the two must be the same.'
        table.tell(Kind.FOLDER_NAME, message, "id", advice="Rename one of them.")


def _once(paths: Sequence[PathRead], units: Sequence[UnitRead], report: Report) -> None:
    labs = [lab for unit in units for lab in unit.labs]
    groups: list[tuple[str, Iterable[Named]]] = [
        ("path", [(p.path.id, p.table.file, p.table.line("id")) for p in paths if not p.extends]),
        ("unit", [(u.unit.id, u.table.file, u.table.line("id")) for u in units]),
        ("competency", [(t_id, t.file, t.line("id")) for u in units for t_id, t in _competency_tables(u)]),
        ("course", [(c.id, c.file, c.line) for p in paths for c in p.path.courses]),
        ("lesson", [(x.lesson.id, x.lesson.file, 0) for x in lessons_in(paths)]),
        ("lab", [(x.lab.id, x.table.file, x.table.line("id")) for x in labs]),
    ]
    for lab in labs:
        tables = zip(lab.lab.stages, lab.stage_tables, strict=True)
        groups.append(("stage", [(stage.id, table.file, table.line("id")) for stage, table in tables]))
    for what, named in groups:
        tell_second(what, named, report)


def _competency_tables(unit: UnitRead) -> list[tuple[str, Table]]:
    return [(c.id, table) for c, table in zip(unit.unit.competencies, unit.competency_tables, strict=True)]


def tell_second(what: str, named: Iterable[Named], report: Report) -> None:
    """Tell every id of this kind of thing that was used before."""
    first: dict[str, Named] = {}
    for one in named:
        name, file, line = one
        if not name:
            continue
        if name in first:
            _, other, other_line = first[name]
            where = f"{other}:{other_line}" if other_line else str(other)
            message = f'The {what} id "{name}" is used already, in {where}.'
            report(Finding(file, line, message, "Ids are unique: progress hangs on them.", Kind.DUPLICATE))
        first.setdefault(name, one)


def _path(path: PathRead, known: Known, report: Report) -> None:
    if path.extends and known.complete and path.extends not in known.paths:
        advice = listed_paths(known.paths)
        path.table.tell(Kind.UNKNOWN_PATH, unknown_path(path.extends), "extends", advice=advice)
    if not path.extends:
        tell_folder(path.table, "path", path.path.id, path.path.folder)
    listed = set(path.table.texts("units", ()))
    for folder in sorted(path.path.folder.glob("units/*/")):
        if folder.name not in listed and not folder.name.startswith((".", "__")):
            message = f'The unit "{folder.name}" is not in the list of units in path.toml.'
            report(Finding(folder, 0, message, "Add it there, in order of study.", Kind.UNLISTED_UNIT))
    for course in path.path.courses:
        for name in _unknown_units(course.units, known):
            message = f'The course "{course.id}" is for the unit "{name}", which is not there.'
            report(Finding(course.file, course.line, message, close_unit(name, known), Kind.UNKNOWN_UNIT))
        for name in course.teaches:
            message, advice = unknown_competency(name, known)
            if message:
                message = f'The course "{course.id}" teaches {name}. {message}'
                report(Finding(course.file, course.line, message, advice, Kind.UNKNOWN_COMPETENCY))


def _unit(read: UnitRead, known: Known) -> None:
    unit = read.unit
    tell_folder(read.table, "unit", unit.id, unit.folder)
    if unit.code and not re.fullmatch(r"[A-Z][A-Z0-9]*", unit.code):
        message = f'The code "{unit.code}" is not in capital letters and digits.'
        read.table.tell(Kind.UNIT_CODE, message, "code", advice=f"Write {unit.code.upper()}.")
    for name in _unknown_units(unit.requires, known):
        place = ("requires", unit.requires.index(name))
        message = f'There is no unit "{name}".'
        read.table.tell(Kind.UNKNOWN_UNIT, message, *place, advice=close_unit(name, known))


def _unknown_units(names: Sequence[str], known: Known) -> list[str]:
    return [name for name in names if name not in known.units] if known.complete else []


def close_unit(name: str, known: Known) -> str:
    """The advice that names a unit like this one; empty when there is none."""
    close = nearest(name, known.units)
    return f"Did you mean {close}?" if close else ""


def _competencies(read: UnitRead, known: Known) -> None:
    code = read.unit.code.upper()
    for competency, table in zip(read.unit.competencies, read.competency_tables, strict=True):
        if competency.id and code and not re.fullmatch(rf"{re.escape(code)}-\d\d", competency.id):
            message = f'"{competency.id}" is no id for a competency of this unit.'
            table.tell(Kind.COMPETENCY_ID, message, "id", advice=f"Its form is {code}-01.")
        tell_unknown_competencies(table, "requires", competency.requires, known)
