"""Plays recorded conversations: what went over the wire, and below each piece what is made of it.

A playbook is a text. `> bytes` went to the server, `< bytes` came from it, each one piece; an indented line is a
message that is complete with the piece, `= ...` an exchange that is over. `#` begins a remark.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firsthand.bench.decoders import conversation, exchanges

RECORDED = Path(__file__).parent / "recorded"
PLAYBOOKS = sorted(RECORDED.glob("*.txt"))

Piece = tuple[str, bytes]


@dataclass(frozen=True)
class Heard:
    """All that a conversation gave."""

    messages: list[Any]
    exchanges: list[Any]


def protocol_of(playbook: Path) -> str:
    """Playbooks are called `<protocol>.<client>.txt`."""
    return playbook.name.partition(".")[0]


def pieces_of(playbook: Path) -> list[Piece]:
    """The recorded bytes alone."""
    rows = playbook.read_text(encoding="utf-8").split("\n")
    return [("sent" if row[0] == ">" else "received", _bytes(row[2:])) for row in rows if row[:2] in ("> ", "< ")]


def played(playbook: Path) -> str:
    """The playbook as it would have to be written."""
    protocol = protocol_of(playbook)
    remarks = [row for row in playbook.read_text(encoding="utf-8").split("\n") if row.startswith("#")]
    return "\n".join([*remarks, *_rows(protocol, pieces_of(playbook)), ""])


def heard(protocol: str, pieces: list[Piece]) -> Heard:
    """Everything that is made of the pieces, to the end."""
    talk, pairs = conversation(protocol), exchanges(protocol)
    assert pairs is not None
    messages, found = [], []
    for direction, data in pieces:
        for message in (talk.sent if direction == "sent" else talk.received)(data):
            messages.append(message)
            found += pairs.add(message)
    for message in talk.end():
        messages.append(message)
        found += pairs.add(message)
    return Heard(messages, [*found, *pairs.end()])


def _rows(protocol: str, pieces: list[Piece]) -> Iterator[str]:
    talk, pairs = conversation(protocol), exchanges(protocol)
    assert pairs is not None
    for direction, data in pieces:
        yield f"{'>' if direction == 'sent' else '<'} {_text(data)}"
        for message in (talk.sent if direction == "sent" else talk.received)(data):
            yield from _said(message, pairs)
    for message in talk.end():
        yield from _said(message, pairs)
    yield from (_over(exchange) for exchange in pairs.end())


def _said(message: Any, pairs: Any) -> Iterator[str]:
    yield f"    {message.kind}: {message.summary}"
    yield from (_over(exchange) for exchange in pairs.add(message))


def _over(exchange: Any) -> str:
    return f"    = {'ok' if exchange.ok else 'not ok'}: {exchange.summary}"


def _text(data: bytes) -> str:
    return data.decode("latin-1").encode("unicode_escape").decode("ascii")


def _bytes(text: str) -> bytes:
    return text.encode("ascii").decode("unicode_escape").encode("latin-1")
