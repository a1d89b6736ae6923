"""How PostgreSQL cuts messages out of bytes, and what one direction must know of the other."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from firsthand.bench.decoders import message
from firsthand.bench.decoders.message import Direction, Outstanding, Reader, count, text_of
from firsthand.bench.decoders.postgres_values import parameter
from firsthand.core.limits import KIB

MESSAGE_KEPT_BYTES_MAX = 64 * KIB
"""Of a longer message the rest is counted only; rows and copied data are never kept."""
MESSAGE_BYTES_MAX = 1 << 30
"""PostgreSQL itself takes none that is longer: these are other bytes."""
PREPARED_MAX = 500
"""Prepared statements, and portals, that are known by name; the oldest are forgotten."""

PARAMETERS_SHOWN = 8
PARAMETER_SHOWN = 40
"""Parameters of a summary, and characters of each."""

V = TypeVar("V")
Transaction = Literal["none", "in", "failed"]

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True, kw_only=True)
class PostgresMessage(message.Message):
    """One message; neighbouring rows, and neighbouring pieces of copied data, are one."""

    sql: str = ""
    """Of a query, parse, bind or execute: the statement's text, at most `MESSAGE_KEPT_BYTES_MAX`."""
    parameters: tuple[str | None, ...] = ()
    """Of a bind or execute: in PostgreSQL's text form whatever the format on the wire; None is null."""
    statement: str = ""
    portal: str = ""
    columns: tuple[str, ...] = ()
    rows: int = 0
    copied_bytes: int = 0
    tag: str = ""
    """Of a command that is complete, such as `INSERT 0 1`."""
    severity: str = ""
    sqlstate: str = ""
    text: str = ""
    """An error's or a notice's message, a notification's payload."""
    detail: str = ""
    hint: str = ""
    transaction: Transaction | None = None
    """Of `ready`: where the connection is now."""
    answers: "PostgresMessage | None" = field(default=None, repr=False)
    """What the client said that this answers."""


@dataclass
class Prepared:
    """A statement that was prepared, with the numbers of its parameters' types as far as they are known."""

    sql: str
    types: tuple[int, ...]


class Session:
    """What one direction must know of the other."""

    def __init__(self) -> None:
        """Nothing was said."""
        self.outstanding: Outstanding[PostgresMessage] = Outstanding()
        self.prepared: dict[str, Prepared] = {}
        self.portals: dict[str, PostgresMessage] = {}
        self.encrypted = False
        self.method = ""
        """How the server wants the client to show who it is."""


