"""The UDP half of a door: each client port is a connection, and faults do what a network would."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from doored import happens, kinds, records, texts

from firsthand.bench.doors import datagrams as datagrams_module
from firsthand.bench.doors.door import Door, open_door
from firsthand.bench.ports import Address
from firsthand.bench.wire import Recorder
from firsthand.core.randomness import Rng


class Upper(asyncio.DatagramProtocol):
    """Answers in capitals."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.append(data)
        self.transport.sendto(data.upper(), addr)


@asynccontextmanager
async def doored() -> AsyncIterator[tuple[Door, Upper]]:
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(Upper, local_addr=("127.0.0.1", 0))
    target = Address("127.0.0.1", transport.get_extra_info("sockname")[1])
    door = await open_door("dns", target, Recorder(), rng=Rng(1), protocol="dns")
    try:
        yield door, server
    finally:
        await door.close()
        transport.close()


class Asker:
    """One client port."""

    def __init__(self, door: Door) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.sock.connect((door.address.host, door.address.port))

    def __enter__(self) -> "Asker":
        return self

    def __exit__(self, *_error: object) -> None:
        self.sock.close()

    def say(self, data: bytes) -> None:
        self.sock.send(data)

    async def hear(self, within_s: float = 5.0) -> bytes:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self.sock, 65_536), within_s)

    async def ask(self, data: bytes) -> bytes:
        self.say(data)
        return await self.hear()


def test_each_client_port_is_a_connection_and_gets_its_own_answers() -> None:
    async def go() -> tuple[list[bytes], Door]:
        async with doored() as (door, _), _two(door) as (one, other):
            one.say(b"from one")
            other.say(b"from the other")
            heard = [await one.hear(), await other.hear(), await one.ask(b"again")]
        return heard, door

    heard, door = asyncio.run(go())
    assert heard == [b"FROM ONE", b"FROM THE OTHER", b"AGAIN"]
    assert [(r.protocol, r.door) for r in records(door, "open")] == [("dns-udp", "dns")] * 2
    assert [r.data for r in records(door, "received") if r.conn == 1] == [b"FROM ONE", b"AGAIN"]
    assert kinds(door)[-2:] == ["closed", "closed"]


@asynccontextmanager
async def _two(door: Door) -> AsyncIterator[tuple[Asker, Asker]]:
    with Asker(door) as one, Asker(door) as other:
        yield one, other


def test_the_same_port_takes_connections_too() -> None:
    async def go() -> bytes:
        async with doored() as (door, _):
            server = await asyncio.start_server(_say_hello, "127.0.0.1", 0)
            door.target = Address(*server.sockets[0].getsockname())
            reader, writer = await asyncio.open_connection(door.address.host, door.address.port)
            heard = await asyncio.wait_for(reader.read(), 5)
            writer.close()
            server.close()
            return heard

    assert asyncio.run(go()) == b"hello"


async def _say_hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    writer.close()


def test_without_an_answering_server_it_is_noted_and_nothing_breaks() -> None:
    async def go() -> list[str]:
        async with doored() as (door, _), _two(door) as (one, _other):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
                taken.bind(("127.0.0.1", 0))
                door.target = Address("127.0.0.1", taken.getsockname()[1])
            one.say(b"anyone?")
            await happens(lambda: bool(texts(door, "note")))
            return texts(door, "note")

    assert asyncio.run(go())[0].startswith("nothing answers on 127.0.0.1:")


@pytest.mark.parametrize("fault", ["refuse", "black_hole"])
def test_what_a_network_would_lose_is_lost(fault: str) -> None:
    async def go() -> tuple[list[bytes], bytes, list[str]]:
        async with doored() as (door, server), _two(door) as (one, _):
            with getattr(door, fault)():
                one.say(b"lost")
                await happens(lambda: bool(texts(door, "note")))
            after = await one.ask(b"found")
            return server.heard, after, texts(door, "note")

    heard, after, notes = asyncio.run(go())
    assert (heard, after) == ([b"found"], b"FOUND")
    assert notes == ["this datagram was lost"]


def test_the_nth_answer_can_be_lost() -> None:
    async def go() -> tuple[list[bytes], bytes]:
        async with doored() as (door, server), _two(door) as (one, _):
            await one.ask(b"zero")
            door.cut(at_message=2, times=1)
            await one.ask(b"one")
            one.say(b"two")
            await happens(lambda: bool(texts(door, "note")))
            return server.heard, await one.ask(b"three")

    assert asyncio.run(go()) == ([b"zero", b"one", b"two", b"three"], b"THREE")


def test_a_delayed_answer_comes_when_the_delay_is_over_and_not_after_the_door_is_closed() -> None:
    async def go() -> list[bytes]:
        async with doored() as (door, _), _two(door) as (one, other):
            with door.delay(600, jitter_s=1, direction="received"):
                for word in (b"first", b"second"):
                    one.say(word)
                await happens(lambda: len(records(door, "received")) == 2)
                with pytest.raises(TimeoutError):
                    await one.hear(0.02)
            heard = [await one.hear(), await one.hear()]
            with door.delay(0.01):
                heard.append(await one.ask(b"third"))
            door.delay(600, direction="received")
            other.say(b"too late")
            await happens(lambda: len(records(door, "received")) == 4)
            return heard

    assert asyncio.run(go()) == [b"FIRST", b"SECOND", b"THIRD"]


def test_clients_are_bounded_and_the_one_that_was_silent_for_longest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(datagrams_module, "CLIENTS_MAX", 1)

    async def go() -> tuple[list[bytes], Door]:
        async with doored() as (door, _), _two(door) as (one, other):
            return [await asker.ask(b"me") for asker in (one, other, one)], door

    heard, door = asyncio.run(go())
    assert heard == [b"ME"] * 3
    assert kinds(door).count("open") == 3
