"""The graders' client against well-behaved programs: what RFC 9112 allows is accepted, what came is what you see."""

import asyncio
import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_server import served

from firsthand.bench.clients.http import Http, Reply, Request
from firsthand.bench.clients.reading import ReplyParser
from firsthand.bench.failures import CheckFailed
from firsthand.core.randomness import Rng

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-One: a\r\nx-one:b \t\r\n\r\nhello"


def ask(answer: bytes, method: str = "GET", target: str = "/") -> Reply:
    async def go() -> Reply:
        async with served(answer) as http:
            return await http.request(method, target)

    return asyncio.run(go())


def test_a_reply_is_read_with_its_headers_in_order() -> None:
    reply = ask(HELLO)
    assert (reply.status, reply.reason, reply.version, reply.body) == (200, "OK", "1.1", b"hello")
    assert reply.headers.items == (("Content-Length", "5"), ("X-One", "a"), ("x-one", "b"))
    assert reply.headers.get("CONTENT-LENGTH") == "5"
    assert reply.headers.all("x-One") == ["a", "b"]
    assert reply.headers.get("absent") is None
    assert (reply.raw, reply.head) == (HELLO, HELLO[:-5])
    assert not reply.chunked
    assert reply.seconds > 0


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", b""),
        (b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\nuntil close", b"until close"),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil close", b"until close"),
        (b"HTTP/1.1 200 OK\r\ntransfer-ENCODING: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n005;a=b;c\r\nhello\r\n0;x\r\n\r\n", b"hello"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n", b"0123456789"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n", b""),
        (b"HTTP/1.1 200 Gr\xfc\xdfe\r\nX:\r\nContent-Length:2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 799 Odd\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    ],
)
def test_all_that_rfc_9112_allows_is_accepted(answer: bytes, body: bytes) -> None:
    assert ask(answer).body == body


def test_trailers_and_chunking_are_told() -> None:
    reply = ask(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Sum: 7\r\n\r\n")
    assert reply.chunked
    assert reply.trailers.get("x-sum") == "7"


def test_a_reply_to_head_has_no_body_whatever_it_says() -> None:
    reply = ask(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "HEAD")
    assert (reply.body, reply.headers.get("content-length")) == (b"", "99999999999")


def test_interim_replies_are_collected() -> None:
    reply = ask(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + HELLO)
    assert (reply.status, reply.informational) == (200, [100, 103])


def test_one_connection_serves_several_requests_and_keeps_the_bytes_between() -> None:
    heads: list[bytes] = []

    async def two_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(HELLO + HELLO.replace(b"hello", b"again"))
        heads.append(await reader.readuntil(b"\r\n\r\n"))

    async def go() -> list[bytes]:
        async with served(two_at_once) as http, http.connection() as connection:
            bodies = [(await connection.get("/1")).body, (await connection.get("/2")).body]
            await connection.closed()
            return bodies

    assert asyncio.run(go()) == [b"hello", b"again"]
    assert [head.split(b"\r\n")[0] for head in heads] == [b"GET /1 HTTP/1.1", b"GET /2 HTTP/1.1"]


def test_pipelined_requests_leave_in_one_write_and_replies_come_in_order() -> None:
    async def gather_then_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            await reader.readuntil(b"\r\n\r\n")
        writer.write(
            HELLO + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
        )

    async def go() -> list[int]:
        async with served(gather_then_answer) as http, http.connection() as connection:
            asked = [Request("GET", "/a"), Request("HEAD", "/b"), Request("GET", "/c")]
            replies = await connection.pipeline(asked)
            await connection.closed()
            return [reply.status for reply in replies]

    assert asyncio.run(go()) == [200, 200, 404]


def test_a_split_waits_until_the_program_has_read_the_part_before() -> None:
    async def read_lazily(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got = []
        while b"".join(got) != b"onetwothree":
            got.append(await reader.read(100))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b"|".join(got))

    async def go(host: str) -> bytes:
        async with served(read_lazily, host=host) as http, http.connection() as connection:
            await connection.send_pieces([b"one", b"", b"two", b"three"])
            return (await connection.reply()).body

    assert asyncio.run(go("127.0.0.1")) == b"one|two|three"
    assert asyncio.run(go("::1")) == b"one|two|three"


def test_a_large_piece_is_read_to_its_end_before_the_next_is_sent() -> None:
    seen: list[bytes] = []

    async def read_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not seen or not seen[-1].endswith(b"END"):
            seen.append(await reader.read(50_000))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def go() -> int:
        async with served(read_slowly) as http, http.connection() as connection:
            await connection.send_pieces([b"x" * 6_000_000, b"END"])
            return (await connection.reply()).status

    assert asyncio.run(go()) == 200
    assert seen[-1] == b"END"


def test_small_pieces_are_not_held_back() -> None:
    import socket

    async def go() -> int:
        async with served(HELLO) as http, http.connection() as connection:
            sock = connection._stream._transport.get_extra_info("socket")  # type: ignore[union-attr]
            return int(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    assert asyncio.run(go()) != 0


def test_nothing_more_holds_while_silent_and_when_closed() -> None:
    async def go() -> tuple[bool, bool]:
        async with served(HELLO) as http, http.connection() as connection:
            open_before = await connection.is_open()
            await connection.nothing_more(0.02)
            await connection.get("/")
            await connection.nothing_more()
            await connection.closed()
            return open_before, await connection.is_open()

    assert asyncio.run(go()) == (True, False)


def test_half_closing_is_seen_by_the_program_and_its_answer_is_read() -> None:
    async def answer_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = await reader.read()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(data), data))

    async def go() -> bytes:
        async with served(answer_at_the_end) as http, http.connection() as connection:
            await connection.send(b"to the end")
            await connection.end()
            return (await connection.reply()).body

    assert asyncio.run(go()) == b"to the end"


