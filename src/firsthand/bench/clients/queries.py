"""Runs the learner's own SQL files against a run's PostgreSQL: read-only, bounded, errors mapped to file and line."""

import re
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from firsthand.bench.clients.postgres import Postgres
from firsthand.bench.clients.table import Table
from firsthand.bench.failures import CheckFailed, failed, show_text
from firsthand.core.errors import SubjectError

if TYPE_CHECKING:
    import psycopg

ROWS_MAX = 100_000
STATEMENT_S = 5.0
"""How long one query of a learner may take; the check's own deadline bounds it too."""

_BOUNDS = f"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = {STATEMENT_S * 1000:.0f}".encode()
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


class Queries:
    """`table = await queries.run("03-anti-join.sql", 17)`: what the query in this file gives, `$1` being 17."""

    def __init__(self, text_of: Callable[[str], str], postgres: Postgres) -> None:
        """`text_of` gives what stands in a file of the submission."""
        self._text_of = text_of
        self._postgres = postgres

    async def run(self, file: str, *parameters: object) -> Table:
        """Run the one query of a file in a transaction that can only read, and let it have no effect.

        Raises:
            CheckFailed: the file is not there, the server refuses the query, or it takes too long.
            RetryableError: the server is gone.
        """
        import psycopg

        sql = self._sql(file)
        reproduce = self._reproduce(file, parameters)
        try:
            async with self._postgres.in_time(f"to run {file}"):
                connection = await self._postgres.connected()
                async with connection.transaction(force_rollback=True):
                    await connection.execute(_BOUNDS)
                    async with psycopg.AsyncRawCursor(connection) as cursor:
                        # Parameters, even none, make it one statement: the server refuses a second one.
                        await cursor.execute(sql.encode(), parameters)
                        return await _table(file, cursor, reproduce)
        except psycopg.Error as error:
            if error.sqlstate is None or error.sqlstate.startswith(("08", "57P")):
                await self._postgres.close()
                raise await self._postgres.lost(error) from error
            raise _refused(file, sql, error, reproduce) from error

    def _sql(self, file: str) -> str:
        try:
            sql = self._text_of(file)
        except SubjectError as error:
            raise failed(error.message, remark=error.advice) from None
        if not _COMMENT.sub("", sql).strip().strip(";").strip():
            raise failed(f"{file} holds no query yet.", remark="Write one SELECT into it.")
        return sql

    def _reproduce(self, file: str, parameters: tuple[object, ...]) -> tuple[str, ...]:
        url = shlex.quote(self._postgres.url)
        if not parameters:
            return (f"psql {url} -f {shlex.quote(file)}",)
        bound = " ".join("'" + str(value).replace("'", "''") + "'" for value in parameters)
        bind = shlex.quote(f"\\bind {bound} \\g")
        return (f"(cat {shlex.quote(file)}; echo {bind}) | psql {url}",)


async def _table(file: str, cursor: "psycopg.AsyncRawCursor[Any]", reproduce: tuple[str, ...]) -> Table:
    if cursor.description is None:
        raise failed(
            f"{file} gives no rows: it is {cursor.statusmessage or 'no query'}.",
            remark="A query that gives rows begins with SELECT, WITH or VALUES.",
        )
    rows = await cursor.fetchmany(ROWS_MAX + 1)
    if len(rows) > ROWS_MAX:
        raise failed(
            f"{file} gives more than {ROWS_MAX:,} rows.", kind="limit", remark="Does a join lack its condition?"
        )
    return Table(file, tuple(column.name for column in cursor.description), tuple(map(tuple, rows)), reproduce)


def _refused(file: str, sql: str, error: "psycopg.Error", reproduce: tuple[str, ...]) -> CheckFailed:
    told = error.diag.message_primary or str(error).strip()
    remark = error.diag.message_hint or ""
    if error.sqlstate == "57014":
        message, remark = f"{file} took longer than {STATEMENT_S:g} s.", remark or "Does a join lack its condition?"
    elif error.sqlstate == "25006":
        message, remark = f"{file} tries to change the data: {told}.", "Queries here may only read."
    elif error.sqlstate == "42601" and "multiple commands" in told:
        message, remark = f"{file} holds more than one statement.", "Keep one; a semicolon may only end it."
    else:
        message = f"PostgreSQL refuses {_place(file, sql, error)}: {told}."
    failure = failed(message, detail=_pointed(sql, error), remark=remark)
    failure.failure.reproduce.extend(reproduce)
    return failure


def _position(sql: str, error: "psycopg.Error") -> tuple[int, int] | None:
    """Line and column, from 1, of where the server found the error."""
    at = error.diag.statement_position
    if not at:
        return None
    before = sql[: int(at) - 1]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _place(file: str, sql: str, error: "psycopg.Error") -> str:
    found = _position(sql, error)
    return f"{file}, line {found[0]}" if found else file


def _pointed(sql: str, error: "psycopg.Error") -> str:
    """The line with a mark under the place."""
    found = _position(sql, error)
    if found is None:
        return ""
    line, column = found
    text = sql.splitlines()[line - 1]
    return f"{line:>4} | {show_text(text, 200)}\n{'':>4} | {'':>{column - 1}}^"
