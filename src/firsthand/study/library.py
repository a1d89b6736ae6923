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


def catalogue() -> "Catalogue":
    """All content."""
    return load(roots())


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
    return find_lab(roots(), lab_id)


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
