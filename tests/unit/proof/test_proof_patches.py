"""Bugs as patches: made, applied, and rebased when the solution changed."""

import subprocess
from pathlib import Path

import pytest

from firsthand.core.errors import WorldError
from firsthand.proof import patches
from firsthand.proof.patches import PatchError
from firsthand.proof.plan import Bug
from firsthand.proof.refresh import refresh

LINES = [f"line {n}\n" for n in range(1, 31)]


@pytest.fixture
def solution(tmp_path: Path) -> Path:
    folder = tmp_path / "repo" / "solutions" / "python"
    folder.mkdir(parents=True)
    (folder / "server.py").write_text("".join(LINES))
    (folder / "Procfile").write_text("web: python server.py\n")
    return folder


@pytest.fixture
def bug(solution: Path, tmp_path: Path) -> Bug:
    """Line 15 says something else."""
    edited = tmp_path / "edited"
    patches.copy(solution, edited)
    (edited / "server.py").write_text("".join(LINES).replace("line 15\n", "line fifteen\n"))
    file = tmp_path / "repo" / "greets--other.patch"
    file.write_bytes(patches.make(solution, edited))
    return Bug("python", "greets", "other", file)


def planted(bug: Bug, solution: Path, place: Path) -> str:
    patches.copy(solution, place)
    patches.apply(bug.patch, place)
    return (place / "server.py").read_text()


def commit(repo: Path) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    if not (repo / ".git").exists():
        subprocess.run(["git", "init", "-q"], cwd=repo, check=True)
    subprocess.run(["git", "add", "-A"], cwd=repo, check=True)
    subprocess.run(["git", *who, "commit", "-qm", "Change"], cwd=repo, check=True)


def test_a_patch_is_made_in_git_style_with_short_names(bug: Bug) -> None:
    text = bug.patch.read_text()
    assert "diff --git a/server.py b/server.py" in text
    assert "--- a/server.py\n+++ b/server.py\n" in text
    assert "-line 15\n+line fifteen\n" in text


def test_a_patch_applies_to_a_copy(bug: Bug, solution: Path, tmp_path: Path) -> None:
    assert "line fifteen" in planted(bug, solution, tmp_path / "planted")
    assert "line fifteen" not in (solution / "server.py").read_text()


def test_files_that_are_no_part_of_a_solution_are_left_out(solution: Path, tmp_path: Path) -> None:
    edited = tmp_path / "edited"
    patches.copy(solution, edited)
    for name in ("node_modules/x/index.js", "__pycache__/server.pyc"):
        (edited / name).parent.mkdir(parents=True)
        (edited / name).write_text("x")
    assert patches.make(solution, edited) == b""


def test_new_deleted_binary_and_oddly_named_files_are_carried(solution: Path, tmp_path: Path) -> None:
    edited = tmp_path / "edited"
    patches.copy(solution, edited)
    (edited / "a logo é.bin").write_bytes(bytes(range(256)))
    (edited / "new.py").write_text("x = 1")
    (edited / "Procfile").unlink()
    file = tmp_path / "x.patch"
    file.write_bytes(patches.make(solution, edited))
    place = tmp_path / "planted"
    patches.copy(solution, place)
    patches.apply(file, place)
    assert (place / "a logo é.bin").read_bytes() == bytes(range(256))
    assert (place / "new.py").read_text() == "x = 1"
    assert not (place / "Procfile").exists()
    assert sorted(patches.files_of(file, place)) == ["Procfile", "a logo é.bin", "new.py"]


def test_carriage_returns_are_carried(solution: Path, tmp_path: Path) -> None:
    edited = tmp_path / "edited"
    patches.copy(solution, edited)
    (edited / "server.py").write_bytes("".join(LINES).replace("line 3\n", "line 3\r\n").encode())
    file = tmp_path / "x.patch"
    file.write_bytes(patches.make(solution, edited))
    place = tmp_path / "planted"
    patches.copy(solution, place)
    patches.apply(file, place)
    assert b"line 3\r\n" in (place / "server.py").read_bytes()


