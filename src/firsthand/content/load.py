"""Loads content for use: all of it as a Catalogue, or one lab quickly. The first mistake stops with a ContentError."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from firsthand.content.findings import nearest, stop_at_first
from firsthand.content.model import Catalogue, Lab, LearningPath
from firsthand.content.reading import PathRead, lab_folders, read_paths
from firsthand.content.reading_labs import read_lab
from firsthand.content.roots import default_roots, solutions_of
from firsthand.core.errors import ContentError, UsageError

__all__ = ["load", "find_lab", "default_roots"]


def load(roots: Sequence[Path]) -> Catalogue:
    """Read all paths of all roots; of two things with one id the first root's stands.

    Raises:
        ContentError: the first mistake, with file, line and what was expected.
    """
    reads = [path for root in roots for path in read_paths(root, partial(solutions_of, root), stop_at_first)]
    return Catalogue(merged(reads), tuple(roots))


def merged(reads: Sequence[PathRead]) -> tuple[LearningPath, ...]:
    """The paths, each with what other roots add to it at its end.

    Raises:
        ContentError: one extends a path that is not there.
    """
    paths: dict[str, LearningPath] = {}
    for read in reads:
        if not read.extends:
            paths.setdefault(read.path.id, read.path)
    for read in reads:
        if read.extends and read.extends not in paths:
            raise ContentError(
                unknown_path(read.extends),
                file=read.table.file,
                line=read.table.line("extends"),
                advice=listed_paths(paths),
            )
        if read.extends:
            paths[read.extends] = _extended(paths[read.extends], read.path)
    return tuple(paths.values())


def unknown_path(path_id: str) -> str:
    """The words for a path that extends another one which is not there."""
    return f'There is no path "{path_id}" to extend.'


def listed_paths(paths: Iterable[str]) -> str:
    """The words for what there is instead."""
    return f"The paths are: {', '.join(paths) or 'none'}."


def _extended(path: LearningPath, more: LearningPath) -> LearningPath:
    units = {unit.id for unit in path.units}
    courses = {course.id for course in path.courses}
    return replace(
        path,
        units=(*path.units, *(u for u in more.units if u.id not in units)),
        courses=(*path.courses, *(c for c in more.courses if c.id not in courses)),
        extensions=(*path.extensions, more.folder),
        lessons=(*path.lessons, *more.lessons),
    )


def find_lab(roots: Sequence[Path], lab_id: str) -> Lab:
    """Read this one lab and nothing else.

    Raises:
        UsageError: there is none of that id.
        ContentError: the first mistake in it.
    """
    names: dict[str, None] = {}
    for root in roots:
        for unit_folder in sorted(root.glob("*/units/*")):
            for folder in lab_folders(unit_folder):
                names[folder.name] = None
                if folder.name == lab_id:
                    found = read_lab(folder, folder.parents[1].name, solutions_of(root, folder), stop_at_first)
                    assert found, "reading stops at the first mistake, so what it returns is whole"
                    return found.lab
    _refuse_planned(roots, lab_id)
    close = nearest(lab_id, list(names))
    advice = f"Did you mean {close}? " if close else ""
    raise UsageError(f'There is no lab "{lab_id}".', advice=f"{advice}`firsthand labs` lists them all.")


def _refuse_planned(roots: Sequence[Path], lab_id: str) -> None:
    """Say of a lab that does not exist yet that it is planned; mistakes in a plan are the linter's business."""
    from firsthand.content.reading_planned import FILE_NAME, read_planned

    for file in (file for root in roots for file in sorted(root.glob(f"*/{FILE_NAME}"))):
        plan = read_planned(file.parent, lambda _finding: None)
        found = next((read.lab for read in plan.labs if read.lab.id == lab_id), None) if plan else None
        if found is not None:
            raise UsageError(
                f'The lab "{lab_id}" ({found.title}) is planned and not there yet.',
                advice=f"`firsthand path {found.unit}` shows what is there; `firsthand labs` lists all labs that are.",
            )
