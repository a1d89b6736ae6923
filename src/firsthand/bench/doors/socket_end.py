"""One socket of a relayed connection: reads when it may, writes what it can at once, and keeps the rest in order."""

import asyncio
import contextlib
import socket
import struct
from typing import Protocol

from firsthand.core.limits import KIB

READ_BYTES = 256 * KIB
UNSENT_BYTES_MAX = 256 * KIB
"""More that the system does not take, and the other side is not read until it does."""


class Between(Protocol):
    """What stands between the two ends of a connection."""

    def carry(self, end: "SocketEnd", data: bytes) -> None:
        """Bytes came at this end."""
        ...

    def ended(self, end: "SocketEnd") -> None:
        """Nothing more comes at this end."""
        ...

    def room(self, end: "SocketEnd") -> None:
        """This end can take more again, or has sent all that it had."""
        ...

    def broke(self, end: "SocketEnd") -> None:
        """This end was reset."""
        ...


class SocketEnd:
    """Straight on the socket, without a transport: it is quicker, and no byte is lost when a reset follows it."""

    def __init__(self, sock: socket.socket, between: Between) -> None:
        """`sock` is connected; the end owns it from now on."""
        sock.setblocking(False)
        with contextlib.suppress(OSError):  # some systems refuse it on a socket that was reset already
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.closed = False
        self.ended = False
        """All that it will ever say has come."""
        self.shut = False
        """Nothing more will be said to it."""
        self._sock = sock
        self._between = between
        self._loop = asyncio.get_running_loop()
        self._reading = False
        self._unsent = bytearray()

    @property
    def unsent_bytes(self) -> int:
        """What the system has not taken yet."""
        return len(self._unsent)

    def read(self, *, on: bool) -> None:
        """Read from now on, or leave what comes to the system."""
        on = on and not self.ended and not self.closed
        if on == self._reading:
            return
        self._reading = on
        if on:
            self._loop.add_reader(self._sock, self._readable)
        else:
            self._loop.remove_reader(self._sock)

    def write(self, data: bytes) -> None:
        """Say this to it, after all that was said before."""
        if self.closed or self.shut:
            return
        if self._unsent:
            self._unsent += data
            return
        try:
            went = self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            went = 0
        except OSError:
            self._between.broke(self)
            return
        if went < len(data):
            self._unsent += memoryview(data)[went:]
            self._loop.add_writer(self._sock, self._writable)

    def write_end(self) -> None:
        """Say that nothing more comes, when all has been said."""
        self.shut = True
        if not self._unsent:
            self._shut_down()

    def close(self, *, reset: bool) -> None:
        """Give the socket back; `reset` throws away what was not sent, and lets the other side see that."""
        if self.closed:
            return
        self.read(on=False)
        if self._unsent:
            self._loop.remove_writer(self._sock)
        self.closed = True
        if reset:
            with contextlib.suppress(OSError):
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def _readable(self) -> None:
        try:
            data = self._sock.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._between.broke(self)
            return
        if data:
            self._between.carry(self, data)
            return
        self.read(on=False)
        self.ended = True
        self._between.ended(self)

    def _writable(self) -> None:
        try:
            went = self._sock.send(self._unsent)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._between.broke(self)
            return
        del self._unsent[:went]
        if not self._unsent:
            self._loop.remove_writer(self._sock)
            if self.shut:
                self._shut_down()
            self._between.room(self)

    def _shut_down(self) -> None:
        with contextlib.suppress(OSError):  # it was reset: whoever reads next sees that
            self._sock.shutdown(socket.SHUT_WR)
