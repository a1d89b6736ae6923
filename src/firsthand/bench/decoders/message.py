"""What every decoder hands out, and what decoders share: one direction's bytes, and requests that wait for replies."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from firsthand.bench.failures import show_bytes, show_text
from firsthand.core.limits import KIB, MIB

Direction = Literal["sent", "received"]
"""sent: by who opened the connection, the client. received: by it, from the server."""

RAW_BYTES_MAX = 64 * KIB
"""Raw bytes are handed out in pieces of this size."""
LINE_CHARACTERS_MAX = 160
"""A summary is one line for people."""
SHAPE_CHARACTERS_MAX = 2_000
"""A shape is a line as well, but two that differ late are not the same."""
OUTSTANDING_MAX = 50_000
OUTSTANDING_BYTES_MAX = 16 * MIB
"""Requests that wait for their replies; later ones are counted only until these were answered."""


class Spoken(Protocol):
    """What the messages of all protocols have in common."""

    @property
    def direction(self) -> Direction:
        """Who said it."""

    @property
    def start(self) -> int:
        """Offset of its first byte among all bytes of its direction."""

    @property
    def end(self) -> int:
        """Offset after its last byte."""

    @property
    def kind(self) -> str:
        """What it is, in a word of its protocol; `raw` for bytes that are no message."""

    @property
    def summary(self) -> str:
        """It as one line that is safe to print."""

    @property
    def size(self) -> int:
        """Bytes from start to end."""

    @property
    def raw(self) -> bool:
        """Whether these are bytes that no message could be made of."""

    @property
    def at(self) -> float:
        """When its last piece came, as the caller's clock says."""


class Conversation(Protocol):
    """Both directions of one connection: bytes in, messages out, whatever the bytes are."""

    def sent(self, data: bytes, at: float = 0.0) -> Sequence[Spoken]:
        """Bytes from the client; returns the messages that are complete with them."""

    def received(self, data: bytes, at: float = 0.0) -> Sequence[Spoken]:
        """Bytes from the server; returns the messages that are complete with them."""

    def end(self, at: float = 0.0) -> Sequence[Spoken]:
        """Nothing more comes either way; returns what is left, the client's first."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message, or a stretch of bytes that is none (`raw`; they are its `data` then)."""

    direction: Direction
    start: int
    end: int
    kind: str
    summary: str
    at: float = 0.0
    raw: bool = False
    data: bytes = b""

    @property
    def size(self) -> int:
        """Bytes on the wire, framing included."""
        return self.end - self.start


M = TypeVar("M", bound=Message)
S = TypeVar("S", bound=Spoken)


class Reader(Generic[M]):
    """One direction: a buffer, and steps that take what they can from it and say whether to go on.

    A step looks only at the bytes, never at how they were cut into pieces, so any pieces give the same messages.
    """

    def __init__(self, direction: Direction, made: type[M]) -> None:
        """`made` is the class of its messages."""
        self.direction: Direction = direction
        self._made = made
        self._buffer = bytearray()
        self._offset = 0
        """Offset of the buffer's first byte."""
        self._start = 0
        """Where the message begins that is being taken."""
        self._at = 0.0
        self._done: list[M] = []
        self._given_up = False

    def feed(self, data: bytes, at: float = 0.0) -> list[M]:
        """Take in bytes; returns the messages that are complete with them."""
        self._buffer += data
        self._at = at
        while self._take_raw() if self._given_up else self._step():
            pass
        return self._handed_out()

    def end(self, at: float = 0.0) -> list[M]:
        """Hand out what is left, as far as it came."""
        self._at = at
        self._finish()
        if self._buffer:
            self._say_raw(self._take(len(self._buffer)))
        return self._handed_out()

    def _step(self) -> bool:
        raise NotImplementedError

    def _finish(self) -> None:
        """Say what is only complete because nothing more comes."""

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        self._drop(size)
        return taken

    def _drop(self, size: int) -> None:
        size = min(size, len(self._buffer))
        del self._buffer[:size]
        self._offset += size

    def _say(self, kind: str, summary: str, **fields: Any) -> M:
        """Hand out a message that reaches from where the last one ended to here."""
        message = self._made(
            direction=self.direction,
            start=self._start,
            end=self._offset,
            kind=kind,
            summary=line(summary),
            at=self._at,
            **fields,
        )
        self._start = self._offset
        self._done.append(message)
        return message

    def _give_up(self) -> bool:
        """From the buffer's first byte on, all that comes is raw."""
        self._given_up = True
        return True

    def _take_raw(self) -> bool:
        if len(self._buffer) < RAW_BYTES_MAX:
            return False
        self._say_raw(self._take(RAW_BYTES_MAX))
        return True

    def _say_raw(self, data: bytes) -> None:
        self._start = max(self._start, self._offset - len(data))
        self._say("raw", raw_summary(data), raw=True, data=data)

    def _handed_out(self) -> list[M]:
        done, self._done = self._done, []
        return done


