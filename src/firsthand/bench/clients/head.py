"""Reads the head of a reply as strictly as RFC 9112 states it, and says in plain words what is wrong.

h11 forgives line ends without CR and more; a grader must not, so the head is inspected here before h11 sees it.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from firsthand.bench.clients.reply import Headers
from firsthand.bench.failures import failed, pointer, show_bytes
from firsthand.core.limits import REPLY_HEAD_BYTES_MAX, REPLY_HEADERS_MAX

_BEGIN = b"HTTP/1."
_STATUS_LINE = re.compile(rb"HTTP/(1\.[01]) ([1-9][0-9]{2}) ([\t \x21-\x7e\x80-\xff]*)")
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t \x21-\x7e\x80-\xff]*)")
_SPACE_BEFORE_COLON = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)[ \t]+(:.*)", re.DOTALL)
_SHOWN = 200
_AFTER_ANOTHER = "Does the Content-Length of the reply before this one say exactly how many bytes its body has?"


@dataclass(frozen=True)
class Head:
    """A head that keeps every rule. `size` counts its bytes, the empty line included."""

    version: str
    status: int
    reason: str
    headers: Headers
    size: int


class HeadReader:
    """Looks at each line of a growing buffer once, as soon as it is complete."""

    def __init__(self, *, after_another: bool = False) -> None:
        """`after_another`: a reply came before on this connection, so wrong first bytes may be the rest of its body."""
        self._after_another = after_another
        self._at = 0
        self._status: tuple[str, int, str] | None = None
        self._fields: list[tuple[str, str]] = []

    def read(self, buffer: bytearray) -> Head | None:
        """The head, once its empty line is in the buffer.

        Raises:
            CheckFailed: a rule is broken, or the head is larger than `REPLY_HEAD_BYTES_MAX`.
        """
        self._check_beginning(buffer)
        while (found := buffer.find(b"\n", self._at, REPLY_HEAD_BYTES_MAX)) >= 0:
            line = bytes(buffer[self._at : found + 1])
            self._check_line_end(line)
            self._at = found + 1
            if self._status is None:
                self._status = _status_line(line[:-2])
            elif line == b"\r\n":
                version, status, reason = self._status
                return Head(version, status, reason, Headers(self._fields), self._at)
            else:
                self._take_field(line[:-2])
        if len(buffer) >= REPLY_HEAD_BYTES_MAX:
            raise failed(
                f"The reply's head is larger than {REPLY_HEAD_BYTES_MAX} bytes, or has no end.",
                kind="limit",
                got=show_bytes(bytes(buffer[:_SHOWN])),
            )
        return None

    def _check_beginning(self, buffer: bytearray) -> None:
        if self._status is not None or _BEGIN.startswith(bytes(buffer[: len(_BEGIN)])):
            return
        got = bytes(buffer[:60])
        raise failed(
            "The reply does not begin with HTTP/1.1, a space and a status.",
            kind="protocol",
            expected="HTTP/1.1 and a status, such as 200 OK",
            got=show_bytes(got),
            detail=pointer(b"HTTP/1.1 ", got),
            remark=_AFTER_ANOTHER if self._after_another else "",
        )

    def _check_line_end(self, line: bytes) -> None:
        if not line.endswith(b"\r\n"):
            right = line[:-1] + b"\r\n"
            _refuse(f"{self._which(line[:-1])} ends in LF, not CR LF.", right, line)
        if b"\r" in line[:-2]:
            raise failed(
                f"{self._which(line)} has a CR that no LF follows.", kind="protocol", got=show_bytes(line, _SHOWN)
            )

    def _which(self, line: bytes) -> str:
        if self._status is None:
            return "The reply's first line"
        name = _TOKEN.match(line)
        if name:
            return f"The reply's header line {name[0].decode()}"
        return "The empty line after the reply's headers" if line.strip() == b"" else "A header line of the reply"

    def _take_field(self, line: bytes) -> None:
        if len(self._fields) >= REPLY_HEADERS_MAX:
            raise failed(f"The reply has more than {REPLY_HEADERS_MAX} header lines.", kind="limit")
        match = _FIELD.fullmatch(line)
        if match:
            self._fields.append((match[1].decode("latin-1"), match[2].rstrip(b" \t").decode("latin-1")))
            return
        _refuse_field(line)


def _status_line(line: bytes) -> tuple[str, int, str]:
    match = _STATUS_LINE.fullmatch(line)
    if match:
        return match[1].decode(), int(match[2]), match[3].decode("latin-1")
    if re.fullmatch(rb"HTTP/1\.[01] [0-9]{3}", line):
        _refuse(
            "A space is missing after the status; it is needed even without a reason.", line + b" \r\n", line + b"\r\n"
        )
    if re.fullmatch(rb"HTTP/1\.[01][ \t]+[0-9]{3}[ \t].*", line):
        right = re.sub(rb"^(HTTP/1\.[01])[ \t]+([0-9]{3})[ \t]", rb"\1 \2 ", line)
        if right != line:
            _refuse("The parts of the reply's first line are not separated by one space each.", right, line)
    if re.match(rb"HTTP/1\.[01] [0-9]{3} ", line):
        what = "status is not a number from 100 to 999" if line[9:10] == b"0" else "reason has a control character"
        raise failed(f"The {what} in the reply's first line.", kind="protocol", got=show_bytes(line, _SHOWN))
    raise failed(
        "The reply's first line is not a status line.",
        kind="protocol",
        expected="HTTP/1.1, a space, three digits, a space, a reason",
        got=show_bytes(line, _SHOWN),
    )


def _refuse_field(line: bytes) -> NoReturn:
    if line[:1] in (b" ", b"\t"):
        raise failed(
            "A header line of the reply begins with white space: folding a value over two lines is no longer allowed.",
            kind="protocol",
            got=show_bytes(line, _SHOWN),
        )
    spaced = _SPACE_BEFORE_COLON.fullmatch(line)
    if spaced:
        _refuse("There is white space between a header's name and its colon.", spaced[1] + spaced[2], line)
    name, colon, _value = line.partition(b":")
    if not colon:
        message = "A header line of the reply has no colon."
    elif not _TOKEN.fullmatch(name):
        message = "A header line of the reply has no valid name before its colon."
    else:
        message = f"The value of the reply's header {name.decode()} has a control character in it."
    raise failed(message, kind="protocol", expected="Name: value", got=show_bytes(line, _SHOWN))


def _refuse(message: str, expected: bytes, got: bytes) -> NoReturn:
    raise failed(
        message,
        kind="protocol",
        expected=show_bytes(expected, _SHOWN),
        got=show_bytes(got, _SHOWN),
        detail=pointer(expected, got),
    )
