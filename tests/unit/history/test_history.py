"""The history keeps every event once, whoever writes, and says what is wrong when it cannot."""

import io
import json
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

from firsthand.core.errors import HistoryError
from firsthand.history import SCHEMA_VERSION, History
from firsthand.history.event import new_event

PROCESSES = 4
EVENTS_EACH = 25


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite3", busy_timeout_s=0.05)


def _append_many(path: Path, who: int) -> None:
    for number in range(EVENTS_EACH):
        History(path).append("hint", {"who": who, "number": number})


def _ids(history: History) -> list[str]:
    return [event.id for event in history.read()]


def test_a_history_that_was_never_written_is_empty_and_makes_no_file(history: History) -> None:
    assert list(history.read()) == []
    assert not history.path.exists()


def test_what_was_appended_is_read_in_order(history: History) -> None:
    first = history.append("began", {"lab": "net-byo-http", "language": "python", "folder": "/w"})
    second = history.append("run", {"lab": "net-byo-http", "verdict": "failed", "words": "é\r\n🦀"})
    assert list(history.read()) == [first, second]


def test_kinds_and_time_choose_events(history: History) -> None:
    history.append("began", {"lab": "a"})
    hint = history.append("hint", {"lab": "a", "check": "b", "number": 1})
    assert list(history.read(kinds=["hint"])) == [hint]
    assert list(history.read(kinds=[])) == []
    assert len(list(history.read(since=datetime.now(UTC) - timedelta(hours=1)))) == 2
    assert list(history.read(since=datetime.now(UTC) + timedelta(hours=1))) == []


def test_export_writes_one_json_object_a_line(history: History) -> None:
    event = history.append("solution", {"lab": "a", "language": "go", "after": "passed"})
    out = io.BytesIO()
    assert history.export(out) == 1
    assert json.loads(out.getvalue()) == {
        "id": event.id,
        "at": event.at,
        "kind": "solution",
        "version": 1,
        "data": {"lab": "a", "language": "go", "after": "passed"},
    }


def test_several_processes_append_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite3"
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_append_many, args=(path, who)) for who in range(PROCESSES)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * PROCESSES
    found = [(event.data["who"], event.data["number"]) for event in History(path).read()]
    assert sorted(found) == [(who, number) for who in range(PROCESSES) for number in range(EVENTS_EACH)]


def test_events_can_be_neither_changed_nor_removed(history: History) -> None:
    history.append("began", {"lab": "a"})
    with closing(sqlite3.connect(history.path)) as database:
        for statement in ("UPDATE events SET kind = 'run'", "DELETE FROM events"):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                database.execute(statement)


def test_a_locked_history_keeps_the_event_beside_it_and_takes_it_up_once(history: History) -> None:
    history.append("began", {"lab": "a"})
    with closing(sqlite3.connect(history.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(HistoryError, match="locked by another program") as raised:
            history.append("run", {"run": "r1"})
        assert "Nothing is lost" in raised.value.advice
        assert str(history.pending.path) in raised.value.advice
        with pytest.raises(HistoryError, match="locked"):
            list(history.read())
        other.execute("ROLLBACK")
    assert [event.kind for event in history.read()] == ["began", "run"]
    history.append("hint", {"lab": "a"})
    assert [event.kind for event in history.read()] == ["began", "run", "hint"]
    assert not history.pending.exists


def test_a_corrupt_history_is_told_and_a_new_one_takes_up_what_waited(history: History) -> None:
    history.path.write_bytes(b"this was never a database, but it is long enough to be read as one" * 100)
    with pytest.raises(HistoryError, match="is damaged") as raised:
        history.append("run", {"run": "r1"})
    assert "mv " in raised.value.advice
    with pytest.raises(HistoryError, match="is damaged"):
        list(history.read())
    history.path.rename(history.path.with_name("away"))
    assert [event.data for event in history.read()] == [{"run": "r1"}]


def test_pages_of_the_file_that_were_overwritten_are_told(history: History) -> None:
    for number in range(200):
        history.append("hint", {"number": number, "filler": "x" * 200})
    with history.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (history.path.stat().st_size - 4096))
    with pytest.raises(HistoryError, match="is damaged"):
        list(history.read())


def test_an_event_whose_data_is_not_json_is_told(history: History) -> None:
    event = history.append("began", {"lab": "a"})
    with closing(sqlite3.connect(history.path)) as database:
        database.execute("DROP TRIGGER events_are_never_changed")
        database.execute("UPDATE events SET data = '{' ")
        database.commit()
    with pytest.raises(HistoryError, match=event.id):
        list(history.read())


def test_a_newer_history_is_left_as_it_is(history: History) -> None:
    history.append("began", {"lab": "a"})
    with closing(sqlite3.connect(history.path)) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = history.path.read_bytes()
    with pytest.raises(HistoryError, match="newer Firsthand") as raised:
        history.append("run", {"run": "r1"})
    assert "Update Firsthand" in raised.value.advice
    assert history.path.read_bytes() == before
    assert history.pending.exists


def test_a_place_that_cannot_be_written_at_all_says_that_the_event_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HistoryError, match="Nor can") as raised:
        History(tmp_path / "file" / "history.sqlite3").append("run", {})
    assert "not in your history" in raised.value.advice


