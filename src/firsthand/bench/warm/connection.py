"""One end of a connection on which messages go, a line each."""

import asyncio
import socket
from contextlib import suppress
from typing import Any, Generic, TypeVar

import msgspec

from firsthand.bench.warm.protocol import LINE_BYTES_MAX, OPENING_BYTES_MAX, Message, decoder, encoded

FLUSH_S = 30.0
"""How long the last words may take to be read by a client that is stopped, for example by Ctrl-Z."""

M = TypeVar("M", bound=Message)


class Connection(Generic[M]):
    """Sends any message, receives those of the kinds it was opened for. A peer that talks nonsense has hung up."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kinds: Any) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = decoder(kinds)

    @classmethod
    async def over(cls, connected: socket.socket, kinds: Any) -> "Connection[M]":
        """Take over a connected socket; `kinds` is the union of messages that may come."""
        reader, writer = await asyncio.open_unix_connection(sock=connected, limit=LINE_BYTES_MAX)
        return cls(reader, writer, kinds)

    def hearing(self, kinds: Any) -> "Connection[Any]":
        """The same connection, from now on for messages of these kinds."""
        return Connection(self._reader, self._writer, kinds)

    def send(self, message: Message) -> None:
        """Send at once what fits, the rest while others have their turn; whoever has hung up misses it."""
        if not self._writer.is_closing():
            self._writer.write(encoded(message))

    async def receive(self) -> M | None:
        """The next message; None when there will be no more."""
        try:
            line = await self._reader.readline()
            found: M | None = self._decoder.decode(line) if line.endswith(b"\n") else None
        except (OSError, ValueError, msgspec.DecodeError):
            return None
        return found

    def finish(self) -> None:
        """Send no more; what the other end still has to say is heard."""
        with suppress(OSError):
            self._writer.write_eof()

    async def close(self) -> None:
        """Hang up, once the other end has got everything."""
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._writer.drain(), FLUSH_S)
        self._writer.close()
        with suppress(OSError, TimeoutError):
            await asyncio.wait_for(self._writer.wait_closed(), FLUSH_S)


async def opening(connected: socket.socket) -> tuple[bytes, list[int]]:
    """The first line that comes over a non-blocking socket, and the descriptors beside it; an empty one at its end.

    Reads no byte behind that line: what follows may be for another process.
    """
    line, descriptors = b"", list[int]()
    loop = asyncio.get_running_loop()
    while not line.endswith(b"\n") and len(line) < OPENING_BYTES_MAX:
        readable = loop.create_future()
        loop.add_reader(connected, _tell, readable)
        try:
            await readable
        finally:
            loop.remove_reader(connected)
        peeked = connected.recv(OPENING_BYTES_MAX - len(line), socket.MSG_PEEK)
        wanted = peeked.find(b"\n") + 1 or len(peeked)
        data, passed, _, _ = socket.recv_fds(connected, max(wanted, 1), 2)
        descriptors += passed
        if not data:
            return b"", descriptors
        line += data
    return line, descriptors


def _tell(readable: "asyncio.Future[None]") -> None:
    if not readable.done():
        readable.set_result(None)
