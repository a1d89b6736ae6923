"""Keeps what a program prints, head and tail, without ever making it wait."""

import asyncio
import contextlib
import fcntl
import os
import re
from collections.abc import Callable

from firsthand.bench.failures import show_text
from firsthand.core.limits import MIB, OUTPUT_HEAD_BYTES, OUTPUT_TAIL_BYTES

READ_BYTES = MIB
"""One read takes as much as the largest pipe holds, so that a flood costs few turns of the loop."""
TURN_READS_MAX = 4
"""Reads per turn of the event loop; others want their turn too."""
LAST_READS_MAX = 16
"""Reads of what is left when the program has ended; a descendant that floods on would never let us finish."""
LINE_CHARACTERS_MAX = 400

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")


class KeptOutput:
    """What a stream carried: the first and the last bytes kept, the middle counted."""

    def __init__(self, head_max: int = OUTPUT_HEAD_BYTES, tail_max: int = OUTPUT_TAIL_BYTES) -> None:
        """`head_max` and `tail_max` are in bytes."""
        self.total_bytes = 0
        self._head_max = head_max
        self._tail_max = tail_max
        self._head = bytearray()
        self._tail = bytearray()
        self._follower: Callable[[bytes], None] | None = None

    @property
    def left_out_bytes(self) -> int:
        """How many bytes of the middle were not kept."""
        return max(self.total_bytes - self._head_max - self._tail_max, 0)

    @property
    def kept_bytes(self) -> int:
        """How many bytes are held in memory: up to the head's limit and twice the tail's."""
        return len(self._head) + len(self._tail)

    def follow(self, tell: Callable[[bytes], None]) -> None:
        """Tell what is kept so far, and from now on every piece as it comes."""
        if self.total_bytes:
            tell(self.data())
        self._follower = tell

    def feed(self, data: bytes) -> None:
        """Take what came."""
        self.total_bytes += len(data)
        if self._follower:
            self._follower(data)
        room = self._head_max - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        self._tail += data[-self._tail_max :]
        if len(self._tail) > 2 * self._tail_max:
            del self._tail[: -self._tail_max]

    def data(self) -> bytes:
        """Head and tail, with a line between that says how much was left out."""
        if not self.left_out_bytes:
            return bytes(self._head + self._tail)
        note = f"\n[... {self.left_out_bytes:,} bytes left out ...]\n".encode()
        return bytes(self._head) + note + bytes(self._tail[-self._tail_max :])

    def tail(self, lines: int = 20) -> str:
        """The last lines as text that is safe to show: colours dropped, other control characters made visible."""
        end = self._tail[-self._tail_max :] if self.left_out_bytes else self._head + self._tail
        text = bytes(end).decode("utf-8", "replace").rstrip()
        return "\n".join(_safe(line) for line in text.split("\n")[-lines:])


class Drain:
    """Reads a pipe into a KeptOutput, whenever there is something, until the pipe ends or `close`."""

    def __init__(self, fd: int, output: KeptOutput) -> None:
        """Takes over the descriptor; needs a running event loop."""
        self.output = output
        self._fd = fd
        self._loop = asyncio.get_running_loop()
        os.set_blocking(fd, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            # A program that prints while we are busy elsewhere waits later; a system that refuses has a small pipe.
            with contextlib.suppress(OSError):
                fcntl.fcntl(fd, fcntl.F_SETPIPE_SZ, READ_BYTES)
        self._loop.add_reader(fd, self._read, TURN_READS_MAX)

    def take_what_is_there(self) -> None:
        """Read what the pipe holds now, without waiting for its end, which a descendant may keep away."""
        self._read(LAST_READS_MAX)

    def close(self) -> None:
        """Read what is there and let the pipe go."""
        self.take_what_is_there()
        self._let_go()

    def _read(self, reads: int) -> None:
        for _ in range(reads):
            if self._fd < 0:
                return
            try:
                data = os.read(self._fd, READ_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._let_go()
                return
            self.output.feed(data)

    def _let_go(self) -> None:
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1


class Feed:
    """Writes bytes to a program's standard input as it takes them, then closes it."""

    def __init__(self, fd: int, data: bytes) -> None:
        """Takes over the descriptor; needs a running event loop."""
        self._fd = fd
        self._left = memoryview(data)
        self._loop = asyncio.get_running_loop()
        os.set_blocking(fd, False)
        self._loop.add_writer(fd, self._write)

    def close(self) -> None:
        """Close standard input, whether all was taken or not."""
        if self._fd >= 0:
            self._loop.remove_writer(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _write(self) -> None:
        try:
            if self._left:
                self._left = self._left[os.write(self._fd, self._left) :]
        except BlockingIOError:
            return
        except OSError:
            self._left = self._left[:0]
        if not self._left:
            self.close()


def _safe(line: str) -> str:
    # A terminal shows what stands after the last carriage return: a progress bar comes down to its last state.
    last = _COLOUR.sub("", line).rstrip("\r").rpartition("\r")[2]
    return show_text(last.expandtabs(4), LINE_CHARACTERS_MAX)