def test_everything_said_is_recorded_with_who_talked() -> None:
    async def go() -> Http:
        async with served(HELLO) as http:
            http._recorder.stage, http._recorder.check = "first", "answers"
            await http.get("/x")
            return http

    records = asyncio.run(go())._recorder.records
    assert records[0].kind == "open"
    assert (records[0].stage, records[0].check, records[0].door, records[0].conn) == ("first", "answers", "web", 1)
    assert b"".join(r.data for r in records if r.kind == "sent").startswith(b"GET /x HTTP/1.1\r\n")
    assert b"".join(r.data for r in records if r.kind == "received") == HELLO
    assert records[-1].kind == "closed"


def test_who_closed_the_connection_is_recorded() -> None:
    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def go() -> tuple[str, str]:
        async with served(wait) as http:
            async with http.connection() as connection:
                assert await connection.is_open()
            by_us = http._recorder.records[-1].text
        async with served(HELLO) as http:
            async with http.connection() as connection:
                await connection.get("/")
                await connection.closed()
            return by_us, http._recorder.records[-1].text

    assert asyncio.run(go()) == ("closed by us", "")


def test_a_body_is_framed_by_length_or_in_chunks() -> None:
    assert Request("POST", "/", body=b"").encode() == b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
    chunked = Request("POST", "/", chunks=[b"hello", b"0123456789abcdef"]).encode("h:1")
    assert chunked.endswith(b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n")
    own = Request("POST", "/", {"content-length": "7", "HOST": "x"}, b"hello").encode()
    assert own == b"POST / HTTP/1.1\r\ncontent-length: 7\r\nHOST: x\r\n\r\nhello"
    with pytest.raises(ValueError, match="either"):
        Request("POST", "/", body=b"", chunks=[])
    with pytest.raises(ValueError, match="end the body"):
        Request("POST", "/", chunks=[b""])


def test_requests_look_like_those_of_many_clients_and_always_say_host() -> None:
    async def heads(seed: int) -> str:
        async with served(HELLO, seed=seed) as http, http.connection() as connection:
            return connection.encoded(Request("GET", "/", {"accept": "text/x"})).decode()

    seen = [asyncio.run(heads(seed)) for seed in range(20)]
    assert len({head.partition("User-Agent")[2].partition("\r\n")[0] for head in seen}) >= 4
    for head in seen:
        assert head.lower().count("\r\nhost: 127.0.0.1:") == 1
        assert head.lower().count("\r\naccept:") == 1
        assert "accept-encoding" not in head.lower()


def test_gzip_is_unpacked_on_request_only_and_within_bounds() -> None:
    packed = gzip.compress(b"a" * 1000) + gzip.compress(b"b")
    reply = ask(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(packed), packed))
    assert reply.body == packed
    assert reply.decompressed() == b"a" * 1000 + b"b"
    with pytest.raises(CheckFailed) as caught:
        reply.decompressed(100)
    assert caught.value.failure.kind == "limit"


@pytest.mark.parametrize(
    ("coding", "body", "words"),
    [
        (b"gzip", b"plain", "not gzip"),
        (b"gzip", gzip.compress(b"hello", mtime=0)[:-4], "ends too early"),
        (b"gzip", b"", "ends too early"),
        (b"br", b"x", "not one that was asked for"),
    ],
)
def test_what_is_not_gzip_is_said(coding: bytes, body: bytes, words: str) -> None:
    reply = ask(b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\nContent-Length: %d\r\n\r\n%b" % (coding, len(body), body))
    with pytest.raises(CheckFailed, match=words):
        reply.decompressed()


def test_gzip_of_nothing_and_no_coding_are_fine() -> None:
    packed = gzip.compress(b"")
    reply = ask(b"HTTP/1.1 200 OK\r\nContent-Encoding: x-gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(packed), packed))
    assert reply.decompressed() == b""
    assert ask(HELLO).decompressed() == b"hello"


BODIES = st.binary(max_size=40)


@st.composite
def replies(draw: st.DrawFn) -> tuple[bytes, bytes]:
    body = draw(BODIES)
    if draw(st.booleans()):
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body), body
    parts = Rng(draw(st.integers(0, 99))).split(body, 3)
    chunks = b"".join(b"%X;e=1\r\n%b\r\n" % (len(p), p) for p in parts)
    return (
        b"HTTP/1.1 100 \r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%b0\r\nT: 1\r\n\r\n" % chunks,
        body,
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(replies(), min_size=1, max_size=4), st.integers(0, 10**6), st.integers(1, 60))
def test_any_split_of_a_stream_gives_the_same_replies(stream: list[tuple[bytes, bytes]], seed: int, parts: int) -> None:
    data = b"".join(raw for raw, _ in stream)
    bodies, raws = [], b""
    parser = ReplyParser()
    for piece in Rng(seed).split(data, parts):
        rest = piece
        while rest:
            parser.feed(rest)
            if not parser.done:
                break
            reply = parser.reply(0.0)
            bodies.append(reply.body)
            raws += reply.raw
            rest, parser = parser.leftover, ReplyParser()
    assert bodies == [body for _, body in stream]
    assert raws == data.replace(b"HTTP/1.1 100 \r\n\r\n", b"")
