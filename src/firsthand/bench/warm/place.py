"""The folder of a bench: its socket, its log, and the lock that only one living bench has."""

import contextlib
import fcntl
import os
import socket
from pathlib import Path

from firsthand.core.places import bench_dir

SOCKET = "sock"
LOCK = "lock"
LOG = "log"
LOG_BYTES_MAX = 256 * 1024
BACKLOG = 64
TRIES_MAX = 100
"""How often in a row the lock may turn out to be that of a bench which was just clearing up."""


class Seat:
    """What a living bench has and no other: the lock, and the socket on which it listens."""

    def __init__(self, place: Path, lock: int) -> None:
        self.place = place
        self.lock = lock
        self.listener = _listen(place)

    @classmethod
    def take(cls) -> "Seat | None":
        """Take the lock and listen; None where another bench does."""
        for _ in range(TRIES_MAX):
            place = bench_dir()
            with contextlib.suppress(FileNotFoundError):  # the one before was just clearing up
                lock = os.open(place / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(lock)
                    return None
                # The one before may have removed the file just before it let go: then this is no lock at all.
                if _is_at(lock, place / LOCK):
                    return cls(place, lock)
                os.close(lock)
        return None

    def leave(self) -> None:
        """Make room for another bench; nothing of ours stays in the folder."""
        self.listener.close()
        if _is_at(self.lock, self.place / LOCK):  # else somebody cleared the folder, and it is another one's by now
            for name in (SOCKET, LOG, LOCK):
                (self.place / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self.place.rmdir()
        os.close(self.lock)

    def let_go(self) -> None:
        """Close what a forked process must not hold: the lock is held by whoever still has it open."""
        self.listener.close()
        os.close(self.lock)


def connected() -> socket.socket | None:
    """A connection to the bench; None where there is none."""
    found = socket.socket(socket.AF_UNIX)
    try:
        found.connect(str(bench_dir(make=False) / SOCKET))
    except OSError:
        found.close()
        return None
    return found


def _listen(place: Path) -> socket.socket:
    """From the first moment on at which the socket is there, connections are taken."""
    listener = socket.socket(socket.AF_UNIX)
    unready = place / f"{SOCKET}.part"
    unready.unlink(missing_ok=True)
    listener.bind(str(unready))
    listener.listen(BACKLOG)
    listener.setblocking(False)
    unready.rename(place / SOCKET)
    return listener


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