def test_an_event_that_was_appended_before_a_crash_is_not_appended_again(history: History) -> None:
    event = history.append("run", {"run": "r1"})
    history.pending.add(event)
    assert _ids(history) == [event.id]
    assert not history.pending.exists


def test_a_half_written_line_is_set_aside_and_swallows_nothing(history: History) -> None:
    event = new_event("run", {"run": "r1"})
    history.pending.path.write_bytes(event.line()[:20])
    whole = new_event("run", {"run": "r2"})
    history.pending.add(whole)
    assert _ids(history) == [whole.id]
    assert history.pending.path.with_suffix(".damaged").read_bytes() == event.line()[:20] + b"\n"


def test_a_writer_killed_in_mid_transaction_loses_only_its_own_event(history: History) -> None:
    kept = history.append("began", {"lab": "a"})
    script = (
        "import sqlite3, sys\n"
        "database = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "database.execute('PRAGMA cache_size = 1')\n"
        "database.execute('BEGIN IMMEDIATE')\n"
        "for n in range(300):\n"
        '    database.execute("INSERT INTO events (id, at, kind, version, data, place) "\n'
        "                     \"VALUES (?, '', 'run', 1, ?, '')\", (str(n), 'x' * 3000))\n"
        "print('written', flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, history.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"written\n"
        os.kill(writer.pid, signal.SIGKILL)
    assert _ids(history) == [kept.id]
    with closing(sqlite3.connect(history.path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_user_has_one_history_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path))
    assert History.open().path == tmp_path / "data" / "history.sqlite3"


def test_what_is_told_of_one_thing_is_recorded_once(history: History) -> None:
    first = history.append("run", {"run": "a"}, once="a")
    again = history.append("run", {"run": "a"}, once="a")
    history.append("run", {"run": "b"}, once="b")
    history.append("hint", {"run": "a"}, once="a")

    assert first.id == again.id
    assert [(event.kind, event.data["run"]) for event in history.read()] == [("run", "a"), ("run", "b"), ("hint", "a")]


def test_a_stamp_changes_with_the_history_and_only_then(history: History) -> None:
    empty = history.stamp()
    assert history.stamp() == empty
    history.append("hint", {})
    one = history.stamp()
    assert one != empty
    assert history.stamp() == one
    history.pending.add(new_event("hint", {}))
    assert history.stamp() != one
    assert len(list(history.read())) == 2


def test_a_history_that_was_moved_away_has_another_stamp(history: History) -> None:
    history.append("hint", {})
    before = history.stamp()
    history.path.rename(history.path.with_name("moved.sqlite3"))
    history.append("hint", {})
    assert history.stamp() != before


def test_the_stamp_of_a_damaged_history_says_what_is_wrong(history: History) -> None:
    history.path.write_bytes(b"no database" * 100)
    with pytest.raises(HistoryError, match="is damaged"):
        history.stamp()
