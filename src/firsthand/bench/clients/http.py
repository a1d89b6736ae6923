"""The graders' HTTP/1.1 client, aimed at one address: `http.get("/")`, or a connection of one's own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from firsthand.bench.clients.connection import Connection, Verbs
from firsthand.bench.clients.reply import Headers, Reply
from firsthand.bench.clients.reproduce import commands, exchange_lines
from firsthand.bench.clients.request import HeaderPairs, Manner, Request
from firsthand.bench.clients.stream import open_stream
from firsthand.bench.failures import CheckFailed
from firsthand.bench.ports import Address
from firsthand.bench.wire import Recorder
from firsthand.core.deadlines import Deadline
from firsthand.core.errors import ContentError
from firsthand.core.limits import REPLY_S
from firsthand.core.randomness import Rng

__all__ = ["Http", "Connection", "Request", "Reply", "Headers"]


class Listening(Protocol):
    """Something that can be asked, such as an `Instance`."""

    @property
    def name(self) -> str:
        """What it is called on the wire."""

    @property
    def address(self) -> Address | None:
        """Where it listens; None for a program without a port."""


class Http(Verbs):
    """A client for one program. No redirects are followed, nothing is unpacked, no cookies are kept."""

    def __init__(
        self,
        address: Address,
        recorder: Recorder,
        *,
        deadline: Deadline,
        rng: Rng,
        door: str = "web",
        factor: float = 1.0,
    ) -> None:
        """`deadline` is the check's; `factor` stretches the client's own times on a slow machine."""
        self.address = address
        self.base = f"http://{address}"
        self._recorder = recorder
        self._deadline = deadline
        self._rng = rng.child("http client")
        self._door = door
        self._factor = factor
        self._tried = False
        self._last: Connection | None = None
        self._spoke = [self]
        """Who of this client and those that were made of it spoke last: what failed is told about that one."""

    def at(self, instance: Listening) -> "Http":
        """A client for another instance of the program, in all else like this one.

        Raises:
            ContentError: it has no port.
        """
        if instance.address is None:
            raise ContentError(f"A check asks {instance.name} by HTTP, which has no port.")
        other = Http(
            instance.address,
            self._recorder,
            deadline=self._deadline,
            rng=self._rng.child(instance.name),
            door=instance.name,
            factor=self._factor,
        )
        other._spoke = self._spoke
        return other

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection that stays open from one request to the next, until the end of the block.

        Raises:
            CheckFailed: nothing listens there.
        """
        self._tried = True
        self._spoke[:] = [self]
        deadline = self._deadline.earlier(REPLY_S, self._factor)
        try:
            stream = await open_stream(self.address, self._recorder, self._door, deadline)
        except CheckFailed:
            self._last = None
            raise
        host = str(self.address)
        connection = Connection(
            stream,
            host=host,
            manner=Manner(self._rng, host),
            deadline=self._deadline,
            factor=self._factor,
            used=self._was_used,
        )
        try:
            yield connection
        finally:
            await stream.close()

    async def request(
        self,
        method: str,
        target: str,
        *,
        headers: HeaderPairs = (),
        body: bytes | None = None,
        chunks: Sequence[bytes] | None = None,
    ) -> Reply:
        """One request on a connection of its own, which is closed after the reply.

        Raises:
            CheckFailed: no valid reply came in time.
        """
        async with self.connection() as connection:
            return await connection.request(method, target, headers=headers, body=body, chunks=chunks)

    def reproduce(self) -> list[str]:
        """Shell commands that say again what was said last; they work while the program runs. None if nothing was."""
        (client,) = self._spoke
        if not client._tried:
            return []
        last = client._last
        return commands(client.address, *((last.sendings, last.sendings_left_out) if last else ((), 0)))

    def last_exchange(self) -> str:
        """The last request and reply in a few lines that are safe to show; "" if there was none."""
        (client,) = self._spoke
        return exchange_lines(client._last.sendings) if client._last else ""

    def was_told_of_a_fault(self) -> bool:
        """Whether the last reply was a 5xx: something went wrong on the other side."""
        status = self.last_exchange().rpartition("\n")[2].split(" ")[2:3]
        return bool(status) and status[0].startswith("5")

    def _was_used(self, connection: Connection) -> None:
        self._last = connection
