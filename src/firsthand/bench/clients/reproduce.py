"""Turns what was said on a connection into shell commands that say it again: curl where it can, printf and nc else."""

import re
import shlex
from collections.abc import Collection
from dataclasses import dataclass, field

from firsthand.bench.clients.reply import Reply
from firsthand.bench.clients.request import Request
from firsthand.bench.failures import show_text
from firsthand.bench.ports import Address

SENDINGS_KEPT_MAX = 8
"""Only the last things said on a connection are kept; a longer command helps nobody."""

_LITERAL_BYTES_MAX = 2_000
"""Longer bodies are replaced by as many random bytes, longer raw text by its beginning."""
_CURL = "curl -i --http1.1 --path-as-is"
_PAUSE_S = 0.3
_PLAIN_TARGET = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@/?%]*")
_PLAIN_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_PLAIN_VALUE = re.compile(r"[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?")
_FRAMING = {"content-length", "transfer-encoding"}


@dataclass
class Sending:
    """One thing that was said: requests in one write, or raw pieces one after another, or the end."""

    requests: tuple[Request, ...] = ()
    """As the check stated them, without the client's own headers."""
    pieces: tuple[bytes, ...] = ()
    """Raw bytes, as they went out; without requests and pieces our side was closed."""
    answers: list[str] = field(default_factory=list)
    """One safe line for each reply."""

    @property
    def says_something(self) -> bool:
        """Whether bytes went out."""
        return bool(self.requests or self.pieces)

    def answered(self, reply: Reply) -> None:
        """A reply was read after this."""
        line = f"HTTP/{reply.version} {reply.status} {show_text(reply.reason, 60)}"
        self.answers.append(f"{line.rstrip()} ({counted(len(reply.body))} of body)")


def commands(address: Address, sendings: Collection[Sending], left_out: int = 0) -> list[str]:
    """Commands for sh that say the same on one connection again.

    `left_out` tells how many things were said before these on the same connection.
    """
    said = [sending for sending in sendings if sending.says_something]
    if not said:
        return [f"{_CURL} {_url(address, '/')}"]
    lead = [f"# after {left_out} more on the same connection"] if left_out else []
    by_curl = _curl(address, said)
    return [*lead, by_curl or _by_nc(address, said)]


def exchange_lines(sendings: Collection[Sending]) -> str:
    """The last thing said and what came, as lines that are safe to show."""
    said = [sending for sending in sendings if sending.says_something]
    if not said:
        return ""
    last = said[-1]
    if last.requests:
        asked = [_asked(request) for request in last.requests[-3:]]
    else:
        first_line = b"".join(last.pieces).partition(b"\n")[0].rstrip(b"\r").decode("latin-1")
        asked = [f"> {show_text(first_line, 100)} ({counted(sum(map(len, last.pieces)))} in all)"]
    came = [f"< {line}" for line in last.answers[-3:]] or ["< no whole reply came"]
    return "\n".join([*asked, *came])


def counted(size: int) -> str:
    """The size in bytes, in words."""
    return "1 byte" if size == 1 else f"{size} bytes"


def _asked(request: Request) -> str:
    body = f" ({counted(len(request.content))} of body)" if request.has_body else ""
    return f"> {show_text(f'{request.method} {request.target}', 100)} HTTP/1.1{body}"


def _url(address: Address, target: str) -> str:
    return shlex.quote(f"http://{address}{target}")


def _curl(address: Address, said: list[Sending]) -> str:
    """One curl command, or "" where curl would say something else."""
    if not all(len(sending.requests) == 1 and _fit_for_curl(sending.requests[0]) for sending in said):
        return ""
    requests = [sending.requests[0] for sending in said]
    if all(_is_bare_get(request) for request in requests):
        return f"{_CURL} {' '.join(_url(address, request.target) for request in requests)}"
    sources = [source for request in requests if (source := _stdin(request.content))]
    if len(sources) > 1:
        return ""
    command = " --next ".join(_one_curl(address, request) for request in requests).replace("--next curl", "--next")
    return f"{sources[0]} | {command}" if sources else command


def _one_curl(address: Address, request: Request) -> str:
    words = [_CURL]
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != "GET" or request.has_body:
        words.append(f"-X {request.method}")
    for name, value in request.pairs:
        words.append(f"-H {shlex.quote(f'{name}: {value}' if value else f'{name};')}")
    if request.chunks is not None:
        words.append("-H 'Transfer-Encoding: chunked'")
    if request.has_body:
        content = request.content
        words.append(f"--data-binary {'@-' if _stdin(content) else shlex.quote(content.decode())}")
    words.append(_url(address, request.target))
    return " ".join(words)


def _is_bare_get(request: Request) -> bool:
    return request.method == "GET" and not request.has_body and not request.pairs


def _fit_for_curl(request: Request) -> bool:
    """curl sends the target and headers as they are only within limits; framing headers it writes itself."""
    names = [name.lower() for name, _ in request.pairs]
    return (
        bool(_PLAIN_TARGET.fullmatch(request.target))
        and bool(re.fullmatch("[A-Z]+", request.method))
        and request.method not in ("CONNECT", "TRACE")
        and not (request.method == "HEAD" and request.has_body)
        and len(names) == len(set(names))
        and not _FRAMING & set(names)
        and all(_PLAIN_NAME.fullmatch(n) and (not v or _PLAIN_VALUE.fullmatch(v)) for n, v in request.pairs)
    )


def _stdin(content: bytes) -> str:
    """The command that makes a body which cannot stand in a shell word, or ""."""
    if len(content) > _LITERAL_BYTES_MAX:
        return f"head -c {len(content)} /dev/urandom"
    text = content.decode("ascii", "replace")
    # A leading @ would be a file name for curl.
    if text.isprintable() and content.isascii() and not text.startswith("@"):
        return ""
    return f"printf '{printf_format(content)}'"


def _by_nc(address: Address, said: list[Sending]) -> str:
    steps: list[str] = []
    for sending in said:
        if steps:
            steps.append(f"sleep {_PAUSE_S}")
        for request in sending.requests:
            steps += _say(request.encode_head(str(address)))
            steps += _say(request.encode_body(), body=True)
        for place, piece in enumerate(sending.pieces):
            steps += [f"sleep {_PAUSE_S}"] if place else []
            steps += _say(piece)
    producer = steps[0] if len(steps) == 1 else "(" + "; ".join(_joined(steps)) + ")"
    return f"{producer} | nc -w 2 {address.host} {address.port}"


def _joined(steps: list[str]) -> list[str]:
    """Neighbouring printf commands as one."""
    joined: list[str] = []
    for step in steps:
        if joined and joined[-1].startswith("printf '") and joined[-1].endswith("'") and step.startswith("printf '"):
            joined[-1] = joined[-1][:-1] + step[len("printf '") :]
        else:
            joined.append(step)
    return joined


def _say(piece: bytes, *, body: bool = False) -> list[str]:
    if not piece:
        return []
    if len(piece) <= _LITERAL_BYTES_MAX:
        return [f"printf '{printf_format(piece)}'"]
    start = b"" if body else piece[: _LITERAL_BYTES_MAX // 4]
    return [*_say(start), f"head -c {len(piece) - len(start)} /dev/urandom"]


def printf_format(data: bytes) -> str:
    """The bytes as a format for the printf of any sh, to stand between single quotes."""
    text = "".join(_PRINTF.get(byte) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in data)
    return f"\\055{text[1:]}" if text.startswith("-") else text  # else an option


_PRINTF = {10: "\\n", 13: "\\r", 37: "%%", 39: "\\047", 92: "\\\\"}
