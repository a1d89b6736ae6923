"""HTTP/1.x for human eyes: bytes of both directions in, messages out, whatever the bytes are.

Forgiving on purpose, unlike the graders' client: it judges nothing, and what it does not understand it hands out raw.
"""

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from firsthand.bench.decoders.message import Direction, line, raw_summary
from firsthand.core.limits import KIB, MIB

HEAD_BYTES_MAX = 64 * KIB
"""A head that has no end by then is no head; raw bytes are handed out in pieces of at most this size."""
BODY_KEPT_BYTES_MAX = MIB
"""The rest of a body is counted only."""
UNANSWERED_MAX = 1_000
"""Requests whose replies have not begun; of older ones the method is forgotten."""

_REQUEST_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,40} [^\r\n]{1,}HTTP/[0-9.]{1,5}[ \t]*\r?")
_STATUS_LINE = re.compile(rb"HTTP/[0-9.]{1,5} [0-9]{3}([ \t][^\r\n]*)?\r?")
_HEAD_END = re.compile(rb"\n\r?\n")
_CHUNK_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(;[^\n]*)?\r?\n")


@dataclass(frozen=True)
class Message:
    """One message, or a stretch of bytes that is none (`raw`; its bytes are the body then)."""

    direction: Direction
    start: int
    """Offset of its first byte among all bytes of its direction."""
    end: int
    """Offset after its last byte."""
    first_line: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    """Without chunk framing; at most `BODY_KEPT_BYTES_MAX`."""
    body_size: int = 0
    head_size: int = 0
    complete: bool = True
    head_complete: bool = True
    """False where the end came before the empty line after the headers."""
    raw: bool = False
    at: float = 0.0
    """When its last piece came, as the caller's clock says."""

    @property
    def kind(self) -> str:
        """`request` or `reply`, or `raw`."""
        return "raw" if self.raw else "request" if self.direction == "sent" else "reply"

    @property
    def size(self) -> int:
        """Bytes on the wire, head and framing included."""
        return self.end - self.start

    @property
    def summary(self) -> str:
        """Its first line, safe to print."""
        return line(raw_summary(self.body) if self.raw else self.first_line)

    def header(self, name: str) -> str:
        """The first value of a header, "" if there is none."""
        return next((value for have, value in self.headers if have.lower() == name.lower()), "")

    @property
    def method(self) -> str:
        """The method of a request, "" else."""
        return "" if self.raw or self.direction == "received" else self.first_line.partition(" ")[0]

    @property
    def status(self) -> int:
        """The status of a reply, 0 else."""
        return 0 if self.raw or self.direction == "sent" else int(self.first_line.split(" ")[1][:3])


class Http1Conversation:
    """Both directions of one connection; replies are understood by the requests they answer."""

    def __init__(self) -> None:
        """A connection on which nothing has been said."""
        self._unanswered: deque[str] = deque(maxlen=UNANSWERED_MAX)
        self._requests = _Decoder("sent", asked=self._unanswered.append)
        self._replies = _Decoder("received", answers=self._method_answered)

    def sent(self, data: bytes, at: float = 0.0) -> list[Message]:
        """Bytes towards the program; returns the requests that are complete with them."""
        return self._requests.feed(data, at)

    def received(self, data: bytes, at: float = 0.0) -> list[Message]:
        """Bytes from the program; returns the replies that are complete with them."""
        return self._replies.feed(data, at)

    def end(self, at: float = 0.0) -> list[Message]:
        """Nothing more comes either way; returns what is left, requests first."""
        return [*self._requests.end(at), *self._replies.end(at)]

    def _method_answered(self, status: int) -> str:
        if not self._unanswered:
            return ""
        interim = 100 <= status < 200 and status != 101
        return self._unanswered[0] if interim else self._unanswered.popleft()