class Outstanding(Generic[S]):
    """Requests in order that wait for their replies; bounded without ever giving a reply to a wrong request."""

    def __init__(self) -> None:
        """Nothing was asked."""
        self.forgotten = 0
        """How many after the kept ones were only counted."""
        self._kept: deque[S] = deque()
        self._bytes = 0

    def __iter__(self) -> Iterator[S]:
        """The kept ones, in order."""
        return iter(self._kept)

    def __len__(self) -> int:
        """How many wait, the counted ones included."""
        return len(self._kept) + self.forgotten

    @property
    def first(self) -> S | None:
        """The one that is answered next; None where there is none, or where it was only counted."""
        return self._kept[0] if self._kept else None

    def add(self, request: S) -> None:
        """One more waits."""
        if self.forgotten or len(self._kept) >= OUTSTANDING_MAX or self._bytes + request.size > OUTSTANDING_BYTES_MAX:
            self.forgotten += 1
            return
        self._bytes += request.size
        self._kept.append(request)

    def pop(self) -> S | None:
        """The first one was answered."""
        if not self._kept:
            self.forgotten = max(self.forgotten - 1, 0)
            return None
        request = self._kept.popleft()
        self._bytes -= request.size
        return request


class RawConversation:
    """Bytes of a protocol that nobody here reads: each piece is a message."""

    def __init__(self) -> None:
        """A connection on which nothing has been said."""
        self._ends: dict[Direction, int] = {"sent": 0, "received": 0}

    def sent(self, data: bytes, at: float = 0.0) -> list[Message]:
        """Bytes from the client, as they came."""
        return self._piece("sent", data, at)

    def received(self, data: bytes, at: float = 0.0) -> list[Message]:
        """Bytes from the server, as they came."""
        return self._piece("received", data, at)

    def end(self, at: float = 0.0) -> list[Message]:
        """Nothing is ever left."""
        del at
        return []

    def _piece(self, direction: Direction, data: bytes, at: float) -> list[Message]:
        if not data:
            return []
        start = self._ends[direction]
        self._ends[direction] = end = start + len(data)
        return [
            Message(
                direction=direction,
                start=start,
                end=end,
                kind="raw",
                summary=line(raw_summary(data)),
                at=at,
                raw=True,
                data=data,
            )
        ]


def line(text: str) -> str:
    """The text as a summary: one printable line, not long."""
    return _one_line(text, LINE_CHARACTERS_MAX)


def shape_line(text: str) -> str:
    """The text as a shape: one printable line."""
    return _one_line(text, SHAPE_CHARACTERS_MAX)


def _one_line(text: str, most: int) -> str:
    """As `show_text`, but shortened first: a summary is made of every message, and a message may be long."""
    if len(text) > most:
        text = f"{text[: most // 2]} … {text[-most // 3 :]} ({len(text)} characters)"
    return text if text.isprintable() else show_text(text, len(text) * len("\\U0001f600"))


def raw_summary(data: bytes) -> str:
    """Bytes that are no message, for people."""
    return f"{count(len(data), 'byte')} {show_bytes(data, 32)}"


def count(number: int, what: str) -> str:
    """`1 row`, `2 rows`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def text_of(data: bytes) -> str:
    """Bytes as text, whatever they are: what is not UTF-8 is shown as it would be escaped."""
    return data.decode("utf-8", "backslashreplace")
