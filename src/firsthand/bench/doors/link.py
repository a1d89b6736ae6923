"""One TCP connection through a door: both of its ends, both of its ways, and what the wire records of it."""

import asyncio
import socket
from collections.abc import Callable
from typing import Protocol

from firsthand.bench.decoders.message import Direction
from firsthand.bench.doors.faults import Fault, Faults
from firsthand.bench.doors.heard import Heard
from firsthand.bench.doors.socket_end import UNSENT_BYTES_MAX, SocketEnd
from firsthand.bench.doors.way import HELD_BYTES_MAX, Way
from firsthand.bench.ports import Address
from firsthand.bench.wire import CLIENT_CLOSED, Recorder
from firsthand.core.randomness import Rng

CONNECT_S = 5.0
"""How long who listens behind the door may take to accept a connection."""


class Owner(Protocol):
    """The door, as its connections know it."""

    name: str
    target: Address
    recorder: Recorder
    faults: Faults

    async def passable(self) -> None:
        """Return when the door lets anything pass."""
        ...

    def told(self, heard: Heard) -> None:
        """Something was said."""
        ...

    def leave(self, link: "Link") -> None:
        """The connection is over."""
        ...


class Link:
    """`near` is who knocked, `far` is who listens behind the door."""

    def __init__(self, owner: Owner, near: socket.socket, heard: Heard, rng: Rng) -> None:
        """Begins at once to listen to who knocked; what it says waits until the other side is reached."""
        self.heard = heard
        self._over = False
        self._owner = owner
        self._recorder = owner.recorder
        self._near = SocketEnd(near, self)
        self._far: SocketEnd | None = None
        self._why = ""
        self._to_far = self._way("sent", rng, self._pass_to_far, self._end_far)
        self._to_near = self._way("received", rng, self._near.write, self._end_near)
        self._near.read(on=True)
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    @property
    def ways(self) -> tuple[Way, Way]:
        """Both directions, that of who knocked first."""
        return self._to_far, self._to_near

    def begin(self, fault: Fault) -> None:
        """A fault begins to count here."""
        for way in self.ways:
            way.begin(fault)

    def changed(self) -> None:
        """Another fault is in force, or one less."""
        for way in self.ways:
            way.changed()
        self._balance()

    def half_close(self, direction: Direction) -> None:
        """Nothing more passes in this direction, as if who speaks there had closed its side."""
        (self._to_far if direction == "sent" else self._to_near).close_early()

    def cut(self, why: str) -> None:
        """End the connection at once; both sides see a reset."""
        self._why = self._why or why
        self._finish(reset=True)

    async def finished(self) -> None:
        """Return when nothing of the connection is left; it has been cut."""
        await asyncio.wait([self._connecting])

    # Called by the ends.

    def carry(self, end: SocketEnd, data: bytes) -> None:
        """Bytes came at this end; nearly always they go on at once."""
        number, at = self.heard.number, self._recorder.clock()
        if end is self._near:
            self._recorder.sent(number, data)
            self.heard.hear("sent", data, at)
            way, other = self._to_far, self._far
        else:
            self._recorder.received(number, data)
            self.heard.hear("received", data, at)
            way, other = self._to_near, self._near
        if way.free and other:
            way.passed(data)
            other.write(data)
            if other.unsent_bytes:
                self._balance()
        else:
            way.push(data)
            self._balance()
        self._owner.told(self.heard)

    def ended(self, end: SocketEnd) -> None:
        """Nothing more comes at this end."""
        if end is self._near:
            self._recorder.note(CLIENT_CLOSED, self.heard.number)
        else:
            self._recorder.end(self.heard.number)
        (self._to_far if end is self._near else self._to_near).push_end()

    def room(self, end: SocketEnd) -> None:
        """This end has taken all that waited for it."""
        del end
        self._balance()
        self._finish_when_all_is_said()

    def broke(self, end: SocketEnd) -> None:
        """This end was reset, and so the other one is."""
        self.cut("reset by the client" if end is self._near else f"reset by {self._owner.name}")

    # What the others are made of.

    def _way(self, direction: Direction, rng: Rng, passes: Callable[[bytes], None], ends: Callable[[], None]) -> Way:
        drawn = rng.child(direction)
        return Way(direction, self._owner.faults, self.heard, drawn, passes=passes, ends=ends, cut=self.cut)

    async def _connect(self) -> None:
        await self._owner.passable()
        target = self._owner.target
        try:
            async with asyncio.timeout(CONNECT_S):
                far = await _connected(target)
        except OSError as error:  # TimeoutError is one
            # An end, not a reset: one that comes so early makes some clients fail in ways of their own (pika 1.3).
            self._why = self._why or f"nothing accepts connections on {target} ({error.strerror or 'no answer'})"
            self._finish(reset=False)
            return
        self._far = SocketEnd(far, self)
        self._far.read(on=True)
        for way in self.ways:
            way.open()
        self._balance()

    def _pass_to_far(self, data: bytes) -> None:
        assert self._far, "a way passes nothing before it is open"
        self._far.write(data)

    def _end_far(self) -> None:
        assert self._far, "a way passes nothing before it is open"
        self._far.write_end()
        self._finish_when_all_is_said()

    def _end_near(self) -> None:
        self._near.write_end()
        self._finish_when_all_is_said()

    def _balance(self) -> None:
        """Who speaks faster than the other side takes it, or than a fault lets it pass, is left to wait."""
        self._near.read(on=self._to_far.held_bytes < HELD_BYTES_MAX and self._unsent(self._far) < UNSENT_BYTES_MAX)
        if self._far:
            self._far.read(on=self._to_near.held_bytes < HELD_BYTES_MAX and self._unsent(self._near) < UNSENT_BYTES_MAX)

    def _unsent(self, end: SocketEnd | None) -> int:
        return end.unsent_bytes if end else 0

    def _finish_when_all_is_said(self) -> None:
        if self._far and all(end.shut and not end.unsent_bytes for end in (self._near, self._far)):
            self._finish(reset=False)

    def _finish(self, *, reset: bool) -> None:
        if self._over:
            return
        self._over = True
        for way in self.ways:
            way.stop()
        if not self._connecting.done() and self._connecting is not asyncio.current_task():
            self._connecting.cancel()
        self._near.close(reset=reset)
        if self._far:
            self._far.close(reset=reset)
        self._recorder.closed(self.heard.number, self._why)
        self.heard.close(self._recorder.clock(), self._why)
        self._owner.leave(self)
        self._owner.told(self.heard)


async def _connected(target: Address) -> socket.socket:
    far = socket.socket(socket.AF_INET6 if ":" in target.host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        far.setblocking(False)
        await asyncio.get_running_loop().sock_connect(far, (target.host, target.port))
    except BaseException:
        far.close()
        raise
    return far
