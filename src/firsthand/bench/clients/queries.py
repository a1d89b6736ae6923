"""Runs the learner's own SQL files against a run's servers: read-only, bounded, errors mapped to file and line."""

import re
import shlex
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from firsthand.bench.clients.postgres import Postgres
from firsthand.bench.clients.table import Table
from firsthand.bench.failures import CheckFailed, failed, show_text
from firsthand.core.errors import SubjectError

if TYPE_CHECKING:
    import psycopg

    from firsthand.bench.clients.mariadb import Mariadb

ROWS_MAX = 100_000
STATEMENT_S = 5.0
"""How long one query of a learner may take; the check's own deadline bounds it too."""

PARAMETER_CHARACTERS = 60
ABOUT_SLOWNESS = "Does a join lack its condition, or does a recursion never end?"
_BOUNDS = f"SET TRANSACTION READ ONLY; SET LOCAL statement_timeout = {STATEMENT_S * 1000:.0f}".encode()
_TYPES = ((bool, "boolean"), (int, "bigint"), (Decimal, "numeric"), (datetime, "timestamp"), (date, "date"))
_NO_TYPE = ("42P08", "42P18")
_OTHER_NUMBER = "08P01"
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


class Queries:
    """`table = await queries.run("03-anti-join.sql", 17)`: what the query in this file gives, `$1` being 17."""

    def __init__(self, text_of: Callable[[str], str], postgres: Postgres) -> None:
        """`text_of` gives what stands in a file of the submission."""
        self._text_of = text_of
        self._postgres = postgres

    async def run(self, file: str, *parameters: object, on: "Mariadb | None" = None) -> Table:
        """Run the one query of a file in a transaction that can only read, and let it have no effect.

        `on` is another server than PostgreSQL to run it on; there, too, parameters are written `$1`.

        Raises:
            CheckFailed: the file is not there, the server refuses the query, or it takes too long.
            RetryableError: the server is gone.
        """
        import psycopg

        sql = self._sql(file)
        if on is not None:
            from firsthand.bench.clients.queries_mariadb import run

            return await run(on, file, sql, parameters, rows_max=ROWS_MAX, within_s=STATEMENT_S)
        reproduce = self._reproduce(file, parameters)
        try:
            async with self._postgres.in_time(f"to run {file}"):
                connection = await self._postgres.connected()
                async with connection.transaction(force_rollback=True):
                    await connection.execute(_BOUNDS)
                    async with psycopg.AsyncRawCursor(connection) as cursor:
                        # Parameters, even none, make it one statement: the server refuses a second one.
                        await cursor.execute(sql.encode(), parameters)
                        return await _table(file, cursor, reproduce, with_parameters(parameters))
        except psycopg.Error as error:
            if _is_gone(error):
                await self._postgres.close()
                raise await self._postgres.lost(error) from error
            raise _refused(file, sql, error, parameters, reproduce) from error

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
        name = shlex.quote(file)
        begin = f"PREPARE q({', '.join(map(_type, parameters))}) AS"
        end = f"; EXECUTE q({', '.join(map(_literal, parameters))});"
        return (f"(echo {_quoted(begin)}; cat {name}; echo; echo {_quoted(end)}) | psql {url}",)


def with_parameters(parameters: Sequence[object]) -> str:
    """The parameters in words, to follow a file's name: ` with $1 = 'Cork'`; nothing when there are none."""
    shown = (show_text(_literal(value), PARAMETER_CHARACTERS) for value in parameters)
    named = ", ".join(f"${number} = {text}" for number, text in enumerate(shown, 1))
    return f" with {named}" if named else ""


def _quoted(text: str) -> str:
    """For a shell, and easy to read where that is possible."""
    return f'"{text}"' if not set(text) & set('"$`\\!') else shlex.quote(text)


def _type(value: object) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "unknown")


def _literal(value: object) -> str:
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


async def _table(file: str, cursor: "psycopg.AsyncRawCursor[Any]", reproduce: tuple[str, ...], given: str) -> Table:
    if cursor.description is None:
        raise failed(
            f"{file} gives no rows: it is {cursor.statusmessage or 'no query'}.",
            remark="A query that gives rows begins with SELECT, WITH or VALUES.",
        )
    rows = await cursor.fetchmany(ROWS_MAX + 1)
    if len(rows) > ROWS_MAX:
        raise failed(f"{file} gives more than {ROWS_MAX:,} rows.", kind="limit", remark=ABOUT_SLOWNESS)
    names = tuple(column.name for column in cursor.description)
    return Table(file, names, tuple(map(tuple, rows)), reproduce, given)


def _is_gone(error: "psycopg.Error") -> bool:
    """Whether it is the server that is gone, and not the query that is wrong."""
    state = error.sqlstate
    return state is None or (state.startswith(("08", "57P")) and state != _OTHER_NUMBER)


def _refused(
    file: str, sql: str, error: "psycopg.Error", parameters: Sequence[object], reproduce: tuple[str, ...]
) -> CheckFailed:
    told = error.diag.message_primary or str(error).strip()
    remark = error.diag.message_hint or ""
    if error.sqlstate == "57014":
        message, remark = f"{file} took longer than {STATEMENT_S:g} s.", remark or ABOUT_SLOWNESS
    elif error.sqlstate == "25006":
        message, remark = f"{file} tries to change the data: {told}.", "Queries here may only read."
    elif error.sqlstate == "42601" and "multiple commands" in told:
        message, remark = f"{file} holds more than one statement.", "Keep one; a semicolon may only end it."
    elif error.sqlstate == _OTHER_NUMBER:
        message, remark = f"{file} uses other parameters than it is given.", _given(parameters)
    else:
        message = f"PostgreSQL refuses {_place(file, sql, error)}: {told}."
    if error.sqlstate in _NO_TYPE:
        remark = "Say its type where it cannot be seen, as in CAST($1 AS text). Is each parameter used at all?"
    failure = failed(message, detail=_pointed(sql, error), remark=remark)
    failure.failure.reproduce.extend(reproduce)
    return failure


def _given(parameters: Sequence[object]) -> str:
    names = ", ".join(f"${number}" for number in range(1, len(parameters) + 1))
    return f"It is given {names or 'none'}; the brief says what they mean."


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
