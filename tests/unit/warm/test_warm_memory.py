"""An idle bench keeps no more memory than it may; one that is in use is left alone."""

import asyncio
import os
import socket
from dataclasses import dataclass, field

import pytest
from warm_places import Home

from firsthand.bench.ports import Action, Lease, ServerState, Wanted
from firsthand.bench.warm import client, daemon
from firsthand.bench.warm.daemon import Daemon
from firsthand.bench.warm.looks import memory_bytes
from firsthand.bench.warm.place import Seat
from firsthand.bench.warm.zygote import Zygote
from firsthand.core.limits import BENCH_IDLE_BYTES_MAX, MIB


@dataclass
class Hungry:
    """Owns servers that take so much memory, by kind."""

    bytes_of: dict[str, int]
    closed: bool = False
    released: list[str] = field(default_factory=list)

    def states(self) -> list[ServerState]:
        return [ServerState(k, k, "1", "PATH", True, 1, 0, size, []) for k, size in self.bytes_of.items()]

    async def warm(self, kind: str) -> ServerState:
        raise NotImplementedError

    async def stop(self, kind: str) -> None:
        del self.bytes_of[kind]

    async def lease(self, wanted: Wanted) -> Lease:
        raise NotImplementedError

    async def release(self, lease: Lease) -> None:
        self.released.append(lease.id)

    async def act(self, lease: Lease, action: Action) -> None:
        raise NotImplementedError

    async def lost(self, lease: Lease) -> str:
        return ""

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
def slim(monkeypatch) -> None:
    """The daemon's own memory here would be that of the whole test process, which may have hundreds of MiB."""
    monkeypatch.setattr(daemon, "memory_bytes", lambda _pids: 60 * MIB)


async def left_after_a_look(owner: Hungry, *, in_use: bool) -> set[str]:
    """The kinds that are left when the daemon has looked at its memory."""
    seat = Seat.take()
    assert seat is not None
    ours, theirs = socket.socketpair()
    with ours, theirs:
        bench = Daemon(owner, seat, Zygote(os.getpid(), ours), version=client.version(), idle_after_s=60)
        serving = asyncio.ensure_future(bench.serve())
        leases = await client.borrow("a run") if in_use else None
        await bench.bound_memory()
        left = set(owner.bytes_of)
        if leases:
            await leases.close()
        bench.end()
        await serving
    assert owner.closed
    return left


def test_the_largest_servers_of_an_idle_bench_end_until_it_has_no_more_than_it_may(home: Home, slim: None) -> None:
    owner = Hungry({"small": 10 * MIB, "large": BENCH_IDLE_BYTES_MAX, "medium": 200 * MIB})

    assert asyncio.run(left_after_a_look(owner, in_use=False)) == {"small", "medium"}


def test_as_long_as_it_has_no_more_all_stay(home: Home, slim: None) -> None:
    owner = Hungry({"one": 10 * MIB, "other": BENCH_IDLE_BYTES_MAX // 8})

    assert asyncio.run(left_after_a_look(owner, in_use=False)) == {"one", "other"}


def test_while_a_run_goes_on_nothing_is_taken_from_it(home: Home) -> None:
    owner = Hungry({"large": 2 * BENCH_IDLE_BYTES_MAX})

    assert asyncio.run(left_after_a_look(owner, in_use=True)) == {"large"}


def test_memory_is_counted_for_processes_that_are_there_and_no_others() -> None:
    assert memory_bytes([os.getpid()]) > MIB
    assert memory_bytes([os.getpid(), 4_194_305]) < 2 * memory_bytes([os.getpid()])
    assert memory_bytes([]) == 0
