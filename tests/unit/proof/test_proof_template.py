"""`author new` makes a lab without mistakes, and refuses what cannot be one."""

import subprocess
import sys
from pathlib import Path

import pytest

from firsthand.content.lint import lint
from firsthand.content.load import default_roots, load
from firsthand.content.model import Catalogue
from firsthand.core.errors import UsageError
from firsthand.proof.template import SUFFIX, default_unit, make_lab

EMPTY = Catalogue(())


def test_the_new_lab_has_no_mistakes_and_extends_the_path(tmp_path: Path) -> None:
    root = tmp_path / "content"
    make_lab("acme-notes", "acme", root, EMPTY)
    roots = [*default_roots(), root]
    assert [str(f) for f in lint(roots) if f.file.is_relative_to(root)] == []
    lab = load(roots).lab("acme-notes")
    assert lab is not None
    assert lab.solutions() == lab.starters() == ("javascript", "python")
    assert lab.proves == ("ACME-01", "ACME-02")


def test_nothing_of_the_template_shows_in_what_it_makes(tmp_path: Path) -> None:
    files = make_lab("acme-notes", "acme", tmp_path, EMPTY)
    assert len(files) > 25
    assert [f for f in files if f.name.endswith(SUFFIX) or "{{" in f.read_text()] == []


def test_the_new_lab_is_written_in_our_style(tmp_path: Path) -> None:
    make_lab("acme-notes", "acme", tmp_path, EMPTY)
    config = Path(__file__).parents[3] / "pyproject.toml"
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "--config", config, tmp_path],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("lab", "unit"), [("acme-notes", "acme"), ("notes", "notes"), ("x1-y-z", "x1")])
def test_a_lab_belongs_to_the_unit_that_its_name_begins_with(lab: str, unit: str) -> None:
    assert default_unit(lab) == unit


@pytest.mark.parametrize(
    ("lab", "unit", "words"),
    [
        ("Acme Notes", "acme", "is no id for a lab"),
        ("../evil", "acme", "is no id for a lab"),
        ("1-notes", "1", "is no id for a unit"),
        ("acme-notes", "a/b", "is no id for a unit"),
        ("net-notes", "net", 'There is a unit "net" already'),
        ("net-byo-http", "acme", 'There is a lab "net-byo-http" already'),
    ],
)
def test_ids_that_are_none_or_taken_are_refused(lab: str, unit: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=words):
        make_lab(lab, unit, tmp_path, load(default_roots()))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty"):
        make_lab("acme-notes", "acme", tmp_path, EMPTY)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]
