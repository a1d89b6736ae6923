"""One MariaDB or MySQL server: its data folder, made once and copied, its process, and what is made in it for runs."""

import asyncio
import contextlib
import secrets
import shutil
import socket
import threading
from collections.abc import Sequence
from pathlib import Path

import pymysql
from pymysql.constants import CLIENT

from firsthand.bench.servers.access import Access, KeptAccess
from firsthand.bench.servers.controlled import Controlled
from firsthand.bench.servers.place import Place
from firsthand.bench.servers.process import NO_SPACE, PORT_TRIES_MAX, PortTakenError, ServerProcess, run_tool
from firsthand.bench.servers.providers import Binary, choose, on_path, version_of
from firsthand.bench.servers.seeding import Seeding
from firsthand.core.errors import DiskFullError, RetryableError, WorldError
from firsthand.core.tasks import to_the_end

HOST = "127.0.0.1"
LEAST = (8, 0)
"""Of MySQL, and (all of them newer by number) of MariaDB, where 10.3 would do."""
START_S = 30.0
INSTALL_S = 120.0
FILL_S = 120.0
"""How long one statement of a lab's schema or data may take."""
CONNECTIONS_MAX = 100
"""Of one run; checks use another account."""
STATEMENT_S = 30.0

OPTIONS = (
    f"--bind-address={HOST}",
    "--skip-name-resolve",
    "--max-connections=400",
    "--character-set-server=utf8mb4",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=2",  # survives a kill, which is all that happens here
    "--innodb-doublewrite=0",
    "--key-buffer-size=1M",
    "--lock-wait-timeout=20",
)
_GONE = (2003, 2006, 2013, 2055)
_DISK_FULL = (1021, 1041, 3)


def find_mariadb() -> Binary:
    """The binary to use.

    Raises:
        ServerMissingError: there is none, or only an old one.
    """
    return choose(
        "mariadb",
        wheel=lambda: None,
        names=("mariadbd", "mysqld"),
        folders=("/usr/libexec", "/usr/local/mysql/bin"),
        version=lambda path: version_of(path, "--no-defaults", "--version"),
        least=LEAST,
    )


def name_of(binary: Binary) -> str:
    """What this server calls itself."""
    return "MariaDB" if "mariadb" in binary.path.resolve().name else "MySQL"


