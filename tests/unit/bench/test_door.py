"""A door carries every byte unchanged, passes ends and resets on, and records what it carried."""

import asyncio
import errno
import os
import resource
import socket
import struct

import pytest
from doored import called, doored, echo, happens, kinds, over, records, texts

from firsthand.bench.decoders.exchange import Exchange
from firsthand.bench.doors import door as door_module
from firsthand.bench.doors import heard as heard_module
from firsthand.bench.doors.door import Door, open_door
from firsthand.bench.doors.link import Link
from firsthand.bench.ports import Address
from firsthand.bench.ports import Door as DoorProtocol
from firsthand.core.randomness import Rng


async def is_reset_at_once(door: Door) -> None:
    """A new connection is taken and reset at once; the reset may come before connecting is over."""

    async def try_it() -> None:
        reader, writer = await asyncio.open_connection(door.address.host, door.address.port)
        try:
            await asyncio.wait_for(reader.read(), 5)
        finally:
            writer.close()

    with pytest.raises(ConnectionResetError):
        await try_it()


def test_megabytes_pass_both_ways_unchanged_and_ends_are_passed_on() -> None:
    data = Rng(1).any_bytes(5_000_000, 5_000_000)

    async def go() -> tuple[bytes, Door]:
        async with doored() as door:
            caller = await called(door)
            caller.say(data)
            caller.say_end()
            back = await caller.hear_all()
            await over(door)
            caller.leave()
            return back, door

    back, door = asyncio.run(go())
    assert back == data
    carried = {k: sum(len(r.data) + r.left_out for r in records(door, k)) for k in ("sent", "received")}
    assert carried == {"sent": len(data), "received": len(data)}
    assert (kinds(door)[0], kinds(door)[-1]) == ("open", "closed")
    assert "end" in kinds(door)
    assert records(door, "closed")[0].text == ""


def test_the_record_tells_who_is_behind_the_door_and_what_is_spoken_there() -> None:
    async def go() -> Door:
        async with doored(protocol="postgres", name="postgres") as door:
            caller = await called(door)
            caller.leave()
            await over(door)
            return door

    door = asyncio.run(go())
    opened = records(door, "open")[0]
    assert (opened.door, opened.protocol, opened.text) == ("postgres", "postgres", str(door.target))


def test_a_slow_reader_slows_the_server_down_instead_of_filling_memory() -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            writer.write(bytes(100_000))
            await writer.drain()

    async def go() -> int:
        async with doored(flood) as door:
            caller = await called(door)
            caller.writer.transport.pause_reading()  # type: ignore[attr-defined]
            (link,) = await _links(door)
            await happens(lambda: link._far is not None and not link._far._reading)
            held = link._near.unsent_bytes
            caller.leave()
            return held

    assert asyncio.run(go()) < 1_000_000


async def _links(door: Door) -> list[Link]:
    await happens(lambda: bool(door._links))
    return list(door._links)


def test_a_server_that_closes_first_is_seen_to_close() -> None:
    async def say_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")

    async def go() -> tuple[bytes, list[str]]:
        async with doored(say_and_close) as door:
            caller = await called(door)
            data = await caller.hear_all()
            caller.leave()
            await over(door)
            return data, kinds(door)

    data, seen = asyncio.run(go())
    assert data == b"bye"
    assert seen.index("end") < seen.index("closed")


def test_what_was_said_before_a_reset_arrives_before_it() -> None:
    async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"last words")
        await writer.drain()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def go() -> tuple[bytes, Door]:
        async with doored(slam) as door:
            caller = await called(door)
            caller.say(b"x")
            heard = await caller.is_reset()
            caller.leave()
            await over(door)
            return heard, door

    heard, door = asyncio.run(go())
    assert heard == b"last words"
    assert records(door)[-1].text == "reset by store"


