"""Histories of several machines become one, without loss or doubles, whatever the clocks showed."""

import io
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.errors import HistoryError, UsageError
from firsthand.core.limits import HISTORY_LINE_BYTES_MAX
from firsthand.history import SCHEMA_VERSION, Event, History, Merged
from firsthand.history import event as event_module
from firsthand.history.event import timestamp

PROCESSES = 3
START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

VERSION_1 = """
CREATE TABLE events (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at TEXT NOT NULL, kind TEXT NOT NULL,
    version INTEGER NOT NULL, data TEXT NOT NULL);
CREATE INDEX events_by_time ON events (at, seq);
CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'events are never removed'); END;
INSERT INTO events (id, at, kind, version, data)
    VALUES ('a1', '2026-11-22T12:00:00.000000Z', 'began', 1, '{"lab":"a"}');
PRAGMA user_version = 1;
"""


class Clock:
    """A machine's clock, set by hand."""

    def __init__(self) -> None:
        self.shows = START

    def now(self, _zone: object) -> datetime:
        """What it shows; each look is a microsecond later."""
        self.shows += timedelta(microseconds=1)
        return self.shows


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()

    class _Datetime(datetime):
        now = clock.now  # type: ignore[assignment]

    monkeypatch.setattr(event_module, "datetime", _Datetime)
    return clock


def _machine(tmp_path: Path, name: str) -> History:
    return History(tmp_path / f"{name}.sqlite3")


def _lines(history: History) -> list[bytes]:
    out = io.BytesIO()
    history.export(out)
    return out.getvalue().splitlines(keepends=True)


def _event(event_id: str, seconds: int = 0) -> Event:
    return Event(event_id, timestamp(START + timedelta(seconds=seconds)), "hint", 1, {"lab": "a"})


def test_an_exported_history_is_the_same_after_its_import(tmp_path: Path) -> None:
    old, new = _machine(tmp_path, "old"), _machine(tmp_path, "new")
    old.append("plan", {"goal": "first-job", "hours": {"mon": 1.5}, "start": "2026-11-22", "deadline": ""})
    old.append("answer", {"question": "NET-01.1", "competency": "NET-01", "given": "é\n🦀", "result": "unsure"})

    assert new.merge(_lines(old)) == Merged(new=2, known=0)
    assert list(new.read()) == list(old.read())
    assert _lines(new) == _lines(old)


def test_two_machines_that_exchange_their_histories_end_with_the_same_one(tmp_path: Path, clock: Clock) -> None:
    desk, train = _machine(tmp_path, "desk"), _machine(tmp_path, "train")
    for number in range(4):
        clock.shows += timedelta(minutes=1)
        (desk, train)[number % 2].append("hint", {"number": number})

    first = train.merge(_lines(desk)), desk.merge(_lines(train))
    again = train.merge(_lines(desk)), desk.merge(_lines(train))

    assert first == (Merged(2, 0), Merged(2, 2))
    assert again == (Merged(0, 4), Merged(0, 4))
    assert [event.data["number"] for event in desk.read()] == [0, 1, 2, 3]
    assert _lines(desk) == _lines(train)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-5, 5)), max_size=20), st.permutations([0, 1, 2]))
