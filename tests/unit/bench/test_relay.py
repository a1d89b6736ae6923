"""The relay carries every byte unchanged, passes ends and resets on, and records what it carried."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from firsthand.bench.doors import relay as relay_module
from firsthand.bench.doors.relay import Exchange, OnExchange, Relay, _Link, open_relay
from firsthand.bench.ports import Address, Door
from firsthand.bench.wire import Recorder
from firsthand.core.deadlines import Deadline, until
from firsthand.core.randomness import Rng

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@asynccontextmanager
async def relayed(script: Script, on_exchange: OnExchange | None = None) -> AsyncIterator[Relay]:
    """A relay before a program that runs `script` for each connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    target = Address("127.0.0.1", server.sockets[0].getsockname()[1])
    relay = await open_relay(target, Recorder(0.0), on_exchange=on_exchange)
    try:
        yield relay
    finally:
        await relay.close()
        server.close()


async def connected(relay: Relay) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(relay.address.host, relay.address.port)


def kinds(relay: Relay) -> list[str]:
    return [record.kind for record in relay.recorder.records]


async def over(relay: Relay) -> None:
    async def closed() -> bool:
        return "closed" in kinds(relay)

    assert await until(closed, Deadline.after(5))


async def is_reset(relay: Relay) -> None:
    """A new connection is taken and reset at once; the reset may come before connecting is over."""

    async def try_it() -> None:
        reader, writer = await connected(relay)
        try:
            await asyncio.wait_for(reader.read(), 5)
        finally:
            writer.close()

    with pytest.raises(ConnectionResetError):
        await try_it()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


def test_megabytes_pass_both_ways_unchanged_and_ends_are_passed_on() -> None:
    data = Rng(1).any_bytes(5_000_000, 5_000_000)

    async def go() -> tuple[bytes, Relay]:
        async with relayed(echo) as relay:
            reader, writer = await connected(relay)
            writer.write(data)
            writer.write_eof()
            back = await asyncio.wait_for(reader.read(), 20)
            writer.close()
            await over(relay)
            return back, relay

    back, relay = asyncio.run(go())
    assert back == data
    carried = {
        k: sum(len(r.data) + r.left_out for r in relay.recorder.records if r.kind == k) for k in ("sent", "received")
    }
    assert carried == {"sent": len(data), "received": len(data)}
    assert (kinds(relay)[0], kinds(relay)[-1]) == ("open", "closed")
    assert "end" in kinds(relay)


def test_a_slow_reader_slows_the_program_down_instead_of_filling_memory() -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            writer.write(bytes(100_000))
            await writer.drain()

    async def go() -> tuple[bool, int]:
        async with relayed(flood) as relay:
            _, writer = await connected(relay)
            writer.transport.pause_reading()  # type: ignore[attr-defined]

            async def paused() -> bool:
                return any(not link.far.transport.is_reading() for link in relay._links if link.far.transport)

            stopped = await until(paused, Deadline.after(10))
            held = sum(link.near.transport.get_write_buffer_size() for link in relay._links if link.near.transport)
            writer.close()
            return stopped, held

    stopped, held = asyncio.run(go())
    assert stopped
    assert held < 2_000_000


def test_a_program_that_closes_first_is_seen_to_close() -> None:
    async def say_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")

    async def go() -> tuple[bytes, list[str]]:
        async with relayed(say_and_close) as relay:
            reader, writer = await connected(relay)
            data = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            await over(relay)
            return data, kinds(relay)

    data, seen = asyncio.run(go())
    assert data == b"bye"
    assert seen.index("end") < seen.index("closed")


def test_a_reset_is_passed_on() -> None:
    async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def go() -> Relay:
        async with relayed(slam) as relay:
            reader, writer = await connected(relay)
            writer.write(b"x")
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(reader.read(), 5)
            writer.close()
            await over(relay)
            return relay

    assert asyncio.run(go()).recorder.records[-1].text == "reset by the program"


def test_without_a_program_the_client_is_told_by_a_reset() -> None:
    async def go() -> Relay:
        async with relayed(echo) as relay:
            with socket.create_server(("127.0.0.1", 0)) as taken:
                relay.target = Address("127.0.0.1", taken.getsockname()[1])
            await is_reset(relay)
            await over(relay)
            return relay

    relay = asyncio.run(go())
    assert relay.recorder.records[-1].text.startswith("nothing accepts connections on 127.0.0.1:")


