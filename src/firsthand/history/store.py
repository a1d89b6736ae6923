"""The history file: opens, appends and reads, and says plainly what is wrong when it cannot."""

import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from firsthand.core.errors import HistoryError, UsageError
from firsthand.core.limits import HISTORY_LINES_MAX
from firsthand.core.places import data_dir
from firsthand.history.event import Event, Kind, new_event, timestamp
from firsthand.history.journal import Journal, Merged, Stamp
from firsthand.history.pending import Pending

FILE_NAME = "history.sqlite3"
SCHEMA_VERSION = 2
BUSY_TIMEOUT_S = 5.0
"""How long an append or a read waits for another process's turn."""

_TABLE = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    data TEXT NOT NULL,
    place TEXT NOT NULL
)
"""
"""`place` is where an event stands in time: at `at`, or, when the clock was set back, right after all before it."""
_INDEX = "CREATE INDEX events_by_place ON events (place, seq)"
_DATA = msgspec.json.Decoder(dict[str, Any])

_NEVER_CHANGED = """
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END
"""
_NEVER_REMOVED = """
CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never removed'); END
"""

_STEPS: dict[int, tuple[str, ...]] = {
    0: (_TABLE, _INDEX, _NEVER_CHANGED, _NEVER_REMOVED),
    1: (
        "DROP TRIGGER IF EXISTS events_are_never_changed",
        "ALTER TABLE events ADD COLUMN place TEXT NOT NULL DEFAULT ''",
        "UPDATE events SET place = at",
        "DROP INDEX IF EXISTS events_by_time",
        _INDEX,
        _NEVER_CHANGED,
    ),
}
"""What makes a file of this version one of the newest."""


class History(Journal):
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

    def append(self, kind: Kind, data: dict[str, Any], *, once: str = "") -> Event:
        """Record that something happened now. What is told of one thing `once` is recorded once, however often.

        Raises:
            HistoryError: the file cannot be used now. The event waits beside it and is appended at the next
                opportunity, unless the message says that even this failed.
        """
        return self._append([new_event(kind, data, once)])[0]

    def append_all(self, kind: Kind, each: Iterable[dict[str, Any]]) -> list[Event]:
        """Record that several things of one kind happened now, all or none.

        Raises:
            HistoryError: as in `append`.
        """
        return self._append([new_event(kind, data) for data in each])

    def _append(self, events: list[Event]) -> list[Event]:
        try:
            self._write(events)
        except HistoryError as error:
            raise self._set_aside(events, error) from error
        return events

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
        chosen = f"WHERE at >= ? {of_kind} ORDER BY place, seq"
        query = f"SELECT id, at, kind, version, data, place FROM events {chosen}"  # noqa: S608  # only marks
        try:
            with closing(self._connect()) as database:
                rows = database.execute(query, [timestamp(since) if since else "", *wanted]).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise _explained(self.path, error) from error
        for row in rows:
            yield self._event(row)

    def stamp(self) -> Stamp:
        """What changes whenever the history does: cheap enough to be asked for with every page.

        Raises:
            HistoryError: the file cannot be used now.
        """
        if self.pending.exists:
            self._write([])
        # The file is not opened but by SQLite: closing it would free this process's locks on it (fcntl(2)).
        try:
            if not self.path.exists():
                return (str(self.path), 0, 0)
            with closing(self._connect()) as database:
                (last,) = database.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
            return (str(self.path), self.path.stat().st_ino, last)
        except (sqlite3.Error, OSError) as error:
            raise _explained(self.path, error) from error

    def merge(self, lines: Iterable[bytes], *, skip_damaged: bool = False) -> Merged:
        """Take in what another history exported; events that are known already are passed over.

        All or nothing: a line that is no event, a crash, a full disk leave the history as it was.

        Raises:
            UsageError: a line holds no event (unless these are to be skipped), or there are too many.
            HistoryError: the file cannot be used now.
        """
        events, damaged = read_lines(lines, skip_damaged)
        new = self._write(events, imported=True)
        return Merged(new, len(events) - new, damaged)

    def _write(self, events: list[Event], *, imported: bool = False) -> int:
        """Append what waits, then these events; returns how many of these are new."""

        def append_waiting(waiting: list[Event]) -> None:
            _insert(database, waiting)

        try:
            with closing(self._connect()) as database:
                self.pending.drain(append_waiting)
                return _insert(database, events, imported=imported) if events else 0
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
            with _transaction(database):
                # Another process may have been here while this one waited for its turn.
                (found,) = database.execute("PRAGMA user_version").fetchone()
                for statement in _STEPS.get(found, ()):
                    database.execute(statement)
                database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        database.execute("PRAGMA synchronous = FULL")

    def _event(self, row: tuple[str, str, str, int, str, str]) -> Event:
        event_id, at, kind, version, data, place = row
        try:
            known = _DATA.decode(data)
            return Event(event_id, at, kind, version, known, "" if place == at else place)
        except msgspec.DecodeError as error:
            raise HistoryError(
                f"The event {event_id} in the history {self.path} is damaged: {error}.", advice=_advice(self.path)
            ) from error

    def _set_aside(self, events: list[Event], why: HistoryError) -> HistoryError:
        try:
            for event in events:
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


def read_lines(lines: Iterable[bytes], skip_damaged: bool) -> tuple[list[Event], int]:
    """The events that lines hold, and how many lines hold none.

    Raises:
        UsageError: a line holds none and these are not to be skipped, or there are too many.
    """
    events, damaged = [], 0
    for number, each in enumerate(lines, 1):
        if number > HISTORY_LINES_MAX:
            raise UsageError(f"It has more than {HISTORY_LINES_MAX} lines; nothing was imported.")
        if not each.strip():
            continue
        try:
            events.append(Event.read_line(each))
        except ValueError as error:
            if not skip_damaged:
                raise UsageError(
                    f"Line {number} is not an event: {error}. Nothing was imported.",
                    advice="Export it again where it came from. If you cannot: --skip-damaged takes in all the others.",
                ) from None
            damaged += 1
    return events, damaged


def _insert(database: sqlite3.Connection, events: list[Event], *, imported: bool = False) -> int:
    """Append events, all or none; one whose id is known is passed over. Returns how many are new.

    What happens here comes after all that is here, whatever the clock shows; what is imported keeps its place.
    """
    with _transaction(database):
        (latest,) = database.execute("SELECT coalesce(max(place), '') FROM events").fetchone()
        before = database.total_changes
        for event in events:
            place = event.order or event.at
            if not imported:
                place = latest = max(place, latest)
            # A known id is an event that was appended just before a crash, or imported before: once is enough.
            database.execute(
                "INSERT INTO events (id, at, kind, version, data, place) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (id) DO NOTHING",
                (event.id, event.at, event.kind, event.version, msgspec.json.encode(event.data).decode(), place),
            )
        return database.total_changes - before


@contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
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
