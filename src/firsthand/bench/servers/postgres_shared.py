"""The shared PostgreSQL server: templates by key, databases cloned from them ahead, each with a role of its own."""

import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from firsthand.bench.servers.place import Place
from firsthand.bench.servers.postgres_cluster import ADMIN, HOST, Cluster, empty_cluster, world_error
from firsthand.bench.servers.postgres_options import TEMPORARY_FILES_MIB_MAX, PostgresOptions
from firsthand.bench.servers.postgres_template import fill
from firsthand.bench.servers.process import PORT_TRIES_MAX, PortTakenError
from firsthand.bench.servers.providers import Binary
from firsthand.bench.servers.seeding import Seeding
from firsthand.core.errors import FirsthandError
from firsthand.core.limits import MIB

CLONES_BYTES_MAX = 64 * MIB
"""What the databases kept ready of one template may come to."""

SETTINGS: Mapping[str, str] = {
    "max_connections": "400",
    "superuser_reserved_connections": "20",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",  # a worker in a template would make cloning wait for 100 ms and more
}
HBA = f"""local all {ADMIN} trust
host sameuser all {HOST}/32 scram-sha-256
"""
"""Each role gets into the database of its own name alone; the superuser only by the private socket."""


@dataclass(frozen=True)
class Clone:
    """A database and the role of the same name that owns it."""

    name: str
    password: str


@dataclass
class _Template:
    database: str
    owner: str
    size_bytes: int
    ready: deque[Clone]


class SharedCluster:
    """One warm server. Its methods are to be called by one task at a time, but for `take`."""

    def __init__(self, binary: Binary, place: Place, name: str) -> None:
        """Nothing is started yet."""
        self.cluster = Cluster(binary, place, name, SETTINGS, HBA)
        self._place = place
        self._binary = binary
        self._templates: dict[str, _Template] = {}
        self._unfinished: list[Clone] = []

    @property
    def ready_count(self) -> int:
        """Databases that nobody has."""
        return sum(len(template.ready) for template in self._templates.values())

    async def start(self) -> None:
        """Make the data folder and start the server.

        Raises:
            WorldError: it does not start.
        """
        await self.cluster.fill(await empty_cluster(self._binary, self._place))
        await start_somewhere(self.cluster, self._place)

    def take(self, key: str) -> Clone | None:
        """A database that was made ahead, if there is one."""
        template = self._templates.get(key)
        return template.ready.popleft() if template and template.ready else None

    def has_enough(self, key: str, wanted: int) -> bool:
        """Whether so many databases are ready, or as many as a big template may keep."""
        template = self._templates.get(key)
        if template is None:
            return False
        room = CLONES_BYTES_MAX // max(template.size_bytes, 1)
        return len(template.ready) >= max(min(wanted, room), 1)

    async def make(self, seeding: Seeding, options: PostgresOptions) -> Clone:
        """A new database, from the template that is made first where there is none.

        Raises:
            ContentError: the lab's schema or data is refused.
            WorldError: the server is gone, or its disk is full.
        """
        template = self._templates.get(seeding.key) or await self._template(seeding)
        clone = Clone(f"app_{secrets.token_hex(6)}", secrets.token_urlsafe(18))
        self._unfinished.append(clone)
        await self.cluster.do(
            *_role(clone, options), *_database(clone.name, clone.name, template.database, self._binary)
        )
        # In the first connection the server prepares its caches for this database, so the program's need not wait.
        try:
            async with await self.cluster.connect(clone.name) as connection:
                await connection.execute(_sql("REASSIGN OWNED BY {} TO {}", template.owner, clone.name))
        except psycopg.Error as error:
            raise world_error(error, self.cluster.folder) from error
        self._unfinished.remove(clone)
        return clone

    async def make_ahead(self, seeding: Seeding, options: PostgresOptions) -> None:
        """Make one and keep it; see `make`."""
        clone = await self.make(seeding, options)
        self._templates[seeding.key].ready.append(clone)

    async def drop(self, clone: Clone) -> None:
        """Remove a database and its role, whoever is connected."""
        await self.cluster.do(
            _sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", clone.name), _sql("DROP ROLE IF EXISTS {}", clone.name)
        )

    async def drop_unfinished(self) -> None:
        """Remove the databases whose making was given up in the middle, as when a run is interrupted."""
        while self._unfinished:
            await self.drop(self._unfinished[0])
            del self._unfinished[0]

    async def bar_the_big(self, bytes_max: int) -> list[str]:
        """Close databases that have grown beyond this to the roles that filled them; returns their names."""
        admin = await self.cluster.admin()
        sizes = await admin.execute(
            "SELECT datname FROM pg_database JOIN pg_roles ON rolname = datname"
            " WHERE rolcanlogin AND pg_database_size(pg_database.oid) > %s",
            [bytes_max],
        )
        names = [str(row[0]) for row in await sizes.fetchall()]
        for name in names:
            await self.cluster.do(_sql("ALTER ROLE {} NOLOGIN", name))
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [name])
        return names

    async def forget_all_but(self, keys: set[str]) -> None:
        """Drop the templates of other keys, and the databases kept ready of them."""
        for key in set(self._templates) - keys:
            template = self._templates.pop(key)
            for clone in template.ready:
                await self.drop(clone)
            await self.cluster.do(_sql("DROP DATABASE {}", template.database), _sql("DROP ROLE {}", template.owner))

    async def _template(self, seeding: Seeding) -> _Template:
        name = f"template_{seeding.key}"
        owner = f"owner_{seeding.key}"
        try:
            await self.cluster.do(_sql("CREATE ROLE {}", owner), *_database(name, owner, "template1", self._binary))
            await fill(self.cluster, name, owner, seeding)
            await self.cluster.do(
                _sql("ALTER DATABASE {} OWNER TO {}", name, ADMIN),
                _sql("ALTER DATABASE {} ALLOW_CONNECTIONS false", name),
            )
            size = await self._size(name)
        except FirsthandError:
            if self.cluster.running:
                await self.cluster.do(
                    _sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name), _sql("DROP ROLE IF EXISTS {}", owner)
                )
            raise
        template = self._templates[seeding.key] = _Template(name, owner, size, deque())
        return template

    async def _size(self, database: str) -> int:
        admin = await self.cluster.admin()
        row = await (await admin.execute("SELECT pg_database_size(%s)", [database])).fetchone()
        assert row is not None, "a function of one row"
        return int(row[0])