class DatabaseServer(Controlled):
    """One server on a folder of its own. `start` may be called again: address and data stay."""

    def __init__(self, binary: Binary, place: Place, kept: Path | None = None) -> None:
        """Nothing is started yet. `kept` is a folder for its data that outlives it."""
        self.folder = place.socket_folder(f"data-{secrets.token_hex(4)}")
        self.kept = place.kept(kept) if kept else None
        self.socket = self.folder / "server.sock"
        self.port = 0
        self._binary = binary
        self._is_mariadb = name_of(binary) == "MariaDB"
        self._place = place
        self._password = ""
        self._admin: pymysql.connections.Connection | None = None
        self._one_at_a_time = threading.Lock()

    async def start_somewhere(self) -> Access | None:
        """Fill the data folder and start, on a port of its own; returns what is kept there from before.

        Raises:
            RetryableError: it did not start.
            WorldError: another version has written what is kept.
        """
        before = KeptAccess.read(self.kept, name_of(self._binary), self._binary.version) if self.kept else None
        if before is None:
            self._place.remove(self._data)  # what was left unfinished
            empty = await empty_data(self._binary, self._place)
            await to_the_end(asyncio.to_thread(shutil.copytree, empty, self._data))
            self._place.user.give(self._data)
        for left in reversed(range(PORT_TRIES_MAX)):
            self.port = self._place.ports.take()
            try:
                await self.start()
            except PortTakenError:
                if not left:
                    raise
            else:
                break
        if before is not None:
            self._password = before.administrator
            return before.access
        password = secrets.token_urlsafe(18)
        await asyncio.to_thread(self._run, [f"ALTER USER root@localhost IDENTIFIED BY '{password}'"])
        self._password = password
        return None

    async def start(self) -> None:
        """Start it; returns when it is ready."""
        if self.running:
            return
        ours = [
            f"--datadir={self._data}",
            f"--tmpdir={self.folder}",
            f"--socket={self.socket}",
            f"--pid-file={self.folder / 'server.pid'}",
            f"--port={self.port}",
            f"--secure-file-priv={self._data}",
        ]
        # What is written ahead lies in memory, too: 8 MiB of it rather than 96.
        more = ["--innodb-log-file-size=8M"] if self._is_mariadb else ["--mysqlx=0", "--skip-log-bin"]
        command = [str(self._binary.path), "--no-defaults", *OPTIONS, *ours, *more]
        self.process = ServerProcess(name_of(self._binary), command, self.folder, self._place, {})
        await self.process.ready(self._answers, START_S)
        self.wanted_up = True

    async def stop(self) -> None:
        """End it in its orderly way."""
        await super().stop()
        await asyncio.to_thread(self._hang_up)

    async def kill(self) -> None:
        """End it at once."""
        await super().kill()
        await asyncio.to_thread(self._hang_up)

    async def discard(self) -> None:
        """End it, at once unless its data is kept, and remove its folder."""
        await (self.stop() if self.kept else self.kill())
        self._place.remove(self.folder)

    async def make(self, seeding: Seeding, statements: Sequence[str]) -> Access:
        """Make a database with its users, and fill it with a lab's schema and data.

        Raises:
            ContentError: a statement is refused, with file and line.
            WorldError: the server is gone, or its disk is full.
        """
        database = Access.fresh("_")
        await asyncio.to_thread(self._make, database, seeding, statements)
        return database

    async def make_to_keep(self, seeding: Seeding, statements: Sequence[str]) -> Access:
        """As `make`, and it is found here the next time.

        Raises:
            ContentError, WorldError: as in `make`.
        """
        assert self.kept is not None, "it has a folder for that"
        database = await self.make(seeding, statements)
        KeptAccess(self._binary.version, self._password, database).write(self.kept, self._place)
        return database

    async def drop(self, database: Access) -> None:
        """Remove a database and its users, whatever they are doing.

        Raises:
            WorldError: the server is gone.
        """
        await asyncio.to_thread(self._drop, database)

    @property
    def _data(self) -> Path:
        return (self.kept or self.folder) / "data"

    def _make(self, database: Access, seeding: Seeding, statements: Sequence[str]) -> None:
        # The limit of time is known to MariaDB alone; MySQL has one for reading statements, which a program can lift.
        timed = f" MAX_STATEMENT_TIME {STATEMENT_S:g}" if self._is_mariadb else ""
        self._run(
            [
                f"CREATE DATABASE {database.name} CHARACTER SET utf8mb4",
                f"CREATE USER '{database.user}'@'{HOST}' IDENTIFIED BY '{database.password}'"
                f" WITH MAX_USER_CONNECTIONS {CONNECTIONS_MAX}{timed}",
                f"CREATE USER '{database.checker}'@localhost IDENTIFIED BY '{database.checker_password}'",
                f"GRANT ALL ON {database.name}.* TO '{database.user}'@'{HOST}'",
                f"GRANT ALL ON {database.name}.* TO '{database.checker}'@localhost",
            ]
        )
        if not seeding.schema and not statements:
            return
        try:
            self._fill(database, seeding, statements)
        except BaseException:
            self._drop(database)
            raise

    def _fill(self, database: Access, seeding: Seeding, statements: Sequence[str]) -> None:
        connection = self._connect(database.checker, database.checker_password, database.name)
        try:
            with connection.cursor() as cursor:
                done = 0
                try:
                    if seeding.schema.strip():
                        cursor.execute(seeding.schema)
                        done = 1
                        while cursor.nextset():
                            done += 1
                except pymysql.Error as error:
                    raise _gone_or(error) or seeding.schema_error(_words(error), done=done) from error
                for statement in statements:
                    try:
                        cursor.execute(statement)
                        while cursor.nextset():
                            pass
                    except pymysql.Error as error:
                        raise _gone_or(error) or seeding.data_error(_words(error), statement) from error
            connection.commit()
        finally:
            connection.close()

    def _drop(self, database: Access) -> None:
        names = f"'{database.user}', '{database.checker}'"
        asked = f"SELECT id FROM information_schema.processlist WHERE user IN ({names})"  # noqa: S608  # names of ours
        found = self._run([asked])
        for (number,) in found:
            with contextlib.suppress(pymysql.Error):  # it has just ended by itself
                self._run([f"KILL {number}"])
        self._run(
            [
                f"DROP USER IF EXISTS '{database.user}'@'{HOST}', '{database.checker}'@localhost",
                f"DROP DATABASE IF EXISTS {database.name}",
            ]
        )

    def _run(self, statements: Sequence[str]) -> Sequence[tuple[object, ...]]:
        """Run statements as the administrator; the rows of the last one."""
        with self._one_at_a_time:
            try:
                if self._admin is None:
                    self._admin = self._connect("root", self._password)
                with self._admin.cursor() as cursor:
                    for statement in statements:
                        cursor.execute(statement)
                    return cursor.fetchall()
            except pymysql.Error as error:
                self._let_go()
                if gone := _gone_or(error):
                    raise gone from error
                raise RetryableError(f"{name_of(self._binary)} refuses what we need: {_words(error)}.") from error

    def _connect(self, user: str, password: str, database: str | None = None) -> "pymysql.connections.Connection":
        connection = pymysql.connect(
            defer_connect=True,
            user=user,
            password=password,
            database=database,
            charset="utf8mb4",
            autocommit=database is None,
            client_flag=CLIENT.MULTI_STATEMENTS,
            read_timeout=int(FILL_S),
            write_timeout=int(FILL_S),
        )
        # A socket of ours: the library leaves its own open where nobody listens.
        line = socket.socket(socket.AF_UNIX)
        try:
            line.settimeout(START_S)
            line.connect(str(self.socket))
        except OSError as error:
            line.close()
            raise pymysql.OperationalError(_GONE[0], f"nobody listens ({error.strerror})") from error
        connection.connect(line)
        return connection

    def _hang_up(self) -> None:
        """Let the administrator's connection go; a thread that is using it finds the server gone, and is waited for."""
        with self._one_at_a_time:
            self._let_go()

    def _let_go(self) -> None:
        connection, self._admin = self._admin, None
        if connection is not None and connection.open:
            connection.close()

    async def _answers(self) -> bool:
        """Whether it greets on its port: the first packet of the protocol, number 0, protocol version 10."""
        try:
            reader, writer = await asyncio.open_connection(HOST, self.port)
        except OSError:
            return False
        try:
            async with asyncio.timeout(START_S):
                return (await reader.readexactly(5))[3:] == b"\x00\x0a"
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            return False
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def empty_data(binary: Binary, place: Place) -> Path:
    """A data folder as it is when nothing was ever done to the server; made once and kept in the cache.

    Raises:
        RetryableError: it could not be made.
    """
    kept = place.cache / f"{name_of(binary).lower()}-{binary.version}"
    if kept.is_dir():
        return kept
    work = place.new(f"install-{secrets.token_hex(4)}")
    try:
        data = work / "data"
        number = place.user.user if place.user.switched else None
        env = {"HOME": str(work), "TMPDIR": str(work)}
        code, told = await run_tool(_installing(binary, data), cwd=work, env=env, within_s=INSTALL_S, user=number)
        if code:
            if NO_SPACE in told:
                raise DiskFullError(f"There is no space left for {name_of(binary)} in {place.folder}.")
            raise RetryableError(f"{name_of(binary)} cannot make its data folder.", advice=told[-1_000:])
        await to_the_end(asyncio.to_thread(_keep, data, kept))
    finally:
        place.remove(work)
    return kept


