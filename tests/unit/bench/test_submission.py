"""A snapshot takes what is the learner's own, follows nothing, and says what it left out."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firsthand.bench import submission as public
from firsthand.bench.submission import Entry, Submission, model, snapshot, walk
from firsthand.bench.submission import snapshot as snapshot_of
from firsthand.core.errors import DiskFullError, WorkspaceError, WorldError
from firsthand.core.limits import (
    MIB,
    SUBMISSION_BESIDE_MAX,
    SUBMISSION_DEPTH_MAX,
    SUBMISSION_FILE_BYTES_MAX,
    SUBMISSION_FILES_MAX,
)

reading = __import__("firsthand.bench.submission.snapshot", fromlist=["snapshot"])


def wrote(folder: Path, *names: str, content: str = "x") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def paths(found: Submission) -> list[str]:
    return [entry.path for entry in found.files]


@contextmanager
def unprivileged() -> Iterator[None]:
    """As somebody whom permissions bind, also where tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def everyones(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that an unprivileged user owns and can reach."""
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    if os.geteuid() == 0:
        os.chown(folder, 65_534, 65_534)
    yield folder
    shutil.rmtree(folder)


def test_takes_files_with_their_bytes_and_executable_bits(tmp_path: Path) -> None:
    wrote(tmp_path, "Procfile", "src/app.py", "firsthand.toml", ".env.example")
    (tmp_path / "run.sh").write_bytes(b"#!/bin/sh\r\n\x00\xff")
    (tmp_path / "run.sh").chmod(0o700)
    found = snapshot(tmp_path)
    assert paths(found) == [".env.example", "Procfile", "firsthand.toml", "run.sh", "src/app.py"]
    assert found.files[3] == Entry("run.sh", "file", b"#!/bin/sh\r\n\x00\xff", executable=True)
    assert found.notices == ()
    assert found.source == tmp_path
    assert found.total_bytes == 4 + 13


def test_the_digest_depends_on_what_counts_only(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    wrote(one, "a", "b/c")
    wrote(other, "b/c", "a")
    (other / "empty").mkdir()
    (other / "a").chmod(0o640)
    os.utime(other / "a", (1, 1))
    assert snapshot(one).digest == snapshot(other).digest
    seen = {snapshot(one).digest}
    (other / "a").chmod(0o740)
    seen.add(snapshot(other).digest)
    (other / "a").write_text("y")
    seen.add(snapshot(other).digest)
    (other / "a").rename(other / "d")
    seen.add(snapshot(other).digest)
    (one / "a").unlink()
    (one / "a").symlink_to("x")
    seen.add(snapshot(one).digest)
    assert len(seen) == 5


def test_names_lock_files_with_their_digests(tmp_path: Path) -> None:
    wrote(tmp_path, "package-lock.json", "api/go.sum", "requirements-dev.txt", "unlocked.json")
    locks = snapshot(tmp_path).locks
    assert sorted(locks) == ["api/go.sum", "package-lock.json", "requirements-dev.txt"]
    assert set(locks.values()) == {"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}


def test_keeps_links_that_stay_inside(tmp_path: Path) -> None:
    wrote(tmp_path, "src/app.py")
    (tmp_path / "app.py").symlink_to("src/app.py")
    (tmp_path / "src/up").symlink_to("../src")
    found = snapshot(tmp_path)
    assert [(e.path, e.data) for e in found.files if e.kind == "link"] == [
        ("app.py", b"src/app.py"),
        ("src/up", b"../src"),
    ]
    assert paths(found) == ["app.py", "src/app.py", "src/up"]


@pytest.mark.parametrize("target", ["/etc/passwd", "../secret", "src/../../secret", "../src/deep/../../../secret"])
def test_leaves_out_links_that_lead_out(tmp_path: Path, target: str) -> None:
    work = tmp_path / "work"
    wrote(tmp_path, "secret", content="canary")
    wrote(work, "src/deep/app.py")
    (work / "out").symlink_to(target)
    found = snapshot(work)
    assert paths(found) == ["src/deep/app.py"]
    assert found.notices == (f"out was left out: it is a link that leads out of the workspace, to {target}.",)


def test_a_link_cannot_climb_through_another_link() -> None:
    # a/b/c/d -> ../../../sub stays inside, but d/../../x then goes up from sub.
    assert model.stays_inside("a/b/c/d", "../../../sub")
    assert not model.stays_inside("a/b/c/l", "d/../../x")
    assert not model.stays_inside("l", "")


def test_a_link_to_a_folder_is_never_entered(tmp_path: Path) -> None:
    work = tmp_path / "work"
    wrote(tmp_path, "outside/secret")
    wrote(work, "a")
    (work / "in").symlink_to("../outside")
    (work / "self").symlink_to(".")
    assert paths(snapshot(work)) == ["a", "self"]


def test_leaves_out_what_is_no_file(tmp_path: Path) -> None:
    wrote(tmp_path, "a")
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        folder = os.open(tmp_path, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{folder}/sock" if Path("/proc/self/fd").exists() else str(tmp_path / "sock"))
        os.close(folder)
    found = snapshot(tmp_path)
    assert paths(found) == ["a"]
    assert sorted(found.notices) == [
        "pipe was left out: it is a named pipe.",
        "sock was left out: it is a socket.",
    ]


def test_leaves_out_names_that_are_no_text(tmp_path: Path) -> None:
    wrote(tmp_path, "käse/ 🦀 .py", "line\nbreak/in", "cr\rname")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")).touch()
    found = snapshot(tmp_path)
    assert paths(found) == ["käse/ 🦀 .py"]
    assert len(found.notices) == 3
    assert "caf\\xe9 was left out: its name is not UTF-8" in "\n".join(found.notices)
    assert "line\\nbreak was left out" in "\n".join(found.notices)


def test_counts_notices_beyond_a_few(tmp_path: Path) -> None:
    for number in range(walk.NOTICES_KEPT_MAX + 30):
        os.mkfifo(tmp_path / f"pipe{number}")
    found = snapshot(tmp_path)
    assert len(found.notices) == reading.NOTICES_MAX + 1
    assert found.notices[-1] == f"{walk.NOTICES_KEPT_MAX + 30 - reading.NOTICES_MAX} more entries were left out."


def test_takes_hard_links(tmp_path: Path) -> None:
    wrote(tmp_path, "a")
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    assert paths(snapshot(tmp_path)) == ["a", "b"]


@pytest.mark.parametrize(("name", "advice"), [("a/secret", "chmod u+r 'a/secret'"), ("a", "chmod u+rx 'a'")])
def test_names_what_cannot_be_read(everyones: Path, name: str, advice: str) -> None:
    with unprivileged():
        wrote(everyones, "a/secret", "b")
        (everyones / name).chmod(0)
        try:
            with pytest.raises(WorkspaceError, match=f"^{name} cannot be read: permission denied") as caught:
                snapshot(everyones)
        finally:
            (everyones / name).chmod(0o700)
    assert advice in caught.value.advice


def test_a_workspace_that_cannot_be_read_is_named(everyones: Path) -> None:
    with unprivileged():
        everyones.chmod(0)
        with pytest.raises(WorkspaceError, match="permission denied"):
            snapshot(everyones)
        everyones.chmod(0o700)


def test_a_workspace_must_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="There is no folder"):
        snapshot(tmp_path / "none")
    wrote(tmp_path, "file")
    with pytest.raises(WorkspaceError, match="is a file"):
        snapshot(tmp_path / "file")


def test_too_many_files_name_the_folder_that_holds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "SUBMISSION_FILES_MAX", 50)
    wrote(tmp_path, "a", "src/b", *(f"data/raw/{n}" for n in range(200)), *(f"src/{n}" for n in range(5)))
    with pytest.raises(WorkspaceError, match="more than 50 files") as caught:
        snapshot(tmp_path)
    assert caught.value.advice.startswith("data/raw/ holds 50 of those seen so far.")


def test_a_flood_of_files_stops_the_walk_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrote(tmp_path, *(f"{n}" for n in range(SUBMISSION_FILES_MAX + 500)), content="")
    seen = 0
    real = walk.kind_of_file

    def counting(path: str, rules: walk.Rules) -> walk.Kind | None:
        nonlocal seen
        seen += 1
        return real(path, rules)

    monkeypatch.setattr(walk, "kind_of_file", counting)
    with pytest.raises(WorkspaceError, match="more than 5,000 files") as caught:
        snapshot(tmp_path)
    assert seen == SUBMISSION_FILES_MAX + 1
    assert caught.value.advice.startswith("Most lie at its top.")


def test_too_many_folders_are_as_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "SUBMISSION_FILES_MAX", 20)
    for number in range(30):
        (tmp_path / f"tree/{number}").mkdir(parents=True)
    with pytest.raises(WorkspaceError, match="more than 20 folders"):
        snapshot(tmp_path)


def test_a_big_file_is_named_and_not_read(tmp_path: Path) -> None:
    wrote(tmp_path, "a")
    with (tmp_path / "huge.bin").open("wb") as file:
        file.truncate(1024 * 1024 * MIB)
    with pytest.raises(WorkspaceError, match="may hold") as caught:
        snapshot(tmp_path)
    assert "huge.bin" in caught.value.advice
    (tmp_path / "huge.bin").unlink()
    (tmp_path / "big.bin").write_bytes(bytes(SUBMISSION_FILE_BYTES_MAX + 1))
    with pytest.raises(WorkspaceError, match=r"A file is bigger than 8.0 MiB: big.bin"):
        snapshot(tmp_path)


def test_files_that_come_to_too_much_are_listed(tmp_path: Path) -> None:
    for number in range(1, 7):
        with (tmp_path / f"{number}.bin").open("wb") as file:
            file.truncate(6 * MIB + number)
    with pytest.raises(WorkspaceError, match=r"come to 36.0 MiB; a workspace may hold 32.0 MiB") as caught:
        snapshot(tmp_path)
    listed = [line.split()[-1] for line in caught.value.advice.splitlines()[1:4]]
    assert listed == ["6.bin", "5.bin", "4.bin"]
    assert "echo /6.bin >> .gitignore" in caught.value.advice


def test_too_deep_is_said(tmp_path: Path) -> None:
    wrote(tmp_path, "/".join(["d"] * SUBMISSION_DEPTH_MAX) + "/file")
    assert len(paths(snapshot(tmp_path))) == 1
    wrote(tmp_path, "/".join(["d"] * (SUBMISSION_DEPTH_MAX + 1)) + "/file")
    with pytest.raises(WorkspaceError, match="deeper than 40 levels"):
        snapshot(tmp_path)


def swapping(monkeypatch: pytest.MonkeyPatch, path: Path, times: int) -> list[int]:
    """Makes `path` vanish when it is about to be read, and come back before the next walk, so many times."""
    count = [0]
    real = reading._entry

    def entry(fd: int, found: walk.Found) -> Entry:
        if found.path == path.name and count[0] < times:
            count[0] += 1
            path.rename(path.with_name("gone~"))
            try:
                return real(fd, found)
            finally:
                path.with_name("gone~").rename(path)
        return real(fd, found)

    monkeypatch.setattr(reading, "_entry", entry)
    return count


def test_a_file_that_vanishes_once_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrote(tmp_path, "a", "b")
    count = swapping(monkeypatch, tmp_path / "a", 1)
    assert paths(snapshot(tmp_path)) == ["a", "b"]
    assert count == [1]


def test_a_file_that_does_not_hold_still_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrote(tmp_path, "a", "b")
    swapping(monkeypatch, tmp_path / "a", 2)
    with pytest.raises(WorkspaceError, match="a changes while we read it"):
        snapshot(tmp_path)


@pytest.mark.parametrize("swap", ["link", "pipe", "grown"])
def test_a_file_swapped_for_something_else_is_not_read(tmp_path: Path, swap: str) -> None:
    wrote(tmp_path, "a", content="secret")
    found = walk.Found("b", 0)
    if swap == "link":
        (tmp_path / "b").symlink_to("a")
    elif swap == "pipe":
        os.mkfifo(tmp_path / "b")
    else:
        (tmp_path / "b").write_bytes(bytes(SUBMISSION_FILE_BYTES_MAX + 1))
    fd = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(walk.ChangedError):
        reading._entry(fd, found)
    os.close(fd)


def test_a_folder_swapped_for_a_link_is_not_followed(tmp_path: Path) -> None:
    wrote(tmp_path, "outside/a")
    (tmp_path / "work").mkdir()
    (tmp_path / "work/folder").symlink_to("../outside")
    root = os.open(tmp_path / "work", os.O_RDONLY)
    with pytest.raises(walk.ChangedError):
        reading._open_below(root, "folder")
    os.close(root)


def test_leaves_no_descriptor_open(tmp_path: Path) -> None:
    wrote(tmp_path, "a/b/c", "a/d", ".gitignore", "x/y/z")
    before = len(list(Path("/dev/fd").iterdir()))
    snapshot(tmp_path)
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_writes_what_it_read(tmp_path: Path) -> None:
    work, copy = tmp_path / "work", tmp_path / "copy"
    wrote(work, "a/b/c.py", "d", content="é\r\n")
    (work / "d").chmod(0o711)
    (work / "a/link").symlink_to("../d")
    old = os.umask(0o077)
    try:
        snapshot(work).write_to(copy)
    finally:
        os.umask(old)
    assert snapshot(copy).digest == snapshot(work).digest
    assert stat.S_IMODE((copy / "d").stat().st_mode) == 0o755
    assert stat.S_IMODE((copy / "a/b/c.py").stat().st_mode) == 0o644
    assert (copy / "a/link").readlink() == Path("../d")


@pytest.mark.parametrize("path", ["a", "b/c"])
def test_never_writes_through_what_is_there(tmp_path: Path, path: str) -> None:
    outside = tmp_path / "outside"
    wrote(outside, "c")
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "a").symlink_to("../outside/c")
    (copy / "b").symlink_to("../outside")
    with pytest.raises(WorldError, match="is there already"):
        Submission((Entry(path, "file", b"evil"),)).write_to(copy)
    assert (outside / "c").read_text() == "x"


def test_a_full_disk_has_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, entry: Entry) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(model, "_write_file", full)
    with pytest.raises(DiskFullError, match="no space left"):
        Submission((Entry("a", "file", b""),)).write_to(tmp_path / "copy")


def test_ignored_entries_beyond_the_limit_are_not_linked(tmp_path: Path) -> None:
    wrote(tmp_path, "a.py", *(f"{n}.class" for n in range(SUBMISSION_BESIDE_MAX + 5)), content="")
    found = snapshot(tmp_path)
    assert len(found.beside) == SUBMISSION_BESIDE_MAX
    assert len(found.notices) == 1
    assert "More than 1000 ignored entries" in found.notices[0]


def test_the_public_names_are_these() -> None:
    assert public.__all__ == ["snapshot", "load", "Submission", "Entry", "Beside", "BesideKind"]
    assert snapshot_of is public.snapshot
