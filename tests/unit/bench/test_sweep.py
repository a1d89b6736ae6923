"""Run folders: claimed, removed whatever is in them, and swept when their owner was killed."""

import asyncio
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from sandboxed import PYTHON, survivors

from firsthand.bench.sandbox.processes import LINUX
from firsthand.bench.sandbox.sweep import OWNER, Swept, claim_folder, remove_folder, sweep
from firsthand.core.errors import WorldError

linux_only = pytest.mark.skipif(not LINUX, reason="leftovers are found in /proc, which only Linux has")


@pytest.fixture
def run() -> str:
    return uuid.uuid4().hex


def abandon(folder: Path) -> None:
    """Make it the folder of an owner who is gone."""
    (folder / OWNER).write_text("4194304999 1 a-boot-long-ago")


def test_a_claimed_folder_can_be_searched_by_others_and_is_not_swept(tmp_path: Path, run: str) -> None:
    place = claim_folder(tmp_path, run)
    assert place.stat().st_mode & 0o777 == 0o711
    assert asyncio.run(sweep(tmp_path)) == Swept(0, 0)
    assert place.is_dir()


def test_a_folder_is_claimed_once(tmp_path: Path, run: str) -> None:
    claim_folder(tmp_path, run)
    with pytest.raises(WorldError, match="cannot be made"):
        claim_folder(tmp_path, run)


def test_a_folder_whose_owner_is_gone_is_removed(tmp_path: Path, run: str) -> None:
    abandon(claim_folder(tmp_path, run))
    assert asyncio.run(sweep(tmp_path)) == Swept(0, 1)
    assert list(tmp_path.iterdir()) == []


def test_a_pid_that_was_given_to_somebody_else_does_not_own_the_folder(tmp_path: Path, run: str) -> None:
    place = claim_folder(tmp_path, run)
    (place / OWNER).write_text(f"{os.getpid()} 1 a-boot-long-ago")
    assert asyncio.run(sweep(tmp_path)) == Swept(0, 1)


def test_a_folder_that_is_being_claimed_is_left_alone_until_it_is_old(tmp_path: Path) -> None:
    young, old = tmp_path / "young", tmp_path / "old"
    for place in (young, old):
        place.mkdir()
    os.utime(old, (0, 0))
    assert asyncio.run(sweep(tmp_path)) == Swept(0, 1)
    assert list(tmp_path.iterdir()) == [young]


def test_sweeping_where_nothing_is_does_nothing(tmp_path: Path) -> None:
    assert asyncio.run(sweep(tmp_path / "never made")) == Swept(0, 0)
    (tmp_path / "a file").write_bytes(b"")
    (tmp_path / "a link").symlink_to("/usr")
    assert asyncio.run(sweep(tmp_path)) == Swept(0, 0)


@linux_only
def test_after_kill_9_the_next_start_ends_what_was_left(tmp_path: Path, run: str) -> None:
    """The killed owner had a program that ignores SIGTERM, and a daemon without a mark that stands in the folder."""
    # Programs need a way to the folder, and pytest's own folders are closed to others.
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o111)
    owner = [sys.executable, Path(__file__).with_name("abandoned_owner.py"), tmp_path, run, PYTHON]
    done = subprocess.run(owner, capture_output=True, text=True, timeout=60)
    assert done.returncode == -9, done.stderr
    left = [int(pid) for pid in done.stdout.split()]
    assert len(left) == 2
    assert len(survivors(run)) == 1
    swept = asyncio.run(sweep(tmp_path))
    assert swept == Swept(2, 1)
    assert survivors(run) == []
    assert not any(alive(pid) for pid in left)
    assert list(tmp_path.iterdir()) == []


def alive(pid: int) -> bool:
    """Whether the process exists and has not ended."""
    try:
        return b") Z" not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False


def test_a_deep_tree_is_removed(tmp_path: Path) -> None:
    place = tmp_path / "run"
    place.mkdir()
    here = os.open(place, os.O_RDONLY)
    for _ in range(5_000):
        os.mkdir("deep" * 10, dir_fd=here)
        os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
        below = os.open("deep" * 10, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    remove_folder(place)
    assert not place.exists()


def test_names_and_modes_of_any_kind_are_removed_and_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_bytes(b"x")
    place = tmp_path / "run"
    inner = place / "locked" / "inner"
    inner.mkdir(parents=True)
    for name in (b"\xff\xfe", b"new\nline", b"x" * 255, b" ", b"-rf"):
        (inner / os.fsdecode(name)).write_bytes(b"")
        (place / os.fsdecode(b"d" + name[:200])).mkdir()
    (place / "link").symlink_to(outside)
    (inner / "link").symlink_to(outside)
    (inner / "loop").symlink_to(inner)
    os.mkfifo(inner / "pipe")
    (inner / "locked").mkdir(mode=0)
    inner.chmod(0)
    (place / "locked").chmod(0)
    place.chmod(0)
    remove_folder(place)
    assert not place.exists()
    assert (outside / "precious").read_bytes() == b"x"


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_bytes(b"")
    (tmp_path / "run").symlink_to(tmp_path / "real")
    with pytest.raises(WorldError, match="cannot be removed"):
        remove_folder(tmp_path / "run")
    assert (tmp_path / "real" / "file").exists()


def test_removing_what_is_not_there_is_done(tmp_path: Path) -> None:
    remove_folder(tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []
