"""The graders' client against programs that do everything wrong: always a CheckFailed in plain words, and in time."""

import asyncio
import socket
import struct
import threading

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scripted_server import Script, reset, served

from firsthand.bench.clients import connection as connection_module
from firsthand.bench.clients.http import Http, Request
from firsthand.bench.clients.reading import ReplyParser, find_chunk_fault
from firsthand.bench.clients.stream import TAKEN_BYTES_MAX
from firsthand.bench.failures import CheckFailed
from firsthand.bench.ports import Address
from firsthand.bench.wire import Recorder
from firsthand.core.deadlines import Deadline, now_s, until
from firsthand.core.randomness import Rng
from firsthand.core.results import Failure

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "REPLY_S", 0.2)


def failure(answer: Script | bytes, method: str = "GET", *, body: bytes | None = None) -> Failure:
    async def go() -> Failure:
        async with served(answer) as http:
            with pytest.raises(CheckFailed) as caught:
                await http.request(method, "/", body=body)
            return caught.value.failure

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"hello\n", "does not begin with HTTP/1.1"),
        (b"\r\nHTTP/1.1 200 OK\r\n\r\n", "does not begin with HTTP/1.1"),
        (b"HTTP/2 200\r\n\r\n", "does not begin with HTTP/1.1"),
        (b"http/1.1 200 OK\r\n\r\n", "does not begin with HTTP/1.1"),
        (b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "first line ends in LF, not CR LF"),
        (OK + b"Content-Length: 0\n\r\n", "header line Content-Length ends in LF, not CR LF"),
        (OK + b"Content-Length: 0\r\n\n", "empty line after the reply's headers ends in LF"),
        (b"HTTP/1.1 200\r\n\r\n", "space is missing after the status"),
        (b"HTTP/1.1  200 OK\r\n\r\n", "not separated by one space"),
        (b"HTTP/1.1 200\tOK\r\n\r\n", "not separated by one space"),
        (b"HTTP/1.1 OK\r\n\r\n", "not a status line"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "not a status line"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "not a status line"),
        (b"HTTP/1.7 200 OK\r\n\r\n", "not a status line"),
        (b"HTTP/1.1 099 OK\r\n\r\n", "not a number from 100"),
        (b"HTTP/1.1 200 O\0K\r\n\r\n", "control character"),
        (b"HTTP/1.1 200 OK\rX: 1\r\n\r\n", "CR that no LF follows"),
        (OK + b"X: a\rb\r\n\r\n", "CR that no LF follows"),
        (OK + b"X: a\0b\r\n\r\n", "header X has a control character"),
        (OK + b"Content-Length : 0\r\n\r\n", "white space between a header's name and its colon"),
        (OK + b"X: a\r\n folded\r\n\r\n", "begins with white space"),
        (OK + b"no colon here\r\n\r\n", "no colon"),
        (OK + b": nameless\r\n\r\n", "no valid name"),
        (OK + b"a(b): x\r\n\r\n", "no valid name"),
        (OK + b"Content-Length: -1\r\n\r\n", "not a whole number"),
        (OK + b"Content-Length: +5\r\n\r\nhello", "not a whole number"),
        (OK + b"Content-Length: 0x5\r\n\r\nhello", "not a whole number"),
        (OK + b"Content-Length: 5, 5\r\n\r\nhello", "not a whole number"),
        (OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "more than once"),
        (OK + b"Content-Length: 5\r\ncontent-length: 6\r\n\r\nhello", "more than once"),
        (OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "both Transfer-Encoding"),
        (OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "understands no other"),
        (b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.0 and Transfer-Encoding"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nhello\r\n", "does not begin with its size"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", "does not begin with its size"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", "size of a chunk is not valid"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello0\r\n\r\n", "not followed by CR LF"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n10\r\n0123456789\r\n0\r\n\r\n\r\n\r\n", "not followed by CR LF"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", "chunk's size ends in LF"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 30 + b"\r\n", "size of a chunk is not valid"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: 1\n\n", "do not end in CR LF"),
    ],
)
def test_a_reply_that_breaks_the_grammar_is_named(answer: bytes, words: str) -> None:
    found = failure(answer)
    assert words in found.message
    assert found.kind == "protocol"


