"""Owns all real servers of one process: lends them to runs, keeps some ready, and ends them all."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from firsthand.bench.ports import Action, Lease, Server, ServerState, Wanted
from firsthand.bench.sandbox.sweep import claim_folder, remove_folder, sweep
from firsthand.bench.servers.place import Place, Ports
from firsthand.bench.servers.providers import missing
from firsthand.core.deadlines import now_s
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
    try:
        server: Server = getattr(import_module(module), name)(place)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise missing(kind) from error
    return server


class Servers:
    """One Server object per kind, made when it is first wanted, and a keeper in the background."""

    def __init__(self, place: Path, cache: Path, make: Make = make_server) -> None:
        """`place` is the parent of the folder in which the servers work (see place.servers_dir), `cache` lasts."""
        self._parent = place
        self._cache = cache
        self._make = make
        self._folder: Path | None = None
        self._ports = Ports(secrets.randbits(32))
        self._servers: dict[str, Server] = {}
        self._leases: dict[str, Lease] = {}
        self._opening = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._troubles: dict[str, _Trouble] = {}

    async def lease(self, wanted: Wanted) -> Lease:
        """Lend a fresh environment of the wanted kind to a run; see `Server.lease`."""
        server = await self._server(wanted.kind)
        lease = await server.lease(wanted)
        self._leases[lease.id] = lease
        self._wake.set()
        return lease

    async def release(self, lease: Lease) -> None:
        """Take it back. Releasing twice does nothing."""
        if self._leases.pop(lease.id, None) and (server := self._servers.get(lease.server.kind)):
            await server.release(lease)
            self._wake.set()

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
        await server.keep()
        self._wake.set()
        return server.state()

    async def stop(self, kind: str) -> None:
        """End all servers of a kind; its leases are lost. It starts again when it is wanted again."""
        server = self._servers.pop(kind, None)
        self._troubles.pop(kind, None)
        if server is None:
            return
        self._leases = {id_: lease for id_, lease in self._leases.items() if lease.server.kind != kind}
        await server.close()
        assert self._folder is not None, "a server has a place"
        remove_folder(self._folder / kind)

    def states(self) -> list[ServerState]:
        """What each server that was wanted keeps ready now."""
        return [server.state() for server in self._servers.values()]

    async def close(self) -> None:
        """End all servers and remove all of their folders. Safe to call twice."""
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        try:
            async with contextlib.AsyncExitStack() as steps:
                for server in self._servers.values():
                    steps.push_async_callback(server.close)
        finally:
            self._servers.clear()
            self._leases.clear()
            if self._folder:
                remove_folder(self._folder)
                self._folder = None

    async def _server(self, kind: str) -> Server:
        async with self._opening:
            if kind not in self._servers:
                self._servers[kind] = self._make(kind, await self._place(kind))
            if self._keeper is None:
                self._keeper = asyncio.create_task(self._keep(), name="keeper of servers")
            return self._servers[kind]

    async def _place(self, kind: str) -> Place:
        if self._folder is None:
            await sweep(self._parent)
            self._folder = claim_folder(self._parent, f"servers-{secrets.token_hex(4)}")
        folder = self._folder / kind
        folder.mkdir(mode=0o711, exist_ok=True)
        folder.chmod(0o711)  # the umask may have taken the search bits
        return Place(folder, mark=self._folder.name, cache=self._cache, ports=self._ports)

    def _of(self, lease: Lease) -> Server:
        server = self._servers.get(lease.server.kind)
        if server is None or lease.id not in self._leases:
            raise WorldError(f"The {lease.server.name} of this run is no longer there.")
        return server

    async def _keep(self) -> None:
        while True:
            for kind, server in list(self._servers.items()):
                await self._keep_one(kind, server)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), KEEP_S)
            self._wake.clear()

    async def _keep_one(self, kind: str, server: Server) -> None:
        trouble = self._troubles.get(kind)
        if trouble and now_s() < trouble.again_at_s:
            return
        try:
            await server.keep()
            self._troubles.pop(kind, None)
        except (FirsthandError, OSError) as error:
            # Nobody waits for this: whoever asks for a lease next is told what is wrong.
            self._troubles[kind] = _Trouble.after(trouble, str(error))


class _Trouble:
    """What went wrong when a server was to be kept ready, and when to try again."""

    def __init__(self, text: str, pause_s: float) -> None:
        self.text = text
        self.pause_s = pause_s
        self.again_at_s = now_s() + pause_s

    @classmethod
    def after(cls, former: "_Trouble | None", text: str) -> "_Trouble":
        return cls(text, min(former.pause_s * 2, KEEP_AGAIN_S_MAX) if former else 2 * KEEP_S)