class _Decoder:
    """One direction, as states: each takes what it can from the buffer and says whether to go on."""

    def __init__(
        self,
        direction: Direction,
        *,
        asked: Callable[[str], None] = lambda _method: None,
        answers: Callable[[int], str] = lambda _status: "",
    ) -> None:
        """`asked` is told the method of each request; `answers` tells, by a reply's status, which it answers."""
        self._direction: Direction = direction
        self._answers = answers
        self._asked = asked
        self._buffer = bytearray()
        self._at = 0
        """Offset of the buffer's first byte."""
        self._now = 0.0
        self._done: list[Message] = []
        self._searched = 0
        self._raw = bytearray()
        self._state: Callable[[], bool] = self._take_first_line
        self._begin()

    def feed(self, data: bytes, at: float) -> list[Message]:
        self._buffer += data
        self._now = at
        while self._state():
            pass
        done, self._done = self._done, []
        return done

    def end(self, at: float) -> list[Message]:
        """Hand out what is left, as far as it came."""
        self._now = at
        if self._state == self._take_until_close:
            self._finish(complete=True)
        elif self._state == self._take_first_line:
            self._to_raw(len(self._buffer))
            self._flush_raw()
        elif self._state == self._take_head:
            self._read_head(len(self._buffer))
            self._finish(complete=False, head_complete=False)
        else:
            self._drop(len(self._buffer))
            self._finish(complete=False)
        done, self._done = self._done, []
        return done

    def _begin(self) -> None:
        self._start = self._at
        self._first_line = ""
        self._headers: tuple[tuple[str, str], ...] = ()
        self._head_size = 0
        self._body = bytearray()
        self._body_size = 0
        self._left = 0
        self._searched = 0
        self._state = self._take_first_line

    # The states.

    def _take_first_line(self) -> bool:
        found = self._buffer.find(b"\n", self._searched)
        if found < 0:
            self._searched = len(self._buffer)
            return self._overflow()
        line = bytes(self._buffer[:found])
        pattern = _REQUEST_LINE if self._direction == "sent" else _STATUS_LINE
        if pattern.fullmatch(line):
            self._flush_raw()
            self._searched = found
            self._state = self._take_head
            return True
        self._to_raw(found + 1)
        return self._overflow() or bool(self._buffer)

    def _take_head(self) -> bool:
        found = _HEAD_END.search(self._buffer, self._searched)
        if not found:
            self._searched = max(self._searched, len(self._buffer) - 2)
            if len(self._buffer) > HEAD_BYTES_MAX:
                self._state = self._take_first_line
                self._to_raw(len(self._buffer))
                self._flush_raw()
            return False
        self._read_head(found.end())
        self._choose_body()
        return True

    def _read_head(self, size: int) -> None:
        lines = bytes(self._buffer[:size]).split(b"\n")
        self._first_line = lines[0].rstrip(b"\r").decode("latin-1")
        self._headers = tuple(_header(line) for line in lines[1:] if line.strip())
        self._head_size = size
        self._drop(size)

    def _take_length(self) -> bool:
        taken = min(self._left, len(self._buffer))
        self._take_body(taken)
        self._left -= taken
        if self._left == 0:
            self._finish(complete=True)
            return bool(self._buffer)
        return False

    def _take_until_close(self) -> bool:
        self._take_body(len(self._buffer))
        return False

    def _take_chunk_size(self) -> bool:
        found = self._buffer.find(b"\n")
        if found < 0:
            if len(self._buffer) > HEAD_BYTES_MAX:
                self._finish(complete=False)
            return len(self._buffer) > HEAD_BYTES_MAX
        match = _CHUNK_SIZE.fullmatch(self._buffer, 0, found + 1)
        if not match:
            self._finish(complete=False)
            return True
        self._left = int(match[1], 16)
        del match  # it holds the buffer, which could not be cut
        self._drop(found + 1)
        self._state = self._take_chunk if self._left else self._take_trailer
        return True

    def _take_chunk(self) -> bool:
        taken = min(self._left, len(self._buffer))
        self._take_body(taken)
        self._left -= taken
        if self._left:
            return False
        if self._buffer.startswith((b"\r\n", b"\n")):
            self._drop(2 if self._buffer.startswith(b"\r") else 1)
            self._state = self._take_chunk_size
            return True
        if bytes(self._buffer[:2]) in (b"", b"\r"):
            return False
        self._finish(complete=False)
        return True

    def _take_trailer(self) -> bool:
        found = self._buffer.find(b"\n")
        if found < 0:
            if len(self._buffer) > HEAD_BYTES_MAX:
                self._finish(complete=False)
            return len(self._buffer) > HEAD_BYTES_MAX
        last = self._buffer[:found].strip() == b""
        self._drop(found + 1)
        if last:
            self._finish(complete=True)
        return True

    # What the states have in common.

    def _choose_body(self) -> None:
        """How the body ends (RFC 9112, 6.3)."""
        headers = {name.lower(): value for name, value in self._headers}
        if self._direction == "sent":
            self._asked(self._first_line.partition(" ")[0])
            bodiless, otherwise = False, 0
        else:
            status = int(self._first_line.split(" ")[1][:3])
            method = self._answers(status)
            bodiless, otherwise = method == "HEAD" or status in (204, 304) or 100 <= status < 200, None
        if not bodiless and headers.get("transfer-encoding", "").lower().endswith("chunked"):
            self._state = self._take_chunk_size
            return
        length = headers.get("content-length", "")
        known = int(length) if length.isascii() and length.isdigit() and len(length) < 20 else otherwise
        if bodiless or known == 0:
            self._finish(complete=True)
        elif known is None:
            self._state = self._take_until_close
        else:
            self._left = known
            self._state = self._take_length

    def _take_body(self, size: int) -> None:
        room = BODY_KEPT_BYTES_MAX - len(self._body)
        self._body += self._buffer[: min(size, room)]
        self._body_size += size
        self._drop(size)

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        self._at += size

    def _finish(self, *, complete: bool, head_complete: bool = True) -> None:
        self._done.append(
            Message(
                self._direction,
                self._start,
                self._at,
                self._first_line,
                self._headers,
                bytes(self._body),
                self._body_size,
                self._head_size,
                complete,
                head_complete,
                at=self._now,
            )
        )
        self._begin()

    def _to_raw(self, size: int) -> None:
        self._raw += self._buffer[:size]
        self._drop(size)
        self._searched = 0

    def _overflow(self) -> bool:
        """Hand out raw bytes before they grow without bounds."""
        if len(self._buffer) > HEAD_BYTES_MAX:
            self._to_raw(len(self._buffer))
        if len(self._raw) > HEAD_BYTES_MAX:
            self._flush_raw()
        return False

    def _flush_raw(self) -> None:
        if self._raw:
            start = self._at - len(self._raw)
            raw = bytes(self._raw)
            self._done.append(
                Message(self._direction, start, self._at, body=raw, body_size=len(raw), raw=True, at=self._now)
            )
            self._raw.clear()
        self._start = self._at


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.rstrip("\r"), value.strip(" \t\r")
