"""PostgreSQL servers that one run has for itself: copied from a filled one, with a superuser and maybe a replica."""

import contextlib
import secrets
from pathlib import Path

from psycopg import sql

from firsthand.bench.servers.place import Place
from firsthand.bench.servers.postgres_cluster import ADMIN, HOST, Cluster, empty_cluster
from firsthand.bench.servers.postgres_options import PostgresOptions
from firsthand.bench.servers.postgres_shared import start_somewhere
from firsthand.bench.servers.postgres_template import fill
from firsthand.bench.servers.providers import Binary
from firsthand.bench.servers.seeding import Seeding
from firsthand.core.errors import ContentError, RetryableError, WorldError

DATABASE = "app"
"""The name of the database, and of the role that owns it."""

SETTINGS = {
    "wal_level": "replica",
    "max_wal_senders": "10",
    "wal_keep_size": "64MB",
    "wal_retrieve_retry_interval": "100ms",
    "hot_standby": "on",
}
HBA = f"""local all {ADMIN} trust
local replication {ADMIN} trust
host all all {HOST}/32 scram-sha-256
host replication all {HOST}/32 scram-sha-256
"""


class OwnCluster:
    """A server with the database `app`, whose owner of the same name is a superuser."""

    def __init__(self, cluster: Cluster, replica: Cluster | None) -> None:
        """Both run; made by `OwnClusters`."""
        self.cluster = cluster
        self.replica = replica
        self.password = secrets.token_urlsafe(18)
        self.wanted_up = True
        """Whether it should be running: nobody has stopped or killed it on purpose."""

    async def introduce(self, options: PostgresOptions) -> None:
        """Give the role its password and its limits."""
        role = sql.Identifier(DATABASE)
        await self.cluster.do(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(self.password)),
            sql.SQL("ALTER ROLE {} SET statement_timeout = {}").format(role, sql.Literal(options.statement_timeout_ms)),
        )

    async def set_superuser(self, yes: bool) -> None:
        """Let the role be one, or not, as on a shared server."""
        words = sql.SQL("SUPERUSER" if yes else "NOSUPERUSER")
        await self.cluster.do(sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(DATABASE), words))

    async def discard(self) -> None:
        """End it, and remove its folders."""
        async with contextlib.AsyncExitStack() as steps:
            for cluster in (self.cluster, self.replica):
                if cluster is not None:
                    steps.push_async_callback(cluster.discard)


class OwnClusters:
    """Makes them. Filled data folders are kept by key."""

    def __init__(self, binary: Binary, place: Place) -> None:
        """Nothing is made yet."""
        self._binary = binary
        self._place = place
        self._templates: dict[str, Path] = {}

    async def make(self, seeding: Seeding, options: PostgresOptions) -> OwnCluster:
        """A new server that runs.

        Raises:
            ContentError: the lab's schema or data is refused.
            WorldError: it does not start.
        """
        template = self._templates.get(seeding.key) or await self._template(seeding)
        settings = {**SETTINGS, **options.settings}
        async with contextlib.AsyncExitStack() as undo:
            cluster = await self._copy(template, settings, undo)
            await self._start(cluster, options)
            replica = None
            if options.replica:
                primary = f"host={cluster.folder} port={cluster.port} user={ADMIN}"
                replica = await self._copy(template, {**settings, "primary_conninfo": primary}, undo)
                self._place.write(replica.data / "standby.signal", "")
                await start_somewhere(replica, self._place)
            own = OwnCluster(cluster, replica)
            await own.introduce(options)
            undo.pop_all()
        return own

    async def keep_in(self, folder: Path, seeding: Seeding, options: PostgresOptions) -> OwnCluster:
        """A server on the data of this folder, which stays; the lab's schema and data begin it when it is new.

        Raises:
            ContentError, WorldError: as `make`; also when another version of PostgreSQL has written the data.
        """
        self._place.kept(folder)
        async with contextlib.AsyncExitStack() as undo:
            name = f"kept-{secrets.token_hex(4)}"
            cluster = Cluster(self._binary, self._place, name, {**SETTINGS, **options.settings}, HBA, folder)
            undo.push_async_callback(cluster.discard)
            if not cluster.data.exists():
                template = self._templates.get(seeding.key) or await self._template(seeding)
                await cluster.fill(template)
            self._refuse_another_version(cluster.data)
            await self._start(cluster, options)
            own = OwnCluster(cluster, None)
            await own.introduce(options)
            undo.pop_all()
        return own

    def _refuse_another_version(self, data: Path) -> None:
        try:
            found = (data / "PG_VERSION").read_text(encoding="ascii").strip()
        except OSError:
            found = "an unfinished one"
        if found != str(self._binary.numbers[0]):
            raise WorldError(
                f"The database kept in {data.parent} was written by PostgreSQL {found}, not {self._binary.version}.",
                advice="`firsthand run --fresh` begins with new data.",
            )

    def forget_all_but(self, keys: set[str]) -> None:
        """Remove the filled data folders of other keys."""
        for key in set(self._templates) - keys:
            self._place.remove(self._templates.pop(key).parent)

    async def _start(self, cluster: Cluster, options: PostgresOptions) -> None:
        try:
            await start_somewhere(cluster, self._place)
        except RetryableError as error:
            if options.settings and "configuration" in error.advice:
                raise ContentError(
                    f"PostgreSQL {self._binary.version} does not understand an option of the lab.",
                    advice=f"Mend [server.postgres.options] in lab.toml. {error.advice}",
                ) from None
            raise

    async def _copy(self, template: Path, settings: dict[str, str], undo: contextlib.AsyncExitStack) -> Cluster:
        cluster = self._cluster(settings)
        undo.push_async_callback(cluster.discard)
        await cluster.fill(template)
        return cluster

    async def _template(self, seeding: Seeding) -> Path:
        """The data folder of a server that was filled and stopped: its copies share a history, as replicas need."""
        async with contextlib.AsyncExitStack() as undo:
            cluster = await self._copy(await empty_cluster(self._binary, self._place), SETTINGS, undo)
            await start_somewhere(cluster, self._place)
            role = sql.Identifier(DATABASE)
            await cluster.do(
                sql.SQL("CREATE ROLE {} LOGIN SUPERUSER").format(role),
                sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role),
            )
            await fill(cluster, DATABASE, DATABASE, seeding)
            await cluster.stop()
            undo.pop_all()
        self._templates[seeding.key] = cluster.data
        return cluster.data

    def _cluster(self, settings: dict[str, str]) -> Cluster:
        return Cluster(self._binary, self._place, f"own-{secrets.token_hex(4)}", settings, HBA)
