"""Copies trees of files within bounds: regular files, folders, and links as links, never through one."""

import os
import shutil
import stat
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path


class TooMuchError(Exception):
    """A tree holds more than may be copied."""


@dataclass
class Budget:
    """What may still be copied."""

    entries: int
    size_bytes: int

    def take(self, size_bytes: int) -> None:
        """Count one entry.

        Raises:
            TooMuchError: the budget is used up.
        """
        self.entries -= 1
        self.size_bytes -= size_bytes
        if self.entries < 0 or self.size_bytes < 0:
            raise TooMuchError


def copy_tree(source: Path, target: Path, budget: Budget, skip: Collection[str] = ()) -> None:
    """Copy the folder `source` to the new folder `target`; `skip` are relative paths left out, with all below them.

    Files become 0644 or 0755 and keep their times, for build tools that compare them.

    Raises:
        TooMuchError: it holds more than `budget` allows; what was copied until then is left there.
    """
    folders = [""]
    while folders:
        folder = folders.pop()
        (target / folder).mkdir()
        (target / folder).chmod(0o755)  # whatever the umask
        with os.scandir(source / folder) as entries:
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if path in skip:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    budget.take(0)
                    folders.append(path)
                else:
                    copy_entry(source / path, target / path, budget)


def copy_entry(source: Path, target: Path, budget: Budget) -> None:
    """Copy one file or link to a name that is not taken; pipes, sockets and devices are passed over."""
    found = source.lstat()
    if stat.S_ISLNK(found.st_mode):
        budget.take(0)
        target.symlink_to(source.readlink())
    elif stat.S_ISREG(found.st_mode):
        budget.take(found.st_size)
        _copy_file(source, target)


def _copy_file(source: Path, target: Path) -> None:
    with os.fdopen(os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as read:
        found = os.fstat(read.fileno())
        if not stat.S_ISREG(found.st_mode):
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(target, flags, 0o600), "wb") as written:
            shutil.copyfileobj(read, written, 1024 * 1024)
            os.fchmod(written.fileno(), 0o755 if found.st_mode & stat.S_IXUSR else 0o644)
    os.utime(target, ns=(found.st_mtime_ns, found.st_mtime_ns), follow_symlinks=False)
