"""SQL statements with what came of them, whether they were sent as text or prepared, bound and executed."""

from dataclasses import dataclass

from firsthand.bench.decoders.exchange import Exchange
from firsthand.bench.decoders.message import Outstanding, count, line, shape_line
from firsthand.bench.decoders.postgres_frames import PostgresMessage, Transaction, shown_parameters
from firsthand.bench.decoders.sql import shape_of, statements_of


@dataclass(frozen=True)
class SqlError:
    """Why a statement failed."""

    severity: str
    sqlstate: str
    """Five characters, such as `23505`: https://www.postgresql.org/docs/current/errcodes-appendix.html."""
    message: str
    detail: str = ""
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class Statement(Exchange):
    """One statement that ran, failed or was passed over."""

    sql: str
    parameters: tuple[str | None, ...] = ()
    """In PostgreSQL's text form; None is null."""
    prepared: str = ""
    """The name of the prepared statement, "" where it has none."""
    columns: tuple[str, ...] = ()
    """Their names, where the server told them with this statement."""
    rows: int = 0
    """How many came back."""
    affected: int = 0
    """What the tag says: rows selected, inserted, changed, copied."""
    copied_bytes: int = 0
    tag: str = ""
    error: SqlError | None = None
    transaction: Transaction = "none"
    """Where the connection was when it ran."""
    transaction_number: int = 0
    """Which transaction of the connection it belongs to, from 1, `BEGIN` included; 0 outside."""
    continues: bool = False
    """It only fetched more rows of the one before."""
    skipped: bool = False
    """The server passed over it, because one before it failed."""


