"""What the stages of net-http-by-hand share: calls of the program, its requests read strictly, a server, replies."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from firsthand.bench.failures import failed, pointer, show_bytes
from firsthand.core.deadlines import until
from firsthand.lab import Answer, App, Backend, Deadline, Doors, Hit, Peers, Rng, fail

PROCESS = "hand"
SERVER = "notes"
REPLY_S = 5.0
"""How long the server's reply may take; it answers at once when it has understood the request."""
SHOWN = 300
TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
WORDS = ("Zoë", "crêpes", "日本", "🦀", "Grüße", "naïve")


def some_hosts(rng: Rng) -> list[str]:
    """Hosts that a request may be meant for, one of each kind: without a port, and with one."""
    hosts = [f"{rng.token()}.example", f"{rng.token()}.example:{rng.integer(1024, 65_000)}"]
    rng.shuffle(hosts)
    return hosts


def some_host(rng: Rng) -> str:
    """A host of any kind."""
    return some_hosts(rng)[0]


def some_targets(rng: Rng) -> list[str]:
    """A path of each kind: bare, with a percent sign, which is part of it, and with a query."""
    ends = ["", f"%20{rng.token(4)}", f"?page={rng.integer(2, 99)}&q=a%2Fb"]
    rng.shuffle(ends)
    return ["/" + "/".join(rng.tokens(rng.integer(1, 3))) + end for end in ends]


def some_target(rng: Rng) -> str:
    """A path of any kind."""
    return some_targets(rng)[0]


def some_text(rng: Rng) -> str:
    """A text of a few words, at least one of which has more bytes than characters."""
    words = [*rng.tokens(rng.integer(1, 4)), rng.choice(WORDS)]
    rng.shuffle(words)
    return " ".join(words)