@pytest.mark.parametrize(
    ("answer", "mark"),
    [
        (b"HTTP/1.1 200 OK\nX: 1\n\n", "^ byte 15: expected 0x0d (CR), got 0x0a (LF)"),
        (b"HTTP/1.1 200\r\n\r\n", "^ byte 12: expected 0x20 (space), got 0x0d (CR)"),
        (OK + b"Content-Length : 0\r\n\r\n", "^ byte 14: expected 0x3a (:), got 0x20 (space)"),
        (b"HTTP 1.1 200 OK\r\n\r\n", "^ byte 4: expected 0x2f (/), got 0x20 (space)"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", "expected 0x0d (CR), got 0x63 (c)"),
    ],
)
def test_the_first_wrong_byte_is_pointed_at(answer: bytes, mark: str) -> None:
    assert mark in failure(answer).detail


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "closed before a reply came (0 bytes)."),
        (b"HTT", "closed in the middle of the reply's head: 3 bytes came"),
        (OK + b"Content-Length: 12\r\n", "without the empty line"),
        (OK + b"Content-Length: 12\r\n\r\nhel", "closed after 3 of 12 bytes of the body"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "closed after 5 bytes of the body, before the last"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "closed before a reply came (0 bytes) after status 100."),
    ],
)
def test_an_early_close_tells_how_far_the_reply_came(answer: bytes, words: str) -> None:
    found = failure(answer)
    assert words in found.message
    assert found.kind == "closed"


def test_a_reset_is_told_apart_from_a_close() -> None:
    async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        reset(writer)

    found = failure(slam)
    assert (found.kind, found.message) == ("closed", "The connection was reset before a reply came (0 bytes).")


def test_a_reset_ends_no_body_that_lasts_until_the_close() -> None:
    async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"\r\nhalf")
        await writer.drain()
        await reader.readuntil(b"\r\n\r\n")
        reset(writer)

    assert "reset after 4 bytes of the body" in failure(slam).message


def test_a_refused_connection_is_its_own_failure() -> None:
    async def go() -> tuple[Failure, list[str]]:
        async with served(b"") as http:
            address = http.address
        http = Http(address, Recorder(0.0), deadline=Deadline.after(5), rng=Rng(1))
        with pytest.raises(CheckFailed) as caught:
            await http.get("/")
        return caught.value.failure, http.reproduce()

    found, reproduce = asyncio.run(go())
    assert found.kind == "refused"
    assert "Nothing listens on 127.0.0.1:" in found.message
    assert reproduce[0].startswith("curl -i --http1.1 --path-as-is http://127.0.0.1:")


@pytest.mark.parametrize(
    ("begin", "words"),
    [
        (b"", "No reply came within"),
        (b"HTTP/1.1 2", "The reply's head did not end within"),
        (OK, "without the empty line (CR LF)"),
        (OK + b"\r\nnever closed", "neither Content-Length nor Transfer-Encoding"),
        (OK + b"Content-Length: 9\r\n\r\nhello", "stopped after 5 of 9 bytes of the body"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "before the last chunk"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "No final reply came within 0.2 s, only 100"),
    ],
)
@pytest.mark.usefixtures("_impatient")
def test_silence_is_a_timeout_that_says_what_is_missing(begin: bytes, words: str) -> None:
    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        await reader.read()

    found = failure(stall)
    assert words in found.message
    assert found.kind == "timeout"


@pytest.mark.usefixtures("_impatient")
def test_a_missing_empty_line_is_pointed_at() -> None:
    async def forget(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await reader.read()

    assert "^ byte 17: ends here, 2 bytes are missing" in failure(forget).detail


@pytest.mark.parametrize("endless", [b"a", b"HTTP/1.1 102 Processing\r\n\r\n"])
@pytest.mark.usefixtures("_impatient")
def test_a_byte_now_and_then_does_not_prolong_the_deadline(endless: bytes) -> None:
    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"Content-Length: 99\r\n\r\n" if endless == b"a" else b"")

        async def once_more() -> bool:
            writer.write(endless)
            return False

        await until(once_more, Deadline.after(8.0))

    began_s = now_s()
    assert failure(dribble).kind in ("timeout", "limit")
    assert now_s() - began_s < 5.0


@pytest.mark.parametrize(
    ("head", "endless", "words"),
    [
        (b"", b"HTTP/1.1 200 " + b"O" * 4000, "head is larger"),
        (OK, b"X: " + b"y" * 4000, "head is larger"),
        (OK, b"X: y\r\n" * 1000, "more than 256 header lines"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "More than 16 replies of the 1xx kind"),
        (OK + b"\r\n", b"x" * 65_536, "more than 16 MiB"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n", "more than 16 MiB"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1", b";" + b"x" * 4000, "around the reply's chunks"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 1000, "around the reply's chunks"),
        (OK + b"Content-Length: 99999999999\r\n\r\n", b"", "Content-Length: 99999999999"),
    ],
)
def test_what_has_no_end_meets_a_limit(head: bytes, endless: bytes, words: str) -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while endless:
            writer.write(endless)
            await writer.drain()
        await reader.read()

    found = failure(flood)
    assert words in found.message
    assert found.kind == "limit"


