"""Owns all real servers of one process: lends them to runs, keeps some ready, and ends them all."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from firsthand.bench.ports import Action, Lease, Server, ServerState, Wanted
from firsthand.bench.sandbox.sweep import claim_folder, end_leftovers, remove_folder, sweep
from firsthand.bench.servers.place import Place, Ports, searchable
from firsthand.core.errors import FirsthandError, WorldError

KEEP_S = 0.25
"""How often the keeper looks after each server, at the least."""
KEEP_AGAIN_S_MAX = 30.0
"""A server that could not be kept ready is left alone for a while, longer each time."""

CLASSES: Mapping[str, tuple[str, str]] = {
    "postgres": ("firsthand.bench.servers.postgres", "Postgres"),
    "redis": ("firsthand.bench.servers.redis", "Redis"),
    "nginx": ("firsthand.bench.servers.nginx", "Nginx"),
    "rabbitmq": ("firsthand.bench.servers.rabbitmq", "Rabbitmq"),
    "mariadb": ("firsthand.bench.servers.mariadb", "Mariadb"),
    "dns": ("firsthand.bench.servers.dns", "Dns"),
}
"""Module and class of each kind, imported when it is first wanted; the class takes its Place alone."""

Make = Callable[[str, Place], Server]


def make_server(kind: str, place: Place) -> Server:
    """The object that owns all servers of this kind.

    Raises:
        ServerMissingError: there is no such server on this machine.
    """
    if kind not in CLASSES:
        raise WorldError(f"There is no kind of server called {kind}.")
    module, name = CLASSES[kind]
    server: Server = getattr(import_module(module), name)(place)
    return server


class Servers:
    """One Server object per kind, made when it is first wanted, and a keeper in the background."""

    def __init__(self, place: Path, cache: Path, make: Make = make_server) -> None:
        """`place` is the parent of the folder in which the servers work (see place.servers_dir), `cache` lasts."""
        self.parent = place
        """The folder below which they work."""
        self._cache = cache
        self._make = make
        self._folder: Path | None = None
        self._ports = Ports(secrets.randbits(32))
        self._servers: dict[str, Server] = {}
        self._leases: dict[str, Lease] = {}
        self._opening = asyncio.Lock()
        self._keepers: dict[str, _Keeper] = {}

    async def lease(self, wanted: Wanted) -> Lease:
        """Lend a fresh environment of the wanted kind to a run; see `Server.lease`."""
        server = await self._server(wanted.kind)
        lease = await server.lease(wanted)
        self._leases[lease.id] = lease
        self._wake(wanted.kind)
        return lease

    async def release(self, lease: Lease) -> None:
        """Take it back. Releasing twice does nothing."""
        if self._leases.pop(lease.id, None) and (server := self._servers.get(lease.server.kind)):
            await server.release(lease)
            self._wake(server.kind)

    async def act(self, lease: Lease, action: Action) -> None:
        """Do this to the leased server; see `Server.act`."""
        await self._of(lease).act(lease, action)

    async def lost(self, lease: Lease) -> str:
        """Why the leased server can no longer answer; empty while all is well."""
        if lease.id not in self._leases:
            return "The server's owner was restarted."
        return await self._of(lease).lost(lease)

    async def warm(self, kind: str) -> ServerState:
        """Start a kind of server, and keep some of it ready from now on.

        Raises:
            ServerMissingError: there is no such server on this machine.
            RetryableError: it did not start.
        """
        server = await self._server(kind)
        await self._keepers[kind].keep()
        return server.state()

    async def stop(self, kind: str) -> None:
        """End all servers of a kind; its leases are lost. It starts again when it is wanted again."""
        server = self._servers.pop(kind, None)
        if server is None:
            return
        await self._keepers.pop(kind).close()
        self._leases = {id_: lease for id_, lease in self._leases.items() if lease.server.kind != kind}
        await server.close()
        assert self._folder is not None, "a server has a place"
        remove_folder(self._folder / kind)

    def states(self) -> list[ServerState]:
        """What each server that was wanted keeps ready now."""
        return [server.state() for server in self._servers.values()]

    async def close(self) -> None:
        """End all servers and remove all of their folders. Safe to call twice."""
        try:
            async with contextlib.AsyncExitStack() as steps:  # the last one pushed goes first
                for server in self._servers.values():
                    steps.push_async_callback(server.close)
                for keeper in self._keepers.values():
                    steps.push_async_callback(keeper.close)
        finally:
            self._keepers.clear()
            self._servers.clear()
            self._leases.clear()
            if self._folder:
                await end_leftovers(self._folder)
                remove_folder(self._folder)
                self._folder = None

    async def _server(self, kind: str) -> Server:
        async with self._opening:
            if kind not in self._servers:
                server = self._servers[kind] = self._make(kind, await self._place(kind))
                self._keepers[kind] = _Keeper(server)
            return self._servers[kind]

    async def _place(self, kind: str) -> Place:
        if self._folder is None:
            await sweep(self.parent)
            self._folder = claim_folder(self.parent, f"servers-{secrets.token_hex(4)}")
        folder = searchable(self._folder / kind)
        return Place(folder, mark=self._folder.name, cache=self._cache, ports=self._ports)

    def _of(self, lease: Lease) -> Server:
        server = self._servers.get(lease.server.kind)
        if server is None or lease.id not in self._leases:
            raise WorldError(f"The {lease.server.name} of this run is no longer there.")
        return server

    def _wake(self, kind: str) -> None:
        if keeper := self._keepers.get(kind):
            keeper.wake.set()


class _Keeper:
    """Calls `keep` of one server again and again: at once when it was woken, less often while it fails."""

    def __init__(self, server: Server) -> None:
        self.wake = asyncio.Event()
        self._server = server
        self._turn = asyncio.Lock()
        self._closing = False
        self._task = asyncio.create_task(self._go_round(), name=f"keeper of {server.kind}")

    async def keep(self) -> None:
        """Keep it once; never twice at the same time."""
        async with self._turn:
            await self._server.keep()

    async def close(self) -> None:
        self._closing = True
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _go_round(self) -> None:
        pause_s = KEEP_S
        while True:
            try:
                await self.keep()
                pause_s = KEEP_S
            except (FirsthandError, OSError):
                # Nobody waits for this: whoever asks for a lease next is told what is wrong.
                pause_s = min(pause_s * 2, KEEP_AGAIN_S_MAX)
            if self._closing:
                return  # its cleaning up took the place of the cancellation
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):  # wait_for may swallow a cancellation (Python 3.11)
                    await self.wake.wait()
            self.wake.clear()
