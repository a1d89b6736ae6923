"""Makes a small, complete lab that proves green, for an author to change into one of their own."""

import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from firsthand.content.model import Catalogue
from firsthand.core.errors import UsageError, WorldError

SUFFIX = ".template"
"""Keeps the template's files from being taken for code or content of ours."""

_LAB_ID = r"[a-z0-9]+(-[a-z0-9]+)*"
_UNIT_ID = r"[a-z][a-z0-9]*"


def default_unit(lab_id: str) -> str:
    """The unit that a lab belongs to by its name: what stands before the first hyphen."""
    return lab_id.partition("-")[0]


def make_lab(lab_id: str, unit: str, root: Path, catalogue: Catalogue) -> list[Path]:
    """Write a content folder with one unit and one lab; returns the files written.

    Args:
        lab_id: the lab's id, in small letters, digits and hyphens.
        unit: the id of its unit, which must be new.
        root: a folder that is empty or not there yet.
        catalogue: all content that there is already.

    Raises:
        UsageError: an id is not one or is taken, or the folder is not empty.
        WorldError: a file cannot be written.
    """
    _check_ids(lab_id, unit, catalogue)
    words = {"lab": lab_id, "unit": unit, "CODE": unit.upper(), "Title": unit.capitalize()}
    try:
        if root.exists() and any(root.iterdir()):
            raise UsageError(f"{root} is not empty.", advice="Name an empty folder, or one that is not there yet.")
        return [_write(source, root / name, words) for name, source in _files(lab_id, unit)]
    except OSError as error:
        raise WorldError(f"{error.filename or root} cannot be written: {error.strerror}.") from None


def _check_ids(lab_id: str, unit: str, catalogue: Catalogue) -> None:
    if not re.fullmatch(_LAB_ID, lab_id):
        raise UsageError(f'"{lab_id}" is no id for a lab.', advice="Write small letters, digits and single hyphens.")
    if not re.fullmatch(_UNIT_ID, unit):
        advice = "Name one with --unit: small letters and digits, a letter first."
        raise UsageError(f'"{unit}" is no id for a unit.', advice=advice)
    if catalogue.lab(lab_id):
        raise UsageError(f'There is a lab "{lab_id}" already.', advice="Choose another id.")
    if unit in {u.id for u in catalogue.units()}:
        raise UsageError(
            f'There is a unit "{unit}" already.', advice="Name a new one with --unit, such as your team's."
        )


def _files(lab_id: str, unit: str) -> Iterator[tuple[Path, Traversable]]:
    """Each file of the template, with where it goes below the content folder."""
    template = resources.files("firsthand.proof") / "new_lab"
    home = Path("own", "units", unit)
    yield Path("README.md"), template / f"README.md{SUFFIX}"
    yield Path("own", "path.toml"), template / f"path.toml{SUFFIX}"
    yield home / "unit.toml", template / f"unit.toml{SUFFIX}"
    yield home / "lessons" / "01-bytes-in-bytes-out.md", template / f"lesson.md{SUFFIX}"
    yield from _below(template / "lab", home / "labs" / lab_id)


def _below(folder: Traversable, name: Path) -> Iterator[tuple[Path, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _below(entry, name / entry.name)
        elif entry.name.endswith(SUFFIX):
            yield name / entry.name.removesuffix(SUFFIX), entry


def _write(source: Traversable, to: Path, words: dict[str, str]) -> Path:
    text = source.read_text(encoding="utf-8")
    for name, word in words.items():
        text = text.replace(f"{{{{{name}}}}}", word)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(text, encoding="utf-8", newline="\n")
    return to
