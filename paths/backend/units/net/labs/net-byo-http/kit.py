"""What the stages of net-byo-http share: raw requests, percent-encoding, entity tags, hints for lost replies."""

import os
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from firsthand.bench.failures import CheckFailed
from firsthand.lab import Connection, Folder, Http, Reply, Rng, expect, fail, hinting

EARLY_S = 0.03
"""How long a check listens for bytes that should not come yet; a program that sends them has done so by then."""

BEHIND = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
UNRESERVED = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~"
STRONG_TAG = r'"[\x21\x23-\x7e\x80-\xff]*"'


def head(line: str, *headers: str) -> bytes:
    """A request's head, each line ended by CR LF, with an empty line at the end; nothing is added."""
    return "".join(f"{each}\r\n" for each in (line, *headers, "")).encode("latin-1")


def percent(data: bytes, rng: Rng, every: bool = False) -> str:
    """The bytes percent-encoded, digits in random case; plain letters and digits only sometimes, unless `every`."""
    return "".join(
        chr(byte) if byte in UNRESERVED and not (every or rng.chance(15)) else "%" + rng.choice(("%02x", "%02X")) % byte
        for byte in data
    )


def chunked(rng: Rng, chunks: Sequence[bytes], *, extensions: bool = False, trailers: Sequence[str] = ()) -> bytes:
    """The chunks as a body: sizes in either case, some with leading zeros; extensions and trailers if asked for."""
    out = b""
    upper = rng.chance(50)
    for chunk in [*chunks, b""]:
        upper = not upper
        size = ("%X" if upper else "%x") % len(chunk)
        zeros = "0" * rng.integer(1, 3) if rng.chance(30) else ""
        extension = rng.choice((";a", ";color=blue", ';note="x;y"', " ; n=1")) if extensions else ""
        out += f"{zeros}{size}{extension}\r\n".encode()
        out += chunk + b"\r\n" if chunk else b""
    return out + "".join(f"{line}\r\n" for line in [*trailers, ""]).encode()


def pieces(rng: Rng, data: bytes, parts: int) -> list[bytes]:
    """The data in at most `parts` pieces, none empty, cut anywhere; quick for large data too."""
    cuts = sorted({rng.integer(1, len(data) - 1) for _ in range(parts - 1)}) if len(data) > 1 else []
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True) if a < b]


def small(rng: Rng) -> bytes:
    """A body of at most a few hundred bytes, which one packet holds together with its head."""
    crlf = b"\r\n".join(word.encode() for word in rng.tokens(3)) + rng.choice((b"", b"\r\n\r\n", b"0\r\n\r\n"))
    return rng.choice(
        (rng.any_bytes(), rng.any_bytes(1, 1), crlf, rng.text().encode(), rng.odd_case(rng.token()).encode())
    )


def options(reply: Reply, name: str) -> list[str]:
    """The members of a comma-separated header of the reply."""
    return [item.strip() for value in reply.headers.all(name) for item in value.split(",") if item.strip()]


def coding(reply: Reply) -> str:
    """`gzip` for a compressed reply, nothing for one as it is."""
    return ", ".join(item.lower() for item in options(reply, "Content-Encoding") if item.lower() != "identity")


def media_type(reply: Reply) -> str:
    """The reply's Content-Type without its parameters."""
    return (reply.headers.get("Content-Type") or "").partition(";")[0].strip().lower()


def compressible(rng: Rng) -> bytes:
    """Some kilobytes of a text that gzip makes smaller."""
    words = rng.tokens(12)
    return "\r\n".join(f"{rng.choice(words)} {rng.choice(words)} é" for _ in range(rng.integer(80, 200))).encode()


def publish(public: Folder, rng: Rng, content: bytes) -> str:
    """Write a file with a new name; returns the target under which it is served."""
    name = f"{rng.token()}.{rng.choice(('txt', 'bin', 'html', 'md'))}"
    public.write(name, content)
    return f"/files/{name}"


def change(public: Folder, target: str, content: bytes) -> None:
    """Give a published file another content, and a modification time ten seconds later than the one it had."""
    name = target.removeprefix("/files/")
    before_s = (public.path / name).stat().st_mtime
    path = public.write(name, content)
    os.utime(path, (before_s + 10, before_s + 10))


def tag_of(reply: Reply) -> str:
    """The reply's entity tag, which must be there and well-formed."""
    expect(reply.status, "status").equals(200)
    tag = reply.headers.get("ETag")
    if tag is None:
        fail("The reply has no ETag.", expected='ETag: "..."', hint="Stage 6 wants one on each 200 under /files/.")
    expect(tag, "ETag").matches(f"(W/)?{STRONG_TAG}", hint='A tag stands in double quotes: ETag: "5f2a9c".')
    return tag


def opaque(tag: str) -> str:
    """What stands between a tag's quotes."""
    return tag.removeprefix("W/").strip('"')


async def something_came(connection: Connection, within_s: float) -> bool:
    """Whether the program sends a byte within this time; the byte stays to be read."""
    try:
        await connection.nothing_more(within_s)
    except CheckFailed:
        return True
    return False


class Refused(Protocol):
    """Sends a bad request on a connection of its own, which must get one of the statuses."""

    async def __call__(self, bad: bytes, statuses: Sequence[int], why: str, *, behind: bytes = BEHIND) -> None:
        """`behind` follows the bad request in the same write, and must stay unanswered."""


@asynccontextmanager
async def refusals(http: Http) -> AsyncIterator[Refused]:
    """Bad requests, and at the end of the block: each connection is closed, and what was behind stays unanswered.

    At the end, because a program may read on for a moment before it closes: so it does that for all of them at once.
    """
    async with AsyncExitStack() as stack:
        connections: list[Connection] = []

        async def refused(bad: bytes, statuses: Sequence[int], why: str, *, behind: bytes = BEHIND) -> None:
            connection = await stack.enter_async_context(http.connection())
            await connection.send(bad + behind)
            with hinting(why):
                reply = await connection.reply()
            expect(reply.status, "status").is_one_of(statuses, hint=why)
            connections.append(connection)

        yield refused
        for connection in connections:
            with hinting("After such a request the connection must be closed: nobody knows where the next one begins."):
                await connection.closed()


def content_range(reply: Reply) -> tuple[int, int, int]:
    """First and last position and size that the reply's Content-Range tells."""
    value = reply.headers.get("Content-Range") or ""
    match = re.fullmatch(r"bytes +([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})", value, re.IGNORECASE)
    if not match:
        fail(
            "Content-Range does not tell the part.",
            expected="Content-Range: bytes first-last/size",
            got=value or "none",
        )
    return int(match[1]), int(match[2]), int(match[3])
