"""Every command that we print works where the reader stands: each is run by a shell standing there."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from firsthand.study import invocation

SCRIPT = '#!/bin/sh\necho "called: $*"\n'


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bootstrap script in a folder whose name needs quotes, called by its path."""
    folder = tmp_path / "my clone"
    folder.mkdir()
    file = folder / "firsthand"
    file.write_text(SCRIPT)
    file.chmod(0o755)
    monkeypatch.setenv("FIRSTHAND_SCRIPT", str(file))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(invocation, "_content", ())
    return file


def run_in(folder: Path, command: str) -> str:
    """What a shell that stands in the folder prints for the command."""
    done = subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def standing_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(folder)
    return folder


def test_beside_the_script_it_is_called_with_a_dot(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    standing_in(script.parent, monkeypatch)
    assert invocation.spell("check", "--seed", "5") == "./firsthand check --seed 5"


@pytest.mark.parametrize("below", ["x", "x/y", "../other", "../a/b/c/d", "../it's here"])
def test_elsewhere_the_command_leads_to_the_script(script: Path, monkeypatch: pytest.MonkeyPatch, below: str) -> None:
    here = standing_in(script.parent / below, monkeypatch)
    assert run_in(here, invocation.spell("check", "--seed", "5")) == "called: check --seed 5"


def test_on_path_its_name_is_enough(script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "firsthand").symlink_to(script)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    here = standing_in(tmp_path / "anywhere", monkeypatch)
    assert invocation.spell("labs") == "firsthand labs"
    assert run_in(here, invocation.spell("labs")) == "called: labs"


def test_another_program_of_our_name_on_path_is_not_us(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    other = tmp_path / "bin" / "firsthand"
    other.write_text("#!/bin/sh\necho another\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    here = standing_in(tmp_path / "anywhere", monkeypatch)
    assert run_in(here, invocation.spell("labs")) == "called: labs"


def test_without_a_script_python_is_asked_for_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIRSTHAND_SCRIPT", raising=False)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "__main__.py")])
    monkeypatch.setattr(invocation, "_content", ())
    words = shlex.split(invocation.spell("labs"))
    assert words[-3:] == ["-m", "firsthand", "labs"]
    assert subprocess.run([words[0], "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True).stdout == (
        f"{sys.prefix}\n"
    )


def test_the_workspace_is_named_where_the_reader_is_not_in_it(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = tmp_path / "my work"
    inside = standing_in(workspace / "src", monkeypatch)
    assert run_in(inside, invocation.spell("check", workspace=workspace)) == "called: check"
    assert run_in(inside, invocation.spell("hint", workspace=workspace)) == "called: hint"
    outside = standing_in(tmp_path / "other", monkeypatch)
    assert run_in(outside, invocation.spell("check", workspace=workspace)) == "called: check ../my work"
    assert run_in(outside, invocation.spell("hint", workspace=workspace)) == "called: hint --workspace ../my work"


def test_a_command_for_another_place_is_spelt_for_there(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing_in(tmp_path, monkeypatch)
    workspace = tmp_path / "deep" / "work"
    workspace.mkdir(parents=True)
    assert run_in(workspace, invocation.spell("check", workspace=workspace, cwd=workspace)) == "called: check"


def test_content_folders_of_this_call_are_named_again(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = standing_in(tmp_path / "other", monkeypatch)
    (tmp_path / "ours").mkdir()
    invocation.remember_content([Path("../ours")])
    assert run_in(here, invocation.spell("labs")) == "called: --content ../ours labs"


def test_a_folder_that_is_gone_gives_absolute_paths(
    script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = standing_in(tmp_path / "gone", monkeypatch)
    here.rmdir()
    assert shlex.split(invocation.spell("check", workspace=tmp_path)) == [str(script), "check", str(tmp_path)]
    monkeypatch.chdir(tmp_path)


def test_commands_inside_a_text_are_spelt_for_where_it_is_read(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(script.parent)

    assert invocation.spelt("See `firsthand labs`, or:") == "See `./firsthand labs`, or:"
    assert (
        invocation.spelt("x\nfirsthand run   # starts it\nfirsthand") == "x\n./firsthand run   # starts it\n./firsthand"
    )
    assert invocation.spelt("Firsthand is firsthand, `first hand`.") == "Firsthand is firsthand, `first hand`."


def test_a_page_is_read_by_who_may_stand_in_any_folder(script, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(invocation, "_anywhere", False)
    workspace = standing_in(script.parent / "shop", monkeypatch)
    invocation.read_anywhere()
    command = invocation.spell("check", "--seed", "5", workspace=workspace)

    assert run_in(tmp_path, command) == f"called: check --seed 5 {workspace}"
    assert run_in(workspace, command) == f"called: check --seed 5 {workspace}"
