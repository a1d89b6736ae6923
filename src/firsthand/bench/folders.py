"""Folders that a check and the program share, such as the one of files to serve."""

import errno
import os
import secrets
import stat
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

from firsthand.core.errors import DiskFullError, WorldError

READ_BYTES_MAX = 64 * 1024 * 1024


class Folder:
    """A folder named by an environment variable; the program's user owns it, so links in it are never followed."""

    def __init__(self, path: Path) -> None:
        """`path` is an existing folder."""
        self.path = path

    def write(self, name: str, data: bytes) -> Path:
        """Write a file, readable by the program, making its parent folders; `name` is relative, with `/` between.

        Raises:
            WorldError: a folder or file on the way is a link, or cannot be written.
        """
        parts = self._parts(name)
        try:
            folder = self._enter(parts[:-1], make=True)
            try:
                flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
                with os.fdopen(os.open(parts[-1], flags, 0o644, dir_fd=folder), "wb") as file:
                    file.write(data)
            finally:
                os.close(folder)
        except OSError as error:
            raise _trouble("written", self.path / name, error) from error
        return self.path / name

    def put(self, name: str, data: bytes, mode: int = 0o644) -> Path:
        """Put a file there whole, as by `mv`: under its name it is never seen by halves. The program's own.

        Raises:
            WorldError: a folder or file on the way is a link, or cannot be written.
        """
        parts = self._parts(name)
        draft = f".{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        try:
            with ExitStack() as opened:
                here = self._opened((), opened)
                folder = self._opened(parts[:-1], opened, make=True)
                with os.fdopen(os.open(draft, flags, 0o600, dir_fd=here), "wb") as file:
                    file.write(data)
                    self._give(file.fileno())
                    os.fchmod(file.fileno(), mode)
                os.rename(draft, parts[-1], src_dir_fd=here, dst_dir_fd=folder)
        except OSError as error:
            raise _trouble("written", self.path / name, error) from error
        return self.path / name

    def make(self, name: str) -> "Folder":
        """A folder below this one, made if it is not there; the program's own, as this one is.

        Raises:
            WorldError: a folder on the way is a link, or cannot be made.
        """
        parts = self._parts(name)
        try:
            with ExitStack() as opened:
                self._give(self._opened(parts, opened, make=True))
        except OSError as error:
            raise _trouble("made", self.path / name, error) from error
        return Folder(self.path / name)

    def mode(self, name: str) -> int | None:
        """The nine marks of a file or folder, such as 0o640; None when there is none of that name, or it is a link.

        Raises:
            WorldError: a folder on the way is a link, or cannot be searched.
        """
        parts = self._parts(name)
        try:
            with ExitStack() as opened:
                folder = self._opened(parts[:-1], opened)
                found = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _trouble("looked at", self.path / name, error) from error
        return None if stat.S_ISLNK(found.st_mode) else stat.S_IMODE(found.st_mode) & 0o777

    def read(self, name: str, bytes_max: int = READ_BYTES_MAX) -> bytes | None:
        """What a file holds, at most `bytes_max`; None when there is no such file.

        Raises:
            WorldError: a folder or file on the way is a link, or cannot be read.
        """
        parts = self._parts(name)
        try:
            folder = self._enter(parts[:-1], make=False)
            try:
                flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
                with os.fdopen(os.open(parts[-1], flags, dir_fd=folder), "rb") as file:
                    return file.read(bytes_max)
            finally:
                os.close(folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _trouble("read", self.path / name, error) from error

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        parts = self._parts(name)
        try:
            folder = self._enter(parts[:-1], make=False)
            try:
                os.unlink(parts[-1], dir_fd=folder)
            finally:
                os.close(folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _trouble("removed", self.path / name, error) from error

    def _parts(self, name: str) -> tuple[str, ...]:
        parts = PurePosixPath(name).parts
        assert parts, "a file needs a name"
        assert ".." not in parts, f"{name} leaves the folder"
        assert not name.startswith("/"), f"{name} leaves the folder"
        return parts

    def _opened(self, parts: tuple[str, ...], opened: ExitStack, *, make: bool = False) -> int:
        folder = self._enter(parts, make=make)
        opened.callback(os.close, folder)
        return folder

    def _give(self, entry: int) -> None:
        """Make an opened file or folder belong to whom this folder belongs to."""
        owner = self.path.stat()
        if os.geteuid() == 0:
            os.fchown(entry, owner.st_uid, owner.st_gid)

    def _enter(self, parts: tuple[str, ...], *, make: bool) -> int:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
        here = os.open(self.path, flags)
        for part in parts:
            try:
                if make:
                    _make(part, here)
                below = os.open(part, flags, dir_fd=here)
            finally:
                os.close(here)
            here = below
        return here


def _make(part: str, here: int) -> None:
    try:
        os.mkdir(part, 0o755, dir_fd=here)
    except FileExistsError:
        return


def _trouble(done: str, path: Path, error: OSError) -> WorldError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(f"{path} cannot be written: the disk is full.", advice="Make room and run again.")
    return WorldError(f"{path} cannot be {done}: {error.strerror}.", advice="Run again; nothing was lost.")