class Hand:
    """The learner's program, called with words behind it; what it prints are bytes for the wire."""

    def __init__(self, app: App) -> None:
        """Use it as often as you like: each call is a start of its own."""
        self._app = app

    async def completed(
        self, *words: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Exit code and standard output."""
        done = await self._app.run(*words, process=PROCESS, stdin=stdin, env=env)
        if done.exit_code and not done.stdout and done.stderr:
            lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines()]
            told = [line for line in lines if line.strip("~^ ")]  # without the marks below a line of a traceback
            self.complaint = " / ".join(told[-2:])[:SHOWN]
        else:
            self.complaint = ""
        return done.exit_code, done.stdout

    async def says(self, *words: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> bytes:
        """Standard output of a call that must end with 0."""
        code, out = await self.completed(*words, stdin=stdin, env=env)
        if code != 0:
            fail(
                f"`{' '.join(words)}` ended with exit code {code}.",
                expected="exit code 0",
                got=f"{code}; standard error: {self.complaint or 'nothing'}",
            )
        return out

    async def asks(self, *words: str, stdin: bytes | None = None, env: Mapping[str, str] | None = None) -> "Written":
        """The request that a call printed, which must be one."""
        return Written(await self.says(*words, stdin=stdin, env=env), " ".join(words))


@dataclass(frozen=True)
class Written:
    """What the program printed where a request is due, read leniently until somebody asks for more."""

    raw: bytes
    call: str

    @cached_property
    def _parts(self) -> tuple[bytes, bytes, bytes]:
        ends = [found for mark in (b"\r\n\r\n", b"\n\n") if (found := self.raw.find(mark)) >= 0]
        if not ends:
            return self.raw, b"", b""
        at = min(ends)
        gap = 4 if self.raw[at : at + 4] == b"\r\n\r\n" else 2
        return self.raw[:at], self.raw[at : at + gap], self.raw[at + gap :]

    @property
    def lines(self) -> list[str]:
        """The lines of the head, without their ends."""
        return [line.decode("latin-1").removesuffix("\r") for line in self._parts[0].split(b"\n")]

    @property
    def line(self) -> str:
        """The first one."""
        return self.lines[0]

    @property
    def method(self) -> str:
        """The first word."""
        return self.line.partition(" ")[0]

    @property
    def target(self) -> str:
        """What stands between the first and the last space of the first line."""
        return self.line.partition(" ")[2].rpartition(" ")[0]

    @property
    def body(self) -> bytes:
        """What follows the empty line."""
        return self._parts[2]

    def all(self, name: str) -> list[str]:
        """The values of a header."""
        pairs = (line.partition(":") for line in self.lines[1:])
        return [value.strip(" \t") for have, _, value in pairs if have.lower() == name.lower()]

    def expect_line(self, method: str, target: str) -> None:
        """The request line must be this, whatever the line ends are."""
        if not self.raw:
            fail(
                f"The program was called with `{self.call}` and printed nothing.",
                expected=f"{method} {target} HTTP/1.1",
                got="no byte",
                hint="Print the request to standard output.",
            )
        wanted = f"{method} {target} HTTP/1.1"
        if self.line != wanted:
            self.refuse("The request line is wrong.", wanted, self.line, self._line_remark(method, target))

    def _line_remark(self, method: str, target: str) -> str:
        if self.line.count(" ") == 2 and self.method != method:
            return "The first word is another one: the method says what is wanted."
        if self.line.count(" ") == 2 and self.target != target:
            return "The second word is another one: path and query, and nothing before or behind them."
        return "Method, target, version, one space between."

    def refuse(self, what: str, expected: str, got: str, hint: str = "", detail: str = "") -> NoReturn:
        """Fail, with what was printed below."""
        detail = detail or f"all that `{self.call}` printed:\n{show_bytes(self.raw, SHOWN)}"
        raise failed(what, expected=expected, got=got, remark=hint, detail=detail)

    def expect_crlf(self) -> None:
        """Every line of the head ends with CR LF."""
        head = self._parts[0] + self._parts[1] or self.raw
        lone = re.search(rb"(?<!\r)\n|\r(?!\n)", head)
        if lone:
            number = head.count(b"\n", 0, lone.start()) + 1
            self.refuse(
                f"Line {number} of the head does not end with CR LF.",
                "\\r\\n at the end of each line, and of the empty one",
                show_bytes(head[max(0, lone.start() - 20) : lone.end() + 1]),
                "Write the two bytes yourself; a usual line end of a program is one byte.",
            )

    def expect_end(self) -> None:
        """An empty line ends the head."""
        if not self._parts[1]:
            self.refuse(
                "The head has no end: there is no empty line.",
                "\\r\\n\\r\\n behind the last header",
                show_bytes(self.raw[-24:]),
                "The server would wait for the rest of your request. The last line's end, and then once more the same.",
            )

    def expect_host(self, host: str, hint: str = "Once, from HOST.") -> None:
        """Exactly one Host, without a space before its colon."""
        for line in self.lines[1:]:
            if not re.match(rf"{TOKEN}:", line):
                self.refuse("This line is no header.", "Name: value", line, "No space may stand before the colon.")
        if self.all("Host") != [host]:
            got = " and ".join(f"Host: {value}" for value in self.all("Host")) or "no Host"
            self.refuse("Host is wrong.", f"Host: {host}", got, hint)

    def expect_close(self) -> None:
        """It asks the server to hang up."""
        if [value.lower() for value in self.all("Connection")] != ["close"]:
            self.refuse("Connection is wrong.", "Connection: close", _listed(self.all("Connection")))

    def expect_body(self, body: bytes | None) -> None:
        """Exactly this body with its length; None for a request without any."""
        lengths = self.all("Content-Length")
        if body is None:
            if self.body or lengths not in ([], ["0"]):
                self.refuse(
                    "This request has no body.",
                    "nothing behind the empty line, and no Content-Length",
                    f"{show_bytes(self.body, 80)}, Content-Length {_listed(lengths)}",
                )
            return
        if self.body != body:
            self.refuse(
                "The body is not the text, and nothing but the text.",
                show_bytes(body, 120),
                show_bytes(self.body, 120),
                "Does your way of printing add a line end, or change `%` and `\\`?",
                pointer(body, self.body),
            )
        if lengths != [str(len(body))]:
            self.refuse(
                "Content-Length is wrong.",
                f"Content-Length: {len(body)}",
                f"Content-Length: {_listed(lengths)}",
                f"It counts the bytes of the body in UTF-8; the text has {len(body.decode())} characters.",
            )

    def expect_bare(self) -> None:
        """It has no header that speaks of a body."""
        spoken = [f"{name}: {value}" for name in ("Content-Type", "Content-Length") for value in self.all(name)]
        if spoken:
            self.refuse(
                "This request has no body, and should not speak of one.",
                "neither Content-Type nor Content-Length",
                ", ".join(spoken),
                "When POST becomes GET, what described the body is left out with it.",
            )

    def expect_whole(
        self, method: str, target: str, host: str, body: bytes | None = None, *, host_hint: str = "Once, from HOST."
    ) -> None:
        """All that the first two stages want of a request."""
        self.expect_line(method, target)
        self.expect_end()
        self.expect_crlf()
        self.expect_host(host, host_hint)
        self.expect_close()
        self.expect_body(body)


class Server:
    """The real server behind its door: it is sent bytes, and says what it understood."""

    def __init__(self, peers: Peers, doors: Doors, app: App) -> None:
        """The lab's peer."""
        self.backend: Backend = peers[SERVER]
        self.host = str(doors[SERVER].address)
        self._address = doors[SERVER].address
        self._factor = app.factor

    async def answers(self, request: Written, script: Callable[[Hit], Answer]) -> bytes:
        """All that it answers to these bytes until it hangs up."""

        async def said(hit: Hit) -> Answer:
            return script(hit)

        self.backend.script = said
        reader, writer = await asyncio.open_connection(self._address.host, self._address.port)
        got = bytearray()
        try:
            writer.write(request.raw)
            await writer.drain()
            ended = asyncio.ensure_future(_read_all(reader, got))

            async def is_over() -> bool:
                return ended.done()

            over = await until(is_over, Deadline.after(REPLY_S, self._factor))
            ended.cancel()
        finally:
            writer.transport.abort()
        if not over or not got:
            request.refuse(
                "The server did not answer." if over else "The server waits for the rest of the request.",
                "a reply",
                show_bytes(bytes(got), 80) if got else "nothing",
                "It was sent exactly the bytes that your program printed.",
            )
        return bytes(got)

    @property
    def hits(self) -> list[Hit]:
        """The requests that it understood."""
        return self.backend.hits


def _listed(values: list[str], none: str = "none") -> str:
    return " and ".join(values) or none


async def _read_all(reader: asyncio.StreamReader, into: bytearray) -> None:
    while piece := await reader.read(65_536):
        into += piece


def reply(
    status: str = "200 OK", *headers: str, body: bytes | None = b"", chunked: bytes | None = None, more: bytes = b""
) -> bytes:
    """A reply as it comes from a server; `more` is what follows it on the connection."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if chunked is not None:
        lines.append("Transfer-Encoding: chunked")
        body = chunked
    elif body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"") + more


def same_bytes(got: bytes, expected: bytes, what: str, hint: str = "") -> None:
    """What was printed must be exactly this."""
    if got != expected:
        shown = show_bytes(expected, 160), show_bytes(got, 160)
        raise failed(f"{what} is wrong.", expected=shown[0], got=shown[1], remark=hint, detail=pointer(expected, got))


def same_line(got: bytes, expected: str, what: str, hint: str = "") -> None:
    """What was printed must be this line; its end may be left out."""
    line = got.decode("utf-8", "replace").rstrip("\r\n")
    if line != expected:
        fail(f"{what} is wrong.", expected=expected or "nothing", got=line[:SHOWN] or "nothing", hint=hint)
