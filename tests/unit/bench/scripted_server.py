"""A server on loopback that does what a test scripts, one connection at a time, and an Http client aimed at it."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from firsthand.bench.clients.http import Http
from firsthand.bench.ports import Address
from firsthand.bench.wire import Recorder
from firsthand.core.deadlines import Deadline
from firsthand.core.randomness import Rng

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(
    script: Script | bytes, *, host: str = "127.0.0.1", deadline_s: float = 10.0, seed: int = 1
) -> AsyncIterator[Http]:
    """The client of a server that runs `script`, or that answers one request head with these bytes and closes."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            if isinstance(script, bytes):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(script)
            else:
                await script(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, 0, limit=2**20)
    try:
        port = server.sockets[0].getsockname()[1]
        yield Http(Address(host, port), Recorder(0.0), deadline=Deadline.after(deadline_s), rng=Rng(seed), door="web")
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST instead of FIN."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
