"""The daemon: owns the servers, lends them to connections, has runs forked, and ends when nobody came for a while."""

import asyncio
import os
import socket
from collections.abc import Coroutine
from typing import Protocol

import msgspec

from firsthand.bench.ports import Leases, ServerState
from firsthand.bench.warm.connection import Connection, opening
from firsthand.bench.warm.holding import Holding
from firsthand.bench.warm.looks import is_ours, memory_bytes
from firsthand.bench.warm.place import Seat
from firsthand.bench.warm.protocol import (
    Answer,
    AskStatus,
    Borrow,
    Cool,
    Done,
    Opening,
    Perform,
    Request,
    Retired,
    Status,
    Stop,
    Warm,
    Welcome,
    decoder,
    encoded,
    fault_of,
)
from firsthand.bench.warm.zygote import Zygote
from firsthand.core.deadlines import Deadline, now_s, until
from firsthand.core.errors import FirsthandError, UsageError
from firsthand.core.limits import BENCH_IDLE_BYTES_MAX

OPENING_S = 10.0
"""Who connects and says nothing for so long is hung up on."""
CONNECTIONS_MAX = 128
HOLDERS_END_S = 20.0
"""How long runs that are cancelled may take to clean up, before the servers end under them."""
LOOK_S = 60.0
"""How often an idle bench looks at its memory."""

_OPENINGS = decoder(Opening)


class Owner(Leases, Protocol):
    """Who owns the processes of servers: `bench.servers.host.Servers`."""

    def states(self) -> list[ServerState]:
        """What there is of each kind."""
        ...

    async def warm(self, kind: str) -> ServerState:
        """Have a kind ready."""
        ...

    async def stop(self, kind: str) -> None:
        """End the processes of a kind."""
        ...


