"""The HAR export holds what HAR 1.2 demands, and the exchanges as they were."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from firsthand.bench.wire import Record
from firsthand.study.har import har

FIELDS = {
    "entry": {"startedDateTime", "time", "request", "response", "cache", "timings"},
    "request": {
        "method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize",
    },
    "response": {
        "status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize",
        "bodySize",
    },
    "content": {"size", "mimeType"},
    "timings": {"send", "wait", "receive"},
}  # fmt: skip
"""What http://www.softwareishard.com/blog/har-12-spec/ does not call optional."""


def entries(*pieces: tuple[str, float, bytes]) -> list[dict[str, Any]]:
    records = [Record(0.0, "open", 1, "web", "first", "answers", text="127.0.0.1:4000")]
    records += [Record(at, kind, 1, data=data) for kind, at, data in pieces]  # type: ignore[arg-type]
    log = har(records, started=datetime(2026, 11, 22, 14, 35, 1, tzinfo=UTC))["log"]
    assert json.loads(json.dumps(log)) == log
    assert log["version"] == "1.2"
    assert {"name", "version"} <= set(log["creator"])
    found: list[dict[str, Any]] = log["entries"]
    for entry in found:
        assert FIELDS["entry"] <= set(entry)
        assert FIELDS["request"] <= set(entry["request"])
        assert FIELDS["response"] <= set(entry["response"])
        assert FIELDS["content"] <= set(entry["response"]["content"])
        assert FIELDS["timings"] <= set(entry["timings"])
        assert entry["time"] == pytest.approx(sum(entry["timings"].values()))
        datetime.fromisoformat(entry["startedDateTime"])
    return found


def test_an_exchange_is_an_entry_with_headers_query_and_times() -> None:
    (entry,) = entries(
        ("sent", 1.0, b"GET /a?x=1&y= HTTP/1.1\r\nHost: h:1\r\n\r\n"),
        (
            "received",
            1.25,
            b"HTTP/1.1 302 Found It\r\nLocation: /b\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n",
        ),
        ("received", 1.5, b"ok"),
    )
    assert entry["startedDateTime"] == "2026-11-22T14:35:02.000+00:00"
    assert entry["timings"] == {"send": 0.0, "wait": 250.0, "receive": 250.0}
    request, response = entry["request"], entry["response"]
    assert (request["method"], request["url"], request["httpVersion"]) == ("GET", "http://h:1/a?x=1&y=", "HTTP/1.1")
    assert request["queryString"] == [{"name": "x", "value": "1"}, {"name": "y", "value": ""}]
    assert request["headers"] == [{"name": "Host", "value": "h:1"}]
    assert (response["status"], response["statusText"], response["redirectURL"]) == (302, "Found It", "/b")
    assert response["content"] == {"size": 2, "mimeType": "text/plain", "text": "ok"}
    assert (response["headersSize"], response["bodySize"]) == (84, 2)
    assert (entry["connection"], entry["comment"]) == ("1", "first · answers")


def test_binary_bodies_are_carried_too() -> None:
    (entry,) = entries(
        ("sent", 0.0, b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n\x00\xff"),
        ("received", 0.1, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\x00\xff\xfe"),
    )
    assert entry["request"]["postData"]["text"].encode("latin-1") == b"\x00\xff"
    assert entry["request"]["url"] == "http://127.0.0.1:4000/"
    assert entry["response"]["content"]["encoding"] == "base64"
    assert base64.b64decode(entry["response"]["content"]["text"]) == b"\x00\xff\xfe"


def test_pipelined_requests_meet_their_replies_and_interim_ones_are_left_out() -> None:
    found = entries(
        ("sent", 0.0, b"HEAD /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n"),
        ("received", 0.1, b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        ("received", 0.2, b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
    )
    assert [(e["request"]["method"], e["response"]["status"]) for e in found] == [
        ("HEAD", 200),
        ("GET", 404),
        ("GET", 0),
    ]
    assert found[2]["response"]["comment"] == "no reply came"


def test_what_is_no_http_makes_no_entry() -> None:
    assert entries(("sent", 0.0, b"\x00garbage\n"), ("received", 0.1, b"\xff")) == []
    assert har([])["log"]["entries"] == []


def test_odd_targets_do_no_harm() -> None:
    (entry,) = entries(("sent", 0.0, b"GET //[?%zz HTTP/1.1\r\n\r\n"))
    assert entry["request"]["queryString"] == []
