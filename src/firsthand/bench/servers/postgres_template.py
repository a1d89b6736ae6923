"""Fills a PostgreSQL database with a lab's schema and data, and says where in the author's files it went wrong."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from psycopg import pq

from firsthand.bench.servers.postgres_cluster import Cluster
from firsthand.bench.servers.seeding import Seeding
from firsthand.core.errors import ContentError, DiskFullError, RetryableError

FILL_S = 120.0
"""How long one statement of a lab's schema or data may take."""
DISK_FULL = "53100"

_FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE)
_COPY = (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH)

Blame = Callable[[str, int, int], ContentError]
"""Makes the author's error of the server's message, the character (from 1, or 0) and the statements done before."""


async def fill(cluster: Cluster, database: str, owner: str, seeding: Seeding) -> None:
    """Run schema and data as `owner`, each in one transaction, and let the planner know what is there.

    Raises:
        ContentError: a statement is refused, with file and line.
        WorldError: the server is gone, or its disk is full.
    """
    statements = await seeding.statements()
    # In a thread and by libpq itself: drivers do not tell how many statements went well before one was refused.
    url, admin_url = cluster.url(database, owner), cluster.url(database)
    await asyncio.to_thread(_fill, url, admin_url, seeding, statements, cluster.folder)


def _fill(url: str, admin_url: str, seeding: Seeding, statements: Sequence[str], folder: Path) -> None:
    as_owner = _Conversation(url, folder)
    try:
        as_owner.run(seeding.schema, lambda text, at, done: seeding.schema_error(text, position=at, done=done))
        as_owner.run("BEGIN", _nobody)
        for statement in statements:
            as_owner.run(statement, lambda text, _at, _done, of=statement: seeding.data_error(text, of))  # type: ignore[misc]
        as_owner.run("COMMIT", lambda text, _at, _done: seeding.data_error(text, statements[-1] if statements else ""))
    finally:
        as_owner.close()
    as_admin = _Conversation(admin_url, folder)
    try:
        as_admin.run("VACUUM (FREEZE, ANALYZE)", _nobody)
    finally:
        as_admin.close()


class _Conversation:
    """A blocking connection on which SQL of any number of statements is run as it is."""

    def __init__(self, url: str, folder: Path) -> None:
        self._folder = folder
        self._server = pq.PGconn.connect(url.encode())
        if self._server.status != pq.ConnStatus.OK:
            raise RetryableError(f"PostgreSQL takes no connection: {self._server.get_error_message()}.")
        self._server.notice_handler = None
        self.run(f"SET statement_timeout = {int(FILL_S * 1000)}", _nobody)

    def close(self) -> None:
        self._server.finish()

    def run(self, text: str, blame: Blame) -> None:
        """The simple protocol makes one transaction of all statements."""
        self._server.send_query(text.encode())
        done = 0
        error: Exception | None = None
        while (result := self._server.get_result()) is not None:
            if result.status in _COPY:
                raise blame("COPY to or from the client has no place here", 0, done)
            if result.status in _FAILED:
                error = error or self._error(result, blame, done)
            done += 1
        if error:
            raise error

    def _error(self, result: pq.abc.PGresult, blame: Blame, done: int) -> Exception:
        state = _field(result, pq.DiagnosticField.SQLSTATE)
        text = _field(result, pq.DiagnosticField.MESSAGE_PRIMARY)
        detail = _field(result, pq.DiagnosticField.MESSAGE_DETAIL)
        if state == DISK_FULL:
            return DiskFullError(f"PostgreSQL has no space left in {self._folder}.", advice="Make room there.")
        if not state or state.startswith(("57P", "08")):
            return RetryableError(f"PostgreSQL went away: {text or self._server.get_error_message()}.")
        position = _field(result, pq.DiagnosticField.STATEMENT_POSITION)
        return blame(f"{text} ({detail})" if detail else text, int(position or 0), done)


def _field(result: pq.abc.PGresult, field: pq.DiagnosticField) -> str:
    return (result.error_field(field) or b"").decode("utf-8", "replace").rstrip(".")


def _nobody(text: str, _at: int, _done: int) -> ContentError:
    return ContentError(f"PostgreSQL does not do as we ask: {text}.")