class Daemon:
    """Serves connections until it is told to end, is idle for too long, or is replaced by another version."""

    def __init__(self, owner: Owner, seat: Seat, zygote: Zygote, *, version: str, idle_after_s: float) -> None:
        """`version` is that of whoever started it. Needs a running event loop."""
        self._owner = owner
        self._seat = seat
        self._zygote = zygote
        self._version = version
        self._idle_after_s = idle_after_s
        self._began_s = self._idle_since_s = now_s()
        self._holdings: set[Holding] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._retired = False
        self._over = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._timers: list[asyncio.TimerHandle] = []
        self._accepting = asyncio.ensure_future(self._accept())
        # Who can take no connection any more, for example without a free descriptor, must not be in the way.
        self._accepting.add_done_callback(lambda _: self.retire())

    async def serve(self) -> None:
        """Serve; on return no run goes on, no server runs, and nobody is listening any more."""
        self._loop.add_reader(self._zygote.channel, self._zygote_ended)
        self._turn_idle()
        try:
            await self._over.wait()
        finally:
            self.retire()
            self._loop.remove_reader(self._zygote.channel)
            await self._end_holders()
            self._stop_timers()
            await self._owner.close()

    def retire(self) -> None:
        """Take no new work and make room for another bench; end when the last holder has gone. Safe to call twice."""
        if not self._retired:
            self._retired = True
            self._accepting.cancel()
            self._loop.remove_reader(self._seat.listener)
            self._seat.leave()
        if not self._holdings:
            self._over.set()

    def end(self) -> None:
        """End now: runs are cancelled, and clean up."""
        self._over.set()

    def status(self) -> Status:
        """How the bench is."""
        left_s = None if self._holdings else max(self._idle_since_s + self._idle_after_s - now_s(), 0.0)
        return Status(
            pid=os.getpid(),
            version=self._version,
            seconds=now_s() - self._began_s,
            idle_after_s=self._idle_after_s,
            idle_left_s=left_s,
            retired=self._retired,
            holders=[holding.state() for holding in self._holdings],
            servers=self._owner.states(),
            own_memory_bytes=memory_bytes([os.getpid(), self._zygote.pid]),
            idle_memory_bytes_max=BENCH_IDLE_BYTES_MAX,
        )

    async def bound_memory(self) -> None:
        """End servers of an idle bench, the largest kind first, until it has no more memory than it may."""
        status = self.status()
        total_bytes = status.own_memory_bytes + sum(server.memory_bytes for server in status.servers)
        for server in sorted(status.servers, key=lambda state: -state.memory_bytes):
            if total_bytes <= BENCH_IDLE_BYTES_MAX or self._holdings:
                return
            await self._owner.stop(server.kind)
            total_bytes -= server.memory_bytes

    async def _accept(self) -> None:
        while True:
            connected, _ = await self._loop.sock_accept(self._seat.listener)
            if is_ours(connected) and len(self._tasks) < CONNECTIONS_MAX:
                self._begin(self._serve(connected))
            else:
                connected.close()

    async def _serve(self, connected: socket.socket) -> None:
        with connected:
            connected.setblocking(False)
            descriptors: list[int] = []
            try:
                async with asyncio.timeout(OPENING_S):
                    line, descriptors = await opening(connected)
                if line:
                    await self._answer(connected, _understood(line), descriptors)
            except (OSError, TimeoutError):
                return  # it has hung up
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)

    async def _answer(self, connected: socket.socket, asked: Opening | None, descriptors: list[int]) -> None:
        match asked:
            case None:
                self.retire()  # whoever talks like that is of another version
                connected.send(encoded(Retired()))
            case Perform() | Borrow() | Warm() if asked.version != self._version or self._retired:
                self.retire()
                connected.send(encoded(Retired()))
            case Perform():
                await self._perform(connected, descriptors)
            case Borrow():
                connected.send(encoded(Welcome()))
                await self._lend(connected.dup())
            case _:
                if isinstance(asked, Stop):
                    os.dup(connected.fileno())  # never closed: that we are gone is learned by its end
                await self._loop.sock_sendall(connected, encoded(await self._told(asked)))

    async def _told(self, asked: AskStatus | Stop | Warm | Cool) -> Answer:
        try:
            match asked:
                case AskStatus():
                    return self.status()
                case Stop(now=True):
                    self._loop.call_soon(self.end)
                case Stop():
                    self.retire()
                case Warm(kind=kind):
                    await self._owner.warm(kind)
                case Cool(kind=kind):
                    await self._cool(kind)
        except FirsthandError as error:
            return fault_of(error)
        return Done()

    async def _cool(self, kind: str) -> None:
        if any(state.kind == kind and state.leased for state in self._owner.states()):
            raise UsageError(f"A run uses {kind} now.", advice="Wait for its end; `firsthand bench status` names it.")
        await self._owner.stop(kind)

    async def _perform(self, connected: socket.socket, descriptors: list[int]) -> None:
        """Have a process forked that answers in person, and lend it servers until it has gone."""
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._zygote.begin([connected.fileno(), theirs.fileno(), *descriptors])
        except OSError:
            ours.close()
            self.retire()
            connected.send(encoded(Retired()))
            return
        await self._lend(ours)

    async def _lend(self, connected: socket.socket) -> None:
        holding = Holding(self._owner, await Connection[Request].over(connected, Request))
        self._holdings.add(holding)
        self._turn_idle()
        try:
            await holding.serve()
        finally:
            self._holdings.discard(holding)
            self._turn_idle()

    def _turn_idle(self) -> None:
        """Begin or stop to count idle time."""
        self._stop_timers()
        if self._holdings:
            return
        if self._retired:
            self._over.set()
        self._idle_since_s = now_s()
        self._timers = [
            self._loop.call_later(self._idle_after_s, self._over.set),
            self._loop.call_later(LOOK_S, self._look),
        ]

    def _look(self) -> None:
        self._timers.append(self._loop.call_later(LOOK_S, self._look))
        self._begin(self.bound_memory())

    def _stop_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _zygote_ended(self) -> None:
        self._loop.remove_reader(self._zygote.channel)
        self.retire()

    async def _end_holders(self) -> None:
        for holding in self._holdings:
            holding.end()
        await until(self._nobody_holds, Deadline.after(HOLDERS_END_S))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _nobody_holds(self) -> bool:
        return not self._holdings


def _understood(line: bytes) -> Opening | None:
    try:
        found: Opening = _OPENINGS.decode(line)
    except msgspec.DecodeError:
        return None
    return found
