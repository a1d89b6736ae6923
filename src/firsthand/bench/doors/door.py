"""A door before a program, server or peer: lets every byte pass unchanged, records it, and can break the way."""

import asyncio
import contextlib
import errno
import socket
import struct
from collections.abc import Callable

from firsthand.bench.decoders.exchange import Exchange
from firsthand.bench.decoders.message import Direction
from firsthand.bench.doors.datagrams import Datagrams
from firsthand.bench.doors.faults import Directions, Fault, Faults
from firsthand.bench.doors.heard import Heard, Room
from firsthand.bench.doors.link import Link
from firsthand.bench.ports import Address
from firsthand.bench.wire import DOOR_CLOSED, HTTP, Recorder
from firsthand.core.errors import ContentError, RetryableError
from firsthand.core.randomness import Rng

CONNECTIONS_MAX = 512
"""Connections at a time; more are reset with a note."""
BACKLOG = 512
ACCEPT_AGAIN_S = 0.1
"""Where the system has no file descriptor left for a connection."""
WITHOUT_MESSAGES = ("raw", "mysql")
"""Protocols that nobody reads here, so that their messages cannot be counted."""

Tell = Callable[[str, Exchange], None]
"""Called with the door's name and what was asked and answered there; must not block."""


class Door:
    """`address` is where to knock; `target` is where who is behind it listens, and may be changed at any time.

    A fault lasts until its `end`, until `heal`, or for a block: `with postgres.door.delay(0.2): ...`. Each is a line of
    the transcript. What it does depends on the seed and on what passes, never on chance.
    """

    def __init__(self, name: str, target: Address, recorder: Recorder, *, protocol: str, rng: Rng) -> None:
        """Use `open_door`."""
        self.name = name
        self.target = target
        self.address = Address("", 0)
        self.protocol = protocol
        self.recorder = recorder
        self.heard: list[Heard] = []
        """Every connection so far, in the order in which they were opened."""
        self.room = Room()
        self._tell: Tell | None = None
        self._closed = False
        self._opened = 0
        self.faults = Faults(self._changed, lambda words: recorder.fault(words, name))
        self._rng = rng.child(f"door/{name}")
        self._links: set[Link] = set()
        self._passable = asyncio.Event()
        self._passable.set()
        self._listener: socket.socket | None = None
        self._keeper: socket.socket | None = None
        self._datagrams: Datagrams | None = None

    # The faults.

    def delay(self, seconds: float, jitter_s: float = 0.0, direction: Directions = "both") -> Fault:
        """Every piece comes so much later, and up to `jitter_s` more; none overtakes another."""
        more = f" and up to {_ms(jitter_s)} more" if jitter_s else ""
        words = f"what passes is late by {_ms(seconds)}{more}{_in(direction)}"
        return self._begin(Fault(words, direction, delay_s=seconds, jitter_s=jitter_s))

    def throttle(self, bytes_per_s: float, direction: Directions = "both") -> Fault:
        """No more than this passes in a second, on each connection and in each direction."""
        words = f"no more than {bytes_per_s:,.0f} bytes pass in a second{_in(direction)}"
        return self._begin(Fault(words, direction, bytes_per_s=bytes_per_s))

    def refuse(self) -> Fault:
        """New connections are refused, as if nobody listened; open ones go on (see `reset`)."""
        return self._begin(Fault("new connections are refused", refuses=True))

    def black_hole(self) -> Fault:
        """Connections are accepted, and then nothing passes any more; what was said passes when this is over."""
        return self._begin(Fault("nothing passes, and nobody is told", silent=True))

    def cut(
        self,
        *,
        after_bytes: int | None = None,
        at_message: int | None = None,
        of: str = "",
        direction: Direction = "received",
        times: int = 0,
    ) -> Fault:
        """Reset a connection after so many bytes, or in place of its nth message, counted from now in `direction`.

        Args:
            after_bytes: so many still pass.
            at_message: 1 for the very next one; those before it pass whole, and nothing of it does.
            of: count only messages of this kind, such as `query` or `rows`; the trace of a run names them.
            direction: sent: what the client says. received: what it is answered.
            times: how many connections are cut, one after another; 0 for all until this ends.
        """
        if (after_bytes is None) == (at_message is None):
            raise ContentError("cut() needs either after_bytes or at_message.")
        if at_message is not None and self.protocol in WITHOUT_MESSAGES:
            raise ContentError(f"Nobody here can read messages of {self.protocol}.", advice="Cut after bytes.")
        where = f"after {after_bytes} bytes" if at_message is None else f"at {of or 'message'} number {at_message}"
        words = f"connections are cut {where}{_in(direction)}"
        return self._begin(Fault(words, direction, after_bytes=after_bytes, at_message=at_message, of=of, times=times))

    def reset(self) -> int:
        """Reset every open connection now; returns how many there were."""
        links = list(self._links)
        self.recorder.fault(f"{_connections(len(links))} reset", self.name)
        for link in links:
            link.cut("reset by the check")
        return len(links)

    def half_close(self, direction: Direction = "received") -> int:
        """Every open connection ends in this direction as if who speaks there had closed its side; returns how many."""
        links = list(self._links)
        self.recorder.fault(f"{_connections(len(links))} half closed{_in(direction)}", self.name)
        for link in links:
            link.half_close(direction)
        return len(links)

    def heal(self) -> None:
        """End every fault; what was held back passes."""
        self.faults.heal()

    # Opening and closing.

    async def listen(self, host: str, port: int) -> None:
        """Open the door.

        Raises:
            OSError: the port is taken.
        """
        self._listener = _bound(host, port)
        self.address = Address(host, self._listener.getsockname()[1])
        try:
            if self.protocol == "dns":
                self._datagrams = Datagrams(self, self.address, self._rng.child("udp"))
                self._datagrams.listen()
            with contextlib.suppress(OSError):  # another port would be found at worst
                self._keeper = _bound(host, self.address.port)
            self._accept_on(self._listener)
        except OSError:
            await self.close()
            raise

    async def close(self) -> None:
        """Cut every connection and stop listening; nothing is left when this returns."""
        self._closed = True
        self._stop_listening()
        if self._keeper:
            self._keeper.close()
        if self._datagrams:
            self._datagrams.close()
        links = list(self._links)
        for link in links:
            link.cut(DOOR_CLOSED)
        for link in links:
            await link.finished()

    def follow(self, tell: Tell) -> None:
        """From now on tell each exchange as soon as it is over, and keep none to be asked for."""
        self._tell = tell

    # For its connections.

    async def passable(self) -> None:
        """Return when the door lets anything pass."""
        await self._passable.wait()

    def told(self, heard: Heard) -> None:
        """Something was said."""
        if self._tell is None:
            return
        for exchange in heard.take():
            self._tell(self.name, exchange)
        self.room.clear()
        if heard.closed_at is not None and heard in self.heard:
            self.heard.remove(heard)

    def leave(self, link: Link) -> None:
        """The connection is over."""
        self._links.discard(link)

    def open_heard(self, protocol: str) -> Heard:
        """A new connection begins to be heard and recorded."""
        number = self.recorder.open(self.name, str(self.target), protocol)
        heard = Heard(number, protocol, self.recorder.clock(), self.room)
        self.heard.append(heard)
        self._opened += 1
        return heard

    def _begin(self, fault: Fault) -> Fault:
        for counts in (*self._links, *([self._datagrams] if self._datagrams else ())):
            counts.begin(fault)
        return self.faults.begin(fault)

    def _changed(self) -> None:
        (self._passable.clear if self.faults.silent else self._passable.set)()
        if self.faults.refusing:
            self._stop_listening()
        elif self._listener is None and not self._closed:
            self._listen_again()
        for link in list(self._links):
            link.changed()
        if self._datagrams:
            self._datagrams.changed()

    def _listen_again(self) -> None:
        try:
            self._listener = _bound(self.address.host, self.address.port)
        except OSError as error:
            raise RetryableError(f"The port of the door {self.name} was taken: {error.strerror}.") from None
        self._accept_on(self._listener)

    def _accept_on(self, listener: socket.socket) -> None:
        listener.listen(BACKLOG)
        asyncio.get_running_loop().add_reader(listener, self._accept, listener)

    def _stop_listening(self) -> None:
        if self._listener:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._listener = None

    def _accept(self, listener: socket.socket) -> None:
        try:
            near, _ = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                self._accept_later(listener, error)
            return  # who knocked has left already
        if len(self._links) >= CONNECTIONS_MAX:
            words = f"a connection was refused: {CONNECTIONS_MAX} are open already"
            self.recorder.note(words, door=self.name)
            _reset(near)
            return
        heard = self.open_heard("dns-tcp" if self.protocol == "dns" else self.protocol)
        self._links.add(Link(self, near, heard, self._rng.child(str(self._opened))))

    def _accept_later(self, listener: socket.socket, error: OSError) -> None:
        self.recorder.note(f"no connection can be accepted now: {error.strerror}", door=self.name)
        loop = asyncio.get_running_loop()
        loop.remove_reader(listener)
        loop.call_later(ACCEPT_AGAIN_S, self._accept_again, listener)

    def _accept_again(self, listener: socket.socket) -> None:
        if listener is self._listener:
            self._accept_on(listener)


async def open_door(
    name: str,
    target: Address,
    recorder: Recorder,
    *,
    rng: Rng,
    protocol: str = HTTP,
    host: str = "127.0.0.1",
    port: int = 0,
) -> Door:
    """A door that listens on `host` and `port` (any free one unless told) and leads to `target`.

    Args:
        name: as checks and the trace call who is behind it, such as `postgres`.
        target: where that listens; it need not be there yet.
        recorder: of the run.
        rng: of the run; faults draw from a child of it.
        protocol: what is spoken there, such as `postgres`; `dns` opens the same port for UDP, too.
        host: an address of this machine.
        port: 0 for any that is free.

    Raises:
        OSError: the port is taken.
    """
    door = Door(name, target, recorder, protocol=protocol, rng=rng)
    await door.listen(host, port)
    return door


def _bound(host: str, port: int) -> socket.socket:
    """A socket that has the port, and does not listen yet: the system refuses connections there meanwhile."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setblocking(False)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


def _reset(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:g} ms"


def _in(direction: Directions) -> str:
    return {"both": "", "sent": ", on the way in", "received": ", on the way back"}[direction]


def _connections(number: int) -> str:
    return "1 connection is" if number == 1 else f"{number} connections are"