async def start_somewhere(cluster: Cluster, place: Place) -> None:
    """Start a cluster on a port of its own, and on another one where somebody was quicker.

    Raises:
        RetryableError: it does not start.
    """
    for left in reversed(range(PORT_TRIES_MAX)):
        try:
            await cluster.start(place.ports.take())
        except PortTakenError:
            if not left:
                raise
        else:
            return


def _role(clone: Clone, options: PostgresOptions) -> list[sql.Composed]:
    create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} CONNECTION LIMIT {}").format(
        sql.Identifier(clone.name), sql.Literal(clone.password), sql.Literal(options.connections)
    )
    temporary = f"{TEMPORARY_FILES_MIB_MAX}MB"
    return [
        create,
        _sql("ALTER ROLE {} SET statement_timeout = ", clone.name) + sql.Literal(options.statement_timeout_ms),
        _sql("ALTER ROLE {} SET temp_file_limit = ", clone.name) + sql.Literal(temporary),
    ]


def _database(name: str, owner: str, template: str, binary: Binary) -> list[sql.Composed]:
    # Written out, a copy of files is quicker than logged pages, though the server first writes what is not on disk yet.
    strategy = sql.SQL(" STRATEGY FILE_COPY" if binary.numbers >= (15,) else "")
    return [
        _sql("CREATE DATABASE {} OWNER {} TEMPLATE {}", name, owner, template) + strategy,
        _sql("REVOKE ALL ON DATABASE {} FROM PUBLIC", name),
    ]


def _sql(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))
