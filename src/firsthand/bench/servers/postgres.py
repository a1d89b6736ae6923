"""PostgreSQL: a database of one warm server for most runs, a server of its own for those that ask."""

import asyncio
import secrets
import signal
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg

from firsthand.bench.ports import IN_USE, KEPT, Action, Lease, ServerState, Wanted
from firsthand.bench.servers.place import Place
from firsthand.bench.servers.postgres_cluster import Cluster, find_postgres, remove_segments, world_error
from firsthand.bench.servers.postgres_options import PostgresOptions
from firsthand.bench.servers.postgres_own import DATABASE, OwnCluster, OwnClusters
from firsthand.bench.servers.postgres_shared import Clone, SharedCluster
from firsthand.bench.servers.seeding import DATA_SEEDS, Seeding
from firsthand.core.deadlines import now_s
from firsthand.core.errors import ContentError, WorldError
from firsthand.core.limits import MIB
from firsthand.core.results import ServerUsed

LABS_RECENT_MAX = 3
"""Labs whose databases are kept ready: several of the last one's, one of each variant of those before."""
DROP_AFTER_S = 1.0
"""A database is dropped so much later: right after its clients left, the server would wait for them."""
LOOK_S = 1.0
"""How often the sizes of databases are looked at."""
DATABASE_BYTES_MAX = 512 * MIB
"""A program that fills more of the memory that its database stands on is shut out."""

FEATURES_OF_OWN = ["kill", "pause", "reload", "restart", "superuser"]
_NEEDS: dict[Action, str] = {
    "stop": "restart",
    "start": "restart",
    "restart": "restart",
    "kill": "kill",
    "pause": "pause",
    "resume": "pause",
    "reload": "reload",
}


@dataclass(frozen=True)
class _Lent:
    """What a lease stands for."""

    shared: SharedCluster | None = None
    clone: Clone | None = None
    own: OwnCluster | None = None


