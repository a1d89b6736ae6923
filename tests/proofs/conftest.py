"""Authors: one with nothing yet, and one with the lab that `author new` makes."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import firsthand
from proofs.machine import LAB, Author, Done

SOURCE = Path(firsthand.__file__).parents[1]


@pytest.fixture
def stranger(tmp_path: Path) -> Author:
    """An author with nothing yet."""
    folder = tmp_path / "author"
    folder.mkdir()
    env = {k: v for k, v in os.environ.items() if not k.startswith("FIRSTHAND_")}
    env |= {"FIRSTHAND_HOME": str(tmp_path / "home"), "PYTHONPATH": str(SOURCE), "NO_COLOR": "1"}
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
