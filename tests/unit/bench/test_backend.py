"""A scripted back end counts what it is asked, answers what a check tells it to, and can be held, silent or down."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from firsthand.bench.giving import Peers
from firsthand.bench.peers import backend as backend_module
from firsthand.bench.peers import open_peer
from firsthand.bench.peers.backend import Answer, Backend, Hit
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import RetryableError

GENEROUS_S = 10.0
GET = b"GET /a?b=1 HTTP/1.1\r\nHost: x\r\nX-Word: one\r\nx-word: two\r\n\r\n"

Scenario = Callable[[Backend], Awaitable[None]]


def with_backend(scenario: Scenario) -> None:
    """Do this with a back end called alpha."""

    async def run() -> None:
        backend = await open_peer("backend", "alpha")
        try:
            async with asyncio.timeout(GENEROUS_S):
                await scenario(backend)
        finally:
            await backend.close()

    asyncio.run(run())


class Client:
    """One connection to a back end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, backend: Backend) -> "Client":
        return cls(*await asyncio.open_connection(backend.address.host, backend.address.port))

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def head(self) -> str:
        return (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()

    async def body(self, length: int) -> bytes:
        return await self._reader.readexactly(length)

    async def rest(self) -> bytes:
        try:
            return await self._reader.read()
        except ConnectionResetError:
            return b""
        finally:
            self.close()

    def close(self) -> None:
        self._writer.close()


async def ask(backend: Backend, request: bytes = GET) -> bytes:
    """All that comes back for one request, on a connection of its own."""
    client = await Client.to(backend)
    client.send(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
    return await client.rest()


async def becomes(condition: Callable[[], bool]) -> bool:
    async def is_so() -> bool:
        return condition()

    return await until(is_so, Deadline.after(GENEROUS_S))


def test_it_says_its_name_unless_told_otherwise() -> None:
    async def scenario(backend: Backend) -> None:
        reply = await ask(backend)
        assert reply.startswith(b"HTTP/1.1 200 ")
        assert reply.endswith(b"\r\n\r\nalpha")

    with_backend(scenario)


def test_it_remembers_what_it_was_asked() -> None:
    async def scenario(backend: Backend) -> None:
        await ask(
            backend, b"POST /a%20b?c HTTP/1.1\r\nHost: x\r\nX-Word: one\r\nx-word: two\r\nContent-Length: 3\r\n\r\nxyz"
        )
        (hit,) = backend.hits
        assert (hit.method, hit.target, hit.body) == ("POST", "/a%20b?c", b"xyz")
        assert hit.header("X-WORD") == "one"
        assert hit.header("Accept") is None

    with_backend(scenario)


def test_it_reads_a_body_in_chunks() -> None:
    async def scenario(backend: Backend) -> None:
        await ask(
            backend, b"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
        )
        assert backend.hits[0].body == b"abc"

    with_backend(scenario)


def test_a_connection_serves_several_requests() -> None:
    async def scenario(backend: Backend) -> None:
        client = await Client.to(backend)
        for _ in range(3):
            client.send(GET)
            assert "200" in await client.head()
            assert await client.body(5) == b"alpha"
        client.close()
        assert backend.count == 3

    with_backend(scenario)


def test_an_answer_has_its_status_headers_and_length() -> None:
    async def scenario(backend: Backend) -> None:
        async def script(hit: Hit) -> Answer:
            return Answer(503, [("Retry-After", "7")], hit.target.encode())

        backend.script = script
        reply = (await ask(backend)).lower()
        assert reply.startswith(b"http/1.1 503 ")
        assert b"retry-after: 7\r\n" in reply
        assert b"content-length: 6\r\n" in reply
        assert reply.endswith(b"/a?b=1")

    with_backend(scenario)


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_can_have_no_body_says_no_length(status: int) -> None:
    async def scenario(backend: Backend) -> None:
        async def script(_hit: Hit) -> Answer:
            return Answer(status, [("ETag", '"a"')])

        backend.script = script
        reply = await ask(backend)
        assert reply.startswith(f"HTTP/1.1 {status} ".encode())
        assert b"content-length" not in reply.lower()

    with_backend(scenario)


def test_head_is_answered_without_the_body() -> None:
    async def scenario(backend: Backend) -> None:
        reply = await ask(backend, GET.replace(b"GET", b"HEAD"))
        assert b"Content-Length: 5\r\n" in reply
        assert reply.endswith(b"\r\n\r\n")

    with_backend(scenario)


def test_none_for_an_answer_closes_the_connection_without_a_word() -> None:
    async def scenario(backend: Backend) -> None:
        async def script(_hit: Hit) -> None:
            return None

        backend.script = script
        assert await ask(backend) == b""
        assert backend.count == 1

    with_backend(scenario)


def test_an_answer_can_break_off() -> None:
    async def scenario(backend: Backend) -> None:
        async def script(_hit: Hit) -> Answer:
            return Answer(body=b"0123456789", cut_after=4)

        backend.script = script
        assert (await ask(backend)).endswith(b"\r\n\r\n0123")

    with_backend(scenario)


def test_held_answers_are_counted_and_released_in_their_order() -> None:
    async def scenario(backend: Backend) -> None:
        backend.hold()
        asking = []
        for number in range(1, 4):
            asking.append(asyncio.create_task(ask(backend)))
            assert await becomes(lambda wanted=number: backend.open_requests == wanted)  # type: ignore[misc]
        backend.release(1)
        assert (await asking[0]).endswith(b"alpha")
        assert (backend.open_requests, backend.open_requests_most) == (2, 3)
        backend.release()
        await asyncio.gather(*asking)
        assert (await ask(backend)).endswith(b"alpha")
        assert backend.open_requests == 0

    with_backend(scenario)


def test_after_some_were_released_new_ones_wait_still() -> None:
    async def scenario(backend: Backend) -> None:
        backend.hold()
        first = asyncio.create_task(ask(backend))
        assert await becomes(lambda: backend.open_requests == 1)
        backend.release(5)
        await first
        second = asyncio.create_task(ask(backend))
        assert await becomes(lambda: backend.open_requests == 1)
        backend.release()
        assert (await second).endswith(b"alpha")

    with_backend(scenario)


def test_to_release_nothing_releases_nothing() -> None:
    async def scenario(backend: Backend) -> None:
        backend.hold()
        asking = asyncio.create_task(ask(backend))
        assert await becomes(lambda: backend.open_requests == 1)
        backend.release(0)
        assert backend.open_requests == 1
        backend.release()
        await asking

    with_backend(scenario)


def test_down_nobody_listens_and_up_somebody_does_on_the_same_port(capfd: pytest.CaptureFixture[str]) -> None:
    async def scenario(backend: Backend) -> None:
        address = backend.address
        idle, held = await Client.to(backend), await Client.to(backend)
        backend.hold()
        held.send(GET)
        assert await becomes(lambda: backend.open_requests == 1)
        await backend.down()
        assert (await idle.rest(), await held.rest()) == (b"", b"")
        assert backend.open_requests == 0
        with pytest.raises(ConnectionRefusedError):
            await Client.to(backend)
        await backend.up()
        assert backend.address == address
        backend.release()  # whom it was held for is gone, and hinders nobody
        assert (await ask(backend)).endswith(b"alpha")

    with_backend(scenario)
    assert capfd.readouterr().err == ""


def test_forgotten_it_counts_anew() -> None:
    async def scenario(backend: Backend) -> None:
        await ask(backend)
        backend.forget()
        assert (backend.count, backend.hits, backend.open_requests_most) == (0, [], 0)
        await ask(backend)
        assert backend.count == 1

    with_backend(scenario)


def test_of_very_many_requests_the_later_ones_are_only_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend_module, "HITS_MAX", 2)

    async def scenario(backend: Backend) -> None:
        for _ in range(3):
            assert (await ask(backend)).endswith(b"alpha")
        assert (backend.count, len(backend.hits)) == (3, 2)

    with_backend(scenario)


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\xff\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"])
def test_garbage_is_cut_off_and_does_no_harm(garbage: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    async def scenario(backend: Backend) -> None:
        client = await Client.to(backend)
        client.send(garbage)
        assert await client.rest() == b""
        assert (await ask(backend)).endswith(b"alpha")
        assert backend.count == 1

    with_backend(scenario)
    assert capfd.readouterr().err == ""


def test_a_client_that_leaves_while_its_answer_is_held_does_no_harm(capfd: pytest.CaptureFixture[str]) -> None:
    async def scenario(backend: Backend) -> None:
        backend.hold()
        client = await Client.to(backend)
        client.send(GET)
        assert await becomes(lambda: backend.open_requests == 1)
        client.close()
        backend.release()
        assert await becomes(lambda: backend.open_requests == 0)
        assert (await ask(backend)).endswith(b"alpha")

    with_backend(scenario)
    assert capfd.readouterr().err == ""


def test_what_a_check_made_of_the_peers_is_undone_after_it() -> None:
    async def scenario(backend: Backend) -> None:
        async def script(_hit: Hit) -> Answer:
            return Answer(500)

        await ask(backend)
        backend.script = script
        backend.hold()
        await backend.down()
        await Peers({"alpha": backend}).restore()
        assert backend.count == 0
        assert (await ask(backend)).endswith(b"alpha")

    with_backend(scenario)


def test_a_port_that_somebody_has_taken_meanwhile_is_not_the_learners_fault() -> None:
    async def scenario(backend: Backend) -> None:
        await backend.down()
        thief = await asyncio.start_server(lambda _r, w: w.close(), backend.address.host, backend.address.port)
        try:
            with pytest.raises(RetryableError, match="alpha could not listen again"):
                await Peers({"alpha": backend}).restore()
        finally:
            thief.close()
            await thief.wait_closed()

    with_backend(scenario)
