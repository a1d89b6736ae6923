"""What happened on all doors of a run, one step after another: exchanges, faults, and what else is worth a line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from firsthand.bench.decoders import conversation, exchanges
from firsthand.bench.decoders.exchange import Exchange
from firsthand.bench.decoders.message import Spoken
from firsthand.bench.failures import show_text
from firsthand.bench.wire import CLIENT_CLOSED, CLOSED_BY_US, DOOR_CLOSED, Record

Kind = Literal["exchange", "fault", "remark", "bytes"]

TEXT_SHOWN = 200
ORDINARY = ("", CLIENT_CLOSED, CLOSED_BY_US, DOOR_CLOSED)
"""Ends that are not worth a line."""


@dataclass(frozen=True)
class Step:
    """One line, before anything is folded. Times are seconds since the run began."""

    at: float
    ended: float
    kind: Kind
    door: str
    text: str
    shape: str
    """What it has in common with others of its like."""
    ok: bool = True
    connection: int = 0
    stage: str = ""
    check: str = ""
    depth: int = 0
    """In how many steps of other doors it lies."""
    number: int = field(default=-1, compare=False)
    """Its place among all steps of the run, from 0."""


def steps(records: Iterable[Record]) -> list[Step]:
    """All steps in the order in which they began."""
    found: list[Step] = []
    open_now: dict[int, _Connection] = {}
    for record in records:
        if record.kind == "open":
            open_now[record.conn] = _Connection(record)
        elif record.kind in ("note", "fault") and not record.conn:
            found.append(_remark(record, record.door))
        elif record.conn in open_now:
            found += open_now[record.conn].take(record)
    for connection in open_now.values():
        found += connection.end()
    found.sort(key=lambda step: step.at)
    return list(_with_depth(found))


def family(door: str) -> str:
    """`web` of `web.2`: copies of one process of the program."""
    return door.partition(".")[0]


def _remark(record: Record, door: str, text: str = "") -> Step:
    text = show_text(text or record.text, TEXT_SHOWN)
    kind: Kind = "fault" if record.kind == "fault" else "remark"
    return Step(record.at, record.at, kind, door, text, text, True, record.conn, record.stage, record.check)


def _with_depth(found: list[Step]) -> Iterator[Step]:
    """Each step with how deep it lies in others; of each door the one that lasts longest is looked at."""
    lasting: dict[str, Step] = {}
    for number, step in enumerate(found):
        if step.kind != "exchange":
            yield replace(step, number=number)
            continue
        own = family(step.door)
        around = [
            one.depth + 1
            for door, one in lasting.items()
            if door != own and one.at < step.at and step.ended <= one.ended
        ]
        placed = replace(step, depth=max(around, default=0), number=number)
        if own not in lasting or lasting[own].ended < step.ended:
            lasting[own] = placed
        yield placed


class _Connection:
    """Makes steps of one connection's records."""

    def __init__(self, opened: Record) -> None:
        self._opened = opened
        self._conversation = conversation(opened.protocol)
        self._pairs = exchanges(opened.protocol)
        self._checks: dict[float, tuple[str, str]] = {}
        """In whose time a piece came."""
        self._sizes = {"sent": 0, "received": 0}
        self._left_out = 0
        self._last = opened
        self._said = 0

    def take(self, record: Record) -> list[Step]:
        self._last = record
        if record.kind in ("sent", "received"):
            return self._piece(record)
        if record.kind == "end" or record.text in ORDINARY:
            return []
        if record.kind == "closed":
            return [self._own(record, f"the connection is over: {record.text}")]
        return [self._own(record, record.text)]

    def end(self) -> list[Step]:
        at = self._last.at
        found = self._exchanges(self._conversation.end(at))
        if self._pairs:
            found += [self._step(exchange) for exchange in self._pairs.end()]
        if self._left_out:
            text = f"{self._left_out} more bytes were not kept: too many to record"
            found.append(self._own(self._last, text))
        if not self._said and any(self._sizes.values()):
            found.append(self._bytes())
        return found

    def _piece(self, record: Record) -> list[Step]:
        self._checks[record.at] = (record.stage, record.check) if record.check else self._opened_in
        self._sizes[record.kind] += len(record.data) + record.left_out
        if self._left_out or not record.data:
            self._left_out += len(record.data) + record.left_out
            return []
        self._left_out += record.left_out
        take = self._conversation.sent if record.kind == "sent" else self._conversation.received
        return self._exchanges(take(record.data, record.at))

    def _exchanges(self, messages: Iterable[Spoken]) -> list[Step]:
        if self._pairs is None:
            return []
        return [self._step(exchange) for message in messages for exchange in self._pairs.add(message)]

    @property
    def _opened_in(self) -> tuple[str, str]:
        return self._opened.stage, self._opened.check

    def _step(self, exchange: Exchange) -> Step:
        self._said += 1
        stage, check = self._checks.get(exchange.began, self._opened_in)
        door, number = self._opened.door, self._opened.conn
        return Step(
            exchange.began,
            exchange.ended,
            "exchange",
            door,
            exchange.summary,
            exchange.shape,
            exchange.ok,
            number,
            stage,
            check,
        )

    def _own(self, record: Record, text: str) -> Step:
        last_said = self._checks.get(max(self._checks, default=0.0), self._opened_in)
        stage, check = (record.stage, record.check) if record.check else last_said
        return replace(_remark(record, self._opened.door, text), connection=record.conn, stage=stage, check=check)

    def _bytes(self) -> Step:
        """Of a protocol that nobody here reads."""
        text = f"{self._sizes['sent']:,} bytes → {self._sizes['received']:,} bytes, which nobody here reads"
        at, door = self._opened.at, self._opened.door
        return Step(at, self._last.at, "bytes", door, text, "bytes", True, self._opened.conn, *self._opened_in)