@pytest.mark.usefixtures("_impatient")
def test_a_program_that_reads_no_first_part_is_told_so() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await writer.wait_closed()

    async def go() -> tuple[Failure, bytes]:
        async with served(deaf) as http, http.connection() as connection:
            with pytest.raises(CheckFailed) as caught:
                await connection.send_pieces([b"GET / HT", b"TP/1.1\r\n\r\n"])
            return caught.value.failure, b"".join(r.data for r in http._recorder.records if r.kind == "sent")

    found, sent = asyncio.run(go())
    assert found.kind == "timeout"
    assert "did not read the first part of the request within 0.2 s (8 of 18 bytes" in found.message
    assert sent == b"GET / HT"


def test_a_program_that_answers_early_and_closes_is_no_fault_of_sending() -> None:
    async def too_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

    async def go() -> set[int]:
        statuses = set()
        async with served(too_early) as http:
            for _ in range(10):
                statuses.add((await http.post("/", body=b"x" * 8_000_000)).status)
            async with http.connection() as connection:
                await connection.send_pieces([b"POST / HTTP/1.1\r\n\r\n", b"more", b"and more"])
                statuses.add((await connection.reply()).status)
        return statuses

    assert asyncio.run(go()) == {413}


def test_a_program_that_hangs_up_unread_is_not_waited_for() -> None:
    async def hangs_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def go() -> Failure:
        async with served(hangs_up, deadline_s=600.0) as http, http.connection() as connection:
            try:
                await connection.send_pieces([b"GET / HTT", b"P/1.1\r\n", b"Host: x\r\n", b"\r\n"])
                await connection.reply()
            except CheckFailed as error:
                return error.failure
        raise AssertionError("nobody answered, and yet there was a reply")

    assert all(asyncio.run(go()).kind == "closed" for _ in range(20))


def test_a_reply_that_came_before_a_reset_is_not_lost() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    slammed = threading.Event()

    def answer_and_slam() -> None:
        with listener, listener.accept()[0] as client:
            client.recv(5)
            client.sendall(b"HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        slammed.set()

    async def go() -> int:
        address = Address("127.0.0.1", listener.getsockname()[1])
        http = Http(address, Recorder(0.0), deadline=Deadline.after(5), rng=Rng(1))
        async with http.connection() as connection:
            await connection.send(b"hello")
            slammed.wait(5)
            await connection.send(b"more")
            return (await connection.reply()).status

    server = threading.Thread(target=answer_and_slam)
    server.start()
    try:
        assert asyncio.run(go()) == 400
    finally:
        server.join(5)


@pytest.mark.usefixtures("_impatient")
def test_a_request_that_nobody_reads_is_told_by_the_bytes_that_wait() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await writer.wait_closed()

    async def go() -> list[str]:
        messages = []
        async with served(deaf) as http:
            with pytest.raises(CheckFailed) as caught:
                await http.post("/", body=b"x" * 20_000_000)
            messages.append(caught.value.failure.message)
            async with http.connection() as connection:
                with pytest.raises(CheckFailed) as caught:
                    await connection.send(b"x" * 20_000_000)
            return [*messages, caught.value.failure.message]

    first, second = asyncio.run(go())
    assert "bytes of the request unread" in first
    assert "did not read what it was sent" in second


def test_unwanted_bytes_are_shown() -> None:
    async def go() -> tuple[Failure, Failure]:
        async with served(OK + b"Content-Length: 2\r\n\r\nokay") as http, http.connection() as connection:
            await connection.get("/")
            with pytest.raises(CheckFailed) as more:
                await connection.nothing_more()
            with pytest.raises(CheckFailed) as closed:
                await connection.closed()
            return more.value.failure, closed.value.failure

    more, closed = asyncio.run(go())
    assert (more.message, more.got) == ("Nothing should come at this point, but 2 bytes came.", '"ay"')
    assert "first 2 bytes came" in closed.message


def test_a_wrong_length_shows_in_the_next_reply_with_a_hint() -> None:
    async def go() -> Failure:
        async with served(OK + b"Content-Length: 2\r\n\r\nokay") as http, http.connection() as connection:
            await connection.get("/")
            with pytest.raises(CheckFailed) as caught:
                await connection.reply()
            return caught.value.failure

    assert "Content-Length of the reply before" in asyncio.run(go()).remark


@pytest.mark.usefixtures("_impatient")
def test_a_connection_that_stays_open_is_told() -> None:
    async def linger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def go() -> Failure:
        async with served(linger) as http, http.connection() as connection:
            with pytest.raises(CheckFailed) as caught:
                await connection.closed()
            return caught.value.failure

    found = asyncio.run(go())
    assert (found.kind, found.message) == ("timeout", "The connection is still open after 0.2 s.")


def test_a_missing_pipelined_reply_is_counted() -> None:
    async def go() -> str:
        async with served(OK + b"Content-Length: 0\r\n\r\n") as http, http.connection() as connection:
            with pytest.raises(CheckFailed) as caught:
                await connection.pipeline([Request("GET", "/1"), Request("GET", "/2")])
            return caught.value.failure.message

    assert asyncio.run(go()).startswith("Reply 2 of 2 pipelined requests: the connection was ")


def test_an_address_nobody_answers_for_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_args: object, **_options: object) -> None:
        await asyncio.Event().wait()

    async def go() -> Failure:
        monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", never)
        http = Http(Address("127.0.0.1", 9), Recorder(0.0), deadline=Deadline.after(0.05), rng=Rng(1))
        with pytest.raises(CheckFailed) as caught:
            await http.get("/")
        return caught.value.failure

    assert asyncio.run(go()).kind == "timeout"