def test_any_order_of_merging_gives_one_history_without_loss_or_doubles(
    tmp_path_factory: pytest.TempPathFactory, written: list[tuple[int, int]], turns: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("machines")
    events = [_event(f"e{number}", seconds) for number, (_, seconds) in enumerate(written)]
    exports = [[e.line() for e, (who, _) in zip(events, written, strict=True) if who == each] for each in range(3)]
    merged = History(folder / "merged.sqlite3")
    for turn in [*turns, *turns]:
        merged.merge(exports[turn])

    found = list(merged.read())
    assert sorted(e.id for e in found) == sorted(e.id for e in events)
    assert [e.at for e in found] == sorted(e.at for e in events)


def test_a_clock_that_is_set_back_does_not_turn_the_order_of_events(tmp_path: Path, clock: Clock) -> None:
    history = _machine(tmp_path, "here")
    history.append("course", {"state": "watching"})
    clock.shows -= timedelta(days=400)
    history.append("course", {"state": "done"})
    clock.shows += timedelta(days=400)
    history.append("course", {"state": "skipped"})

    assert [event.data["state"] for event in history.read()] == ["watching", "done", "skipped"]
    assert [event.time.year for event in history.read()] == [2026, 2025, 2026]


def test_a_clock_that_once_showed_a_far_future_does_not_keep_later_events_behind(tmp_path: Path, clock: Clock) -> None:
    here, there = _machine(tmp_path, "here"), _machine(tmp_path, "there")
    clock.shows += timedelta(days=3650)
    here.append("plan", {"goal": "first"})
    clock.shows -= timedelta(days=3650)
    here.append("plan", {"goal": "second"})

    there.merge(_lines(here))

    for history in (here, there):
        assert [event.data["goal"] for event in history.read()] == ["first", "second"]
    assert [event.time.year for event in there.read()] == [2036, 2026]


def test_what_is_appended_after_an_import_comes_after_what_was_imported(tmp_path: Path, clock: Clock) -> None:
    here = _machine(tmp_path, "here")
    ahead = Event("e1", timestamp(clock.shows + timedelta(minutes=10)), "plan", 1, {"goal": "theirs"})
    here.merge([ahead.line()])
    here.append("plan", {"goal": "ours"})

    assert [event.data["goal"] for event in here.read()] == ["theirs", "ours"]


@pytest.mark.parametrize(
    ("damaged", "says"),
    [
        (b'{"id":"e2","at":"2026-', "Line 2 is not an event"),
        (b'{"id":"e2","at":"yesterday","kind":"hint","version":1,"data":{}}\n', "Line 2 is not an event"),
        (b'{"id":"","at":"2026-11-22T12:00:00.000000Z","kind":"hint","version":1,"data":{}}\n', "no id"),
        (b'{"id":"e2","at":"2026-11-22T12:00:00.000000Z","kind":"hint","version":1,"data":{},"new":1}\n', "new"),
        (b'{"id":"e2","filler":"' + b"x" * HISTORY_LINE_BYTES_MAX + b'"}\n', "longer than"),
        (b"\xff\xfe\n", "Line 2 is not an event"),
    ],
    ids=["cut off", "no time", "no id", "unknown key", "too long", "not UTF-8"],
)
def test_a_damaged_line_is_named_and_nothing_is_imported_unless_it_is_to_be_skipped(
    tmp_path: Path, damaged: bytes, says: str
) -> None:
    history = _machine(tmp_path, "here")
    lines = [_event("e1").line(), damaged, _event("e3").line()]

    with pytest.raises(UsageError, match=says):
        history.merge(lines)
    assert list(history.read()) == []
    assert history.merge(lines, skip_damaged=True) == Merged(new=2, known=0, damaged=1)


def test_an_event_that_stands_twice_in_a_file_is_taken_once(tmp_path: Path) -> None:
    history = _machine(tmp_path, "here")
    line = _event("e1").line()

    assert history.merge([line, b"\n", line]) == Merged(new=1, known=1)


def test_kinds_and_versions_of_a_later_firsthand_are_kept_for_it(tmp_path: Path) -> None:
    history = _machine(tmp_path, "here")
    later = Event("e1", timestamp(START), "dream", 7, {"of": "sheep"})

    history.merge([later.line()])

    assert list(history.read()) == [later]


def test_an_import_that_is_killed_half_way_leaves_nothing_and_can_be_repeated(tmp_path: Path) -> None:
    history = _machine(tmp_path, "here")
    kept = history.append("began", {"lab": "a"})
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from firsthand.history import store\n"
        "from firsthand.history import Event, History\n"
        "real = store.msgspec.json.encode\n"
        "seen = []\n"
        "def encode(data):\n"
        "    seen.append(data)\n"
        "    if len(seen) == 50:\n"
        "        print('half way', flush=True)\n"
        "        sys.stdin.read()\n"
        "    return real(data)\n"
        "class Json: encode = staticmethod(encode); decode = staticmethod(store.msgspec.json.decode)\n"
        "class Spec: json = Json; DecodeError = store.msgspec.DecodeError\n"
        "store.msgspec = Spec\n"
        "at = '2026-11-22T12:00:00.000000Z'\n"
        'line = \'{"id":"e%d","at":"\' + at + \'","kind":"hint","version":1,"data":{}}\'\n'
        "History(Path(sys.argv[1])).merge([(line % n).encode() for n in range(100)])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, history.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as importing:
        assert importing.stdout is not None
        assert importing.stdout.readline() == b"half way\n"
        os.kill(importing.pid, signal.SIGKILL)

    assert [event.id for event in history.read()] == [kept.id]
    assert history.merge([_event(f"e{n}").line() for n in range(100)]) == Merged(100, 0)


def _merge_and_append(path: Path, who: int) -> None:
    history = History(path)
    history.merge([_event(f"shared-{n}").line() for n in range(50)])
    history.append("hint", {"who": who})


def test_processes_that_import_the_same_file_at_once_leave_each_event_once(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    spawn = multiprocessing.get_context("spawn")
    working = [spawn.Process(target=_merge_and_append, args=(path, who)) for who in range(PROCESSES)]
    for each in working:
        each.start()
    for each in working:
        each.join(60)

    assert [each.exitcode for each in working] == [0] * PROCESSES
    found = list(History(path).read())
    assert len(found) == 50 + PROCESSES
    assert {event.data["who"] for event in found if "who" in event.data} == set(range(PROCESSES))


def test_a_history_of_the_first_format_is_brought_up_to_date_and_keeps_its_events(tmp_path: Path) -> None:
    history = _machine(tmp_path, "old")
    with closing(sqlite3.connect(history.path)) as database:
        database.executescript(VERSION_1)

    added = history.append("run", {"run": "r1"})

    assert [event.id for event in history.read()] == ["a1", added.id]
    with closing(sqlite3.connect(history.path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            database.execute("UPDATE events SET kind = 'run'")


def test_a_history_whose_update_was_cut_off_is_brought_up_to_date_at_the_next_use(tmp_path: Path) -> None:
    history = _machine(tmp_path, "old")
    with closing(sqlite3.connect(history.path, isolation_level=None)) as database:
        database.executescript(VERSION_1)
        database.execute("BEGIN IMMEDIATE")
        database.execute("ALTER TABLE events ADD COLUMN place TEXT NOT NULL DEFAULT ''")
        # closed in the middle: the transaction is rolled back, as after a crash

    assert [event.id for event in history.read()] == ["a1"]


def test_an_import_into_a_locked_history_is_told_and_changes_nothing(tmp_path: Path) -> None:
    history = History(tmp_path / "history.sqlite3", busy_timeout_s=0.05)
    history.append("began", {"lab": "a"})
    with closing(sqlite3.connect(history.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HistoryError, match="locked"):
            history.merge([_event("e1").line()])
        other.execute("ROLLBACK")

    assert [event.kind for event in history.read()] == ["began"]


def test_data_of_an_event_is_read_by_type_and_never_trips_over_another_one() -> None:
    event = Event("e", timestamp(START), "x", 1, {"a": "t", "b": ["u", 3], "c": 2.5, "d": {"e": 1, "f": "no"}})

    assert (event.text("a"), event.text("c"), event.text("z")) == ("t", "", "")
    assert (event.texts("b"), event.texts("a")) == (["u"], [])
    assert (event.number("c"), event.number("a")) == (2.5, 0)
    assert (event.numbers("d"), event.numbers("a")) == ({"e": 1}, {})
