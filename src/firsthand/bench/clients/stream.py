"""One TCP connection to a program: records every byte both ways, keeps what came until it is taken, never raises."""

import asyncio
import contextlib
import os

from firsthand.bench.clients.receipt import was_read
from firsthand.bench.failures import failed
from firsthand.bench.ports import Address
from firsthand.bench.wire import CLOSED_BY_US, Recorder
from firsthand.core.deadlines import Deadline
from firsthand.core.limits import KIB, MIB

HELD_BYTES_MAX = MIB
"""More unread bytes than this stay in the system's buffers, so that a program that never stops is slowed down."""
TAKEN_BYTES_MAX = 64 * KIB
"""So much is parsed at a time: chunks of one byte cost a hundred times as much as others, and the loop must go on."""


class Stream(asyncio.Protocol):
    """Reads all the time, so that a program that answers early is never stuck on us."""

    def __init__(self, recorder: Recorder, number: int) -> None:
        """`number` is the connection's in the recorder."""
        self.number = number
        self._sent_bytes = 0
        self.ended = False
        """The program will send no more: it closed its side, or the connection is gone."""
        self.reset = False
        self._closing = False
        self._recorder = recorder
        self._held = bytearray()
        self._news = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._lost = asyncio.Event()
        self._transport: asyncio.Transport | None = None

    # Called by asyncio.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connected. asyncio has set TCP_NODELAY already."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes of the program."""
        self._recorder.received(self.number, data)
        self._held += data
        if len(self._held) >= HELD_BYTES_MAX and self._transport:
            self._transport.pause_reading()
        self._news.set()

    def eof_received(self) -> bool:
        """The program closed its side; ours stays open until we close it."""
        self._recorder.end(self.number)
        self.ended = True
        self._news.set()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self.reset = isinstance(exc, OSError)
        if self.reset:
            self._salvage()
        by_us = CLOSED_BY_US if self._closing else ""
        self._recorder.closed(self.number, "reset" if self.reset else by_us)
        self.ended = True
        self._lost.set()
        self._news.set()
        self._writable.set()

    def _salvage(self) -> None:
        """Read what came before a reset: asyncio drops it when a write fails first, and it may be a good reply."""
        assert self._transport is not None
        descriptor = self._transport.get_extra_info("socket").fileno()
        room = HELD_BYTES_MAX - len(self._held)
        with contextlib.suppress(OSError):
            while room > 0 and (data := os.read(descriptor, room)):
                room -= len(data)
                self.data_received(data)

    def pause_writing(self) -> None:
        """The program is slow to read."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The program has read enough for more."""
        self._writable.set()

    # Called by the connection.

    @property
    def held(self) -> bytes:
        """What came and was not taken."""
        return bytes(self._held)

    def take(self) -> bytes:
        """Some of what came; it is the caller's now."""
        data = bytes(self._held[:TAKEN_BYTES_MAX])
        del self._held[:TAKEN_BYTES_MAX]
        if self._transport and not self._lost.is_set() and len(self._held) < HELD_BYTES_MAX:
            self._transport.resume_reading()
        return data

    def give_back(self, data: bytes) -> None:
        """Put bytes that were taken too many before what came since."""
        self._held[:0] = data

    async def news(self, deadline: Deadline) -> bool:
        """Whether there are bytes to take, or the end was seen, before the deadline."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(deadline.left_s):
                while not self._held and not self.ended:
                    self._news.clear()
                    await self._news.wait()
        return bool(self._held) or self.ended

    def write(self, data: bytes) -> None:
        """Send, in the background where the program does not read. Nothing happens when the connection is over."""
        if not data:
            return
        if self._transport is None or self._lost.is_set() or self._transport.is_closing():
            self._recorder.note(f"{len(data)} bytes were not sent: the connection was over", self.number)
            return
        self._recorder.sent(self.number, data)
        self._sent_bytes += len(data)
        self._transport.write(data)

    def clock(self) -> float:
        """Now, in seconds since the run began."""
        return self._recorder.clock()

    @property
    def unsent_bytes(self) -> int:
        """Bytes that the system has not even taken, because the program does not read."""
        return self._transport.get_write_buffer_size() if self._transport and not self._lost.is_set() else 0

    async def writable(self, deadline: Deadline) -> bool:
        """Whether there is room for more before the deadline."""
        try:
            async with asyncio.timeout(deadline.left_s):
                await self._writable.wait()
        except TimeoutError:
            return False
        return True

    async def was_read(self, deadline: Deadline) -> bool:
        """Whether the program has read all that was sent (or the connection is over) before the deadline."""
        if self._transport is None or self._lost.is_set():
            return True
        try:
            return await was_read(
                self._transport.get_extra_info("socket"),
                self._handed_over,
                deadline,
            )
        except OSError:
            return True

    def _handed_over(self) -> int:
        """How many bytes the system has taken; -1 while some still wait, ConnectionError when it takes no more."""
        if self.ended or self._lost.is_set():  # after a FIN asyncio may never see the reset that our bytes bring
            raise ConnectionError("the connection is over")
        return -1 if self.unsent_bytes else self._sent_bytes

    def write_end(self) -> None:
        """Close our side; the program can still answer."""
        if self._transport is None or self._lost.is_set() or self._transport.is_closing():
            return
        self._recorder.note("we closed our side", self.number)
        self._transport.write_eof()

    async def close(self) -> None:
        """Close both sides; what was not sent yet is given up."""
        if self._transport is None:
            return
        self._closing = not self.ended
        if self._held:
            self._recorder.note(f"{len(self._held)} bytes of the program were left over", self.number)
        if self.unsent_bytes:
            self._transport.abort()
        else:
            self._transport.close()
        await self._lost.wait()


async def open_stream(address: Address, recorder: Recorder, door: str, deadline: Deadline) -> Stream:
    """Connect to a program.

    Raises:
        CheckFailed: nothing listens there, or nobody took the connection in time.
    """
    stream = Stream(recorder, recorder.open(door, str(address)))
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(deadline.left_s):
            await loop.create_connection(lambda: stream, address.host, address.port)
    except TimeoutError:
        recorder.closed(stream.number, "nobody took the connection")
        raise failed(f"Nobody took the connection to {address} in time.", kind="timeout") from None
    except ConnectionError as error:
        recorder.closed(stream.number, "refused")
        raise failed(
            f"Nothing listens on {address}: the connection was refused.",
            kind="refused",
            got=error.strerror or type(error).__name__,
            remark="Has the program ended, or does it listen on another port than the one in PORT?",
        ) from None
    return stream
