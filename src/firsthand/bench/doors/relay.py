"""A plain relay in front of a program: every byte passes unchanged and is recorded, ends and resets pass as well."""

import asyncio
import contextlib
import socket
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from firsthand.bench.decoders.http1 import Http1Conversation, Message
from firsthand.bench.ports import Address
from firsthand.bench.wire import Recorder
from firsthand.core.deadlines import now_s

CONNECTIONS_MAX = 512
"""Connections at a time; more are reset with a note."""
CONNECT_S = 5.0
"""How long the program may take to accept a connection."""
UNPAIRED_MAX = 1_000
"""Requests or replies of one connection that wait for their counterpart; older ones are told alone."""


@dataclass(frozen=True)
class Exchange:
    """A request and its reply, as a line on screen tells them. Sizes count bodies, in bytes."""

    connection: int
    request_line: str
    status: int
    """0 when no reply came."""
    request_size: int
    reply_size: int
    seconds: float
    """From the end of the request to the end of the reply."""


OnExchange = Callable[[Exchange], None]


class Relay:
    """A door. `address` is where to knock; `target` is where the program listens, and may be changed at any time."""

    def __init__(self, name: str, target: Address, recorder: Recorder, on_exchange: OnExchange | None) -> None:
        """Use `open_relay`."""
        self.name = name
        self.target = target
        self.address = Address("", 0)
        self.on_exchange = on_exchange
        self.recorder = recorder
        self._links: set[_Link] = set()
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> None:
        """Open the door.

        Raises:
            OSError: the port is taken.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Link(self).near, host, port)
        self.address = Address(host, self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Cut every connection and stop listening; nothing is left when this returns."""
        if self._server:
            self._server.close()
        links = list(self._links)
        for link in links:
            link.cut("the door was closed")
        for link in links:
            await link.over.wait()

    def enter(self, link: "_Link") -> bool:
        """Whether there is room for one more connection."""
        if len(self._links) >= CONNECTIONS_MAX:
            self.recorder.note(f"a connection was refused: {CONNECTIONS_MAX} are open already")
            return False
        self._links.add(link)
        return True

    def leave(self, link: "_Link") -> None:
        """A connection is over."""
        self._links.discard(link)


async def open_relay(
    target: Address,
    recorder: Recorder,
    *,
    name: str = "web",
    host: str = "127.0.0.1",
    port: int = 0,
    on_exchange: OnExchange | None = None,
) -> Relay:
    """A relay that listens on `host` and `port` (any free one unless told) and leads to `target`.

    Raises:
        OSError: the port is taken.
    """
    relay = Relay(name, target, recorder, on_exchange)
    await relay.listen(host, port)
    return relay


class _Side(asyncio.Protocol):
    """One of the two sockets of a connection. It pauses the other one when its own reader is slow."""

    def __init__(self, link: "_Link") -> None:
        self.link = link
        self.transport: asyncio.Transport | None = None
        self.ended = False
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.link.joined(self)

    def data_received(self, data: bytes) -> None:
        self.link.carry(self, data)

    def eof_received(self) -> bool:
        self.ended = True
        self.link.half_close(self)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self.link.lost(self, exc)

    def pause_writing(self) -> None:
        self.link.other(self).read(on=False)

    def resume_writing(self) -> None:
        self.link.other(self).read(on=True)

    def read(self, *, on: bool) -> None:
        if self.transport and not self.lost and not self.ended:  # resumed after its end, asyncio tells the end again
            (self.transport.resume_reading if on else self.transport.pause_reading)()

    def write(self, data: bytes) -> None:
        if self.transport and not self.lost and not self.transport.is_closing():
            self.transport.write(data)

    def write_end(self) -> None:
        if self.transport and not self.lost and not self.transport.is_closing():
            self.transport.write_eof()

    def close(self, *, reset: bool) -> None:
        if self.transport is None or self.lost:
            return
        if not reset:
            self.transport.close()
            return
        with contextlib.suppress(OSError):
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()


