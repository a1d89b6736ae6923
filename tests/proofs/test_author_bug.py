"""`firsthand author bug`: start, new and refresh, through the command."""

from pathlib import Path

import pytest

from proofs.machine import LAB, Author

PYTHON = ("--lab", LAB, "--lang", "python")
SHOUTS = "shouting"


@pytest.fixture
def copy(author: Author) -> Path:
    """A copy of the Python solution, to plant a bug in."""
    done = author.call("bug", "start", "copy", *PYTHON)
    assert done.code == 0, done.err
    assert f"author bug new CHECK SLUG --lab {LAB} --lang python copy" in done.out
    return author.folder / "copy"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_bug_is_made_from_an_edited_copy_and_caught_as_it_should_be(author: Author, copy: Path) -> None:
    change(copy / "server.py", "Hello, {unquote(name)}!", "Hello, {unquote(name).upper()}!")
    done = author.call("bug", "new", "greets_by_name", SHOUTS, "copy", *PYTHON)
    assert done.code == 0, done.out + done.err
    assert "Caught first by greets_by_name in stage hello, as it should be:" in done.out
    assert "Body of GET /hello/" in done.out
    patch = author.lab / f"bugs/python/greets_by_name--{SHOUTS}.patch"
    assert '+            self.answer(200, f"Hello, {unquote(name).upper()}!"' in patch.read_text()
    assert author.call("prove", LAB, "--bug", f"greets_by_name--{SHOUTS}").code == 0


def test_a_bug_that_another_check_catches_is_warned_of(author: Author, copy: Path) -> None:
    change(copy / "server.py", "Hello, {unquote(name)}!", "Hello, {unquote(name).upper()}!")
    done = author.call("bug", "new", "says_that_it_is_text", SHOUTS, "copy", *PYTHON)
    assert done.code == 1
    assert "Warning: the bug says_that_it_is_text--shouting (python) is caught first by greets_by_name" in done.out
    assert (author.lab / f"bugs/python/says_that_it_is_text--{SHOUTS}.patch").is_file()


def test_what_is_no_bug_is_refused_before_anything_runs(author: Author, copy: Path) -> None:
    assert (done := author.call("bug", "new", "greets_by_name", SHOUTS, "copy", *PYTHON)).code == 2
    assert "is the same as the python solution" in done.err
    assert (done := author.call("bug", "new", "greets_by_nam", SHOUTS, "copy", *PYTHON)).code == 2
    assert "Did you mean greets_by_name?" in done.err
    assert (done := author.call("bug", "start", "copy", *PYTHON)).code == 2
    assert "copy is not empty" in done.err


def test_patches_are_mended_after_a_solution_changed(author: Author) -> None:
    author.edit("solutions/python/server.py", '        """Keep a note."""\n', '        """Keep a note for good."""\n')
    bugs = author.lab / "bugs/python"
    before = {file.name: file.read_text() for file in bugs.iterdir()}

    done = author.call("bug", "refresh", LAB)

    assert done.code == 0, done.out
    assert "kept              acme-notes python/greets_by_name--absent-hello: applies as it is" in done.out
    assert "rewritten         acme-notes python/keeps_the_bytes--absent-notes: with one line of context" in done.out
    assert "prove the lab again" in done.out
    changed = [file.name for file in bugs.iterdir() if before[file.name] != file.read_text()]
    assert changed == ["keeps_the_bytes--absent-notes.patch"]
    assert author.call("prove", LAB, "--only", "bugs").code == 0


def test_patches_that_no_longer_apply_are_named_and_left_alone(author: Author) -> None:
    author.edit("solutions/python/server.py", '"text/plain; charset=utf-8"', "TEXT")
    patch = author.lab / "bugs/python/says_that_it_is_text--as-html.patch"
    before = patch.read_text()
    done = author.call("bug", "refresh", LAB)
    assert done.code == 1
    assert "no longer applies acme-notes python/says_that_it_is_text--as-html: It does not apply" in done.out
    assert patch.read_text() == before
