"""Authors: one with nothing yet, and one with the lab that `author new` makes."""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import firsthand
from firsthand.bench.sandbox.sweep import remove_folder
from proofs.machine import LAB, Author, Done

SOURCE = Path(firsthand.__file__).parents[1]


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder for runs that every user can search, unlike pytest's own: as root, programs run as another user."""
    place = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    place.chmod(0o755)
    yield place
    remove_folder(place)


@pytest.fixture
def stranger(tmp_path: Path, open_place: Path) -> Author:
    """An author with nothing yet."""
    folder = tmp_path / "author"
    folder.mkdir()
    env = {k: v for k, v in os.environ.items() if not k.startswith("FIRSTHAND_")}
    env |= {"FIRSTHAND_HOME": str(tmp_path / "home"), "PYTHONPATH": str(SOURCE), "NO_COLOR": "1"}
    env |= {"TMPDIR": str(open_place)}
    return Author(folder, env)


@pytest.fixture
def author(stranger: Author) -> Author:
    """An author whose content folder has the lab that `author new` makes."""
    done = stranger.call("new", LAB, "content")
    assert done.code == 0, done.err
    return stranger


@pytest.fixture
def proved(author: Author) -> Callable[..., Done]:
    """Proves the author's lab."""

    def prove(*options: str, env: Mapping[str, str] | None = None) -> Done:
        return author.call("prove", LAB, *options, env=env)

    return prove
