"""Asks a run's MariaDB or MySQL what the program has left there, past the door and the program's own limits."""

import asyncio
import math
import shlex
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from firsthand.bench.clients.server import ServerClient
from firsthand.bench.failures import CheckFailed, failed, show_text
from firsthand.core.errors import ContentError

if TYPE_CHECKING:  # few checks need it
    import pymysql
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

T = TypeVar("T")

SHOWN_MAX = 600
_SYNTAX_ERROR = 1064
_GONE = (2003, 2006, 2013, 2055)
_LOCKED = (1205, 1213, 1969, 3024)


class Mariadb(ServerClient):
    """`await mariadb.rows("SELECT name FROM products WHERE id = %s", 7)`.

    Each statement is a transaction of its own. They are run by an account that is not counted among the program's own
    connections.
    """

    _connection: "Connection[Cursor] | None" = None
    _last: str = ""

    @property
    def url(self) -> str:
        """What the program would find in MYSQL_URL were there no door."""
        return self.lease.environment_at(self.address)["MYSQL_URL"]

    @property
    def role(self) -> str:
        """The name of the program's account; with it its sessions are found in information_schema.processlist."""
        return self.lease.inside["role"]

    async def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows that the statement yields; `%s` in it stand for the parameters.

        Raises:
            CheckFailed: the server refuses it, as when a table is not there.
            ContentError: it is not SQL.
            RetryableError: the server is gone.
        """
        return (await self._run(sql, parameters))[0]

    async def value(self, sql: str, *parameters: object) -> Any:
        """The first column of the first row; None where there is no row. See `rows`."""
        found = await self.rows(sql, *parameters)
        return found[0][0] if found else None

    async def execute(self, sql: str, *parameters: object) -> int:
        """Run a statement, and tell how many rows it changed. See `rows`."""
        return (await self._run(sql, parameters))[1]

    def reproduce(self) -> list[str]:
        """The command that asks the last question again while the program runs; none when nothing was asked."""
        door = self._door.address if self._door else self.address
        url = urlsplit(self.lease.environment_at(door)["MYSQL_URL"])
        if not self._last:
            return []
        options = f"-h {door.host} -P {door.port} -u {url.username} -p{url.password} {url.path[1:]}"
        return [f"mariadb {options} -e {shlex.quote(self._last)}"]

    async def close(self) -> None:
        """Let the connection go."""
        connection, self._connection = self._connection, None
        if connection is not None and connection.open:
            connection.close()

    async def ask(
        self, what: str, asking: "Callable[[Connection[Cursor]], T]", sql: str, parameters: Sequence[object]
    ) -> T:
        """What comes of asking `sql` in a thread, on the connection of this client. `what` is done there, in words.

        Raises:
            pymysql.Error: the server refuses it.
            CheckFailed: it takes longer than the check has time.
            RetryableError: the server is gone.
        """
        import pymysql

        def work() -> T:
            if self._connection is None:
                self._connection = self._connect()
            with self._connection.cursor() as cursor:
                self._last = cursor.mogrify(sql, tuple(parameters) or None)
            return asking(self._connection)

        try:
            async with self.in_time(what):
                return await asyncio.to_thread(work)
        except pymysql.Error as error:
            if not error.args or error.args[0] in _GONE:
                await self.close()
                raise await self.lost(error) from error
            raise

    async def _run(self, sql: str, parameters: tuple[object, ...]) -> tuple[list[tuple[Any, ...]], int]:
        import pymysql

        def asking(connection: "Connection[Cursor]") -> tuple[list[tuple[Any, ...]], int]:
            with connection.cursor() as cursor:
                changed = cursor.execute(sql, parameters or None)
                return list(cursor.fetchall()), changed

        try:
            return await self.ask("to answer a question of ours", asking, sql, parameters)
        except pymysql.Error as error:
            raise self._refused(error, sql) from error

    def _connect(self) -> "Connection[Cursor]":
        import pymysql

        inside = self.lease.inside
        left_s = max(math.ceil(self.deadline.left_s), 1)  # so that a thread never waits on after its check
        connection = pymysql.connect(
            defer_connect=True,
            user=inside["user"],
            password=inside["password"],
            database=inside["database"],
            charset="utf8mb4",
            autocommit=True,
            read_timeout=left_s,
            write_timeout=left_s,
        )
        # A socket of ours: the library leaves its own open where nobody listens.
        line = socket.socket(socket.AF_UNIX)
        try:
            line.settimeout(left_s)
            line.connect(inside["socket"])
        except OSError as error:
            line.close()
            raise pymysql.OperationalError(_GONE[0], f"nobody listens ({error.strerror})") from error
        connection.connect(line)
        return connection

    def _refused(self, error: "pymysql.Error", sql: str) -> CheckFailed | ContentError:
        code, told = error.args[0], str(error.args[-1])
        if code == _SYNTAX_ERROR:
            return ContentError(f"The check's SQL is refused: {told}.", advice=show_text(sql, SHOWN_MAX))
        return failed(
            f"The database cannot answer our question: {told}.",
            kind="timeout" if code in _LOCKED else "mismatch",
            detail=show_text(sql, SHOWN_MAX),
            remark="Has the program changed or dropped what the brief says must be there?",
        )