def test_a_patch_that_does_not_apply_says_where_and_what_to_do(bug: Bug, solution: Path, tmp_path: Path) -> None:
    (solution / "server.py").write_text("something else\n")
    with pytest.raises(PatchError) as caught:
        planted(bug, solution, tmp_path / "planted")
    assert "server.py" in caught.value.message
    assert "bug refresh" in caught.value.advice
    assert caught.value.file == bug.patch


@pytest.mark.parametrize("text", ["", "not a patch\n", "--- a/../evil\n+++ b/../evil\n@@ -0,0 +1 @@\n+x\n"])
def test_what_is_no_patch_or_leaves_the_folder_is_refused(text: str, solution: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.patch"
    file.write_text(text)
    with pytest.raises(PatchError):
        patches.apply(file, solution)
    assert not (solution.parent / "evil").exists()


def test_a_missing_patch_is_said(solution: Path, tmp_path: Path) -> None:
    with pytest.raises(PatchError, match=r"There is no patch x\.patch"):
        patches.apply(tmp_path / "x.patch", solution)


def test_a_machine_without_git_is_told_so(bug: Bug, solution: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(WorldError, match="git is not on this machine"):
        patches.apply(bug.patch, solution)


def test_a_patch_that_applies_is_kept(bug: Bug, solution: Path) -> None:
    before = bug.patch.read_bytes()
    (solution / "server.py").write_text("a new first line\n" + "".join(LINES))
    done = refresh(bug, solution)
    assert (done.state, bug.patch.read_bytes()) == ("kept", before)


def test_a_patch_whose_far_context_changed_is_rewritten(bug: Bug, solution: Path, tmp_path: Path) -> None:
    (solution / "server.py").write_text("".join(LINES).replace("line 12\n", "line twelve\n"))
    done = refresh(bug, solution)
    assert (done.state, done.how) == ("rewritten", "with one line of context")
    assert " line twelve\n" in bug.patch.read_text()
    assert "line fifteen" in planted(bug, solution, tmp_path / "planted")


def test_a_patch_with_wrong_line_counts_is_rewritten(bug: Bug, solution: Path, tmp_path: Path) -> None:
    bug.patch.write_text(bug.patch.read_text().replace("@@ -12,7 +12,7 @@", "@@ -12,9 +12,9 @@"))
    assert refresh(bug, solution).state == "rewritten"
    assert "line fifteen" in planted(bug, solution, tmp_path / "planted")


@pytest.mark.parametrize("committed", [False, True])
def test_a_patch_is_merged_from_the_commit_that_it_was_made_from(
    bug: Bug, solution: Path, tmp_path: Path, committed: bool
) -> None:
    edited = tmp_path / "edited"
    text = "".join(LINES).replace("line 15\n", "line fifteen\n").replace("line 20\n", "line twenty\n")
    (edited / "server.py").write_text(text)
    bug.patch.write_bytes(patches.make(solution, edited))
    commit(tmp_path / "repo")
    (solution / "server.py").write_text("".join(LINES).replace("line 17\n", "between the two\n"))
    if committed:
        commit(tmp_path / "repo")
    done = refresh(bug, solution)
    assert done.state == "rewritten"
    assert done.how.startswith("merged from commit")
    now = planted(bug, solution, tmp_path / "planted")
    assert all(words in now for words in ("line fifteen", "line twenty", "between the two"))


def test_a_fault_that_the_solution_has_itself_no_longer_applies(bug: Bug, solution: Path) -> None:
    before = bug.patch.read_bytes()
    (solution / "server.py").write_text("".join(LINES).replace("line 15\n", "line fifteen\n"))
    assert refresh(bug, solution).state == "lost"
    assert bug.patch.read_bytes() == before


def test_a_patch_that_cannot_be_mended_is_left_untouched(bug: Bug, solution: Path, tmp_path: Path) -> None:
    commit(tmp_path / "repo")
    before = bug.patch.read_bytes()
    (solution / "server.py").write_text("a wholly new program\n")
    done = refresh(bug, solution)
    assert done.state == "lost"
    assert "server.py" in done.how
    assert bug.patch.read_bytes() == before
