"""Servers of this process for one test: in a folder that their user reaches, and with a look for what they leave."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from firsthand.bench.ports import Lease, ServerState
from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.bench.servers.host import Servers
from firsthand.core.deadlines import Deadline, until

T = TypeVar("T")
GENEROUS_S = 60.0
CACHE = Path(tempfile.gettempdir()) / f"firsthand-tests-cache-{os.getuid()}"
"""Kept from test to test, as a user's cache is: initdb takes most of a second."""


def new_place() -> Path:
    """A folder for servers, in memory where there is any; its name is short, as Unix sockets need."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    place = Path(tempfile.mkdtemp(prefix="fh-", dir=memory))
    place.chmod(0o711)
    return place


def with_servers(scenario: Callable[[Servers], Awaitable[T]], *, cache: Path = CACHE) -> T:
    """Run a scenario on servers that are closed afterwards; then no process and no folder may be left."""
    place = new_place()

    async def run() -> T:
        servers = Servers(place, cache)
        try:
            return await scenario(servers)
        finally:
            await servers.close()

    try:
        found = asyncio.run(run())
        assert working_below(place) == []
        assert list(place.iterdir()) == []
    finally:
        remove_folder(place)
    return found


def working_below(place: Path) -> list[int]:
    """The pids of living processes whose working folder is, or was, below this one."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and str((entry / "cwd").readlink()).startswith(f"{place}/"):
                found.append(int(entry.name))
    return found


def state_of(servers: Servers, kind: str) -> ServerState:
    """What there is of this kind."""
    return next(state for state in servers.states() if state.kind == kind)


async def becomes(condition: Callable[[], bool]) -> bool:
    """Whether this comes true before long."""

    async def asked() -> bool:
        return condition()

    return await until(asked, Deadline.after(GENEROUS_S))


def url_of(lease: Lease, variable: str) -> str:
    """What the variable says to a program that goes straight to the server."""
    return lease.environment_at(lease.address)[variable]
