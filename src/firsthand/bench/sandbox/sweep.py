"""The folders of runs: claimed by a living process, removed with all in them, swept when their owner was killed."""

import contextlib
import errno
import os
import secrets
import stat
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from firsthand.bench.sandbox import processes
from firsthand.core.deadlines import Deadline
from firsthand.core.errors import DiskFullError, WorldError
from firsthand.core.limits import KILL_S

OWNER = "owner"
UNCLAIMED_S = 60.0
"""A folder without an owner's file is one that is just being claimed, until it is that old."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Swept:
    """What a sweep has ended and removed."""

    processes: int
    folders: int


def claim_folder(temp: Path, run: str) -> Path:
    """Make the folder of a run below `temp`, with a note of who owns it; programs' users may search it.

    Raises:
        WorldError: there is one already, or it cannot be made.
    """
    place = temp / run
    try:
        place.mkdir(mode=0o711)
        place.chmod(0o711)  # the umask may have taken the search bits
        # At once: a sweep must not read half an owner's name and take the folder for orphaned.
        unfinished = place / f"{OWNER}.part"
        unfinished.write_text(_identity(os.getpid()))
        unfinished.rename(place / OWNER)
    except OSError as error:
        kind = DiskFullError if error.errno == errno.ENOSPC else WorldError
        raise kind(
            f"The folder {place} of this run cannot be made: {error.strerror}.",
            advice="Make room there, or set TMPDIR to another folder.",
        ) from error
    return place


def remove_folder(place: Path) -> None:
    """Remove a folder with all in it, however deep, of whatever names and modes; links are never followed.

    Every folder inside is first moved up to the top, so that neither depth nor the length of a path matters.

    Raises:
        WorldError: something in it cannot be removed.
    """
    try:
        _unlock(place, None)
        top = os.open(place, _FOLDER)
    except FileNotFoundError:
        return
    except OSError as error:
        raise _cannot_remove(place, error) from error
    try:
        _empty(top)
        place.rmdir()
    except FileNotFoundError:
        return  # another sweep was quicker
    except OSError as error:
        raise _cannot_remove(place, error) from error
    finally:
        os.close(top)


async def end_leftovers(place: Path) -> int:
    """End every process that was started for this folder or works in it; returns how many there were."""
    return await processes.end_all(partial(_leftovers, place), Deadline.after(KILL_S))


async def sweep(temp: Path) -> Swept:
    """End the processes and remove the folders of runs whose owner is gone, as after `kill -9`; quick without any."""
    ended = removed = 0
    for place in _orphaned(temp):
        ended += await end_leftovers(place)
        with contextlib.suppress(WorldError):  # the next sweep tries again
            remove_folder(place)
            removed += 1
    return Swept(ended, removed)


def _orphaned(temp: Path) -> list[Path]:
    try:
        with os.scandir(temp) as entries:
            folders = [Path(e.path) for e in entries if e.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    return [folder for folder in folders if not _is_owned(folder)]


def _is_owned(folder: Path) -> bool:
    try:
        identity = (folder / OWNER).read_text()
    except FileNotFoundError:
        with contextlib.suppress(FileNotFoundError):
            return time.time() - folder.lstat().st_mtime < UNCLAIMED_S
        return True
    except OSError:
        return True
    pid = identity.partition(" ")[0]
    return pid.isdigit() and identity == _identity(int(pid))


def _identity(pid: int) -> str:
    """A text that no other process has, now or after a restart; empty when there is no such process."""
    if processes.LINUX:
        proc = processes.look(pid)
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{pid} {proc.started} {boot}" if proc and not proc.ended else ""
    return f"{pid} 0 -" if pid in processes.everybody() else ""


def _leftovers(place: Path) -> processes.Table:
    table = processes.everybody()
    roots = processes.marked(place.name, table) | processes.working_in(place, table)
    return processes.closure(roots - {os.getpid()}, table)


def _empty(top: int) -> None:
    waiting = _clear(top, top)
    while waiting:
        name = waiting.pop()
        with contextlib.suppress(FileNotFoundError):
            here = _enter(top, name)
            try:
                waiting += _clear(here, top)
            finally:
                os.close(here)
            os.rmdir(name, dir_fd=top)


def _clear(here: int, top: int) -> list[str]:
    """Remove the files of an open folder and move its folders to the top; returns their names there."""
    moved = []
    with os.scandir(here) as entries:
        found = [(e.name, e.is_dir(follow_symlinks=False)) for e in entries]
    for name, is_folder in found:
        with contextlib.suppress(FileNotFoundError):
            if not is_folder:
                os.unlink(name, dir_fd=here)
            elif here == top:
                moved.append(name)
            else:
                moved.append(_lift(name, here, top))
    return moved


def _lift(name: str, here: int, top: int) -> str:
    _unlock(name, here)
    above = f".up-{secrets.token_hex(8)}"
    os.rename(name, above, src_dir_fd=here, dst_dir_fd=top)
    return above


def _enter(top: int, name: str) -> int:
    _unlock(name, top)
    return os.open(name, _FOLDER, dir_fd=top)


def _unlock(name: str | Path, here: int | None) -> None:
    """Give ourselves all rights to a folder of ours; root has them already."""
    if os.geteuid() != 0:
        mode = os.stat(name, dir_fd=here, follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode) and mode & 0o700 != 0o700:
            os.chmod(name, 0o700, dir_fd=here)


def _cannot_remove(place: Path, error: OSError) -> WorldError:
    return WorldError(
        f"The folder {place} cannot be removed: {error.strerror}.",
        advice="Remove it yourself; nothing in it is needed.",
    )