class Statements:
    """Makes statements of the messages of one connection."""

    def __init__(self) -> None:
        """A connection on which nothing has been said."""
        self._open: Outstanding[PostgresMessage] = Outstanding()
        """Executes, queries and syncs that are not over."""
        self._failed_query: PostgresMessage | None = None
        self._split: tuple[PostgresMessage | None, list[str]] = (None, [])
        """A query with its statements, which are looked for once."""
        self._results = 0
        """Of the query that is being answered, how many of its statements are over."""
        self._suspended: set[str] = set()
        self._columns: tuple[str, ...] = ()
        self._rows = self._copied_bytes = 0
        self._state: Transaction = "none"
        self._number = 0
        self._done: list[Statement] = []

    def add(self, message: PostgresMessage) -> list[Statement]:
        """Take the next message; returns the statements that are over with it."""
        if message.kind == "copy data":
            self._copied_bytes += message.copied_bytes
        elif message.direction == "sent":
            if message.kind in ("execute", "query", "sync"):
                self._open.add(message)
        elif message.kind == "columns":
            self._columns = message.columns
        elif message.kind == "rows":
            self._rows += message.rows
        elif message.kind == "ready":
            self._ready(message)
        elif message.kind == "error":
            self._failed(message)
        elif message.kind in ("complete", "empty", "suspended"):
            self._over(message)
        return self._handed_out()

    def end(self) -> list[Statement]:
        """Nothing more comes; returns what was never answered."""
        for request in self._open:
            if request.kind != "sync" and request is not self._failed_query:
                pieces = self._pieces(request)[self._results :] if request.kind == "query" else [request.sql]
                self._results = 0
                for sql in pieces:
                    self._say(request, sql, None)
        self._open = Outstanding()
        return self._handed_out()

    def _over(self, message: PostgresMessage) -> None:
        request = message.answers
        if request is None:
            return
        if request.kind == "query":
            sql = self._piece(request)
            self._results += 1
        else:
            sql = request.sql
            self._close(request)
        self._say(request, sql, message)
        if request.kind == "execute":
            (self._suspended.add if message.kind == "suspended" else self._suspended.discard)(request.portal)

    def _failed(self, message: PostgresMessage) -> None:
        request = message.answers
        error = SqlError(message.severity, message.sqlstate, message.text, message.detail, message.hint)
        if request is None or request.kind == "startup":
            return
        if request.kind == "query":
            self._say(request, self._piece(request), message, error)
            for sql in self._pieces(request)[self._results + 1 :]:
                self._say(request, sql, message, skipped=True)
            self._results = 0
            self._failed_query = request
        elif request.kind in ("execute", "parse", "bind", "describe", "sync"):
            self._fail_prepared(request, message, error)

    def _fail_prepared(self, request: PostgresMessage, message: PostgresMessage, error: SqlError) -> None:
        """What fails before its execute is asked for, or at the sync after it, still makes one statement."""
        first = self._open.first
        if first is not None and first.kind == "execute" and first.sql == request.sql:
            request = first
            self._close(first)
        self._say(request, request.sql or request.kind, message, error)

    def _ready(self, message: PostgresMessage) -> None:
        while message.answers is not None and (over := self._open.pop()) and over is not message.answers:
            if over.kind == "execute":
                self._say(over, over.sql, message, skipped=True)
        self._results = 0
        self._columns = ()
        self._suspended.clear()
        if message.transaction == "in" and self._state == "none":
            self._number += 1
        self._state = message.transaction or "none"

    def _pieces(self, query: PostgresMessage) -> list[str]:
        if self._split[0] is not query:
            self._split = (query, statements_of(query.sql))
        return self._split[1]

    def _piece(self, query: PostgresMessage) -> str:
        pieces = self._pieces(query)
        return pieces[self._results] if self._results < len(pieces) else query.sql.strip()

    def _close(self, request: PostgresMessage) -> None:
        while (first := self._open.first) and first.kind != "sync":
            if self._open.pop() is request:
                break

    def _say(
        self,
        request: PostgresMessage,
        sql: str,
        reply: PostgresMessage | None,
        error: SqlError | None = None,
        *,
        skipped: bool = False,
    ) -> None:
        tag = reply.tag if reply else ""
        sql = sql.strip()
        before = self._state
        came = self._came(reply, error, skipped=skipped)
        self._follow(sql, tag, failed=error is not None)
        last_word = tag.rpartition(" ")[2]
        statement = Statement(
            protocol="postgres",
            shape=shape_line(shape_of(sql)),
            summary=line(f"{' '.join(sql.split())}{shown_parameters(request.parameters)}  → {came}"),
            ok=reply is not None and error is None and not skipped,
            began=request.at,
            ended=reply.at if reply else request.at,
            request=request,
            replies=(reply,) if reply else (),
            sql=sql,
            parameters=request.parameters,
            prepared=request.statement,
            columns=self._columns,
            rows=self._rows,
            affected=int(last_word) if last_word.isdecimal() else 0,
            copied_bytes=self._copied_bytes,
            tag=tag,
            error=error,
            transaction=before,
            transaction_number=self._number if before != "none" or self._state != "none" else 0,
            continues=request.kind == "execute" and request.portal in self._suspended,
            skipped=skipped,
        )
        self._columns, self._rows, self._copied_bytes = (), 0, 0
        self._done.append(statement)

    def _came(self, reply: PostgresMessage | None, error: SqlError | None, *, skipped: bool) -> str:
        if error:
            return f"{error.severity} {error.sqlstate}: {error.message}"
        if reply is None:
            return "no answer"
        if skipped:
            return "passed over"
        if reply.kind == "suspended" or reply.tag.startswith(("SELECT", "FETCH")):
            return count(self._rows, "row")
        return reply.tag or reply.kind

    def _follow(self, sql: str, tag: str, *, failed: bool) -> None:
        """Where the connection is after it; the server says so only after the last of several."""
        if failed:
            self._state = "none" if self._state == "none" else "failed"
        elif tag in ("BEGIN", "START TRANSACTION"):
            self._number += self._state == "none"
            self._state = "in"
        elif tag == "ROLLBACK" and " to " in f" {shape_of(sql).lower()} ":
            self._state = "in"
        elif tag in ("COMMIT", "ROLLBACK", "PREPARE TRANSACTION"):
            self._state = "none"

    def _handed_out(self) -> list[Statement]:
        done, self._done = self._done, []
        return done
