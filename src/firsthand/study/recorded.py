"""Puts recorded HTTP together again: connections in order, each with its messages, remarks and times."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from firsthand.bench.decoders.http1 import Http1Conversation, Message
from firsthand.bench.wire import HTTP, Record

BODY_TEXT_SHOWN = 800
"""So much of a body, in characters, decides whether it is text."""


@dataclass(frozen=True)
class Said:
    """A message with the times of its first and last byte, in seconds since the run began."""

    message: Message
    began: float
    ended: float
    pieces: int
    """In how many pieces it went out or came."""


@dataclass(frozen=True)
class Remark:
    """What happened between the messages."""

    at: float
    text: str
    fault: bool = False
    """Whether a check did it on purpose."""


@dataclass
class Talk:
    """One connection, or the remarks that belong to none (number 0)."""

    number: int
    opened: float
    door: str = ""
    address: str = ""
    stage: str = ""
    check: str = ""
    entries: list[Said | Remark] = field(default_factory=list)


def talks(records: Iterable[Record]) -> list[Talk]:
    """All HTTP connections in the order in which they were opened; remarks of none stand where they were made."""
    ordered: list[Talk] = []
    open_now: dict[int, _Builder] = {}
    others: set[int] = set()
    for record in records:
        if record.kind == "open" and record.protocol != HTTP:
            others.add(record.conn)
        if record.conn in others:
            continue
        if record.conn == 0:
            _remark_of_none(ordered, record)
            continue
        builder = open_now.get(record.conn)
        if builder is None:
            talk = Talk(record.conn, record.at)
            ordered.append(talk)
            builder = open_now[record.conn] = _Builder(talk)
        builder.add(record)
    for builder in open_now.values():
        builder.finish()
    return ordered


def _remark_of_none(ordered: list[Talk], record: Record) -> None:
    last = ordered[-1] if ordered else None
    if last is None or last.number or (last.stage, last.check) != (record.stage, record.check):
        last = Talk(0, record.at, stage=record.stage, check=record.check)
        ordered.append(last)
    last.entries.append(Remark(record.at, record.text, record.kind == "fault"))


def body_text(message: Message) -> str | None:
    """The kept body as text, or None where it is not; a character cut in two at the end is forgiven."""
    body = message.body
    for cut in range(4 if message.body_size > len(body) or not message.complete else 1):
        try:
            text = body[: len(body) - cut].decode()
        except UnicodeDecodeError:
            continue
        odd = sum(not (char.isprintable() or char in "\r\n\t") for char in text[:BODY_TEXT_SHOWN])
        return text if odd * 20 <= len(text[:BODY_TEXT_SHOWN]) else None
    return None


class _Builder:
    """Collects one connection's records; `finish` sorts what was said and what happened into its talk."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._conversation = Http1Conversation()
        self._count = 0
        self._found: list[tuple[int, Said | Remark]] = []
        self._messages: list[Message] = []
        self._ways = {"sent": _Way(), "received": _Way()}

    def add(self, record: Record) -> None:
        self._count += 1
        if record.kind == "open":
            self._talk.door, self._talk.address = record.door, record.text
            self._talk.stage, self._talk.check = record.stage, record.check
        elif record.kind in ("sent", "received"):
            self._add_bytes(record)
        else:
            self._found.append((self._count, Remark(record.at, self._words(record), record.kind == "fault")))

    def finish(self) -> None:
        self._messages += self._conversation.end()
        for message in self._messages:
            self._found.append(self._ways[message.direction].placed(message))
        for direction, whither in (("sent", f"to {self._talk.door}"), ("received", f"from {self._talk.door}")):
            way = self._ways[direction]
            if way.left_out:
                remark = Remark(
                    way.left_out_at, f"{way.left_out} more bytes {whither} were not kept: too many to record"
                )
                self._found.append((way.left_out_place, remark))
        self._found.sort(key=lambda pair: pair[0])
        self._talk.entries = [entry for _, entry in self._found]

    def _add_bytes(self, record: Record) -> None:
        way = self._ways["sent" if record.kind == "sent" else "received"]
        if record.data and not way.left_out:
            way.took(self._count, record)
            take = self._conversation.sent if record.kind == "sent" else self._conversation.received
            self._messages += take(record.data)
        if record.left_out:
            way.left_out_place, way.left_out_at = self._count, record.at
        way.left_out += record.left_out + (len(record.data) if way.left_out else 0)

    def _words(self, record: Record) -> str:
        if record.kind == "end":
            return f"{self._talk.door} closed its side"
        if record.kind == "closed":
            return f"the connection is over: {record.text}" if record.text else "the connection is over"
        return record.text


class _Way:
    """Where and when the bytes of one direction were recorded."""

    def __init__(self) -> None:
        self.left_out = 0
        self.left_out_at = 0.0
        self.left_out_place = 0
        self._size = 0
        self._offsets: list[int] = []
        self._times: list[float] = []
        self._places: list[int] = []

    def took(self, place: int, record: Record) -> None:
        self._offsets.append(self._size)
        self._times.append(record.at)
        self._places.append(place)
        self._size += len(record.data)

    def placed(self, message: Message) -> tuple[int, Said]:
        first = bisect_right(self._offsets, message.start) - 1
        last = bisect_right(self._offsets, max(message.end - 1, message.start)) - 1
        return self._places[first], Said(message, self._times[first], self._times[last], last - first + 1)