def test_a_client_that_leaves_at_once_does_no_harm() -> None:
    async def go() -> list[bytes]:
        async with relayed(echo) as relay:
            _, writer = await connected(relay)
            writer.transport.abort()
            await over(relay)
            reader, writer = await connected(relay)
            writer.write(b"still here")
            data = await asyncio.wait_for(reader.readexactly(10), 5)
            writer.close()
            return [data]

    assert asyncio.run(go()) == [b"still here"]


def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_module, "CONNECTIONS_MAX", 2)

    async def go() -> list[str]:
        async with relayed(echo) as relay:
            held = [await connected(relay) for _ in range(2)]
            for reader, writer in held:
                writer.write(b"x")
                await asyncio.wait_for(reader.readexactly(1), 5)
            await is_reset(relay)
            for _, writer in held:
                writer.close()
            return [record.text for record in relay.recorder.records if record.kind == "note"]

    assert "a connection was refused: 2 are open already" in asyncio.run(go())


def test_closing_the_door_cuts_what_is_open_and_leaves_the_port() -> None:
    async def go() -> tuple[list[str], str]:
        async with relayed(echo) as relay:
            reader, writer = await connected(relay)
            writer.write(b"x")
            await asyncio.wait_for(reader.readexactly(1), 5)
            door: Door = relay
            await door.close()
            with pytest.raises(ConnectionResetError):
                await asyncio.wait_for(reader.read(), 5)
            writer.close()
            with pytest.raises(ConnectionRefusedError):
                await connected(relay)
            again = await open_relay(relay.target, relay.recorder, port=relay.address.port)
            await again.close()
            return kinds(relay), relay.recorder.records[-1].text

    seen, why = asyncio.run(go())
    assert (seen[-1], why) == ("closed", "the door was closed")


async def serve_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await reader.readuntil(b"\r\n\r\n"):
        if head.startswith(b"POST"):
            await reader.readexactly(4)
        if head.startswith(b"BYE"):
            return
        writer.write(b"HTTP/1.1 103 Early\r\n\r\n" + OK)


def test_each_exchange_is_told_as_it_happens() -> None:
    told: list[Exchange] = []

    async def go() -> None:
        async with relayed(serve_http, told.append) as relay:
            reader, writer = await connected(relay)
            writer.write(b"GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody")

            async def two() -> bool:
                return len(told) == 2

            assert await until(two, Deadline.after(5))
            writer.write(b"BYE / HTTP/1.1\r\n\r\n")
            await asyncio.wait_for(reader.read(), 5)
            writer.close()
            await over(relay)

    asyncio.run(go())
    assert [(e.request_line, e.status, e.request_size, e.reply_size) for e in told] == [
        ("GET /a HTTP/1.1", 200, 0, 2),
        ("POST /b HTTP/1.1", 200, 4, 2),
        ("BYE / HTTP/1.1", 0, 0, 0),
    ]
    assert all(e.seconds >= 0 and e.connection == 1 for e in told)


def test_a_taken_port_is_an_error_of_the_system() -> None:
    async def go() -> None:
        async with relayed(echo) as relay:
            with pytest.raises(OSError, match="in use"):
                await open_relay(relay.target, relay.recorder, port=relay.address.port)

    asyncio.run(go())


def test_bytes_and_an_end_that_come_before_the_program_is_connected_are_held_back_in_order() -> None:
    class Wire(asyncio.Transport):
        def __init__(self) -> None:
            super().__init__()
            self.went: list[bytes | None] = []

        def write(self, data: bytes | bytearray | memoryview) -> None:
            self.went.append(bytes(data))

        def write_eof(self) -> None:
            self.went.append(None)

        def is_closing(self) -> bool:
            return False

        def pause_reading(self) -> None: ...

        def resume_reading(self) -> None: ...

    async def go() -> list[bytes | None]:
        async with relayed(echo) as relay:
            link, far = _Link(relay), Wire()
            link.near.transport = Wire()
            link.near.data_received(b"early, ")
            link.near.data_received(b"also early")
            link.near.eof_received()
            link.far.connection_made(far)
            return far.went

    assert asyncio.run(go()) == [b"early, also early", None]
