"""Finds labs, stages and lessons for a command, in all content folders, with words that help when there is none."""

from pathlib import Path
from typing import TYPE_CHECKING

from firsthand.content.findings import nearest
from firsthand.content.load import find_lab, load
from firsthand.content.settings import content_roots
from firsthand.core.errors import UsageError
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.content.model import Catalogue, Lab, LearningPath, Lesson, Stage


def roots() -> list[Path]:
    """All content folders of this call."""
    return content_roots(invocation.content_folders())


HELD_MAX = 4
"""Sets of content folders of which one process keeps what it read."""

_held: "dict[tuple[Path, ...], Catalogue] | None" = None
"""What was read, in a process that holds it."""


def hold() -> None:
    """Read content once from here on: this process lives long, and `forget` tells when content changes."""
    global _held  # noqa: PLW0603  # a fact about this process, set once at its start
    _held = {}


def forget() -> None:
    """Read content anew when it is next asked for."""
    if _held is not None:
        _held.clear()


def release() -> None:
    """Read content whenever it is asked for, as commands do."""
    global _held  # noqa: PLW0603  # as in `hold`
    _held = None


def catalogue() -> "Catalogue":
    """All content."""
    folders = roots()
    if _held is None:
        return load(folders)
    found = _held.get(tuple(folders))
    if found is None:
        found = load(folders)
        while len(_held) >= HELD_MAX:
            _held.pop(next(iter(_held)))
        _held[tuple(folders)] = found
    return found


def path() -> "LearningPath":
    """The path that is studied: the first one, with all that other content folders add to it.

    Raises:
        UsageError: there is none.
    """
    paths = catalogue().paths
    if not paths:
        raise UsageError("There is no path in these content folders.", advice="Name a folder with --content.")
    return paths[0]


def lab(lab_id: str) -> "Lab":
    """The lab of this id.

    Raises:
        UsageError: there is none; the words name one that is like it.
    """
    held = next((lab for lab in catalogue().labs() if lab.id == lab_id), None) if _held is not None else None
    return held or find_lab(roots(), lab_id)


def stage(of: "Lab", name: str) -> "Stage":
    """The stage with this id or number.

    Raises:
        UsageError: the lab has none.
    """
    found = of.stage(name)
    if found is None:
        close = nearest(name, [s.id for s in of.stages])
        meant = f"Did you mean {close}? " if close else ""
        there = ", ".join(f"{s.number} {s.id}" for s in of.stages)
        raise UsageError(f'The lab {of.id} has no stage "{name}".', advice=f"{meant}Its stages: {there}.")
    return found


def lesson(lesson_id: str) -> "Lesson":
    """The lesson with this id, or whose slug alone is this.

    Raises:
        UsageError: there is none.
    """
    lessons = catalogue().lessons()
    found = next((x for x in lessons if x.id == lesson_id), None)
    found = found or next((x for x in lessons if x.id.rpartition("/")[2] == lesson_id), None)
    if found is None:
        close = nearest(lesson_id, [x.id for x in lessons])
        meant = f"Did you mean {close}? " if close else ""
        raise UsageError(
            f'There is no lesson "{lesson_id}".', advice=f"{meant}{invocation.spell('lesson')} lists them all."
        )
    return found