class Fields:
    """Reads the fields of a body one after another; past its end everything is empty."""

    def __init__(self, body: bytes) -> None:
        """At the first field."""
        self._body = body
        self._at = 0

    @property
    def left(self) -> int:
        """Bytes that were not read."""
        return len(self._body) - self._at

    def take(self, size: int) -> bytes:
        """The next bytes; fewer at the end."""
        taken = self._body[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def number(self, size: int, *, signed: bool = False) -> int:
        """The next number of so many bytes."""
        return int.from_bytes(self.take(size), "big", signed=signed)

    def string(self) -> str:
        """The next string, without the NUL that ends it."""
        end = self._body.find(b"\0", self._at)
        taken = self.take(end - self._at if end >= 0 else self.left)
        self.take(1)
        return text_of(taken)

    def strings(self) -> list[str]:
        """Strings until an empty one."""
        found = []
        while text := self.string():
            found.append(text)
        return found

    def parameters(self, types: tuple[int, ...]) -> Iterator[str | None]:
        """The values of a bind message; `types` as far as they are known."""
        formats = [self.number(2) for _ in range(min(self.number(2), self.left // 2))]
        for place in range(self.number(2)):
            if self.left < 4:
                return
            size = self.number(4, signed=True)
            if size < 0:
                yield None
                continue
            value = self.take(size)
            binary = (
                bool(formats[place if len(formats) > 1 else 0]) if place < len(formats) or len(formats) == 1 else False
            )
            text = parameter(value, binary=binary, oid=types[place] if place < len(types) else 0)
            yield text if len(value) == size else f"{text}…"


class Framed(Reader[PostgresMessage]):
    """Messages of a type, a length and a body; the handlers are named by the type."""

    COUNTED = b""
    """Types of which only the number and size matter."""

    def __init__(self, direction: Direction, session: Session) -> None:
        """`session` is shared with the other direction."""
        super().__init__(direction, PostgresMessage)
        self._session = session
        self._type = b""
        self._head = b""
        self._length = 0
        self._left = 0
        """Bytes of a long message that are still to be passed over."""
        self._run = ""
        """What is being counted: "rows", "copy data" or nothing."""
        self._run_count = self._run_bytes = 0
        self._run_at = 0.0

    def _frame(self) -> bool:
        if self._left:
            return self._pass_over()
        if len(self._buffer) < 5:
            return bool(self._buffer) and not self._knows(bytes(self._buffer[:1])) and self._garbage()
        kind, length = struct.unpack_from(">cI", self._buffer)
        if not self._knows(kind) or not 4 <= length <= MESSAGE_BYTES_MAX:
            return self._garbage()
        kept = 0 if kind in self.COUNTED else min(length - 4, MESSAGE_KEPT_BYTES_MAX)
        if len(self._buffer) < 5 + kept:
            return False
        self._end_run(kind)
        self._type, self._length, self._left = kind, length - 4, length - 4 - kept
        self._head = self._take(5 + kept)[5:]
        if not self._left:
            self._handle()
        return True

    def _pass_over(self) -> bool:
        passed = min(self._left, len(self._buffer))
        self._drop(passed)
        self._left -= passed
        if not self._left:
            self._handle()
        return passed > 0

    def _garbage(self) -> bool:
        self._end_run(b"")
        return self._give_up()

    def _finish(self) -> None:
        if self._left:
            self._say("incomplete", f"a message that breaks off, {count(self._left, 'byte')} short")
            self._left = 0
        self._end_run(b"")

    def _handle(self) -> None:
        kind, body, self._head = self._type, self._head, b""
        if kind in self.COUNTED:
            self._run = "rows" if kind == b"D" else "copy data"
            self._run_count += 1
            self._run_bytes += self._length
            self._run_at = self._at
            return
        self._say_typed(kind, Fields(body))

    def _end_run(self, next_type: bytes) -> None:
        if not self._run or (next_type and next_type in self.COUNTED):
            return
        run, number, size = self._run, self._run_count, self._run_bytes
        self._run, self._run_count, self._run_bytes = "", 0, 0
        now, self._at = self._at, self._run_at
        if run == "rows":
            self._say("rows", count(number, "row"), rows=number, answers=self._answered())
        else:
            self._say("copy data", f"{count(size, 'byte')} copied", copied_bytes=size)
        self._at = now

    def _answered(self) -> PostgresMessage | None:
        return None

    def _knows(self, kind: bytes) -> bool:
        raise NotImplementedError

    def _say_typed(self, kind: bytes, body: Fields) -> None:
        raise NotImplementedError


def remember(known: dict[str, V], name: str, value: V) -> None:
    """Keep it under its name; the oldest ones are forgotten."""
    known.pop(name, None)
    known[name] = value
    while len(known) > PREPARED_MAX:
        del known[next(iter(known))]


def shown_parameters(parameters: tuple[str | None, ...]) -> str:
    """`  [42, 'lamp', null]`, or nothing."""
    if not parameters:
        return ""
    shown = [_shown(value) for value in parameters[:PARAMETERS_SHOWN]]
    more = ", …" if len(parameters) > PARAMETERS_SHOWN else ""
    return f"  [{', '.join(shown)}{more}]"


def _shown(value: str | None) -> str:
    if value is None:
        return "null"
    short = value if len(value) <= PARAMETER_SHOWN else value[:PARAMETER_SHOWN] + "…"
    return short if _NUMBER.fullmatch(value) else "'" + short.replace("'", "''") + "'"
