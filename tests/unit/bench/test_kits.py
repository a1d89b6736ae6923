"""Kits: installed once per lock and interpreter, found by programs behind what is their own."""

import json
import os
import shutil
from pathlib import Path

import pytest

from firsthand.bench.program.kits import InstalledKit, install, installed
from firsthand.content.kits import Kit, kits_in
from firsthand.core.errors import WorldError

EMPTY_LOCK = {"name": "kit", "lockfileVersion": 3, "requires": True, "packages": {"": {"name": "kit"}}}


@pytest.fixture(autouse=True)
def _at_home(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTHAND_HOME", str(open_path / "home"))
    (open_path / "home").mkdir(mode=0o755)
    (open_path / "home" / "cache").mkdir(mode=0o755)


def kit(root: Path, language: str = "python", lock: str = "") -> Kit:
    folder = root / "own" / "kits" / language
    folder.mkdir(parents=True)
    if language == "python":
        (folder / "requirements.txt").write_text(lock)
        (folder / "requirements.in").write_text("psycopg[binary]  # PostgreSQL\nredis\n")
    else:
        (folder / "package.json").write_text('{"name": "kit", "dependencies": {}}')
        (folder / "package-lock.json").write_text(lock or json.dumps(EMPTY_LOCK))
    return kits_in(root / "own")[language]


def test_a_kit_is_there_after_it_was_installed_and_not_before(open_path: Path) -> None:
    python = kit(open_path)
    assert installed(python) is None
    there = install(python)
    assert there == installed(python)
    assert install(python) == there


def test_another_lock_is_another_kit(open_path: Path) -> None:
    python = kit(open_path)
    before = install(python)
    python.lock.write_text("# newer\n")
    assert installed(python) is None
    assert install(python).tree != before.tree


def test_an_installation_that_fails_tells_the_last_words_and_leaves_nothing(open_path: Path) -> None:
    python = kit(open_path, lock="this is not a requirement !!\n")
    with pytest.raises(WorldError, match="kit could not be installed") as told:
        install(python)
    assert "requirement" in told.value.message
    assert "Nothing was changed" in told.value.advice
    assert installed(python) is None
    assert list((open_path / "home" / "cache").glob("making-*")) == []


def test_it_says_so_where_the_language_is_missing(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(open_path))
    with pytest.raises(WorldError, match="There is no python3 to install the python kit for"):
        install(kit(open_path))


def test_it_is_made_for_the_interpreter_that_programs_can_reach(
    open_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = kit(open_path)
    there = install(python)
    hidden = open_path / "hidden" / "python3"
    hidden.parent.mkdir()
    hidden.write_text("#!/bin/sh\n")
    hidden.chmod(0o111)  # root may start it, the user that programs run as cannot read it
    monkeypatch.setenv("PATH", f"{hidden.parent}{os.pathsep}{os.environ['PATH']}")
    assert installed(python) == there


def test_a_workspace_with_packages_of_its_own_does_not_get_pythons_kit(open_path: Path) -> None:
    there = InstalledKit("python", open_path / "tree")
    work = open_path / "work"
    work.mkdir()
    assert there.variables(work) == {"PYTHONPATH": str(open_path / "tree")}
    (work / ".venv").mkdir()
    assert there.variables(work) == {}


@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm")
def test_node_finds_the_kit_beside_the_programs_folder(open_path: Path) -> None:
    there = install(kit(open_path, "javascript"))
    work = open_path / "run" / "work"
    work.mkdir(parents=True)
    there.put_beside(work)
    there.put_beside(work)
    assert (work.parent / "node_modules").readlink() == there.tree / "node_modules"


def test_the_packages_of_a_kit_are_what_its_author_asked_for(open_path: Path) -> None:
    assert kit(open_path).packages() == ["psycopg", "redis"]
    assert kit(open_path, "javascript").packages() == []
