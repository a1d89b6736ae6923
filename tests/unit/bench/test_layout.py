"""A submission is laid out for the user that programs run as, with what it needs beside it."""

import asyncio
import os
from pathlib import Path

import pytest

from firsthand.bench.ports import Command
from firsthand.bench.program import copies, layout
from firsthand.bench.program.copies import Budget, TooMuchError, copy_tree
from firsthand.bench.program.layout import lay_out
from firsthand.bench.sandbox import open_sandbox
from firsthand.bench.submission import Beside, Entry, Submission, snapshot
from firsthand.core.errors import DiskFullError


class Hidden:
    """A sandbox whose programs cannot reach one folder; for what needs no program to be started."""

    def __init__(self, folder: Path) -> None:
        self.hidden = folder
        self.given: list[Path] = []

    def reachable(self, path: Path) -> bool:
        return not path.is_relative_to(self.hidden)

    def give(self, path: Path) -> None:
        self.given.append(path)


def wrote(folder: Path, *names: str, content: str = "x") -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def laid(submission: Submission, place: Path, sandbox: object) -> tuple[Path, list[str]]:
    told: list[str] = []
    place.mkdir(exist_ok=True)
    work = asyncio.run(lay_out(submission, place, sandbox, tell=told.append))  # type: ignore[arg-type]
    return work, told


def test_the_program_reads_its_files_and_dependencies_and_writes_beside_them(open_path: Path) -> None:
    workspace = wrote(open_path / "workspace", "app.py", "node_modules/x/index.js", content="canary")

    async def go() -> tuple[int, str]:
        place = open_path / f"run-{open_path.name}"
        place.mkdir()
        sandbox = open_sandbox(place)
        try:
            work = await lay_out(snapshot(workspace), place, sandbox)
            script = "cat app.py node_modules/x/index.js && echo own > out.txt && cat out.txt"
            env = {"PATH": "/usr/bin:/bin"}
            program = await sandbox.spawn(Command(["/bin/sh", "-c", script], work, env))
            code = await program.wait()
            return code, program.stdout.data().decode()
        finally:
            await sandbox.close()

    assert asyncio.run(go()) == (0, "canarycanaryown\n")
    assert sorted(p.name for p in workspace.iterdir()) == ["app.py", "node_modules"]


def test_dependencies_are_linked_where_they_can_be_reached(tmp_path: Path) -> None:
    workspace = wrote(tmp_path / "workspace", "a.js", "api/node_modules/x/y.js", ".gitignore")
    work, told = laid(snapshot(workspace), tmp_path / "run", Hidden(tmp_path / "nothing"))
    assert (work / "api/node_modules").readlink() == workspace / "api/node_modules"
    assert told == []


def test_outputs_are_linked_only_without_a_build(tmp_path: Path) -> None:
    workspace = wrote(tmp_path / "workspace", "pom.xml", "target/app.jar", "node_modules/x")
    work, _ = laid(snapshot(workspace), tmp_path / "one", Hidden(tmp_path / "no"))
    assert (work / "target/app.jar").exists()
    wrote(workspace, "Procfile", content="build: mvn package\n")
    work, _ = laid(snapshot(workspace), tmp_path / "two", Hidden(tmp_path / "no"))
    assert not (work / "target").exists()
    assert (work / "node_modules/x").exists()


def test_ignored_files_are_copied_so_that_the_learners_are_safe(tmp_path: Path) -> None:
    workspace = wrote(tmp_path / "workspace", ".gitignore", content="*.db\ndata/\n")
    wrote(workspace, "dev.db", "data/x")
    work, _ = laid(snapshot(workspace), tmp_path / "run", Hidden(tmp_path / "no"))
    (work / "dev.db").write_text("spoiled")
    assert (workspace / "dev.db").read_text() == "x"
    assert (work / "data").is_symlink()


def test_a_big_ignored_file_is_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SUBMISSION_FILE_BYTES_MAX", 10)
    workspace = wrote(tmp_path / "workspace", ".gitignore", content="*.db\n")
    wrote(workspace, "dev.db", content="x" * 11)
    work, _ = laid(snapshot(workspace), tmp_path / "run", Hidden(tmp_path / "no"))
    assert (work / "dev.db").is_symlink()