class Postgres:
    """All PostgreSQL servers of one process."""

    kind = "postgres"

    def __init__(self, place: Place) -> None:
        """Finds the binary; nothing is started.

        Raises:
            ServerMissingError: there is none.
        """
        self._place = place
        self._binary = find_postgres(place)
        self._shared: SharedCluster | None = None
        self._owns = OwnClusters(self._binary, place)
        self._own_ready: dict[str, deque[OwnCluster]] = {}
        self._recent: OrderedDict[str, Wanted] = OrderedDict()
        self._lent: dict[str, _Lent] = {}
        self._released: deque[tuple[float, _Lent]] = deque()
        self._making = asyncio.Lock()
        self._refill = True
        self._look_at_s = 0.0
        remove_segments(place.user.user)

    async def lease(self, wanted: Wanted) -> Lease:
        """Lend a fresh database; see `Server.lease`."""
        options = PostgresOptions.of(wanted)
        seeding = self._seeding(wanted)
        if wanted.kept_in:
            lease, lent = await self._kept_lease(wanted, seeding, options)
            self._lent[lease.id] = lent
            return lease
        self._remember(wanted)
        if wanted.own:
            lease, lent = await self._own_lease(seeding, options)
        else:
            lease, lent = await self._shared_lease(seeding, options)
        self._lent[lease.id] = lent
        self._refill = True
        return lease

    async def release(self, lease: Lease) -> None:
        """Take it back; what is left is dropped by `keep`."""
        if lent := self._lent.pop(lease.id, None):
            self._released.append((now_s() + DROP_AFTER_S, lent))

    async def act(self, lease: Lease, action: Action) -> None:
        """Do this to a server of the run's own; see `Server.act`."""
        lent = self._lent.get(lease.id)
        if lent is None:
            raise WorldError("The PostgreSQL of this run is no longer there.")
        if lent.own is None or _NEEDS[action] not in lease.features:
            raise WorldError(
                f"The PostgreSQL of this run cannot {action}: other runs share it.",
                advice="The lab needs `own = true` in [server.postgres].",
            )
        await _ACTIONS[action](lent.own)

    async def lost(self, lease: Lease) -> str:
        """Why the server is gone, although nobody asked for that; empty while all is well."""
        lent = self._lent.get(lease.id)
        if lent is None:
            return "This database was taken back."
        if lent.shared and not lent.shared.cluster.running:
            return "The PostgreSQL server ended in the middle of the run."
        if lent.own and lent.own.wanted_up and not lent.own.cluster.running:
            return "The PostgreSQL server of this run ended in the middle of it."
        return ""

    async def keep(self) -> None:
        """Replace a server that died, drop what was released, and make databases ahead."""
        async with self._making:
            await self._bury()
            if self._shared:
                await self._shared.drop_unfinished()
        await self._drop_released()
        try:
            await self._look_at_sizes()
        except psycopg.Error as error:
            raise world_error(error, self._place.folder) from error
        if self._refill:
            self._refill = False
            try:
                await self._make_ahead()
            except WorldError:
                self._refill = True
                raise

    def state(self) -> ServerState:
        """What there is now."""
        ready = sum(map(len, self._own_ready.values())) + (self._shared.ready_count if self._shared else 0)
        up = [cluster.process for cluster in self._clusters() if cluster.running and cluster.process]
        return ServerState(
            kind=self.kind,
            name="PostgreSQL",
            version=self._binary.version,
            provider=self._binary.provider,
            running=self._shared is not None and self._shared.cluster.running,
            warm=ready,
            leased=len(self._lent),
            memory_bytes=sum(process.memory_bytes() for process in up),
            pids=[pid for process in up for pid in process.pids()],
        )

    async def close(self) -> None:
        """End all servers and remove their folders."""
        async with AsyncExitStack() as steps:
            steps.callback(remove_segments, self._place.user.user)
            for cluster in self._clusters():
                steps.push_async_callback(cluster.discard)
        self._shared = None
        self._own_ready.clear()
        self._lent.clear()
        self._released.clear()

    # Leases.

    async def _shared_lease(self, seeding: Seeding, options: PostgresOptions) -> tuple[Lease, _Lent]:
        shared = self._shared
        clone = shared.take(seeding.key) if shared and shared.cluster.running else None
        if shared is None or clone is None:
            async with self._making:
                shared = await self._running_shared()
                clone = shared.take(seeding.key) or await shared.make(seeding, options)
        lease = self._lease(shared.cluster, clone.name, clone.password, seeding, [], None)
        return lease, _Lent(shared=shared, clone=clone)

    async def _own_lease(self, seeding: Seeding, options: PostgresOptions) -> tuple[Lease, _Lent]:
        ready = self._own_ready.get(seeding.key)
        own = ready.popleft() if ready else None
        if own and not own.cluster.running:
            self._released.append((0.0, _Lent(own=own)))
            own = None
        if own is None:
            async with self._making:
                own = await self._owns.make(seeding, options)
        features = [*FEATURES_OF_OWN, *(["replica"] if own.replica else [])]
        return self._lease(own.cluster, DATABASE, own.password, seeding, features, own.replica), _Lent(own=own)

    async def _kept_lease(self, wanted: Wanted, seeding: Seeding, options: PostgresOptions) -> tuple[Lease, _Lent]:
        async with self._making:
            folder = Path(wanted.kept_in)
            await self._leave(folder)
            own = await self._owns.keep_in(folder, seeding, options)
            await own.set_superuser(wanted.own)
        features = [*(FEATURES_OF_OWN if wanted.own else []), KEPT]
        return self._lease(own.cluster, DATABASE, own.password, seeding, features, None), _Lent(own=own)

    async def _leave(self, folder: Path) -> None:
        """End the server that still has this folder, if it was released."""
        if any(lent.own and lent.own.cluster.data.parent == folder for lent in self._lent.values()):
            raise WorldError(f"The database kept in {folder} is in use.", advice=IN_USE)
        for at, lent in list(self._released):
            if lent.own and lent.own.cluster.data.parent == folder:
                await lent.own.discard()
                self._released.remove((at, lent))

    def _lease(
        self,
        cluster: Cluster,
        name: str,
        password: str,
        seeding: Seeding,
        features: list[str],
        replica: Cluster | None,
    ) -> Lease:
        environment = {"DATABASE_URL": f"postgresql://{name}:{password}@{{host}}:{{port}}/{name}"}
        inside = {"url": cluster.url(name, name), "admin_url": cluster.url(name), "database": name, "role": name}
        if replica:
            environment["DATABASE_REPLICA_URL"] = f"postgresql://{name}:{password}@{{replica}}/{name}"
            inside["replica_url"] = replica.url(name, name)
        return Lease(
            id=f"postgres-{secrets.token_hex(8)}",
            server=ServerUsed(self.kind, "PostgreSQL", self._binary.version, real=True),
            address=cluster.address,
            environment=environment,
            inside=inside,
            features=features,
            data_seed=seeding.data_seed,
            replica=replica.address if replica else None,
        )

    # What is kept ready.

    def _seeding(self, wanted: Wanted) -> Seeding:
        options = [f"{name}={value}" for name, value in sorted(wanted.options.items())]
        return Seeding.of(wanted, self._binary.version, str(wanted.own), *options)

    def _remember(self, wanted: Wanted) -> None:
        key = f"{wanted.schema}\0{wanted.data}\0{sorted(wanted.options.items())}\0{wanted.own}"
        self._recent[key] = wanted
        self._recent.move_to_end(key)
        while len(self._recent) > LABS_RECENT_MAX:
            self._recent.popitem(last=False)

    async def _make_ahead(self) -> None:
        """What the labs seen last may ask for next; without any, databases with nothing in them."""
        keys: set[str] = set()
        recent = list(reversed(self._recent.items())) or [("", Wanted("postgres", "", 0))]
        for number, (key, wanted) in enumerate(recent):
            try:
                options = PostgresOptions.of(wanted)
                for variant in _variants(wanted):
                    seeding = self._seeding(variant)
                    keys.add(seeding.key)
                    if wanted.own:
                        await self._own_ahead(seeding, options)
                    else:
                        await self._shared_ahead(seeding, options, 1 if number else options.clones)
            except ContentError:
                self._recent.pop(key, None)  # the author is told when a run asks for it again
        async with self._making:
            if self._shared:
                await self._shared.forget_all_but(keys)
            self._owns.forget_all_but(keys)
            for gone in set(self._own_ready) - keys:
                self._released += [(0.0, _Lent(own=own)) for own in self._own_ready.pop(gone)]

    async def _shared_ahead(self, seeding: Seeding, options: PostgresOptions, count: int) -> None:
        for _ in range(count):  # no more in one round: what was released must be dropped too
            if self._shared and self._shared.has_enough(seeding.key, count):
                return
            async with self._making:
                await (await self._running_shared()).make_ahead(seeding, options)
        self._refill = True

    async def _own_ahead(self, seeding: Seeding, options: PostgresOptions) -> None:
        """One at a time is enough: a server costs more memory than a database."""
        ready = self._own_ready.setdefault(seeding.key, deque())
        if seeding.data_file is None and not ready:
            async with self._making:
                ready.append(await self._owns.make(seeding, options))

    async def _running_shared(self) -> SharedCluster:
        await self._bury()
        if self._shared is None:
            shared = SharedCluster(self._binary, self._place, f"shared-{secrets.token_hex(4)}")
            try:
                await shared.start()
            except BaseException:
                await shared.cluster.discard()
                raise
            self._shared = shared
        return self._shared

    async def _bury(self) -> None:
        """Remove what is left of a shared server that died; its leases are lost."""
        if self._shared and not self._shared.cluster.running:
            await self._shared.cluster.discard()
            self._shared = None
            self._refill = True

    async def _drop_released(self) -> None:
        while self._released and self._released[0][0] <= now_s():
            entry = self._released[0]
            _, lent = entry
            async with self._making:
                if lent.own:
                    await lent.own.discard()
                elif lent.shared is self._shared and self._shared and lent.clone:
                    await self._shared.drop(lent.clone)
            with suppress(ValueError):  # who wants its folder was quicker
                self._released.remove(entry)

    async def _look_at_sizes(self) -> None:
        if self._shared and now_s() >= self._look_at_s:
            self._look_at_s = now_s() + LOOK_S
            async with self._making:
                await self._shared.bar_the_big(DATABASE_BYTES_MAX)

    def _clusters(self) -> Iterator[Cluster]:
        if self._shared:
            yield self._shared.cluster
        lent = [*self._lent.values(), *(lent for _, lent in self._released)]
        owns = [one.own for one in lent if one.own] + [own for ready in self._own_ready.values() for own in ready]
        for own in owns:
            yield own.cluster
            if own.replica:
                yield own.replica


def _variants(wanted: Wanted) -> list[Wanted]:
    """One for each data seed, where there is generated data."""
    seeds = range(DATA_SEEDS) if wanted.data else range(1)
    return [msgspec.structs.replace(wanted, seed=seed) for seed in seeds]


async def _stop(own: OwnCluster) -> None:
    own.wanted_up = False
    await own.cluster.stop()


async def _start(own: OwnCluster) -> None:
    if not own.cluster.running:
        await own.cluster.start(own.cluster.port)
    own.wanted_up = True


async def _restart(own: OwnCluster) -> None:
    await _stop(own)
    await _start(own)


async def _kill(own: OwnCluster) -> None:
    own.wanted_up = False
    await own.cluster.kill()


async def _pause(own: OwnCluster) -> None:
    if own.cluster.process:
        await own.cluster.process.pause()


async def _resume(own: OwnCluster) -> None:
    if own.cluster.process:
        own.cluster.process.resume()


async def _reload(own: OwnCluster) -> None:
    if own.cluster.process:
        own.cluster.process.send(signal.SIGHUP)


_ACTIONS = {
    "stop": _stop,
    "start": _start,
    "restart": _restart,
    "kill": _kill,
    "pause": _pause,
    "resume": _resume,
    "reload": _reload,
}
