"""Runs one of the learner's SQL files on MariaDB or MySQL, with the same parameters as on PostgreSQL."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from firsthand.bench.clients.mariadb import Mariadb
from firsthand.bench.clients.queries import ABOUT_SLOWNESS, with_parameters
from firsthand.bench.clients.table import Row, Table
from firsthand.bench.failures import CheckFailed, failed, show_text

if TYPE_CHECKING:  # few checks need it
    import pymysql
    from pymysql.connections import Connection
    from pymysql.cursors import Cursor

SHOWN_MAX = 200
_PARAMETER = re.compile(r"""--[^\n]*|/\*.*?\*/|'[^']*'|"[^"]*"|`[^`]*`|\$(\d{1,3})(?!\w)""", re.DOTALL)
_SYNTAX_ERROR = 1064
_READ_ONLY = 1792
_TOO_LONG = (1969, 3024)
_NEAR = re.compile(r"near '(.*)' at line (\d+)$", re.DOTALL)


async def run(
    mariadb: Mariadb, file: str, sql: str, parameters: Sequence[object], *, rows_max: int, within_s: float
) -> Table:
    """What the query gives there, in a transaction that can only read.

    Raises:
        CheckFailed: the server refuses it, or it takes too long.
        RetryableError: the server is gone.
    """
    import pymysql

    text, bound = translated(file, sql, parameters)
    try:
        columns, rows = await mariadb.ask(
            f"to run {file}", lambda connection: _read(connection, text, bound, rows_max + 1, within_s), text, bound
        )
    except pymysql.Error as error:
        refused = _refused(mariadb.name, file, error, within_s)
        refused.failure.reproduce.extend(mariadb.reproduce())
        raise refused from error
    if not columns:
        raise failed(f"{file} gives no rows.", remark="A query that gives rows begins with SELECT, WITH or VALUES.")
    if len(rows) > rows_max:
        raise failed(f"{file} gives more than {rows_max:,} rows.", kind="limit", remark=ABOUT_SLOWNESS)
    return Table(f"{file} on {mariadb.name}", columns, rows, tuple(mariadb.reproduce()), with_parameters(parameters))


def translated(file: str, sql: str, parameters: Sequence[object]) -> tuple[str, tuple[object, ...]]:
    """The query with `%s` for `$1`, and the parameters in the order in which they are used, as often as they are.

    Raises:
        CheckFailed: it uses one that it is not given.
    """
    bound: list[object] = []

    def placed(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0].replace("%", "%%")
        number = int(found[1])
        if not 1 <= number <= len(parameters):
            raise failed(f"{file} uses ${number}, which it is not given.", remark=f"It is given {len(parameters)}.")
        bound.append(parameters[number - 1])
        return "%s"

    pieces, end = [], 0
    for found in _PARAMETER.finditer(sql):
        pieces += [sql[end : found.start()].replace("%", "%%"), placed(found)]
        end = found.end()
    return "".join([*pieces, sql[end:].replace("%", "%%")]), tuple(bound)


def _read(
    connection: "Connection[Cursor]", sql: str, parameters: Sequence[object], rows_max: int, within_s: float
) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Blocking: column names and rows of one query, which can change nothing and is over in time."""
    import pymysql

    with connection.cursor() as cursor:
        try:
            cursor.execute(f"SET SESSION max_statement_time = {within_s:g}")
        except pymysql.Error:  # MySQL counts in milliseconds, under another name
            cursor.execute(f"SET SESSION max_execution_time = {within_s * 1000:.0f}")
        cursor.execute("START TRANSACTION READ ONLY")
        try:
            cursor.execute(sql, tuple(parameters))
            names = tuple(column[0] for column in cursor.description or ())
            return names, tuple(map(tuple, cursor.fetchmany(rows_max)))
        finally:
            connection.rollback()


def _refused(server: str, file: str, error: "pymysql.Error", within_s: float) -> CheckFailed:
    code, told = error.args[0], str(error.args[-1]).rstrip(".")
    if code in _TOO_LONG:
        return failed(f"{file} took longer than {within_s:g} s on {server}.", remark=ABOUT_SLOWNESS)
    if code == _READ_ONLY:
        return failed(f"{file} tries to change the data: {told}.", remark="Queries here may only read.")
    near = _NEAR.search(told)
    if code != _SYNTAX_ERROR or near is None:
        return failed(f"{server} refuses {file}: {told}.")
    detail = f"{near[2]:>4} | {show_text(near[1].strip().splitlines()[0], SHOWN_MAX)}" if near[1].strip() else ""
    return failed(
        f"{server} refuses {file}, line {near[2]}: it does not understand what stands there.",
        detail=detail,
        remark=f"What PostgreSQL understands and {server} does not is PostgreSQL's own. Say it in standard SQL.",
    )
