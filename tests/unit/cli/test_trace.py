"""`firsthand trace` on a kept run with several doors: the whole, one door, one check, an overview, files."""

import json
from pathlib import Path

import msgspec
import pytest
import sample_runs as sample
from click.testing import CliRunner
from tape import Tape, command, http_reply, http_request, query, rows

from firsthand.bench.wire import Record
from firsthand.cli.overview import overview
from firsthand.cli.trace import trace
from firsthand.core.errors import UsageError
from firsthand.core.results import encode
from firsthand.core.verdicts import Verdict

RUN = "20261122-143501-a3f9"


def a_run() -> Tape:
    tape = Tape("bodies", "answers").http(1, "web").resp(2).postgres(3)
    tape.say(1, 1.0, http_request("/products/7"))
    tape.say(2, 1.001, command("GET", "product:7")).hear(2, 1.002, b"$-1\r\n")
    tape.hear(1, 1.006, http_reply(200))
    tape.add(Record(2.0, "open", 4, "web", "bodies", "keeps_the_connection_open", text="127.0.0.1:8000"))
    tape.during("bodies", "keeps_the_connection_open").say(4, 2.0, http_request("/orders"))
    return tape.say(3, 2.001, query("SELECT 1")).hear(3, 2.002, rows(1)).hear(4, 2.003, http_reply(200))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data" / "runs" / RUN
    (folder / "wire").mkdir(parents=True)
    (folder / "wire" / "wire.jsonl").write_bytes(msgspec.json.Encoder().encode_lines(a_run().records))
    failed = sample.failed_check("keeps_the_connection_open")
    report = sample.report(sample.stage("bodies", Verdict.FAILED, sample.passed_check(), failed))
    (folder / "report.json").write_bytes(encode(report))
    return folder


def traced(*words: str) -> str:
    done = CliRunner().invoke(trace, [RUN, *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_sequence_of_all_doors_marks_the_check_that_failed(kept: Path) -> None:
    lines = traced().splitlines()

    assert [line for line in lines if not line.startswith(" ")] == [
        "bodies · answers", "", "✗ bodies · keeps_the_connection_open",
    ]  # fmt: skip
    assert '  Body: expected "abc", got "abX".' in lines
    assert any("postgres    SELECT 1  → 1 row" in line for line in lines)


def test_the_time_of_one_check_holds_what_older_connections_said_then(kept: Path) -> None:
    text = traced("--check", "keeps_the_connection_open")

    assert "SELECT 1" in text
    assert "GET /orders" in text
    assert "products" not in text


def test_one_door_is_shown_alone_and_a_process_byte_for_byte(kept: Path) -> None:
    assert traced("--only", "redis").splitlines()[1:] == ["    1.001 s  redis  GET product:7  → null  (1.0 ms)"]
    assert "    1.000 s  → GET /products/7 HTTP/1.1\n                Host: x\n" in traced("--only", "web")


def test_a_door_that_nobody_knocked_at_is_told_with_those_that_there_are(kept: Path) -> None:
    with pytest.raises(UsageError) as raised:
        traced("--only", "mongo")

    assert 'Nothing was said to "mongo"' in raised.value.message
    assert raised.value.advice == "There is: postgres, redis, web."


def test_both_files_can_be_written_at_once_and_hold_one_door_where_asked(kept: Path, tmp_path: Path) -> None:
    har, packets = tmp_path / "run.har", tmp_path / "run.pcapng"

    told = traced("--har", str(har), "--pcapng", str(packets))

    assert told == f"Written: {har}\nWritten: {packets}\n"
    assert len(json.loads(har.read_text())["log"]["entries"]) == 2
    whole = packets.stat().st_size
    traced("--only", "redis", "--pcapng", str(packets))
    assert packets.stat().st_size < whole
    with pytest.raises(UsageError, match="cannot be written"):
        traced("--pcapng", str(tmp_path / "no" / "such.pcapng"))


def test_a_wire_whose_report_is_damaged_can_still_be_read(kept: Path) -> None:
    (kept / "report.json").write_text("{")

    assert "✗" not in traced()
    assert "SELECT 1" in traced()


def test_the_overview_tells_for_each_check_what_was_said_to_whom() -> None:
    lines = [line.plain for line in overview(a_run().records, RUN, 1234, {("bodies", "keeps_the_connection_open"): ""})]

    assert lines[:6] == [
        "bodies",
        "  answers                    web          1 connection   →        37 bytes  ←         40 bytes",
        "                             redis        1 connection   →        28 bytes  ←          5 bytes",
        "                             postgres     1 connection   →        18 bytes  ←         15 bytes",
        "✗ keeps_the_connection_open  web          1 connection   →        33 bytes  ←         40 bytes",
        "                             postgres     0 connections  →        14 bytes  ←         32 bytes",
    ]
    assert lines[-2].endswith(f"trace {RUN} --check keeps_the_connection_open")
    assert lines[-1].startswith("All 1,234 lines:")