class _Link:
    """One connection through the relay: `near` is who knocked, `far` is the program."""

    def __init__(self, relay: Relay) -> None:
        self.near = _Side(self)
        self.far = _Side(self)
        self.over = asyncio.Event()
        self._relay = relay
        self._recorder = relay.recorder
        self._number = 0
        self._connecting: asyncio.Task[None] | None = None
        self._why = ""
        self._early = b""
        self._exchanges = _Exchanges(relay.on_exchange) if relay.on_exchange else None

    def other(self, side: _Side) -> _Side:
        return self.far if side is self.near else self.near

    def joined(self, side: _Side) -> None:
        if side is self.far:
            self.far.write(self._early)
            if self.near.ended:
                self.far.write_end()
            return
        if not self._relay.enter(self):
            self.near.close(reset=True)
            return
        self._number = self._recorder.open(self._relay.name, str(self._relay.target))
        self.near.read(on=False)
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        target = self._relay.target
        try:
            async with asyncio.timeout(CONNECT_S):
                await asyncio.get_running_loop().create_connection(lambda: self.far, target.host, target.port)
        except OSError as error:  # TimeoutError is one
            self.cut(f"nothing accepts connections on {target} ({error.strerror or 'no answer'})")
            return
        if self.near.lost:
            self.far.close(reset=True)
        self.near.read(on=True)

    def carry(self, side: _Side, data: bytes) -> None:
        if side is self.near:
            self._recorder.sent(self._number, data)
        else:
            self._recorder.received(self._number, data)
        if side is self.near and self.far.transport is None:
            # Python 3.11.2 and older start to read after connection_made, though reading was paused there.
            self._early += data
            self.near.read(on=True)
            self.near.read(on=False)
        else:
            self.other(side).write(data)
        if self._exchanges:
            self._exchanges.carried(self._number, data, sent=side is self.near)

    def half_close(self, side: _Side) -> None:
        if side is self.far:
            self._recorder.end(self._number)
        else:
            self._recorder.note("the client closed its side", self._number)
        self.other(side).write_end()
        if self.other(side).ended:
            self.near.close(reset=False)
            self.far.close(reset=False)

    def lost(self, side: _Side, exc: Exception | None) -> None:
        if exc and not self._why:
            self._why = f"reset by {'the client' if side is self.near else 'the program'}"
        self.other(side).close(reset=exc is not None)
        if side is self.near and self._connecting and not self.far.transport:
            self._connecting.cancel()
        if self.near.lost and (self.far.lost or self.far.transport is None):
            self._finish()

    def cut(self, why: str) -> None:
        """End the connection at once; both sides see a reset."""
        self._why = self._why or why
        self.far.close(reset=True)
        self.near.close(reset=True)

    def _finish(self) -> None:
        if self.over.is_set() or not self._number:
            return
        self.over.set()
        self._recorder.closed(self._number, self._why)
        self._relay.leave(self)
        if self._exchanges:
            self._exchanges.end(self._number)


class _Exchanges:
    """Pairs the requests and replies of one connection while they pass."""

    def __init__(self, tell: OnExchange) -> None:
        self._tell = tell
        self._conversation = Http1Conversation()
        self._requests: deque[tuple[Message, float]] = deque(maxlen=UNPAIRED_MAX)
        self._replies: deque[tuple[Message, float]] = deque(maxlen=UNPAIRED_MAX)

    def carried(self, number: int, data: bytes, *, sent: bool) -> None:
        found = self._conversation.sent(data) if sent else self._conversation.received(data)
        self._take(found)
        while self._requests and self._replies:
            self._pair(number, self._requests.popleft(), self._replies.popleft())

    def end(self, number: int) -> None:
        self._take(self._conversation.end())
        while self._requests:
            self._pair(number, self._requests.popleft(), self._replies.popleft() if self._replies else None)

    def _take(self, messages: list[Message]) -> None:
        at = now_s()
        for message in messages:
            if message.raw or 100 <= message.status < 200:
                continue
            (self._requests if message.direction == "sent" else self._replies).append((message, at))

    def _pair(self, number: int, request: tuple[Message, float], reply: tuple[Message, float] | None) -> None:
        asked, asked_at = request
        came, came_at = reply or (None, now_s())
        self._tell(
            Exchange(
                number,
                asked.first_line,
                came.status if came else 0,
                asked.body_size,
                came.body_size if came else 0,
                max(came_at - asked_at, 0.0),
            )
        )
