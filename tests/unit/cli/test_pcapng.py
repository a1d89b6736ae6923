"""The pcapng export is read back by tshark: complete connections, decoded protocols, and faults as comments."""

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dpkt
import pytest
from tape import Tape, command, http_reply, http_request, query, rows

from firsthand.bench.wire import CLIENT_CLOSED, CLOSED_BY_US, Record
from firsthand.study.pcapng import PACKET_BYTES_MAX, pcapng

STARTED = datetime(2026, 11, 22, 14, 35, 1, tzinfo=UTC)
TSHARK = shutil.which("tshark")
needs_tshark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")


def a_run() -> Tape:
    tape = Tape("stock", "asks_once").http(1, "web").resp(2).postgres(3)
    tape.say(1, 1.0, http_request("/products/7"))
    tape.say(2, 1.001, command("GET", "product:7")).hear(2, 1.002, b"$-1\r\n")
    tape.say(3, 1.003, query("SELECT name FROM products WHERE id = 7")).hear(3, 1.005, rows(1))
    tape.hear(1, 1.006, http_reply(200)).add(Record(1.05, "note", 3, text=CLIENT_CLOSED))
    tape.add(Record(1.1, "fault", 0, "redis", "stock", "asks_once", text="2 connections are reset"))
    tape.add(Record(1.2, "closed", 2, text="reset by the check")).add(Record(1.3, "end", 1))
    return tape.add(Record(1.4, "closed", 1, text=CLOSED_BY_US)).add(Record(1.5, "note", 0, text="the last word"))


def read(tmp_path: Path, tape: Tape, *fields: str, wanted: str = "") -> list[list[str]]:
    """What tshark says of each packet that is wanted."""
    file = tmp_path / "run.pcapng"
    file.write_bytes(pcapng(tape.records, started=STARTED))
    told = _tshark(tmp_path, "-r", str(file), "-T", "json", *(("-Y", wanted) if wanted else ()))
    packets: list[dict[str, Any]] = json.loads(told)
    layers = [packet["_source"]["layers"] for packet in packets]
    return [[_find(layer, name) for name in fields] for layer in layers]


def _tshark(home: Path, *words: str) -> str:
    assert TSHARK, "asked only where it is"
    done = subprocess.run(
        [TSHARK, "-n", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", *words],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _find(layers: Any, name: str) -> str:
    """The first value of this name, wherever it stands."""
    if isinstance(layers, dict):
        if name in layers and not isinstance(layers[name], dict):
            return str(layers[name])
        layers = list(layers.values())
    if isinstance(layers, list):
        return next((found for one in layers if (found := _find(one, name))), "")
    return ""


@needs_tshark
def test_every_protocol_is_decoded(tmp_path: Path) -> None:
    tape = a_run()

    assert read(tmp_path, tape, "http.request.uri", wanted="http.request") == [["/products/7"]]
    assert read(tmp_path, tape, "http.response.code", wanted="http.response") == [["200"]]
    assert read(tmp_path, tape, "pgsql.query", wanted="pgsql.query") == [["SELECT name FROM products WHERE id = 7"]]
    (asked,) = read(tmp_path, tape, "resp.bulk_string.value", wanted='resp && tcp.payload contains "product:7"')
    assert asked != [""]


@needs_tshark
def test_connections_are_complete_and_no_packet_is_out_of_order(tmp_path: Path) -> None:
    tape = a_run()

    for wrong in ("tcp.analysis.flags", "tcp.checksum.status != 1", "ip.checksum.status != 1"):
        assert read(tmp_path, tape, "frame.number", wanted=wrong) == []
    assert len(read(tmp_path, tape, "frame.number", wanted="tcp.flags.syn == 1")) == 6
    assert len(read(tmp_path, tape, "frame.number", wanted="tcp.flags.fin == 1")) == 3
    ((stream,),) = read(tmp_path, tape, "tcp.dstport", wanted="tcp.flags.reset == 1")
    assert int(stream) == 10_002


@needs_tshark
def test_the_times_are_those_of_the_run_and_each_door_is_an_interface(tmp_path: Path) -> None:
    ((interface, at),) = read(tmp_path, a_run(), "frame.interface_name", "frame.time_epoch", wanted="pgsql.query")

    assert interface == "postgres"
    assert _seconds(at) == pytest.approx(STARTED.timestamp() + 1.003, abs=1e-5)


def _seconds(told: str) -> float:
    """Newer versions tell a date, older ones seconds."""
    if told[:4].isdigit() and "-" in told:
        whole, _, fraction = told.rstrip("Z").partition(".")
        return datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp() + float(f"0.{fraction}")
    return float(told)


@needs_tshark
def test_faults_and_notes_are_comments_on_the_packet_after_them(tmp_path: Path) -> None:
    found = read(tmp_path, a_run(), "frame.comment", "tcp.flags.reset", wanted="frame.comment")

    assert found[0] == ["redis: 2 connections are reset", "True"] or found[0] == ["redis: 2 connections are reset", "1"]
    assert found[-1][0] == "the last word"


@needs_tshark
def test_what_was_not_kept_is_a_gap_that_is_told(tmp_path: Path) -> None:
    tape = Tape("a", "b").http(1, "web").say(1, 0.1, http_request("/big"))
    tape.add(Record(0.2, "received", 1, data=b"HTTP/1.1 200 OK\r\n", left_out=1_000))
    tape.hear(1, 0.3, b"the end")

    assert len(read(tmp_path, tape, "frame.number", wanted="tcp.analysis.lost_segment")) == 1


@needs_tshark
def test_datagrams_stay_datagrams(tmp_path: Path) -> None:
    import dns.message

    tape = Tape("a", "b")
    tape.add(Record(0.1, "open", 1, "dns", "a", "b", text="127.0.0.1:20053", protocol="dns-udp"))
    tape.say(1, 0.2, dns.message.make_query("www.example.test", "AAAA").to_wire())

    assert read(tmp_path, tape, "dns.qry.name", "udp.dstport", wanted="dns") == [["www.example.test", "53"]]


def test_large_pieces_are_several_packets_and_lose_nothing(tmp_path: Path) -> None:
    data = bytes(range(256)) * 400
    tape = Tape("a", "b").http(1, "web").hear(1, 0.1, data)
    file = tmp_path / "big.pcapng"
    file.write_bytes(pcapng(tape.records))

    with file.open("rb") as opened:
        packets = [dpkt.ip.IP(packet).data for _, packet in dpkt.pcapng.Reader(opened)]

    carried = [bytes(segment.data) for segment in packets if segment.data]
    assert b"".join(carried) == data
    assert max(map(len, carried)) <= PACKET_BYTES_MAX
    assert [segment.sport for segment in packets if segment.data] == [8000] * len(carried)


def test_nothing_recorded_is_a_file_with_nothing_in_it(tmp_path: Path) -> None:
    file = tmp_path / "empty.pcapng"
    file.write_bytes(pcapng([]))

    with file.open("rb") as opened:
        assert list(dpkt.pcapng.Reader(opened)) == []
