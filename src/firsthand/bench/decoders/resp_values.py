"""Values of RESP 2 and 3, incrementally and bounded: https://redis.io/docs/latest/develop/reference/protocol-spec/."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union

from firsthand.bench.decoders.message import text_of
from firsthand.bench.failures import show_bytes
from firsthand.core.limits import KIB, MIB

VALUE_BYTES_KEPT_MAX = 64 * KIB
"""Of the strings of one message, the rest is counted only."""
ELEMENTS_KEPT_MAX = 10_000
"""Of one message; the rest is counted only."""
DEPTH_MAX = 32
BULK_BYTES_MAX = 512 * MIB
ELEMENTS_MAX = 1 << 31
"""More than any server sends or takes: these are other bytes."""

Value = Union[None, int, float, bool, str, bytes, "RespError", tuple["Value", ...], dict["Value", "Value"]]
"""Bulk strings are bytes, simple ones text."""

_INTEGER = re.compile(rb"[+-]?[0-9]{1,400}")
_BARE = re.compile(rb"[\w:.,*?{}@/+\-()\[\]#=<>!$%&^|~]+")
_BULKS, _AGGREGATES = b"$=!", b"*%~>|"


@dataclass(frozen=True)
class RespError:
    """An error reply, such as `WRONGTYPE Operation against ...`."""

    message: str

    @property
    def code(self) -> str:
        """Its first word."""
        return self.message.partition(" ")[0]


class NotRespError(ValueError):
    """These bytes are no RESP; never leaves the decoder."""


@dataclass
class _Aggregate:
    kind: str
    left: int
    elements: list[Value]


class ValueBuilder:
    """Takes the lines and strings of one value; `take_line` and `take_bulk` return True with its last one."""

    def __init__(self) -> None:
        """Nothing came."""
        self.kind = ""
        """The sign that the whole value begins with."""
        self.value: Value = None
        self.whole = True
        """False where something was not kept."""
        self.room = VALUE_BYTES_KEPT_MAX
        """Bytes of strings that may still be kept."""
        self.bulk_size = -1
        """Size of the string that comes next; -1 where a line does."""
        self._bulk_kind = ""
        self._open: list[_Aggregate] = []
        self._elements = 0

    @property
    def depth(self) -> int:
        """Aggregates that are open."""
        return len(self._open)

    def take_line(self, line: bytes) -> bool:
        """The next line, without its CR LF.

        Raises:
            NotRespError: it is none.
        """
        kind, rest = line[:1], line[1:]
        if not self._open and not self.kind:
            self.kind = kind.decode("latin-1")
        if kind and kind in _AGGREGATES:
            return self._begin(kind.decode(), rest)
        if kind and kind in _BULKS:
            size = _number(rest, BULK_BYTES_MAX)
            if size < 0:
                return self._complete(None)
            self.bulk_size, self._bulk_kind = size, kind.decode()
            return False
        return self._complete(self._scalar(kind, rest))

    def take_bulk(self, kept: bytes) -> bool:
        """The string that was announced, as much of it as was kept."""
        self.room -= len(kept)
        self.whole = self.whole and len(kept) == self.bulk_size
        kind, self.bulk_size = self._bulk_kind, -1
        if kind == "!":
            return self._complete(RespError(text_of(kept)))
        return self._complete(kept[4:] if kind == "=" and kept[3:4] == b":" else kept)

    def _begin(self, kind: str, rest: bytes) -> bool:
        size = _number(rest, ELEMENTS_MAX)
        if size < 0:
            return self._complete(None)
        if len(self._open) >= DEPTH_MAX:
            raise NotRespError
        self._open.append(_Aggregate(kind, size * 2 if kind in "%|" else size, []))
        return size == 0 and self._close()

    def _close(self) -> bool:
        """The innermost aggregate is full."""
        done = self._open.pop()
        if done.kind == "|":  # attributes belong to the value that follows
            if not self._open:
                self.kind = ""
            return False
        return self._complete(_map(done.elements) if done.kind == "%" else tuple(done.elements))

    def _complete(self, value: Value) -> bool:
        if not self._open:
            self.value = value
            return True
        inner = self._open[-1]
        inner.left -= 1
        self._elements += 1
        if self._elements <= ELEMENTS_KEPT_MAX:
            inner.elements.append(value)
        else:
            self.whole = False
        return inner.left <= 0 and self._close()

    def _scalar(self, kind: bytes, rest: bytes) -> Value:
        if kind in (b"+", b"-"):
            kept = rest[: max(self.room, 0)]
            self.room -= len(kept)
            self.whole = self.whole and kept == rest
            return text_of(kept) if kind == b"+" else RespError(text_of(kept))
        if kind in (b":", b"("):
            if not _INTEGER.fullmatch(rest):
                raise NotRespError
            return int(rest)
        if kind == b"_" and not rest:
            return None
        if kind == b"#" and rest in (b"t", b"f"):
            return rest == b"t"
        if kind == b",":
            return _double(rest)
        raise NotRespError


def _number(text: bytes, most: int) -> int:
    if not _INTEGER.fullmatch(text) or not -1 <= (number := int(text)) <= most:
        raise NotRespError
    return number


def _double(text: bytes) -> float:
    try:
        number = float(text)
    except ValueError:
        raise NotRespError from None
    return math.nan if math.isnan(number) else number  # the one that equals itself in a tuple


def _map(elements: Sequence[Value]) -> Value:
    pairs = tuple(zip(elements[::2], elements[1::2], strict=False))
    try:
        return dict(pairs)
    except TypeError:  # maps as keys
        return pairs


def shown_word(word: bytes, most: int = 40) -> str:
    """A word of a command as one would type it."""
    return word.decode() if _BARE.fullmatch(word) and len(word) <= most else show_bytes(word, most)


def shown_value(value: Value, depth: int = 0) -> str:
    """A reply for people, its beginning."""
    if value is None:
        return "null"
    if isinstance(value, RespError):
        return value.message
    if isinstance(value, bytes):
        return show_bytes(value, 60)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, tuple | dict):
        return str(value)[:100]
    if depth > 2:
        return "[…]"
    more = ", …" if len(value) > 5 else ""
    if isinstance(value, dict):
        pairs = [f"{shown_value(k, depth + 1)}: {shown_value(v, depth + 1)}" for k, v in list(value.items())[:5]]
        return f"{{{', '.join(pairs)}{more}}}"
    return f"[{', '.join(shown_value(one, depth + 1) for one in value[:5])}{more}]"
