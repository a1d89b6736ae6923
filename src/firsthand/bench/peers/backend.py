"""A scripted back end: an HTTP/1.1 server of ours that counts what it is asked and answers what a check tells it to."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import h11

from firsthand.bench.ports import Address
from firsthand.core.deadlines import now_s
from firsthand.core.limits import MIB

READ_BYTES = 65_536
BODY_BYTES_MAX = 16 * MIB
HITS_MAX = 100_000
"""Requests that are remembered; later ones are still counted and answered."""
WITHOUT_BODY = (204, 304)
"""An answer of these says nothing of a body's length."""


@dataclass(frozen=True)
class Hit:
    """A request that reached the back end."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    at_s: float
    """On the monotonic clock of core.deadlines."""

    def header(self, name: str) -> str | None:
        """The first value of a header, None without it."""
        return next((value for key, value in self.headers if key == name.lower()), None)


@dataclass(frozen=True)
class Answer:
    """What a back end says. `Content-Length` is added, where there may be a body."""

    status: int = 200
    headers: Sequence[tuple[str, str]] = (("Content-Type", "text/plain; charset=utf-8"),)
    body: bytes = b""
    cut_after: int | None = None
    """Close the connection after so many bytes of the body."""


Script = Callable[[Hit], Awaitable[Answer | None]]
"""Decides the answer to each request; None closes the connection without a word."""


class Backend:
    """One back end. A check may replace `script` at any time, `hold` its answers and `release` them, and take it `down`
    and `up` again; when the check is over all is as before."""

    def __init__(self, name: str) -> None:
        """Use `Backend.open`."""
        self.name = name
        self.address = Address("", 0)
        self.hits: list[Hit] = []
        self.count = 0
        """All requests ever, whether remembered or not."""
        self.open_requests = 0
        """Requests that were read and not answered yet."""
        self.open_requests_most = 0
        """The most there ever were at once since `forget`."""
        self.script: Script = self.says_its_name
        self._holds = False
        self._held: deque[asyncio.Future[None]] = deque()
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, name: str) -> "Backend":
        """A back end that listens on a free port of loopback.

        Raises:
            OSError: the system refuses.
        """
        backend = cls(name)
        await backend._listen(0)
        return backend

    async def says_its_name(self, _hit: Hit) -> Answer:
        """The answer unless told otherwise: 200, with the back end's name as the body."""
        return Answer(body=self.name.encode())

    def forget(self) -> None:
        """Begin to count anew."""
        self.hits.clear()
        self.count = 0
        self.open_requests_most = self.open_requests

    def hold(self) -> None:
        """From now on every answer waits for `release`; requests are counted as they come."""
        self._holds = True

    def release(self, count: int | None = None) -> None:
        """Let so many of the answers that wait go, the oldest first; without a number all, and those to come."""
        self._holds = self._holds and count is not None
        while self._held and count != 0:
            waits = self._held.popleft()
            if not waits.done():  # else whoever asked has been cut off meanwhile
                waits.set_result(None)
                count = None if count is None else count - 1

    async def restore(self) -> None:
        """Be as at the beginning: up, held by nobody, saying its name, with nothing counted.

        Raises:
            OSError: somebody else has taken its port meanwhile.
        """
        self.release()
        self.script = self.says_its_name
        await self.up()
        self.forget()

    async def down(self) -> None:
        """Stop listening and cut all connections: the next one is refused."""
        if self._server is not None:
            self._server.close()
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        self._server = None

    async def up(self) -> None:
        """Listen again, on the same port.

        Raises:
            OSError: somebody else has taken it meanwhile.
        """
        if self._server is None:
            await self._listen(self.address.port)

    async def close(self) -> None:
        """Stop answering for good."""
        await self.down()

    async def _listen(self, port: int) -> None:
        self._server = await asyncio.start_server(self._greet, "127.0.0.1", port)
        self.address = Address("127.0.0.1", self._server.sockets[0].getsockname()[1])

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None, "asyncio runs it as a task"
        self._talks.add(talk)
        try:
            await self._talk(reader, writer)
        except (OSError, h11.ProtocolError, asyncio.IncompleteReadError):
            pass  # whoever spoke so is under test, and sees its connection closed
        except asyncio.CancelledError:  # by `down` alone; asyncio would print what a cancelled talk leaves behind
            writer.transport.abort()
        finally:
            self._talks.discard(talk)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        protocol = h11.Connection(h11.SERVER)
        while True:
            hit = await self._hear(protocol, reader)
            if hit is None:
                return
            answer = await self._ask_script(hit)
            if answer is None or not await _say(protocol, writer, answer, head_only=hit.method == "HEAD"):
                return
            if protocol.our_state is h11.MUST_CLOSE or protocol.their_state is h11.MUST_CLOSE:
                return
            protocol.start_next_cycle()

    async def _hear(self, protocol: h11.Connection, reader: asyncio.StreamReader) -> Hit | None:
        request: h11.Request | None = None
        body = bytearray()
        while True:
            event = protocol.next_event()
            if event is h11.NEED_DATA:
                protocol.receive_data(await reader.read(READ_BYTES))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data) and len(body) < BODY_BYTES_MAX:
                body += event.data
            elif isinstance(event, h11.EndOfMessage) and request is not None:
                return self._remember(request, bytes(body))
            elif isinstance(event, h11.ConnectionClosed):
                return None

    def _remember(self, request: h11.Request, body: bytes) -> Hit:
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers)
        hit = Hit(request.method.decode("latin-1"), request.target.decode("latin-1"), headers, body, now_s())
        self.count += 1
        if len(self.hits) < HITS_MAX:
            self.hits.append(hit)
        return hit

    async def _ask_script(self, hit: Hit) -> Answer | None:
        self.open_requests += 1
        self.open_requests_most = max(self.open_requests_most, self.open_requests)
        try:
            if self._holds:
                waits = asyncio.get_running_loop().create_future()
                self._held.append(waits)
                await waits
            return await self.script(hit)
        finally:
            self.open_requests -= 1


async def _say(protocol: h11.Connection, writer: asyncio.StreamWriter, answer: Answer, *, head_only: bool) -> bool:
    """Send an answer; returns whether the connection may go on."""
    length = () if answer.status in WITHOUT_BODY else (("Content-Length", str(len(answer.body))),)
    headers = [*answer.headers, *length]
    out = protocol.send(h11.Response(status_code=answer.status, headers=headers)) or b""
    if answer.cut_after is not None:
        writer.write(out + answer.body[: answer.cut_after])
        await writer.drain()
        return False
    if answer.body and not head_only:
        out += protocol.send(h11.Data(data=answer.body)) or b""
    writer.write(out + (protocol.send(h11.EndOfMessage()) or b""))
    await writer.drain()
    return True
