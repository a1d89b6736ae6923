"""A new bug is planted from an edited copy, or refused with words that help."""

from dataclasses import replace
from pathlib import Path

import pytest

from firsthand.content.model import Lab
from firsthand.core.errors import UsageError
from firsthand.proof import patches
from firsthand.proof.planting import plant, solution_of


@pytest.fixture
def edited(lab: Lab, tmp_path: Path) -> Path:
    (lab.folder / "solutions/python/server.py").write_text("answer = 200\n")
    folder = tmp_path / "edited"
    patches.copy(lab.folder / "solutions/python", folder)
    (folder / "server.py").write_text("answer = 404\n")
    return folder


def test_a_bug_is_named_after_its_check_and_what_is_wrong(lab: Lab, edited: Path) -> None:
    bug = plant(lab, "greets", "says-404", "python", edited)
    assert bug.patch == lab.folder / "bugs/python/greets--says-404.patch"
    assert "-answer = 200\n+answer = 404\n" in bug.patch.read_text()


def test_the_first_bug_of_a_language_makes_its_folder(lab: Lab, edited: Path) -> None:
    for file in (lab.folder / "bugs/python").iterdir():
        file.unlink()
    (lab.folder / "bugs/python").rmdir()
    assert plant(lab, "greets", "says-404", "python", edited).patch.is_file()


@pytest.mark.parametrize(
    ("check", "slug", "language", "message", "advice"),
    [
        ("greet", "says-404", "python", 'has no check "greet"', "Did you mean greets"),
        ("zzz", "says-404", "python", 'has no check "zzz"', "Its checks: greets, says_text"),
        ("greets", "Says_404", "python", "is no slug", "single hyphens"),
        ("greets", "../../x", "python", "is no slug", "single hyphens"),
        ("greets", "absent", "python", "a bug greets--absent in python already", "Its file is"),
        ("greets", "says-404", "cobol", 'no solution in "cobol"', "javascript, python"),
    ],
)
def test_what_cannot_be_planted_is_refused(
    lab: Lab, edited: Path, check: str, slug: str, language: str, message: str, advice: str
) -> None:
    before = sorted(lab.folder.rglob("*"))
    with pytest.raises(UsageError) as caught:
        plant(lab, check, slug, language, edited)
    assert message in caught.value.message
    assert advice in caught.value.advice
    assert sorted(lab.folder.rglob("*")) == before


def test_a_copy_in_which_nothing_changed_is_refused(lab: Lab) -> None:
    with pytest.raises(UsageError, match="is the same as the python solution"):
        plant(lab, "greets", "nothing", "python", lab.folder / "solutions/python")


def test_solutions_that_are_not_installed_are_said_to_be_so(lab: Lab) -> None:
    with pytest.raises(UsageError, match="not installed here"):
        solution_of(replace(lab, solutions_folder=None), "python")
