"""Counts what there is, unit by unit, and finds all lessons, however many mistakes an author has still to mend."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from firsthand.content.findings import Finding
from firsthand.content.model import LearningPath, Lesson, Unit
from firsthand.content.reading import PathRead, read_paths
from firsthand.content.reading_questions import read_questions
from firsthand.content.roots import solutions_of


@dataclass(frozen=True)
class Counts:
    """What there is of one unit, or of a path itself."""

    unit: str
    """Empty for what belongs to a path itself."""
    title: str
    lessons: int
    questions: int
    courses: int
    labs: int
    minutes: int
    """How long its lessons take to read."""


def inventory(roots: Sequence[Path]) -> list[Counts]:
    """What there is, in order of study: of each path itself first, then of its units."""
    found = []
    for path in _paths(roots):
        own = [each.lesson for each in path.lessons]
        if not path.extends:
            found.append(Counts("", path.path.title, len(own), 0, 0, 0, sum(lesson.minutes for lesson in own)))
        found += [_counts(read.unit, path.path) for read in path.units]
    return found


def lessons_in(roots: Sequence[Path]) -> list[tuple[Lesson, Path]]:
    """All lessons that can be read, in order of study, each with the folder of the path that it belongs to."""
    paths = _paths(roots)
    folders = {path.path.id: path.path.folder for path in paths if not path.extends}
    found = []
    for path in paths:
        lessons = [*path.path.lessons, *(lesson for unit in path.path.units for lesson in unit.lessons)]
        found += [(lesson, folders.get(path.extends, path.path.folder)) for lesson in lessons]
    return found


def _counts(unit: Unit, path: LearningPath) -> Counts:
    return Counts(
        unit=unit.id,
        title=unit.title,
        lessons=len(unit.lessons),
        questions=len(read_questions(unit.folder, unit.id, _unheard)),
        courses=sum(unit.id in course.units for course in path.courses),
        labs=len(unit.labs),
        minutes=sum(lesson.minutes for lesson in unit.lessons),
    )


def _paths(roots: Sequence[Path]) -> list[PathRead]:
    return [path for root in dict.fromkeys(roots) for path in read_paths(root, partial(solutions_of, root), _unheard)]


def _unheard(_finding: Finding) -> None:
    """The linter tells it."""
