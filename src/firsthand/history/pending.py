"""Events that could not be appended wait in a file of JSON lines beside the history until they can be, once."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

from firsthand.history.event import Event


class Pending:
    """The waiting events of one history. Each use holds the file's lock, so that processes take turns."""

    def __init__(self, path: Path) -> None:
        """`path` need not exist."""
        self.path = path

    @property
    def exists(self) -> bool:
        """Whether something may wait here."""
        try:
            return self.path.stat().st_size > 0
        except OSError:
            return False

    def add(self, event: Event) -> None:
        """Keep an event here, whole and on the disk, before returning.

        Raises:
            OSError: it cannot be written.
        """
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b", buffering=0) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # A writer that died in mid-line leaves no line end; its half must not swallow this event.
            torn = _last_byte(file.fileno()) not in (b"", b"\n")
            file.write((b"\n" if torn else b"") + event.line())
            os.fsync(file.fileno())

    def drain(self, append: Callable[[list[Event]], None]) -> None:
        """Hand all waiting events to `append` and forget them when it returns.

        A crash in between hands them over again, so `append` must pass over events that it knows. Lines that are no
        events (half-written ones) are set aside beside the file.

        Raises:
            OSError: the file cannot be read or emptied. What `append` raises is passed on, and all stays here.
        """
        if not self.exists:
            return
        with self.path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            events, damaged = _read(file.read())
            if damaged:
                self._set_aside(damaged)
            append(events)
            file.truncate(0)

    def _set_aside(self, damaged: list[bytes]) -> None:
        with self.path.with_suffix(".damaged").open("ab") as file:
            file.write(b"".join(line + b"\n" for line in damaged))


def _read(data: bytes) -> tuple[list[Event], list[bytes]]:
    events, damaged = [], []
    for line in filter(None, data.split(b"\n")):
        try:
            events.append(Event.read_line(line))
        except ValueError:
            damaged.append(line)
    return events, damaged


def _last_byte(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, 1, size - 1) if size else b""
