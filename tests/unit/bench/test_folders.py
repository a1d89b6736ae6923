"""Folders that checks and programs share: whole files, the program's own, and no way out by a link."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from firsthand.bench.folders import Folder
from firsthand.bench.sandbox.program_user import PROGRAM_USER
from firsthand.core.errors import WorldError


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder that belongs to the program's user, where we may give it away."""
    place = tmp_path / "desk"
    place.mkdir()
    if os.geteuid() == 0:
        os.chown(place, PROGRAM_USER, PROGRAM_USER)
    return Folder(place)


def test_a_file_that_is_put_there_has_its_mode_and_belongs_to_the_program(folder: Folder) -> None:
    path = folder.put("inbox/a b.txt", b"two bells\n", 0o600)
    assert folder.read("inbox/a b.txt") == b"two bells\n"
    assert folder.mode("inbox/a b.txt") == 0o600
    assert path.stat().st_uid == folder.path.stat().st_uid
    assert [entry.name for entry in folder.path.iterdir()] == ["inbox"]


def test_a_put_file_takes_the_place_of_another_and_never_changes_it(folder: Folder) -> None:
    path = folder.put("seal", b"old")
    with path.open("rb") as before:
        folder.put("seal", b"new")
        assert before.read() == b"old"
    assert folder.read("seal") == b"new"


def test_a_folder_that_is_made_belongs_to_the_program(folder: Folder) -> None:
    inner = folder.make("one/two")
    assert inner.path == folder.path / "one" / "two"
    assert inner.path.stat().st_uid == folder.path.stat().st_uid
    inner.put("x", b"x")
    assert folder.read("one/two/x") == b"x"


def test_the_mode_of_what_is_not_there_or_a_link_is_none(folder: Folder) -> None:
    assert folder.mode("nothing") is None
    (folder.path / "link").symlink_to("/etc/passwd")
    assert folder.mode("link") is None


WAYS: dict[str, Callable[[Folder], object]] = {
    "put": lambda folder: folder.put("inbox/a", b""),
    "mode": lambda folder: folder.mode("inbox/a"),
    "make": lambda folder: folder.make("inbox/a"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_link_on_the_way_is_never_followed(folder: Folder, tmp_path: Path, way: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder.path / "inbox").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorldError, match="inbox"):
        WAYS[way](folder)
    assert list((tmp_path / "elsewhere").iterdir()) == []
