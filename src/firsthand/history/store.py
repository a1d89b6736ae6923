"""The history file: opens, appends and reads, and says plainly what is wrong when it cannot."""

import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from firsthand.core.errors import HistoryError
from firsthand.core.places import data_dir
from firsthand.history.event import Event, Kind, new_event, timestamp
from firsthand.history.pending import Pending

FILE_NAME = "history.sqlite3"
SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 5.0
"""How long an append or a read waits for another process's turn."""

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_time ON events (at, seq);
CREATE TRIGGER IF NOT EXISTS events_are_never_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER IF NOT EXISTS events_are_never_removed BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;
PRAGMA user_version = {SCHEMA_VERSION};
COMMIT;
"""


class History:
    """The events of one learner. Any number of processes may use the file at once.

    The file is opened for each use and closed again: nothing is held between uses, and a fork inherits nothing. It
    keeps SQLite's rollback journal, so that at rest it is one file that can be copied, also on network drives, where
    a write-ahead log is not safe.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        """`path` need not exist; the first append makes it."""
        self.path = path
        self.busy_timeout_s = busy_timeout_s
        self.pending = Pending(path.with_name(f"{path.stem}.pending.jsonl"))

    @classmethod
    def open(cls, path: Path | None = None) -> "History":
        """The history at `path`, the user's own unless told."""
        return cls(path or data_dir() / FILE_NAME)

    def append(self, kind: Kind, data: dict[str, Any]) -> Event:
        """Record that something happened now.

        Raises:
            HistoryError: the file cannot be used now. The event waits beside it and is appended at the next
                opportunity, unless the message says that even this failed.
        """
        event = new_event(kind, data)
        try:
            self._write([event])
        except HistoryError as error:
            raise self._set_aside(event, error) from error
        return event

    def read(self, kinds: Collection[Kind] | None = None, since: datetime | None = None) -> Iterator[Event]:
        """The events in the order in which they happened, of some kinds or all, from a point in time on or all.

        Raises:
            HistoryError: the file cannot be used now.
        """
        if self.pending.exists:
            self._write([])
        if not self.path.exists():
            return
        wanted = sorted(kinds) if kinds is not None else []
        of_kind = f"AND kind IN ({', '.join('?' * len(wanted))})" if kinds is not None else ""
        query = f"SELECT id, at, kind, version, data FROM events WHERE at >= ? {of_kind} ORDER BY at, seq"  # noqa: S608  # only marks
        try:
            with closing(self._connect()) as database:
                rows = database.execute(query, [timestamp(since) if since else "", *wanted]).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise _explained(self.path, error) from error
        for row in rows:
            yield self._event(row)

    def export(self, file: BinaryIO) -> int:
        """Write all events as JSON lines; returns how many.

        Raises:
            HistoryError: the file cannot be used now.
        """
        count = 0
        for event in self.read():
            file.write(event.line())
            count += 1
        return count

    def _write(self, events: list[Event]) -> None:
        """Append what waits, then these events."""
        try:
            with closing(self._connect()) as database:
                self.pending.drain(lambda waiting: _insert(database, waiting))
                if events:
                    _insert(database, events)
        except (sqlite3.Error, OSError) as error:
            raise _explained(self.path, error) from error

    def _connect(self) -> sqlite3.Connection:
        # isolation_level=None: transactions begin where this module says so, not where the driver guesses.
        database = sqlite3.connect(self.path, timeout=self.busy_timeout_s, isolation_level=None)
        try:
            self._prepare(database)
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self, database: sqlite3.Connection) -> None:
        (found,) = database.execute("PRAGMA user_version").fetchone()
        if found > SCHEMA_VERSION:
            raise HistoryError(
                f"The history {self.path} was written by a newer Firsthand (its format is {found}, this program knows "
                f"{SCHEMA_VERSION}).",
                advice="Update Firsthand. The file was left as it is.",
            )
        if found < SCHEMA_VERSION:
            database.executescript(_SCHEMA)
        database.execute("PRAGMA synchronous = FULL")

    def _event(self, row: tuple[str, str, str, int, str]) -> Event:
        event_id, at, kind, version, data = row
        try:
            return Event(event_id, at, kind, version, msgspec.json.decode(data, type=dict[str, Any]))
        except msgspec.DecodeError as error:
            raise HistoryError(
                f"The event {event_id} in the history {self.path} is damaged: {error}.", advice=_advice(self.path)
            ) from error

    def _set_aside(self, event: Event, why: HistoryError) -> HistoryError:
        try:
            self.pending.add(event)
        except OSError as error:
            return HistoryError(
                f"{why.message} Nor can {self.pending.path} be written: {error.strerror}.",
                advice="This event is not in your history. Make room or mend the folder's permissions.",
            )
        return HistoryError(
            why.message,
            advice=f"Nothing is lost: the event waits in {self.pending.path} and is added when the history can be "
            f"used again. {why.advice}".rstrip(),
        )


def _insert(database: sqlite3.Connection, events: list[Event]) -> None:
    rows = [(e.id, e.at, e.kind, e.version, msgspec.json.encode(e.data).decode()) for e in events]
    database.execute("BEGIN IMMEDIATE")
    try:
        # A known id is an event that was appended just before a crash: once is enough.
        database.executemany(
            "INSERT INTO events (id, at, kind, version, data) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING", rows
        )
        database.execute("COMMIT")
    except sqlite3.Error:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _explained(path: Path, error: sqlite3.Error | OSError) -> HistoryError:
    if isinstance(error, OSError):
        return HistoryError(
            f"The history {path} cannot be used: {error.strerror}.", advice="Mend the permissions of its folder."
        )
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return HistoryError(
            f"The history {path} is locked by another program.", advice="Close the program that holds it."
        )
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return HistoryError(f"The history {path} is damaged: {error}.", advice=_advice(path))
    if code == sqlite3.SQLITE_FULL:
        return HistoryError(f"There is no room on the disk for the history {path}.", advice="Make room on the disk.")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR):
        return HistoryError(
            f"The history {path} cannot be opened for writing: {error}.",
            advice="Mend the permissions of the file and its folder.",
        )
    return HistoryError(f"The history {path} cannot be used: {error}.", advice=_advice(path))


def _advice(path: Path) -> str:
    moved = path.with_name(f"{path.stem}-damaged{path.suffix}")
    if os.path.lexists(moved):
        return f"Move {path.name} out of {path.parent}: a new history is begun, and what waits is added to it."
    return f"Move it away (mv {path} {moved}): a new history is begun, and what waits is added to it."
