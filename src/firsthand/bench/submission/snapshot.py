"""Reads a workspace into a submission, without following a link, opening a pipe or entering an ignored folder."""

import errno
import os
import shlex
import stat
from collections.abc import Collection
from pathlib import Path

from firsthand.bench.failures import show_text
from firsthand.bench.submission.model import Entry, Submission
from firsthand.bench.submission.walk import ChangedError, Found, Walk, cannot_read
from firsthand.core.errors import WorkspaceError
from firsthand.core.limits import MIB, SUBMISSION_BYTES_MAX, SUBMISSION_FILE_BYTES_MAX

NOTICES_MAX = 20
"""Further ones are only counted."""

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# O_NONBLOCK: a pipe that took a file's place must not hang us.
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def snapshot(workspace: Path, repositories: Collection[str] = ()) -> Submission:
    """The learner's files in `workspace` as they are now, with the commits of these Git repositories in it.

    Raises:
        WorkspaceError: there is no such folder, something in it cannot be read, it is too big, has too many files, is
            too deep, or did not hold still.
    """
    workspace = workspace.absolute()
    try:
        return _read_once(workspace, repositories)
    except ChangedError:
        # An editor that saves swaps files; a second look finds the new one.
        pass
    try:
        return _read_once(workspace, repositories)
    except ChangedError as error:
        raise WorkspaceError(
            f"{show_text(error.path)} changes while we read it.",
            advice="Stop the program that writes it, or name it in .gitignore.",
        ) from None


def _read_once(workspace: Path, repositories: Collection[str]) -> Submission:
    root = _open_workspace(workspace)
    try:
        walk = Walk(workspace, frozenset(repositories))
        walk.folder(root)
        _refuse_too_big(walk.files)
        files = _read_all(root, walk.files)
    finally:
        os.close(root)
    return Submission(files=tuple(files), beside=tuple(walk.beside), notices=_notices(walk), source=workspace)


def _open_workspace(workspace: Path) -> int:
    try:
        return os.open(workspace, _OPEN_FOLDER)
    except FileNotFoundError:
        raise WorkspaceError(
            f"There is no folder {show_text(str(workspace))}.", advice="`firsthand begin LAB` makes one."
        ) from None
    except NotADirectoryError:
        raise WorkspaceError(
            f"{show_text(str(workspace))} is a file, not a workspace folder.", advice="Name the folder that it lies in."
        ) from None
    except OSError as error:
        raise cannot_read(str(workspace), error, is_folder=True) from None


def _read_all(root: int, files: list[Found]) -> list[Entry]:
    by_folder: dict[str, list[Found]] = {}
    for found in files:
        by_folder.setdefault(found.path.rpartition("/")[0], []).append(found)
    entries: list[Entry] = []
    for folder, members in by_folder.items():
        fd = _open_below(root, folder)
        try:
            entries += [_entry(fd, found) for found in members]
        finally:
            os.close(fd)
    return entries


def _open_below(root: int, folder: str) -> int:
    """Opens name by name, so that a folder which became a link meanwhile is not followed."""
    fd = os.dup(root)
    try:
        for name in folder.split("/") if folder else ():
            deeper = os.open(name, _OPEN_FOLDER | os.O_NOFOLLOW, dir_fd=fd)
            os.close(fd)
            fd = deeper
    except OSError:
        os.close(fd)
        raise ChangedError(folder) from None
    return fd


def _entry(fd: int, found: Found) -> Entry:
    name = found.path.rpartition("/")[2]
    if found.target is not None:
        return Entry(found.path, "link", found.target.encode())
    try:
        file = os.open(name, _OPEN_FILE, dir_fd=fd)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.ENOTDIR):
            raise ChangedError(found.path) from None
        raise cannot_read(found.path, error) from None
    with os.fdopen(file, "rb") as opened:
        before = os.fstat(file)
        if not stat.S_ISREG(before.st_mode) or before.st_size > SUBMISSION_FILE_BYTES_MAX:
            raise ChangedError(found.path)
        try:
            data = opened.read(SUBMISSION_FILE_BYTES_MAX + 1)
        except OSError as error:
            raise cannot_read(found.path, error) from None
        after = os.fstat(file)
    if len(data) != after.st_size or before.st_mtime_ns != after.st_mtime_ns:
        raise ChangedError(found.path)
    return Entry(found.path, "file", data, executable=bool(before.st_mode & stat.S_IXUSR))


def _refuse_too_big(files: list[Found]) -> None:
    total = sum(found.size for found in files)
    largest = sorted(files, key=lambda found: -found.size)[:3]
    if total <= SUBMISSION_BYTES_MAX and (not largest or largest[0].size <= SUBMISSION_FILE_BYTES_MAX):
        return
    if total > SUBMISSION_BYTES_MAX:
        message = f"Your files come to {_mib(total)}; a workspace may hold {_mib(SUBMISSION_BYTES_MAX)}."
    else:
        message = f"A file is bigger than {_mib(SUBMISSION_FILE_BYTES_MAX)}: {show_text(largest[0].path)}."
    listed = "\n".join(f"    {_mib(found.size):>10}  {show_text(found.path)}" for found in largest)
    raise WorkspaceError(
        message,
        advice=f"The largest are:\n{listed}\nWhat a build makes, logs and databases belong in .gitignore; programs "
        f"still see what it names:\n    echo {shlex.quote('/' + largest[0].path)} >> .gitignore",
    )


def _mib(size: int) -> str:
    return f"{size / MIB:.1f} MiB"


def _notices(walk: Walk) -> tuple[str, ...]:
    shown = walk.notices[:NOTICES_MAX]
    more = walk.notices_total - len(shown)
    return (*shown, f"{more} more entries were left out.") if more else tuple(shown)
