"""The recorded wire: what went where and when, bounded, and the same when it is read back."""

from pathlib import Path

from firsthand.bench.wire import Recorder, load
from firsthand.core.limits import WIRE_CONNECTION_BYTES_MAX, WIRE_RECORDS_MAX, WIRE_RUN_BYTES_MAX


def test_what_was_recorded_is_read_back_as_it_was(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.stage, recorder.check = "stage-1", "greets"
    conn = recorder.open("web")
    recorder.sent(conn, b"GET / HTTP/1.1\r\n\xff")
    recorder.received(conn, bytes(range(256)))
    recorder.note("a pause", conn)
    recorder.end(conn)
    recorder.closed(conn, "reset")
    recorder.save(tmp_path / "wire.jsonl")

    records = list(load(tmp_path / "wire.jsonl"))

    assert records == recorder.records
    assert [record.kind for record in records] == ["open", "sent", "received", "note", "end", "closed"]
    assert (records[0].door, records[0].stage, records[0].check) == ("web", "stage-1", "greets")
    assert records[2].data == bytes(range(256))
    assert [record.at for record in records] == sorted(record.at for record in records)


def test_a_connection_keeps_its_first_bytes_and_counts_the_others() -> None:
    recorder = Recorder()
    conn = recorder.open("web")
    for _ in range(3):
        recorder.received(conn, b"x" * WIRE_CONNECTION_BYTES_MAX)
    recorder.sent(conn, b"the other direction has room of its own")

    pieces = [record for record in recorder.records if record.kind == "received"]
    assert sum(len(piece.data) for piece in pieces) == WIRE_CONNECTION_BYTES_MAX
    assert sum(piece.left_out for piece in pieces) == 2 * WIRE_CONNECTION_BYTES_MAX
    assert recorder.records[-1].left_out == 0


def test_a_piece_tells_its_check_where_another_one_opened_the_connection() -> None:
    recorder = Recorder()
    recorder.stage, recorder.check = "first", "opens"
    conn = recorder.open("postgres", "127.0.0.1:5432", "postgres")
    recorder.sent(conn, b"asked in its own time")
    recorder.check = "asks_again"
    recorder.sent(conn, b"asked later")
    recorder.fault("reset", "postgres")

    opened, own, later, fault = recorder.records
    assert (opened.protocol, opened.check, own.check) == ("postgres", "opens", "")
    assert (later.stage, later.check) == ("first", "asks_again")
    assert (fault.kind, fault.door, fault.check) == ("fault", "postgres", "asks_again")


def test_its_clock_is_that_of_its_records() -> None:
    recorder = Recorder()
    before = recorder.clock()
    recorder.note("now")
    assert before <= recorder.records[0].at <= recorder.clock()


def test_a_run_keeps_no_more_than_its_share() -> None:
    recorder = Recorder()
    for _ in range(2 * WIRE_RUN_BYTES_MAX // WIRE_CONNECTION_BYTES_MAX):
        recorder.received(recorder.open("web"), b"x" * WIRE_CONNECTION_BYTES_MAX)

    assert sum(len(record.data) for record in recorder.records) == WIRE_RUN_BYTES_MAX


def test_a_program_that_sends_byte_by_byte_does_not_fill_memory_with_records() -> None:
    recorder = Recorder()
    conn = recorder.open("web")
    for _ in range(WIRE_RECORDS_MAX + 10):
        recorder.received(conn, b"x")

    assert len(recorder.records) == WIRE_RECORDS_MAX
    assert recorder.records_left_out == 11
