"""A door before a small server of ours, and a client in front of it, for the tests of doors."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from firsthand.bench.doors.door import Door, open_door
from firsthand.bench.ports import Address
from firsthand.bench.program.ports_book import PortBook
from firsthand.bench.wire import Record, Recorder
from firsthand.core.deadlines import Deadline, until
from firsthand.core.randomness import Rng

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
WAIT_S = 10.0


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def doored(
    script: Script = echo, *, protocol: str = "raw", seed: int = 1, name: str = "store"
) -> AsyncIterator[Door]:
    """A door before a server that runs `script` for each connection.

    Its port is none that the system lends to outgoing connections: a test may close the door and find the port free.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    target = Address("127.0.0.1", server.sockets[0].getsockname()[1])
    book = PortBook(Path(__file__), os.getpid())
    port = book.take(name, lingering=True)
    door = await open_door(name, target, Recorder(), rng=Rng(seed), protocol=protocol, port=port)
    try:
        yield door
    finally:
        await door.close()
        server.close()
        book.close()


class Caller:
    """A client of the door that never hangs."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    def say(self, data: bytes) -> None:
        self.writer.write(data)

    def say_end(self) -> None:
        self.writer.write_eof()

    async def hear(self, size: int) -> bytes:
        return await asyncio.wait_for(self._reader.readexactly(size), WAIT_S)

    async def hear_all(self) -> bytes:
        return await asyncio.wait_for(self._reader.read(), WAIT_S)

    async def is_reset(self) -> bytes:
        """What comes before the reset that must come."""
        heard = bytearray()
        with pytest.raises(ConnectionResetError):  # noqa: PT012  # it may come with any of the reads
            while data := await asyncio.wait_for(self._reader.read(65_536), WAIT_S):
                heard += data
        return bytes(heard)

    def leave(self) -> None:
        self.writer.close()


async def called(door: Door) -> Caller:
    return Caller(*await asyncio.open_connection(door.address.host, door.address.port))


async def happens(condition: Callable[[], bool]) -> None:
    async def asked() -> bool:
        return condition()

    assert await until(asked, Deadline.after(WAIT_S)), "it did not happen in time"


def records(door: Door, *kinds: str) -> list[Record]:
    return [record for record in door.recorder.records if not kinds or record.kind in kinds]


def kinds(door: Door) -> list[str]:
    return [record.kind for record in door.recorder.records]


def texts(door: Door, *of: str) -> list[str]:
    return [record.text for record in records(door, *of)]


async def over(door: Door, count: int = 1) -> None:
    """So many connections are over."""
    await happens(lambda: kinds(door).count("closed") >= count)