def test_what_is_out_of_reach_is_copied_and_said(tmp_path: Path) -> None:
    workspace = wrote(tmp_path / "workspace", "a.js", "node_modules/x/y.js", "A.class")
    (workspace / "node_modules/x/y.js").chmod(0o700)
    (workspace / "node_modules/link").symlink_to("x/y.js")
    os.mkfifo(workspace / "node_modules/pipe")
    sandbox = Hidden(workspace)
    work, told = laid(snapshot(workspace), tmp_path / "run", sandbox)
    assert not (work / "node_modules").is_symlink()
    assert (work / "node_modules/x/y.js").stat().st_mode & 0o777 == 0o755
    assert (work / "node_modules/link").readlink() == Path("x/y.js")
    assert not (work / "node_modules/pipe").exists()
    assert len(told) == 1
    assert told[0].startswith("Copied A.class, node_modules: programs run as another user, who cannot read")
    assert sandbox.given == [work]


def test_copies_of_dependencies_are_made_once_until_something_in_them_changes(tmp_path: Path) -> None:
    home = wrote(tmp_path / "home", "workspace/app.js", "workspace/node_modules/x/index.js")
    source = home / "workspace/node_modules"

    def linked(number: int) -> Path:
        place = tmp_path / f"run-{number}"
        place.mkdir()
        submission = snapshot(home / "workspace")
        work = asyncio.run(lay_out(submission, place, Hidden(home), cache=tmp_path / "cache"))  # type: ignore[arg-type]
        return (work / "node_modules").readlink()

    first = linked(1)
    assert (first / "x/index.js").read_text() == "x"
    assert first.is_relative_to(tmp_path / "cache")
    assert linked(2) == first
    (source / "x/index.js").write_text("changed")
    changed = linked(3)
    assert changed != first
    assert (changed / "x/index.js").read_text() == "changed"
    (source / "y").mkdir()
    assert (linked(4) / "y").is_dir()


def test_copying_has_a_limit_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "COPIED_ENTRIES_MAX", 5)
    workspace = wrote(tmp_path / "workspace", "a.js", *(f"node_modules/{n}" for n in range(9)))
    _, told = laid(snapshot(workspace), tmp_path / "run", Hidden(workspace))
    assert "node_modules is too big to be copied" in told[0]


def test_a_replayed_file_wins_over_what_lies_beside_it_now(tmp_path: Path) -> None:
    workspace = wrote(tmp_path / "workspace", "vendor/x", "b/node_modules/x")
    beside = tuple(Beside(path, workspace / path, "dependency") for path in ("vendor", "b/node_modules", "gone"))
    kept = Submission((Entry("vendor", "file", b"own"), Entry("b", "file", b"own")), beside=beside)
    work, _ = laid(kept, tmp_path / "run", Hidden(tmp_path / "no"))
    assert (work / "vendor").read_bytes() == b"own"
    assert (work / "b").read_bytes() == b"own"
    assert sorted(p.name for p in work.iterdir()) == ["b", "vendor"]


def test_a_full_disk_has_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    workspace = wrote(tmp_path / "workspace", ".env", ".gitignore", content=".env\n")
    monkeypatch.setattr(copies, "_copy_file", full)
    with pytest.raises(DiskFullError):
        laid(snapshot(workspace), tmp_path / "run", Hidden(tmp_path / "no"))


@pytest.mark.parametrize("budget", [Budget(2, 1_000), Budget(1_000, 2)])
def test_a_copy_stops_at_its_budget(tmp_path: Path, budget: Budget) -> None:
    wrote(tmp_path / "tree", "a", "b/c", "b/d")
    with pytest.raises(TooMuchError):
        copy_tree(tmp_path / "tree", tmp_path / "copy", budget)


def test_a_copy_keeps_times_and_leaves_out_what_it_is_told(tmp_path: Path) -> None:
    wrote(tmp_path / "tree", "a", "b/c", "b/d/e")
    os.utime(tmp_path / "tree/a", (1_000, 1_000))
    copy_tree(tmp_path / "tree", tmp_path / "copy", Budget(10, 10), {"b/d"})
    assert (tmp_path / "copy/a").stat().st_mtime == 1_000
    assert [p.name for p in (tmp_path / "copy/b").iterdir()] == ["c"]
