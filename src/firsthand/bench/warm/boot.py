"""Starts a bench: in the background, or here until Ctrl-C."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

from firsthand.bench.sandbox import processes
from firsthand.bench.sandbox.sweep import sweep
from firsthand.bench.servers.host import Servers
from firsthand.bench.servers.place import servers_dir
from firsthand.bench.warm.daemon import Daemon, Owner
from firsthand.bench.warm.place import SOCKET, Seat
from firsthand.bench.warm.zygote import Zygote
from firsthand.core.errors import UsageError
from firsthand.core.limits import BENCH_IDLE_S
from firsthand.core.places import cache_dir, temp_dir

IDLE = "FIRSTHAND_BENCH_IDLE_S"

MakeOwner = Callable[[], Owner]
Told = Callable[[Path], None]


def own_servers() -> Owner:
    """The real servers of this machine."""
    return Servers(servers_dir(), cache_dir())


def _unheard(_socket: Path) -> None:
    """In the background nobody is told that it runs."""


def start_in_background(version: str, make: MakeOwner = own_servers) -> None:
    """Become a bench of our starter's version that outlives us, unless there is one; on return it listens."""
    seat = Seat.take()
    if seat is None:
        return
    if os.fork() > 0:
        seat.let_go()
        return
    os.setsid()
    try:
        _be_the_bench(seat, version, make)
    finally:
        os._exit(0)


def serve_here(version: str, told: Told, make: MakeOwner = own_servers) -> None:
    """Be the bench until Ctrl-C, SIGTERM, or the end that comes when nobody uses it; `told` gets its socket.

    Raises:
        UsageError: there is one already.
    """
    seat = Seat.take()
    if seat is None:
        raise UsageError("There is a bench already.", advice="`firsthand bench stop` ends it.")
    _be_the_bench(seat, version, make, told)


def _be_the_bench(seat: Seat, version: str, make: MakeOwner, told: Told = _unheard) -> None:
    for mark in (processes.RUN_MARK, processes.PROGRAM_MARK):
        os.environ.pop(mark, None)  # else the sweep of the run in which we were started would end us
    os.umask(0o022)
    # Before there is any thread: the zygote forks without exec, which copies one thread only.
    zygote = Zygote.fork(seat.let_go)
    os.chdir("/")
    try:
        asyncio.run(_serve(seat, zygote, version, make, told))
    finally:
        zygote.close()


async def _serve(seat: Seat, zygote: Zygote, version: str, make: MakeOwner, told: Told) -> None:
    for folder in {temp_dir(), servers_dir()}:
        await sweep(folder)  # what a killed bench left
    daemon = Daemon(make(), seat, zygote, version=version, idle_after_s=_idle_after_s())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, daemon.end)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # it outlives the terminal
    told(seat.place / SOCKET)
    await daemon.serve()


def _idle_after_s() -> float:
    try:
        return max(float(os.environ.get(IDLE) or BENCH_IDLE_S), 0.0)
    except ValueError:
        return BENCH_IDLE_S
