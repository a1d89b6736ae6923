"""Cuts replies out of the bytes of a connection, without I/O: the head by our own strict eyes, the body by h11."""

import re

import h11

from firsthand.bench.clients.head import Head, HeadReader
from firsthand.bench.clients.reply import Headers, Reply
from firsthand.bench.failures import CheckFailed, failed, pointer, show_bytes, show_text
from firsthand.core.limits import (
    MIB,
    REPLY_BODY_BYTES_MAX,
    REPLY_HEAD_BYTES_MAX,
    REPLY_INFORMATIONAL_MAX,
)

_RAW_BYTES_MAX = 2 * REPLY_BODY_BYTES_MAX + REPLY_HEAD_BYTES_MAX
"""Chunk framing may double a body, not more: chunks of one byte are no way to hold a client for ever."""

_SHOWN = 200


class ReplyParser:
    """Parses one final reply. Feed it bytes until `done`; `leftover` belongs to the next reply."""

    def __init__(self, to: str = "GET", *, after_another: bool = False) -> None:
        """`to` is the method of the request: a reply to HEAD has no body, whatever its headers say."""
        self.to = to
        self.done = False
        self.leftover = b""
        self._buffer = bytearray()
        self._reader = HeadReader(after_another=after_another)
        self._informational: list[int] = []
        self._head: Head | None = None
        self._head_bytes = b""
        self._raw = bytearray()
        self._body = bytearray()
        self._trailers = Headers([])
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=REPLY_HEAD_BYTES_MAX)

    def feed(self, data: bytes) -> None:
        """Take bytes of the program.

        Raises:
            CheckFailed: they are no valid reply, or too large a one.
        """
        assert not self.done, "what follows a complete reply belongs to the next one"
        if self._head is None:
            self._buffer += data
            data = self._take_heads()
        if self._head is not None and data:
            self._take_body(data)

    def end(self) -> None:
        """The program will send no more.

        Raises:
            CheckFailed: the reply is not complete.
        """
        if self._until_close and not self.done:
            self._receive(b"")
        if not self.done:
            raise self.cut_short("closed")

    def reply(self, began_at: float = 0.0, ended_at: float = 0.0) -> Reply:
        """The reply, when `done`; the times are those of the wire's clock."""
        assert self.done, "the reply is complete"
        assert self._head is not None, "a complete reply has a head"
        head = self._head
        return Reply(
            status=head.status,
            reason=head.reason,
            version=head.version,
            headers=head.headers,
            body=bytes(self._body),
            head=self._head_bytes,
            raw=bytes(self._raw),
            informational=self._informational,
            chunked=self._chunked,
            trailers=self._trailers,
            began_at=began_at,
            ended_at=ended_at,
        )

    def cut_short(self, how: str) -> CheckFailed:
        """Why the reply is not complete: the connection was `closed` or `reset`."""
        kind_of_end = f"The connection was {how}"
        if self._head is None:
            if not self._buffer:
                after = f" after status {self._informational[-1]}" if self._informational else ""
                return failed(f"{kind_of_end} before a reply came (0 bytes){after}.", kind="closed")
            return self._head_not_whole(f"{kind_of_end} in the middle of the reply's head", "closed")
        fault = self._chunk_fault()
        if fault:
            return fault
        return failed(f"{kind_of_end} {self._body_so_far()}.", kind="closed", got=show_bytes(bytes(self._body), _SHOWN))

    def timed_out(self, allowed_s: float) -> CheckFailed:
        """Why the reply is not complete, when nothing but time has passed."""
        within = f"within {allowed_s:.3g} s"
        if self._head is None:
            if self._buffer:
                return self._head_not_whole(f"The reply's head did not end {within}", "timeout")
            if self._informational:
                came = ", ".join(map(str, self._informational))
                return failed(f"No final reply came {within}, only {came}.", kind="timeout", got=came)
            return failed(f"No reply came {within}.", kind="timeout")
        fault = self._chunk_fault()
        if fault:
            return fault
        if self._until_close:
            return failed(
                f"The reply says neither Content-Length nor Transfer-Encoding: chunked, so its body ends when the "
                f"connection is closed, and that did not happen {within}.",
                kind="timeout",
                got=show_bytes(bytes(self._body), _SHOWN),
            )
        return failed(
            f"The reply did not end {within}: it stopped {self._body_so_far()}.",
            kind="timeout",
            got=show_bytes(bytes(self._body), _SHOWN),
        )

    @property
    def nothing_came(self) -> bool:
        """Whether not a byte of this reply has come."""
        return self._head is None and not self._buffer and not self._informational

    # How the body ends (RFC 9112, 6.3).

    @property
    def _bodiless(self) -> bool:
        return self._head is not None and (self.to == "HEAD" or self._head.status in (101, 204, 304))

    @property
    def _chunked(self) -> bool:
        return self._head is not None and not self._bodiless and "Transfer-Encoding" in self._head.headers

    @property
    def _length(self) -> int | None:
        value = self._head.headers.get("Content-Length") if self._head and not self._bodiless else None
        return int(value) if value is not None else None

    @property
    def _until_close(self) -> bool:
        return self._head is not None and not (self._bodiless or self._chunked or self._length is not None)

    def _take_heads(self) -> bytes:
        """Read interim heads and the final one; returns what follows it."""
        while (head := self._reader.read(self._buffer)) is not None:
            self._head_bytes = bytes(self._buffer[: head.size])
            del self._buffer[: head.size]
            if head.status >= 200 or head.status == 101:
                self._begin_body(head)
                return bytes(self._buffer)
            self._informational.append(head.status)
            self._reader = HeadReader(after_another=True)
            if len(self._informational) > REPLY_INFORMATIONAL_MAX:
                raise failed(
                    f"More than {REPLY_INFORMATIONAL_MAX} replies of the 1xx kind came, and no final one.", kind="limit"
                )
        return b""

    def _begin_body(self, head: Head) -> None:
        self._head = head
        self._raw += self._head_bytes
        if self._bodiless:
            self.done = True
            return
        _check_framing(head)
        length = self._length
        if length is not None and length > REPLY_BODY_BYTES_MAX:
            raise failed(
                f"The reply says Content-Length: {length}; more than {REPLY_BODY_BYTES_MAX // MIB} MiB are not taken.",
                kind="limit",
            )
        self._h11.send(h11.Request(method="GET", target="/", headers=[("Host", "localhost")]))
        self._h11.send(h11.EndOfMessage())
        self._receive(self._head_bytes)

    def _take_body(self, data: bytes) -> None:
        if self.done:
            self.leftover = data
            return
        self._raw += data
        if len(self._raw) > _RAW_BYTES_MAX:
            raise self._too_large()
        self._receive(data)

    def _receive(self, data: bytes) -> None:
        try:
            self._h11.receive_data(data)
            self._take_events()
        except h11.RemoteProtocolError as error:
            if error.error_status_hint == 431:
                raise failed(
                    f"The lines around the reply's chunks are larger than {REPLY_HEAD_BYTES_MAX} bytes.",
                    kind="limit",
                ) from None
            raise self._chunk_fault() or failed(
                f"The reply is not valid HTTP/1.1: {show_text(str(error))}.",
                kind="protocol",
                got=show_bytes(bytes(self._raw[-_SHOWN:]), _SHOWN),
            ) from None

    def _take_events(self) -> None:
        while (event := self._h11.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > REPLY_BODY_BYTES_MAX:
                    raise self._too_large()
            elif isinstance(event, h11.EndOfMessage):
                self._finish(event)
                return
            elif not isinstance(event, h11.Response):
                return

    def _finish(self, event: h11.EndOfMessage) -> None:
        self.done = True
        self.leftover = self._h11.trailing_data[0]
        if self.leftover:
            del self._raw[-len(self.leftover) :]
        self._trailers = Headers([(n.decode("latin-1"), v.decode("latin-1")) for n, v in event.headers.raw_items()])
        if self._chunked and not self._raw.endswith(b"\r\n\r\n"):
            raise self._chunk_fault() or failed(
                "The lines after the last chunk do not end in CR LF.",
                kind="protocol",
                got=show_bytes(bytes(self._raw[-_SHOWN:]), _SHOWN),
            )

    # Words for what went wrong.

    def _too_large(self) -> CheckFailed:
        return failed(
            f"The reply's body has no end in sight: more than {REPLY_BODY_BYTES_MAX // MIB} MiB came.", kind="limit"
        )

    def _head_not_whole(self, what: str, kind: str) -> CheckFailed:
        got = bytes(self._buffer)
        whole_lines = got.endswith(b"\r\n")
        return failed(
            f"{what}: {len(got)} bytes came, without the empty line (CR LF) that ends a head.",
            kind="closed" if kind == "closed" else "timeout",
            got=show_bytes(got, _SHOWN),
            detail=pointer(got + b"\r\n", got) if whole_lines else "",
        )

    def _body_so_far(self) -> str:
        came = len(self._body)
        if self._length is not None:
            return f"after {came} of {self._length} bytes of the body (Content-Length: {self._length})"
        if self._chunked:
            return f"after {came} bytes of the body, before the last chunk, which has the size 0"
        return f"after {came} bytes of the body"

    def _chunk_fault(self) -> CheckFailed | None:
        if not self._chunked:
            return None
        return find_chunk_fault(bytes(self._raw[len(self._head_bytes) :]))


def _check_framing(head: Head) -> None:
    """Contradictions in what says where the body ends; each is a door for request smuggling (RFC 9112, 6.3)."""
    lengths = head.headers.all("Content-Length")
    codings = head.headers.all("Transfer-Encoding")
    if codings and lengths:
        message = "The reply has both Transfer-Encoding and Content-Length; only one may say where the body ends."
    elif len(lengths) > 1:
        message = "The reply has Content-Length more than once."
    elif lengths and not re.fullmatch(r"[0-9]{1,20}", lengths[0]):
        message = "The reply's Content-Length is not a whole number written in digits."
    elif codings and [c.lower() for c in codings] != ["chunked"]:
        message = "The reply's Transfer-Encoding is not chunked; a client that did not ask understands no other."
    elif codings and head.version == "1.0":
        message = "The reply says HTTP/1.0 and Transfer-Encoding, which came only with HTTP/1.1."
    else:
        return
    got = [*(f"Content-Length: {v}" for v in lengths), *(f"Transfer-Encoding: {v}" for v in codings)]
    raise failed(message, kind="protocol", got=show_text("; ".join(got)))


def find_chunk_fault(body: bytes) -> CheckFailed | None:
    """The first place where a chunked body breaks the rules, or None as far as it has come (RFC 9112, 7.1)."""
    at = 0
    while at < len(body):
        newline = body.find(b"\n", at)
        line = body[at : newline + 1] if newline >= 0 else body[at:]
        size_digits = re.match(rb"[0-9a-fA-F]+", line)
        if not size_digits:
            return failed(
                f"A chunk does not begin with its size in hexadecimal digits (byte {at} of the body).",
                kind="protocol",
                expected="a size such as 1a, then CR LF",
                got=show_bytes(line, _SHOWN),
            )
        if newline < 0:
            return None
        if not line.endswith(b"\r\n"):
            return _chunk_line_end("The line with a chunk's size ends in LF, not CR LF.", line)
        if len(size_digits[0]) > 16 or not re.fullmatch(rb"[0-9a-fA-F]+[ \t]*(;[^\r\n]*)?\r\n", line):
            return failed("The size of a chunk is not valid.", kind="protocol", got=show_bytes(line, _SHOWN))
        size = int(size_digits[0], 16)
        if size == 0:
            return None
        at = newline + 1 + size
        if not b"\r\n".startswith(body[at : at + 2]):
            start = max(newline + 1, at - 20)
            return failed(
                f"A chunk of {size} bytes is not followed by CR LF: is its size right, and in hexadecimal?",
                kind="protocol",
                expected="CR LF after the chunk",
                got=show_bytes(body[at : at + 40]),
                detail=pointer(body[start:at] + b"\r\n", body[start : at + 2]),
            )
        at += 2
    return None


def _chunk_line_end(message: str, line: bytes) -> CheckFailed:
    right = line[:-1] + b"\r\n"
    return failed(
        message,
        kind="protocol",
        expected=show_bytes(right, _SHOWN),
        got=show_bytes(line, _SHOWN),
        detail=pointer(right, line),
    )
