"""MariaDB or MySQL: databases on a warm server, made ahead; a server for itself where a run stops it."""

import asyncio
import contextlib
import itertools
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from firsthand.bench.ports import IN_USE, KEPT, Action, Address, Lease, ServerState, Wanted
from firsthand.bench.servers.access import Access
from firsthand.bench.servers.controlled import ACTIONS
from firsthand.bench.servers.mariadb_server import HOST, DatabaseServer, find_mariadb, name_of
from firsthand.bench.servers.place import Place
from firsthand.bench.servers.seeding import DATA_SEEDS, Seeding
from firsthand.core.errors import ContentError, WorldError
from firsthand.core.results import ServerUsed

READY_MAX = 2
"""Databases that wait, of what was asked for last; one of what was asked for before."""
RECENT_MAX = 2 * DATA_SEEDS
OWN_FEATURES = ["kill", "pause", "restart"]

_numbers = itertools.count(1)


@dataclass
class _Kept:
    """What databases of one kind begin with, and those that are ready on the shared server."""

    seeding: Seeding
    statements: Sequence[str]
    ready: deque[Access] = field(default_factory=deque)


@dataclass(frozen=True)
class _Lent:
    server: DatabaseServer
    database: Access
    own: bool


class Mariadb:
    """All MariaDB or MySQL servers of one process."""

    kind = "mariadb"

    def __init__(self, place: Place) -> None:
        """Finds the binary; nothing is started.

        Raises:
            ServerMissingError: there is none.
        """
        self._place = place
        self._binary = find_mariadb()
        self._shared: DatabaseServer | None = None
        self._starting = asyncio.Lock()
        self._recent: OrderedDict[str, _Kept] = OrderedDict()
        self._soon: list[Wanted] = []
        """The other variants of generated data, one of which the next run of the same lab will ask for."""
        self._lent: dict[str, _Lent] = {}
        self._released: list[_Lent] = []
        self._spent: list[DatabaseServer] = []

    async def lease(self, wanted: Wanted) -> Lease:
        """Lend a fresh database; see `Server.lease`."""
        kept = await self._remember(wanted)
        if wanted.data and not wanted.own:
            self._soon = [msgspec.structs.replace(wanted, seed=seed) for seed in range(DATA_SEEDS)]
        if wanted.own or wanted.kept_in:
            lent = await self._own(Path(wanted.kept_in) if wanted.kept_in else None, kept)
        else:
            server = await self._warm()
            ready = kept.ready.popleft() if kept.ready else await server.make(kept.seeding, kept.statements)
            lent = _Lent(server, ready, own=False)
        id_ = f"mariadb-{next(_numbers)}"
        self._lent[id_] = lent
        return self._lease(id_, lent, kept.seeding)

    async def _own(self, folder: Path | None, begin: _Kept) -> _Lent:
        """A server of its own, on a folder of its own or on this one, which stays."""
        if folder:
            await self._leave(folder)
        server, there = await self._start(folder)
        make = server.make_to_keep if folder else server.make
        try:
            return _Lent(server, there or await make(begin.seeding, begin.statements), own=True)
        except BaseException:
            await server.discard()
            raise

    async def _leave(self, folder: Path) -> None:
        """End the server that still has this folder, if it was released."""
        if any(lent.server.kept == folder for lent in self._lent.values()):
            raise WorldError(f"What is kept in {folder} is in use.", advice=IN_USE)
        for lent in [one for one in self._released if one.server.kept == folder]:
            await lent.server.discard()
            with contextlib.suppress(ValueError):  # the keeper was quicker
                self._released.remove(lent)

    async def release(self, lease: Lease) -> None:
        """Take it back; `keep` drops it."""
        if lent := self._lent.pop(lease.id, None):
            self._released.append(lent)

    async def act(self, lease: Lease, action: Action) -> None:
        """Do this to the run's own server; see `Server.act`."""
        lent = self._lent.get(lease.id)
        if lent is None:
            raise WorldError(f"The {lease.server.name} of this run is no longer there.")
        if action not in ACTIONS or not lent.own:
            raise WorldError(
                f"This {lease.server.name} cannot {action}.",
                advice="" if lent.own else "Ask for one of its own: own = true in [server.mariadb].",
            )
        await ACTIONS[action](lent.server)

    async def lost(self, lease: Lease) -> str:
        """Why it can no longer answer although nobody asked for that; empty while all is well."""
        lent = self._lent.get(lease.id)
        if lent is None:
            return f"This {lease.server.name} was taken back."
        if lent.server.wanted_up and not lent.server.running:
            return f"The {lease.server.name} server ended in the middle of the run."
        return ""

    async def keep(self) -> None:
        """Drop what was released, replace what died, and make databases ahead."""
        while self._released:
            lent = self._released[0]  # it stays there until it is gone: `close` may come in between
            await self._let_go(lent)
            with contextlib.suppress(ValueError):  # who wants its folder was quicker
                self._released.remove(lent)
        while self._spent:
            await self._spent[0].discard()
            self._spent.pop(0)
        server = await self._warm()
        if not self._recent:
            await self._remember(_PLAIN)
        soon, self._soon = self._soon, []
        for wanted in soon:
            with contextlib.suppress(ContentError):  # the author is told when a run asks for it
                await self._remember(wanted)
        for number, (key, kept) in enumerate(reversed(list(self._recent.items()))):
            try:
                while len(kept.ready) < (1 if number else READY_MAX) and server.running:
                    made = await server.make(kept.seeding, kept.statements)
                    if server is not self._shared:
                        return  # it died meanwhile, and was replaced
                    kept.ready.append(made)
            except ContentError:
                self._recent.pop(key, None)  # the author is told when a run asks for it again

    def state(self) -> ServerState:
        """What there is now."""
        up = [server.process for server in self._servers() if server.running and server.process]
        return ServerState(
            kind=self.kind,
            name=name_of(self._binary),
            version=self._binary.version,
            provider=self._binary.provider,
            running=bool(up),
            warm=sum(len(kept.ready) for kept in self._recent.values()),
            leased=len(self._lent),
            memory_bytes=sum(process.memory_bytes() for process in up),
            pids=[pid for process in up for pid in process.pids()],
        )

    async def close(self) -> None:
        """End all servers and remove their folders."""
        async with contextlib.AsyncExitStack() as steps:
            for server in self._servers():
                steps.push_async_callback(server.discard)
        self._shared = None
        self._recent.clear()
        self._lent.clear()
        self._released.clear()
        self._spent.clear()

    async def _warm(self) -> DatabaseServer:
        async with self._starting:
            if self._shared is not None and not self._shared.running:
                self._spent.append(self._shared)
                self._shared = None
                for kept in self._recent.values():
                    kept.ready.clear()
            if self._shared is None:
                self._shared, _ = await self._start()
            return self._shared

    async def _start(self, kept: Path | None = None) -> tuple[DatabaseServer, Access | None]:
        """A new server, and what its kept data already holds."""
        server = DatabaseServer(self._binary, self._place, kept)
        try:
            return server, await server.start_somewhere()
        except BaseException:
            await server.discard()
            raise

    async def _remember(self, wanted: Wanted) -> _Kept:
        if wanted.options:
            raise ContentError(
                f"The mariadb server has no option {sorted(wanted.options)[0]}.",
                advice="Take it out of [server.mariadb.options].",
            )
        seeding = Seeding.of(wanted, self._binary.version)
        kept = self._recent.get(seeding.key)
        if kept is None:
            kept = self._recent[seeding.key] = _Kept(seeding, await seeding.statements())
        self._recent.move_to_end(seeding.key)
        while len(self._recent) > RECENT_MAX:
            _, old = self._recent.popitem(last=False)
            if self._shared is not None:
                self._released += [_Lent(self._shared, database, own=False) for database in old.ready]
        return kept

    async def _let_go(self, lent: _Lent) -> None:
        if lent.own:
            await lent.server.discard()
        elif lent.server.running:
            await lent.server.drop(lent.database)

    def _servers(self) -> list[DatabaseServer]:
        own = [lent.server for lent in (*self._lent.values(), *self._released) if lent.own]
        return [*([self._shared] if self._shared else []), *self._spent, *own]

    def _lease(self, id_: str, lent: _Lent, seeding: Seeding) -> Lease:
        database = lent.database
        return Lease(
            id=id_,
            server=ServerUsed(self.kind, name_of(self._binary), self._binary.version, real=True),
            address=Address(HOST, lent.server.port),
            environment={"MYSQL_URL": f"mysql://{database.user}:{database.password}@{{host}}:{{port}}/{database.name}"},
            inside={
                "socket": str(lent.server.socket),
                "user": database.checker,
                "password": database.checker_password,
                "database": database.name,
                "role": database.user,
            },
            features=[*(OWN_FEATURES if lent.own else []), *([KEPT] if lent.server.kept else [])],
            data_seed=seeding.data_seed,
        )


_PLAIN = Wanted("mariadb", "", 0)
