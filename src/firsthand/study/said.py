"""What one step of the recorded wire is made of: its messages, decoded and byte for byte."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice
from typing import Literal

from firsthand.bench.decoders import conversation, exchanges
from firsthand.bench.decoders.http1 import Message as HttpMessage
from firsthand.bench.decoders.message import Message, Spoken
from firsthand.bench.failures import show_text
from firsthand.bench.wire import Record
from firsthand.study.recorded import body_text
from firsthand.study.steps import Step

MESSAGES_SHOWN = 60
"""Of one step; a reply of thousands of rows is no message each."""
FACT_CHARACTERS_MAX = 2_000
BODY_CHARACTERS_MAX = 20_000
RAW_BYTES_SHOWN = 4_096

WINDOWED = frozenset({"postgres", "amqp"})
"""In these protocols much more is said for one question than what is asked and answered."""
_TOLD = frozenset({*(field.name for field in fields(Message)), "whole", "wants_reply", "value", "words"})
"""What the summary has, or what only a decoder needs."""
Fact = tuple[str, str]
"""Name and value."""


@dataclass(frozen=True)
class Spell:
    """One message, ready to be read. Texts are plain, control characters made visible."""

    direction: Literal["sent", "received"]
    at: float
    kind: str
    summary: str
    facts: tuple[Fact, ...]
    body: str
    """Of HTTP, where it is text; lines kept."""
    body_note: str
    """What of the body is not in `body`, and why."""
    raw: bytes
    """Its first `RAW_BYTES_SHOWN` bytes as they passed."""
    size: int


def said(records: Iterable[Record], step: Step) -> list[Spell]:
    """The messages of a step, at most `MESSAGES_SHOWN`: its question and answer, with all that belongs to both."""
    streams = {"sent": bytearray(), "received": bytearray()}
    its = [record for record in records if record.conn == step.connection]
    protocol = next((r.protocol for r in its if r.kind == "open"), "")
    spoken = _messages(its, streams)
    own = (
        _of_window(spoken, step)
        if step.kind == "bytes" or protocol in WINDOWED
        else _of_exchange(spoken, step, protocol)
    )
    return [_spell(message, bytes(streams[message.direction])) for message in islice(own, MESSAGES_SHOWN)]


def _of_exchange(spoken: Iterable[Spoken], step: Step, protocol: str) -> list[Spoken]:
    """The question and the answer, though others were asked meanwhile."""
    pairs = exchanges(protocol)
    if pairs is None:
        return []
    found = [exchange for message in spoken for exchange in pairs.add(message)]
    wanted = (step.at, step.ended, step.text)
    for exchange in (*found, *pairs.end()):
        if (exchange.began, exchange.ended, exchange.summary) == wanted:
            return [message for message in (exchange.request, *exchange.replies) if message is not None]
    return []


def _of_window(spoken: Iterable[Spoken], step: Step) -> list[Spoken]:
    """All that was said from the question until the answer; of bytes that nobody reads, all."""
    return [message for message in spoken if step.kind == "bytes" or step.at <= message.at <= step.ended]


def _messages(records: Iterable[Record], streams: dict[str, bytearray]) -> Iterator[Spoken]:
    """All messages of a connection; `streams` is filled with the bytes of each direction on the way."""
    reading = None
    at = 0.0
    for record in records:
        at = record.at
        if record.kind == "open":
            reading = conversation(record.protocol)
        elif reading is not None and record.kind in ("sent", "received") and record.data:
            streams[record.kind] += record.data
            yield from (reading.sent if record.kind == "sent" else reading.received)(record.data, at)
            if record.left_out:  # what follows could not be understood
                break
    if reading is not None:
        yield from reading.end(at)


def _spell(message: Spoken, stream: bytes) -> Spell:
    facts, body, note = _http(message) if isinstance(message, HttpMessage) else (_facts(message), "", "")
    return Spell(
        message.direction,
        message.at,
        message.kind,
        message.summary,
        tuple(facts),
        body,
        note,
        stream[message.start : min(message.end, message.start + RAW_BYTES_SHOWN)],
        message.size,
    )


def _http(message: HttpMessage) -> tuple[list[Fact], str, str]:
    facts = [(show_text(name, 200), show_text(value, FACT_CHARACTERS_MAX)) for name, value in message.headers]
    if not message.body_size or message.raw:
        return facts, "", ""
    text = body_text(message)
    note = "" if message.complete else f"It ends here, after {message.body_size:,} bytes of the body."
    if text is None:
        return facts, "", f"{message.body_size:,} bytes that are no text. {note}".strip()
    if len(text) > BODY_CHARACTERS_MAX or message.body_size > len(message.body):
        note = f"The beginning of {message.body_size:,} bytes. {note}".strip()
    return facts, _visible(text[:BODY_CHARACTERS_MAX]), note


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() or c in "\n\t" else _escape(c) for c in text.replace("\r\n", "\n"))


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()


def _facts(message: Spoken) -> list[Fact]:
    """What its protocol's decoder knows of it, beyond what all messages have."""
    if not isinstance(message, Message):
        return []
    found: list[Fact] = []
    for field in fields(message):
        value = getattr(message, field.name)
        if field.name not in _TOLD and value not in (None, "", (), 0, False) and not isinstance(value, Message):
            found.append((field.name.replace("_", " "), show_text(_words(value), FACT_CHARACTERS_MAX)))
    return found


def _words(value: object) -> str:
    if isinstance(value, tuple | list):
        return ", ".join("null" if each is None else _words(each) for each in value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)
