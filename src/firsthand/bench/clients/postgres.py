"""Asks a run's PostgreSQL what the program has left there, past the door and the program's own limits."""

import shlex
from typing import TYPE_CHECKING, Any

from firsthand.bench.clients.server import ServerClient
from firsthand.bench.failures import CheckFailed, failed, show_text
from firsthand.core.errors import ContentError

if TYPE_CHECKING:  # it takes 0.1 s to import, and few checks need it
    import psycopg

SHOWN_MAX = 600
_SYNTAX_ERROR = "42601"
_TOO_MANY_CONNECTIONS = "53300"
_CANCELLED = "57014"


class Postgres(ServerClient):
    """`await postgres.rows("SELECT name FROM products WHERE id = %s", 7)`.

    Each statement is a transaction of its own. They are run as the program's role, by a connection that is not counted
    among the program's own.
    """

    _connection: "psycopg.AsyncConnection[tuple[Any, ...]] | None" = None
    _last: str = ""

    @property
    def url(self) -> str:
        """What the program would find in DATABASE_URL were there no door."""
        return self.lease.environment_at(self.address)["DATABASE_URL"]

    @property
    def role(self) -> str:
        """The name of the program's role; with it its sessions are found in pg_stat_activity."""
        return self.lease.inside["role"]

    async def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows that the statement yields; `%s` in it stand for the parameters.

        Raises:
            CheckFailed: the server refuses it, as when a table is not there.
            ContentError: it is not SQL.
            RetryableError: the server is gone.
        """
        cursor = await self._run(sql, parameters)
        return await cursor.fetchall() if cursor.description else []

    async def value(self, sql: str, *parameters: object) -> Any:
        """The first column of the first row; None where there is no row. See `rows`."""
        found = await self.rows(sql, *parameters)
        return found[0][0] if found else None

    async def execute(self, sql: str, *parameters: object) -> int:
        """Run a statement, and tell how many rows it changed. See `rows`."""
        return (await self._run(sql, parameters)).rowcount

    def reproduce(self) -> list[str]:
        """The command that asks the last question again while the program runs; none when nothing was asked."""
        door = self._door.address if self._door else self.address
        url = self.lease.environment_at(door)["DATABASE_URL"]
        return [f"psql {shlex.quote(url)} -c {shlex.quote(self._last)}"] if self._last else []

    async def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _run(self, sql: str, parameters: tuple[object, ...]) -> "psycopg.AsyncCursor[tuple[Any, ...]]":
        import psycopg

        self._last = ""
        try:
            async with self.in_time("to answer a question of ours"):
                connection = await self.connected()
                cursor = connection.cursor()
                self._last = psycopg.AsyncClientCursor(connection).mogrify(sql.encode(), parameters or None)
                await cursor.execute(sql.encode(), parameters or None)
                return cursor
        except psycopg.Error as error:
            if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
                await self.close()
                raise await self.lost(error) from error
            raise self._refused(error, sql) from error

    async def connected(self) -> "psycopg.AsyncConnection[tuple[Any, ...]]":
        """A connection of its own, open until the check is over; each statement is a transaction unless told."""
        import psycopg

        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(self.lease.inside["url"], autocommit=True)
        return self._connection

    def _refused(self, error: "psycopg.Error", sql: str) -> CheckFailed | ContentError:
        told = error.diag.message_primary or str(error).strip()
        if error.sqlstate == _SYNTAX_ERROR:
            return ContentError(f"The check's SQL is refused: {told}.", advice=show_text(sql, SHOWN_MAX))
        if error.sqlstate == _TOO_MANY_CONNECTIONS:
            return failed(
                f"{self.name} takes no more connections: {told}.",
                kind="limit",
                remark="Does the program close its connections, or use a pool with a limit?",
            )
        return failed(
            f"The database cannot answer our question: {told}.",
            kind="timeout" if error.sqlstate == _CANCELLED else "mismatch",
            detail=show_text(sql, SHOWN_MAX),
            remark="Has the program changed or dropped what the brief says must be there?",
        )