GARBAGE = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.sampled_from(
            [
                OK,
                b"HTTP/1.1 ",
                b"HTTP/1.1 100 Continue\r\n\r\n",
                b"Content-Length: 3\r\n",
                b"Content-Length: 99999999999999999999\r\n",
                b"Transfer-Encoding: chunked\r\n",
                b"Connection: Upgrade\r\n",
                b"\r\n",
                b"\n",
                b"\r\n\r\n",
                b"3\r\nabc\r\n",
                b"0\r\n",
                b"ffffffffffffffff\r\n",
                b": ",
                b"\x00",
            ]
        ),
    ),
    max_size=8,
)


def test_much_at_once_is_parsed_little_by_little(monkeypatch: pytest.MonkeyPatch) -> None:
    fed: list[tuple[int, int]] = []
    turns = 0
    feed = ReplyParser.feed

    def noting(parser: ReplyParser, data: bytes) -> None:
        fed.append((turns, len(data)))
        feed(parser, data)

    async def go() -> Failure:
        nonlocal turns
        head = OK + b"Transfer-Encoding: chunked\r\n\r\n"
        async with served(head + b"1\r\nx\r\n" * 60_000) as http:
            asking = asyncio.create_task(http.get("/"))
            while not asking.done():
                await asyncio.sleep(0)
                turns += 1
            with pytest.raises(CheckFailed) as caught:
                await asking
            return caught.value.failure

    monkeypatch.setattr(ReplyParser, "feed", noting)
    assert "closed after 60000 bytes" in asyncio.run(go()).message
    assert max(size for _, size in fed) <= TAKEN_BYTES_MAX
    assert len({turn for turn, _ in fed}) == len(fed) > 4


@settings(max_examples=400, deadline=None)
@given(GARBAGE, st.sampled_from(["GET", "HEAD", "CONNECT", "odd method"]), st.integers(0, 99))
@example([OK, b"Transfer-Encoding: chunked\r\n", b"\r\n", b"ffffffffffffffff\r\n"], "GET", 0)
@example([b"HTTP/1.1 101 Switch\r\nUpgrade: x\r\n\r\n"], "GET", 0)
def test_no_bytes_make_the_parser_raise_anything_else(garbage: list[bytes], method: str, seed: int) -> None:
    parser = ReplyParser(method)
    try:
        for piece in Rng(seed).split(b"".join(garbage), 5):
            parser.feed(piece)
            if parser.done:
                break
        if not parser.done:
            parser.timed_out(1.0)
            parser.cut_short("reset")
            parser.end()
    except CheckFailed as error:
        assert error.failure.message.endswith((".", "?"))  # noqa: PT017
    else:
        assert parser.reply(0.0).status >= 101


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_no_bytes_make_the_chunk_diagnosis_raise(body: bytes) -> None:
    found = find_chunk_fault(body)
    assert found is None or found.failure.kind == "protocol"


@settings(max_examples=40, deadline=None)
@given(GARBAGE)
def test_no_program_makes_the_client_raise_anything_else(garbage: list[bytes]) -> None:
    async def spit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(garbage))

    async def go() -> str:
        async with served(spit, deadline_s=2.0) as http:
            try:
                return str((await http.get("/")).status)
            except CheckFailed as error:
                return error.failure.kind

    assert asyncio.run(go())
