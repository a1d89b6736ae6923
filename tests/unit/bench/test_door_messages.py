"""A door cuts a connection exactly at the message that a check names, however the bytes come."""

import asyncio
import struct

import pytest
from doored import Caller, Script, called, doored, happens, over, records, texts

from firsthand.bench.doors import heard as heard_module
from firsthand.bench.doors import way as way_module
from firsthand.bench.doors.door import Door

STARTUP = struct.pack(">II", 8 + 13, 196_608) + b"user\0ann\0\0\0\0\0"
AUTHENTICATED = b"R" + struct.pack(">II", 8, 0)
READY = b"Z" + struct.pack(">I", 5) + b"I"


def framed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack(">I", len(body) + 4) + body


def query(sql: str) -> bytes:
    return framed(b"Q", sql.encode() + b"\0")


def rows(number: int) -> bytes:
    return framed(b"D", struct.pack(">HI", 1, 3) + b"row") * number + framed(b"C", b"SELECT %d\0" % number)


async def small_postgres(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers each query with two rows, a few bytes at a time."""
    await reader.readexactly(len(STARTUP))
    writer.write(AUTHENTICATED + READY)
    while head := await reader.readexactly(5):
        await reader.readexactly(struct.unpack(">I", head[1:])[0] - 4)
        answer = rows(2) + READY
        for at in range(0, len(answer), 7):
            writer.write(answer[at : at + 7])
            await asyncio.sleep(0)


async def connected(door: Door) -> Caller:
    caller = await called(door)
    caller.say(STARTUP)
    assert await caller.hear(len(AUTHENTICATED + READY)) == AUTHENTICATED + READY
    return caller


async def asked(caller: Caller, sql: str = "SELECT 1") -> bytes:
    caller.say(query(sql))
    return await caller.hear(len(rows(2) + READY))


def test_a_connection_is_cut_in_place_of_the_nth_reply_counted_from_now() -> None:
    async def go() -> tuple[bytes, Door]:
        async with doored(small_postgres, protocol="postgres", name="postgres") as door:
            caller = await connected(door)
            await asked(caller)
            door.cut(at_message=2)
            caller.say(query("SELECT 2"))
            heard = await caller.is_reset()
            caller.leave()
            await over(door)
            return heard, door

    heard, door = asyncio.run(go())
    assert heard == rows(2)[: rows(2).index(b"C")]  # the rows are one message, the next one is what completes them
    assert texts(door, "fault") == ["connections are cut at message number 2, on the way back"]
    assert [one.shape for one in door.heard[0].exchanges()] == ["SELECT ?", "SELECT ?"]


def test_messages_of_one_kind_may_be_counted_over_the_handshake() -> None:
    served: list[bytes] = []

    async def listening(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(STARTUP))
        writer.write(AUTHENTICATED + READY)
        while head := await reader.readexactly(5):
            served.append(await reader.readexactly(struct.unpack(">I", head[1:])[0] - 4))
            writer.write(rows(2) + READY)

    async def go() -> bytes:
        async with doored(listening, protocol="postgres") as door:
            door.cut(at_message=3, of="query", direction="sent")
            caller = await connected(door)
            await asked(caller, "SELECT 1")
            await asked(caller, "SELECT 2")
            caller.say(query("SELECT 3"))
            heard = await caller.is_reset()
            caller.leave()
            await over(door)
            return heard

    assert asyncio.run(go()) == b""
    assert served == [b"SELECT 1\0", b"SELECT 2\0"]


def test_every_connection_is_cut_at_its_own_nth_message() -> None:
    async def go() -> list[bytes]:
        async with doored(small_postgres, protocol="postgres") as door:
            with door.cut(at_message=2, of="complete"):
                heard = []
                for _ in range(2):
                    caller = await connected(door)
                    await asked(caller)
                    caller.say(query("SELECT 2"))
                    heard.append(await caller.is_reset())
                    caller.leave()
            caller = await connected(door)
            heard += [await asked(caller), await asked(caller)]
            caller.leave()
            return heard

    half, again, *whole = asyncio.run(go())
    assert half == again == rows(2)[: rows(2).index(b"C")]
    assert whole == [rows(2) + READY] * 2


REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + bytes(100)


def serving(reply: bytes, size: int) -> Script:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            for at in range(0, len(reply), size):
                writer.write(reply[at : at + size])
                await asyncio.sleep(0)

    return serve


@pytest.mark.parametrize("size", [1, 13, 1_000])
def test_what_came_before_the_message_passes_whole_whatever_the_pieces(size: int) -> None:
    async def go() -> bytes:
        async with doored(serving(REPLY, size), protocol="http1") as door:
            door.cut(at_message=3)
            caller = await called(door)
            caller.say(b"GET / HTTP/1.1\r\n\r\n" * 4)
            heard = await caller.is_reset()
            caller.leave()
            return heard

    assert asyncio.run(go()) == REPLY * 2


def test_half_a_message_passes_when_the_fault_is_over_or_the_server_ends() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(REPLY[:60])
        await reader.readuntil(b"\r\n\r\n")
        writer.write(REPLY[60:] + REPLY[:50])

    async def go() -> tuple[bytes, bytes]:
        async with doored(half, protocol="http1") as door:
            fault = door.cut(at_message=9)
            caller = await called(door)
            caller.say(b"GET / HTTP/1.1\r\n\r\n")
            await happens(lambda: bool(records(door, "received")))
            fault.end()
            first = await caller.hear(60)
            door.cut(at_message=9)
            caller.say(b"GET / HTTP/1.1\r\n\r\n")
            rest = await caller.hear_all()
            caller.leave()
            return first, rest

    assert asyncio.run(go()) == (REPLY[:60], REPLY[60:] + REPLY[:50])


def test_a_message_too_large_to_be_held_back_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way_module, "HELD_BYTES_MAX", 50)

    async def go() -> bytes:
        async with doored(serving(REPLY, 30), protocol="http1") as door:
            door.cut(at_message=2)
            caller = await called(door)
            caller.say(b"GET / HTTP/1.1\r\n\r\n")
            heard = await caller.hear(len(REPLY))
            caller.leave()
            return heard

    assert asyncio.run(go()) == REPLY


def test_where_more_was_said_than_is_kept_nothing_is_held_back_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard_module, "HEARD_BYTES_MAX", 100)

    async def go() -> tuple[bytes, bool]:
        async with doored(serving(REPLY, 30), protocol="http1") as door:
            door.cut(at_message=5)
            caller = await called(door)
            caller.say(b"GET / HTTP/1.1\r\n\r\n" * 3)
            heard = await caller.hear(3 * len(REPLY))
            caller.leave()
            return heard, door.room.full_at is not None

    assert asyncio.run(go()) == (REPLY * 3, True)
