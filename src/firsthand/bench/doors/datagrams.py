"""The UDP half of a door: a connection is what one client port says, and each datagram is a message."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from firsthand.bench.decoders.message import Direction
from firsthand.bench.doors.faults import Fault, Faults
from firsthand.bench.doors.heard import Heard
from firsthand.bench.ports import Address
from firsthand.bench.wire import Recorder
from firsthand.core.limits import KIB
from firsthand.core.randomness import Rng

CLIENTS_MAX = 512
"""Client ports at a time; of more the one that is silent for longest is forgotten."""
DATAGRAM_BYTES_MAX = 64 * KIB
HELD_MAX = 10_000
"""Datagrams that a fault holds back; more are lost."""
PROTOCOL = "dns-udp"

_MICRO = 1_000_000
_DIRECTIONS: tuple[Direction, ...] = ("sent", "received")


class Owner(Protocol):
    """The door, as its UDP half knows it."""

    name: str
    target: Address
    recorder: Recorder
    faults: Faults

    def told(self, heard: Heard) -> None:
        """Something was said."""
        ...

    def open_heard(self, protocol: str) -> Heard:
        """A new client begins to be heard and recorded."""
        ...


class Datagrams:
    """Faults do what a network would: refused and silent mean lost, a cut loses the nth one, late ones may overtake."""

    def __init__(self, owner: Owner, address: Address, rng: Rng) -> None:
        """`address` is the door's."""
        self._owner = owner
        self._address = address
        self._rng = rng
        self._loop = asyncio.get_running_loop()
        self._sock: socket.socket | None = None
        self._clients: dict[tuple[object, ...], _Client] = {}
        self._held: dict[asyncio.TimerHandle, Callable[[], None]] = {}
        """What is late, by what will send it."""

    def listen(self) -> None:
        """Open the door's port for datagrams.

        Raises:
            OSError: the port is taken.
        """
        self._sock = _socket(self._address)
        self._sock.bind((self._address.host, self._address.port))
        self._loop.add_reader(self._sock, self._asked)

    def close(self) -> None:
        """Forget every client and stop listening."""
        for handle in self._held:
            handle.cancel()
        self._held.clear()
        for client in list(self._clients.values()):
            self._forget(client)
        if self._sock:
            self._loop.remove_reader(self._sock)
            self._sock.close()
            self._sock = None

    def begin(self, fault: Fault) -> None:
        """A fault that counts begins to count here."""
        for client in self._clients.values():
            client.before[fault] = dict(client.count)

    def changed(self) -> None:
        """Another fault is in force, or one less: what need not be late any more goes on."""
        if any(any(self._owner.faults.delays(direction)) for direction in _DIRECTIONS):
            return
        for handle, send in list(self._held.items()):
            handle.cancel()
            send()

    def _asked(self) -> None:
        assert self._sock, "it is read while it is open"
        with contextlib.suppress(OSError):  # told of an answer that nobody took
            data, address = self._sock.recvfrom(DATAGRAM_BYTES_MAX)
            client = self._clients.pop(address, None) or self._client(address)
            self._clients[address] = client  # the last one of the dictionary is the one that spoke last
            self._say(client, "sent", data)

    def _client(self, address: tuple[object, ...]) -> "_Client":
        if len(self._clients) >= CLIENTS_MAX:
            self._forget(next(iter(self._clients.values())))
        far = _socket(self._owner.target)
        far.connect((self._owner.target.host, self._owner.target.port))
        client = _Client(address, far, self._owner.open_heard(PROTOCOL))
        self._loop.add_reader(far, self._answered, client)
        return client

    def _answered(self, client: "_Client") -> None:
        try:
            data = client.far.recv(DATAGRAM_BYTES_MAX)
        except OSError as error:
            words = f"nothing answers on {self._owner.target} ({error.strerror})"
            self._owner.recorder.note(words, client.heard.number)
            return
        self._say(client, "received", data)

    def _say(self, client: "_Client", direction: Direction, data: bytes) -> None:
        number, recorder = client.heard.number, self._owner.recorder
        (recorder.sent if direction == "sent" else recorder.received)(number, data)
        client.heard.hear(direction, data, recorder.clock())
        client.count[direction] += 1
        if self._is_lost(client, direction) or len(self._held) >= HELD_MAX:
            recorder.note("this datagram was lost", number)
        else:
            self._pass(client, direction, data)
        self._owner.told(client.heard)

    def _is_lost(self, client: "_Client", direction: Direction) -> bool:
        faults = self._owner.faults
        if faults.refusing or faults.silent:
            return True
        for fault in list(faults.touching(direction)):
            number = client.count[direction] - client.before.get(fault, {}).get(direction, 0)
            if fault.at_message is not None and number == fault.at_message:
                fault.hit()
                return True
        return False

    def _pass(self, client: "_Client", direction: Direction, data: bytes) -> None:
        seconds, jitter_s = self._owner.faults.delays(direction)
        if jitter_s:
            seconds += jitter_s * self._rng.below(_MICRO) / _MICRO
        if not seconds:
            self._send(client, direction, data)
            return

        def late() -> None:
            del self._held[handle]
            self._send(client, direction, data)

        handle = self._loop.call_later(seconds, late)
        self._held[handle] = late

    def _send(self, client: "_Client", direction: Direction, data: bytes) -> None:
        with contextlib.suppress(OSError):  # full buffers and closed ports lose datagrams, as they do everywhere
            if direction == "sent":
                client.far.send(data)
            elif self._sock:
                self._sock.sendto(data, client.address)

    def _forget(self, client: "_Client") -> None:
        self._clients.pop(client.address, None)
        self._loop.remove_reader(client.far)
        client.far.close()
        self._owner.recorder.closed(client.heard.number)
        client.heard.close(self._owner.recorder.clock(), "")


@dataclass(eq=False)
class _Client:
    address: tuple[object, ...]
    far: socket.socket
    heard: Heard
    count: dict[Direction, int] = field(default_factory=lambda: {"sent": 0, "received": 0})
    before: dict[Fault, dict[Direction, int]] = field(default_factory=dict)
    """What the counts were when a fault began."""


def _socket(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    return sock
