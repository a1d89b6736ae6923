"""The recorded wire as a HAR 1.2 archive, which browsers' developer tools and many other programs can open.

The format: http://www.softwareishard.com/blog/har-12-spec/
"""

import base64
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from firsthand import __version__
from firsthand.bench.decoders.http1 import Message
from firsthand.bench.wire import Record
from firsthand.study.recorded import Said, Talk, body_text, talks

_UNKNOWN_START = datetime(1970, 1, 1, tzinfo=UTC)


def har(records: Iterable[Record], *, started: datetime | None = None) -> dict[str, Any]:
    """Each request with its reply as an entry of a HAR log; bytes that are not HTTP are left out.

    Args:
        records: as `bench.wire.load` gives them.
        started: when the run began; without it the times count from 1970.
    """
    begun = started or _UNKNOWN_START
    entries = [_entry(talk, request, reply, begun) for talk in talks(records) for request, reply in _exchanges(talk)]
    entries.sort(key=lambda entry: str(entry["startedDateTime"]))
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "Firsthand", "version": __version__},
            "entries": entries,
        }
    }


def _exchanges(talk: Talk) -> Iterator[tuple[Said, Said | None]]:
    """Requests with their final replies, in order; interim replies are left out."""
    waiting: deque[Said] = deque()
    for entry in talk.entries:
        if not isinstance(entry, Said) or entry.message.raw:
            continue
        if entry.message.direction == "sent":
            waiting.append(entry)
        elif waiting and (entry.message.status >= 200 or entry.message.status == 101):
            yield waiting.popleft(), entry
    for request in waiting:
        yield request, None


def _entry(talk: Talk, request: Said, reply: Said | None, begun: datetime) -> dict[str, Any]:
    timings = {
        "send": _ms(request.began, request.ended),
        "wait": _ms(request.ended, reply.began) if reply else 0.0,
        "receive": _ms(reply.began, reply.ended) if reply else 0.0,
    }
    entry: dict[str, Any] = {
        "startedDateTime": (begun + timedelta(seconds=request.began)).isoformat(timespec="milliseconds"),
        "time": round(sum(timings.values()), 3),
        "request": _request(talk, request.message),
        "response": _reply(reply.message) if reply else _no_reply(),
        "cache": {},
        "timings": timings,
        "connection": str(talk.number),
    }
    where = " · ".join(part for part in (talk.stage, talk.check) if part)
    return {**entry, "comment": where} if where else entry


def _request(talk: Talk, message: Message) -> dict[str, Any]:
    method, target, version = _parts(message.first_line)
    url = target if "://" in target else f"http://{message.header('Host') or talk.address}{target}"
    request: dict[str, Any] = {
        "method": method,
        "url": url,
        "httpVersion": version,
        "cookies": [],
        "headers": _headers(message),
        "queryString": [{"name": n, "value": v} for n, v in parse_qsl(_query(target), keep_blank_values=True)],
        "headersSize": message.head_size,
        "bodySize": message.body_size,
    }
    if message.body_size:
        text = body_text(message)
        request["postData"] = {
            "mimeType": message.header("Content-Type") or "application/octet-stream",
            "params": [],
            "text": message.body.decode("latin-1") if text is None else text,
        }
        if text is None:
            request["postData"]["comment"] = "binary: each character is one byte"
    return request


def _reply(message: Message) -> dict[str, Any]:
    version, _, rest = message.first_line.partition(" ")
    text = body_text(message)
    content: dict[str, Any] = {
        "size": message.body_size,
        "mimeType": message.header("Content-Type"),
        "text": base64.b64encode(message.body).decode() if text is None else text,
    }
    if text is None:
        content["encoding"] = "base64"
    return {
        "status": message.status,
        "statusText": rest[4:].strip(),
        "httpVersion": version,
        "cookies": [],
        "headers": _headers(message),
        "content": content,
        "redirectURL": message.header("Location"),
        "headersSize": message.head_size,
        "bodySize": message.body_size if message.complete else -1,
    }


def _no_reply() -> dict[str, Any]:
    return {
        "status": 0,
        "statusText": "",
        "httpVersion": "",
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": ""},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
        "comment": "no reply came",
    }


def _parts(first_line: str) -> tuple[str, str, str]:
    method, _, rest = first_line.partition(" ")
    target, _, version = rest.rpartition(" ")
    return method, target, version


def _query(target: str) -> str:
    try:
        return urlsplit(target).query
    except ValueError:
        return ""


def _headers(message: Message) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in message.headers]


def _ms(since: float, until: float) -> float:
    """Milliseconds between two times; 0 where a reply began before its request had ended."""
    return round(max(until - since, 0.0) * 1000, 3)
