"""Where one kind of server works: private folders, in memory where there is room, and ports not used again soon."""

import errno
import os
import socket
from pathlib import Path

from firsthand.bench.sandbox.program_user import SERVER_USER, ProgramUser
from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.core.errors import DiskFullError, RetryableError, WorldError
from firsthand.core.limits import MIB
from firsthand.core.places import memory_dir, temp_dir

MEMORY_ROOM_BYTES = 512 * MIB
"""Data stands on tmpfs only where so much is free."""
SOCKET_PATH_BYTES_MAX = 103
"""Of a Unix socket: what the strictest system takes."""
SOCKET_NAME_BYTES = len("/.s.PGSQL.12345")
"""The longest name of a socket that a server of ours makes."""

PORT_FIRST = 12_000
PORT_LAST = 19_999
"""Below the ports of programs, which the run chooses, and above what services are known by."""


def servers_dir() -> Path:
    """The folder below which servers keep their data.

    Raises:
        WorldError: somebody else made a folder of that name.
    """
    return memory_dir(MEMORY_ROOM_BYTES) or temp_dir()


def searchable(folder: Path) -> Path:
    """Make a folder, if need be, through which the servers' user comes to its own.

    Raises:
        WorldError: it cannot be made.
    """
    try:
        folder.mkdir(mode=0o711, exist_ok=True)
        folder.chmod(0o711)  # the umask may have taken the search bits
    except OSError as error:
        raise _cannot_make(folder, error) from error
    return folder


class Ports:
    """Chooses ports of 127.0.0.1, each once until all others were chosen."""

    def __init__(self, first: int) -> None:
        """`first` is where to begin, so that two benches seldom try the same ones; any number will do."""
        self._next = first % (PORT_LAST - PORT_FIRST + 1)

    def take(self) -> int:
        """A port that is free now. Somebody else may still be quicker: be ready to take another.

        Raises:
            RetryableError: all are taken.
        """
        count = PORT_LAST - PORT_FIRST + 1
        for _ in range(count):
            port = PORT_FIRST + self._next
            self._next = (self._next + 1) % count
            if _is_free(port):
                return port
        raise RetryableError(
            f"All ports from {PORT_FIRST} to {PORT_LAST} are taken.", advice="Close some programs and run again."
        )


class Place:
    """What a kind of server needs of the machine: folders of its own, the user to run as, ports, and a cache."""

    def __init__(self, folder: Path, *, mark: str, cache: Path, ports: Ports) -> None:
        """`folder` exists and goes away with all in it; `mark` is carried by every process; `cache` lasts."""
        self.folder = folder
        self.mark = mark
        self.cache = cache
        self.ports = ports
        self.user = ProgramUser.of_this_process(SERVER_USER)

    def new(self, name: str) -> Path:
        """Make a folder that only the servers' user (and root) can enter.

        Raises:
            WorldError: it cannot be made.
        """
        folder = self.folder / name
        try:
            folder.mkdir(mode=0o700)
            self.user.give(folder)
        except OSError as error:
            raise _cannot_make(folder, error) from error
        return folder

    def kept(self, folder: Path) -> Path:
        """Make this folder, wherever it is, one that only the servers' user (and root) can enter; it may be there.

        Raises:
            WorldError: it cannot be made.
        """
        try:
            for parent in reversed(folder.parents):
                if not parent.exists():
                    parent.mkdir(mode=0o711)
                    parent.chmod(0o711)  # the umask may have taken the search bits
            folder.mkdir(mode=0o700, exist_ok=True)
            if self.user.switched:
                os.chown(folder, self.user.user, self.user.group)
        except OSError as error:
            raise _cannot_make(folder, error) from error
        return folder

    def remove(self, folder: Path) -> None:
        """Remove a folder with all in it."""
        remove_folder(folder)

    def write(self, file: Path, text: str) -> Path:
        """Write a file that only the servers' user (and root) can read.

        Raises:
            WorldError: it cannot be written.
        """
        try:
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8")
            if self.user.switched:
                os.chown(file, self.user.user, self.user.group)
        except OSError as error:
            raise _cannot_make(file, error) from error
        return file

    def socket_folder(self, name: str) -> Path:
        """Make a folder whose Unix sockets have a name that is short enough.

        Raises:
            WorldError: the path is too long.
        """
        if len(str(self.folder / name).encode()) + SOCKET_NAME_BYTES > SOCKET_PATH_BYTES_MAX:
            raise WorldError(
                f"The folder {self.folder} has too long a name for Unix sockets.",
                advice="Set TMPDIR to a folder with a shorter name.",
            )
        return self.new(name)


def _cannot_make(path: Path, error: OSError) -> WorldError:
    kind = DiskFullError if error.errno == errno.ENOSPC else WorldError
    return kind(
        f"{path}, which a server needs, cannot be made: {error.strerror}.",
        advice="Make room there, or set TMPDIR to another folder.",
    )


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