def test_a_reset_by_the_client_is_passed_on() -> None:
    ends: list[str] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.read(100):
                writer.write(b"more")
        except ConnectionResetError:
            ends.append("reset")

    async def go() -> Door:
        async with doored(listen) as door:
            caller = await called(door)
            caller.say(b"x")
            await caller.hear(4)
            sock = caller.writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            caller.writer.transport.abort()
            await over(door)
            await happens(lambda: bool(ends))
            return door

    assert texts(asyncio.run(go()), "closed") == ["reset by the client"]
    assert ends == ["reset"]


def test_with_nobody_behind_the_door_the_connection_ends_at_once() -> None:
    async def go() -> tuple[Door, bytes]:
        async with doored() as door:
            with socket.create_server(("127.0.0.1", 0)) as taken:
                door.target = Address("127.0.0.1", taken.getsockname()[1])
            reader, writer = await asyncio.open_connection(door.address.host, door.address.port)
            said = await asyncio.wait_for(reader.read(), 5)
            await over(door)
            writer.close()
            return door, said

    door, said = asyncio.run(go())
    assert said == b""
    assert records(door)[-1].text.startswith("nothing accepts connections on 127.0.0.1:")


def test_the_target_may_move_while_the_door_is_open() -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"the other one")

    async def go() -> bytes:
        async with doored() as door, doored(other) as second:
            door.target = second.target
            caller = await called(door)
            heard = await caller.hear_all()
            caller.leave()
            return heard

    assert asyncio.run(go()) == b"the other one"


def test_a_client_that_leaves_at_once_does_no_harm() -> None:
    async def go() -> bytes:
        async with doored() as door:
            first = await called(door)
            first.writer.transport.abort()
            await over(door)
            second = await called(door)
            second.say(b"still here")
            heard = await second.hear(10)
            second.leave()
            return heard

    assert asyncio.run(go()) == b"still here"


def test_a_client_that_says_all_and_closes_its_side_at_once_is_heard_in_full() -> None:
    async def go() -> bytes:
        async with doored() as door:
            with socket.create_connection((door.address.host, door.address.port)) as sock:
                sock.sendall(b"early, and that was all")
                sock.shutdown(socket.SHUT_WR)
                sock.setblocking(False)
                loop = asyncio.get_running_loop()
                heard = b""
                while data := await asyncio.wait_for(loop.sock_recv(sock, 100), 5):
                    heard += data
                return heard

    assert asyncio.run(go()) == b"early, and that was all"


def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "CONNECTIONS_MAX", 2)

    async def go() -> list[str]:
        async with doored() as door:
            held = [await called(door) for _ in range(2)]
            for caller in held:
                caller.say(b"x")
                await caller.hear(1)
            await is_reset_at_once(door)
            for caller in held:
                caller.leave()
            return texts(door, "note")

    assert "a connection was refused: 2 are open already" in asyncio.run(go())


def test_without_a_file_descriptor_a_connection_waits_until_there_is_one() -> None:
    async def go() -> tuple[bytes, list[str]]:
        async with doored() as door:
            with socket.socket() as knocking:
                knocking.setblocking(False)
                spare: list[int] = []
                soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
                try:
                    resource.setrlimit(resource.RLIMIT_NOFILE, (_next_descriptor(), hard))
                    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
                        spare.extend(os.dup(0) for _ in iter(int, 1))
                    await asyncio.get_running_loop().sock_connect(knocking, (door.address.host, door.address.port))
                    await happens(lambda: any("can be accepted" in text for text in texts(door, "note")))
                finally:
                    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                    for descriptor in spare:
                        os.close(descriptor)
                await asyncio.get_running_loop().sock_sendall(knocking, b"after all")
                heard = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(knocking, 100), 5)
                return heard, texts(door, "note")

    heard, notes = asyncio.run(go())
    assert heard == b"after all"
    assert notes[0] == "no connection can be accepted now: Too many open files"


def _next_descriptor() -> int:
    descriptor = os.dup(0)
    os.close(descriptor)
    return descriptor