def _installing(binary: Binary, data: Path) -> list[str]:
    small = ["--innodb-log-file-size=8M", f"--datadir={data}"]
    if name_of(binary) == "MySQL":
        return [str(binary.path), "--no-defaults", "--initialize-insecure", f"--datadir={data}"]
    tools = on_path(("mariadb-install-db", "mysql_install_db"))
    if not tools:
        raise RetryableError("mariadb-install-db is not on this machine.", advice="Install MariaDB anew.")
    return [str(tools[0]), "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", *small]


def _keep(data: Path, kept: Path) -> None:
    part = kept.with_name(f"{kept.name}.{secrets.token_hex(4)}")
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(data, part)
    try:
        part.rename(kept)
    except OSError:  # another process was quicker
        shutil.rmtree(part)


def _gone_or(error: pymysql.Error) -> WorldError | None:
    """The error to raise when it is not about a statement."""
    code = error.args[0] if error.args else 0
    if code in _DISK_FULL or NO_SPACE in str(error):
        return DiskFullError(f"The database server has no space left for its data: {_words(error)}.")
    if code in _GONE:
        return RetryableError(f"The database server does not answer: {_words(error)}.")
    return None


def _words(error: pymysql.Error) -> str:
    return str(error.args[1]) if len(error.args) > 1 else str(error)