def test_closing_the_door_cuts_what_is_open_and_leaves_the_port() -> None:
    async def go() -> tuple[list[str], str]:
        async with doored() as door:
            caller = await called(door)
            caller.say(b"x")
            await caller.hear(1)
            closing: DoorProtocol = door
            await closing.close()
            await caller.is_reset()
            caller.leave()
            with pytest.raises(ConnectionRefusedError):
                await called(door)
            again = await open_door("store", door.target, door.recorder, rng=Rng(1), port=door.address.port)
            await again.close()
            return kinds(door), records(door)[-1].text

    seen, why = asyncio.run(go())
    assert (seen[-1], why) == ("closed", "the door was closed")


def test_closing_twice_and_before_anything_was_said_leaves_nothing(recwarn: pytest.WarningsRecorder) -> None:
    async def go() -> None:
        async with doored() as door:
            caller = await called(door)
            await door.close()
            await door.close()
            caller.leave()

    asyncio.run(go())
    assert [str(w.message) for w in recwarn] == []


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def serve_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await reader.readuntil(b"\r\n\r\n"):
        if head.startswith(b"POST"):
            await reader.readexactly(4)
        if head.startswith(b"BYE"):
            return
        writer.write(b"HTTP/1.1 103 Early\r\n\r\n" + OK)


def test_who_follows_a_door_is_told_each_exchange_once_as_it_happens_and_nothing_is_kept() -> None:
    told: list[tuple[str, Exchange]] = []

    async def go() -> tuple[int, Door]:
        async with doored(serve_http, protocol="http1", name="web") as door:
            door.follow(lambda name, exchange: told.append((name, exchange)))
            caller = await called(door)
            caller.say(b"GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody")
            await happens(lambda: len(told) == 2)
            kept = len(door.heard[0].messages())
            caller.say(b"BYE / HTTP/1.1\r\n\r\n")
            await caller.hear_all()
            caller.leave()
            await over(door)
            return kept, door

    kept, door = asyncio.run(go())
    assert (kept, door.heard) == (0, [])
    assert [(name, exchange.summary, exchange.ok) for name, exchange in told] == [
        ("web", "GET /a  → 200", True),
        ("web", "POST /b  → 200", True),
        ("web", "BYE /  → no answer", False),
    ]
    assert all(0 < exchange.began <= exchange.ended for _, exchange in told)


def test_who_follows_a_door_may_do_so_for_longer_than_what_is_kept_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard_module, "HEARD_BYTES_MAX", 200)
    told: list[Exchange] = []

    async def go() -> None:
        async with doored(serve_http, protocol="http1") as door:
            door.follow(lambda _, exchange: told.append(exchange))
            caller = await called(door)
            for _ in range(20):
                caller.say(b"GET /a HTTP/1.1\r\n\r\n")
                await caller.hear(len(b"HTTP/1.1 103 Early\r\n\r\n" + OK))
            caller.leave()
            await over(door)

    asyncio.run(go())
    assert len(told) == 20


def test_a_taken_port_is_an_error_of_the_system() -> None:
    async def go() -> None:
        async with doored() as door:
            with pytest.raises(OSError, match="in use"):
                await open_door("other", door.target, door.recorder, rng=Rng(1), port=door.address.port)

    asyncio.run(go())


def test_a_door_may_stand_on_the_other_loopback() -> None:
    if not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")

    async def go() -> tuple[bytes, str]:
        server = await asyncio.start_server(echo, "::1", 0)
        target = Address("::1", server.sockets[0].getsockname()[1])
        async with doored() as other:
            door = await open_door("store", target, other.recorder, rng=Rng(1), host="::1")
            caller = await called(door)
            caller.say(b"six")
            heard = await caller.hear(3)
            caller.leave()
            await door.close()
        server.close()
        return heard, str(door.address)

    heard, address = asyncio.run(go())
    assert heard == b"six"
    assert address.startswith("[::1]:")


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
