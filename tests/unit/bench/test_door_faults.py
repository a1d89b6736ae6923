"""A door breaks the way as it is told to, says so in the record, and is whole again when the fault is over."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from doored import called, doored, happens, over, records, texts

from firsthand.bench.doors import way as way_module
from firsthand.bench.doors.door import Door
from firsthand.bench.doors.faults import Directions, Fault
from firsthand.core.deadlines import now_s
from firsthand.core.errors import ContentError
from firsthand.core.randomness import Rng


async def said_back(door: Door, data: bytes = b"hello") -> bytes:
    caller = await called(door)
    caller.say(data)
    heard = await caller.hear(len(data))
    caller.leave()
    return heard


def test_a_delay_makes_everything_late_by_so_much_and_keeps_the_order() -> None:
    pieces = [bytes([number]) * 3 for number in range(20)]

    async def go() -> tuple[bytes, float, Door]:
        async with doored() as door:
            door.delay(0.05)
            caller = await called(door)
            began = now_s()
            for piece in pieces:
                caller.say(piece)
                await asyncio.sleep(0)
            caller.say_end()
            heard = await caller.hear_all()
            caller.leave()
            return heard, now_s() - began, door

    heard, seconds, door = asyncio.run(go())
    assert heard == b"".join(pieces)
    assert seconds >= 0.1
    assert texts(door, "fault") == ["what passes is late by 50 ms"]


@pytest.mark.parametrize(("direction", "arrives"), [("sent", False), ("received", True), ("both", False)])
def test_only_the_direction_that_is_named_is_late(direction: Directions, arrives: bool) -> None:
    async def go() -> bytes:
        async with doored() as door:
            caller = await called(door)
            with door.delay(600, direction=direction):
                caller.say(b"hello")
                await happens(lambda: bool(records(door, "received" if arrives else "sent")))
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(caller._reader.read(1), 0.05)
                assert bool(records(door, "received")) is arrives
            heard = await caller.hear(5)
            caller.leave()
            return heard

    assert asyncio.run(go()) == b"hello"


def test_jitter_is_drawn_from_the_seed() -> None:
    async def go(seed: int) -> float:
        async with doored(seed=seed) as door:
            door.delay(0.0, jitter_s=1_000, direction="sent")
            caller = await called(door)
            caller.say(b"one piece")
            await happens(lambda: any(link._to_far._held for link in door._links))
            (link,) = door._links
            late = link._to_far._held[0].due - now_s()
            caller.leave()
            return late

    drawn = [Rng(seed).child("door/store").child("1").child("sent").below(1_000_000) / 1_000 for seed in (7, 8)]
    assert abs(drawn[0] - drawn[1]) > 100
    for seed, wanted in ((7, drawn[0]), (7, drawn[0]), (8, drawn[1])):
        assert wanted - 60 < asyncio.run(go(seed)) <= wanted


def test_a_throttled_way_lets_no_more_pass_than_its_rate() -> None:
    data = Rng(1).any_bytes(30_000, 30_000)

    async def go() -> tuple[bytes, float]:
        async with doored() as door:
            door.throttle(100_000, direction="received")
            caller = await called(door)
            began = now_s()
            caller.say(data)
            heard = await caller.hear(len(data))
            caller.leave()
            return heard, now_s() - began

    heard, seconds = asyncio.run(go())
    assert heard == data
    assert seconds >= 0.27


def test_a_throttled_way_holds_little_and_leaves_the_rest_to_who_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way_module, "HELD_BYTES_MAX", 100_000)

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            writer.write(bytes(100_000))
            await writer.drain()

    async def go() -> int:
        async with doored(flood) as door:
            door.throttle(1_000)
            caller = await called(door)
            await happens(lambda: any(link._far and not link._far._reading for link in door._links))
            (link,) = door._links
            held = link._to_near.held_bytes
            caller.leave()
            return held

    assert asyncio.run(go()) < 5_000_000


def test_new_connections_are_refused_and_open_ones_go_on() -> None:
    async def go() -> tuple[bytes, bytes, list[str]]:
        async with doored() as door:
            before = await called(door)
            before.say(b"a")
            await before.hear(1)
            with door.refuse():
                for _ in range(3):
                    with pytest.raises(ConnectionRefusedError):
                        await called(door)
                before.say(b"still open")
                old = await before.hear(10)
            new = await said_back(door)
            before.leave()
            return old, new, texts(door, "fault")

    old, new, told = asyncio.run(go())
    assert (old, new) == (b"still open", b"hello")
    assert told == ["new connections are refused", "over: new connections are refused"]


def test_nobody_else_gets_the_port_of_a_door_that_refuses() -> None:
    async def go() -> bytes:
        async with doored() as door:
            for _ in range(5):
                with door.refuse(), pytest.raises(OSError, match="in use"):
                    await asyncio.start_server(_nobody, door.address.host, door.address.port, reuse_address=False)
            return await said_back(door)

    assert asyncio.run(go()) == b"hello"


async def _nobody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    raise AssertionError("nobody calls here")


def test_a_reset_ends_every_open_connection_now_and_none_later() -> None:
    async def go() -> tuple[int, int, bytes, list[str]]:
        async with doored() as door:
            callers = [await called(door) for _ in range(3)]
            for caller in callers:
                caller.say(b"x")
                await caller.hear(1)
            count = door.reset()
            for caller in callers:
                await caller.is_reset()
                caller.leave()
            none = door.reset()
            return count, none, await said_back(door), texts(door, "closed")[:3]

    count, none, after, why = asyncio.run(go())
    assert (count, none, after) == (3, 0, b"hello")
    assert why == ["reset by the check"] * 3


@pytest.mark.parametrize("in_pieces", [True, False])
@pytest.mark.parametrize("after", [0, 1, 7, 99, 100])
def test_a_connection_is_cut_after_so_many_bytes_however_they_come(after: int, in_pieces: bool) -> None:
    data = Rng(after).any_bytes(100, 100)

    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        for piece in Rng(after).split(data, 9) if in_pieces else [data]:
            writer.write(piece)
            await asyncio.sleep(0)
        await reader.read(1)

    async def go() -> tuple[bytes, Door]:
        async with doored(dribble) as door:
            door.cut(after_bytes=after)
            caller = await called(door)
            caller.say(b"go")
            heard = await caller.is_reset()
            caller.leave()
            await over(door)
            return heard, door

    heard, door = asyncio.run(go())
    assert heard == data[:after]
    assert texts(door, "closed") == [f"connections are cut after {after} bytes, on the way back"]


def test_a_cut_counts_from_when_it_was_asked_for() -> None:
    async def go() -> bytes:
        async with doored() as door:
            caller = await called(door)
            caller.say(b"0123456789")
            await caller.hear(10)
            door.cut(after_bytes=4)
            caller.say(b"abcdefghij")
            heard = await caller.is_reset()
            caller.leave()
            return heard

    assert asyncio.run(go()) == b"abcd"


def test_a_cut_on_the_way_in_keeps_the_rest_from_the_server() -> None:
    got = bytearray()

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            got.extend(data)

    async def go() -> None:
        async with doored(keep) as door:
            door.cut(after_bytes=5, direction="sent")
            caller = await called(door)
            caller.say(b"one, two, three")
            await caller.is_reset()
            caller.leave()
            await happens(lambda: bytes(got) == b"one, ")

    asyncio.run(go())
    assert bytes(got) == b"one, "


def test_a_cut_may_be_for_the_next_connections_only() -> None:
    async def go() -> tuple[list[str], list[str]]:
        async with doored() as door:
            door.cut(after_bytes=2, times=2)
            for _ in range(2):
                caller = await called(door)
                caller.say(b"hello")
                assert await caller.is_reset() == b"he"
                caller.leave()
            assert await said_back(door) == b"hello"
            return texts(door, "closed"), texts(door, "fault")

    why, told = asyncio.run(go())
    words = "connections are cut after 2 bytes, on the way back"
    assert why[:2] == [words, words]
    assert told == [words, f"over: {words}"]


def test_a_half_close_ends_what_the_server_says_and_still_takes_what_it_is_told() -> None:
    got = bytearray()

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            got.extend(data)
            writer.write(b"thanks")

    async def go() -> tuple[int, bytes]:
        async with doored(keep) as door:
            caller = await called(door)
            caller.say(b"first")
            await caller.hear(6)
            count = door.half_close()
            heard = await caller.hear_all()
            caller.say(b" second")
            await happens(lambda: bytes(got) == b"first second")
            caller.say_end()
            await over(door)
            caller.leave()
            return count, heard

    assert asyncio.run(go()) == (1, b"")


def test_a_half_close_on_the_way_in_ends_what_the_server_hears() -> None:
    async def tell_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"(%d bytes)" % len(await reader.read()))

    async def go() -> bytes:
        async with doored(tell_the_end) as door:
            caller = await called(door)
            caller.say(b"12345")
            await happens(lambda: bool(records(door, "sent")))
            door.half_close("sent")
            heard = await caller.hear_all()
            caller.leave()
            return heard

    assert asyncio.run(go()) == b"(5 bytes)"


def test_a_black_hole_accepts_and_is_silent_and_passes_on_what_it_held_when_it_is_over() -> None:
    async def go() -> tuple[bytes, bytes, Door]:
        async with doored() as door:
            old = await called(door)
            old.say(b"1")
            await old.hear(1)
            hole = door.black_hole()
            old.say(b"into the hole")
            new = await called(door)
            new.say(b"me too")
            await happens(lambda: len(records(door, "sent")) == 3)
            for caller in (old, new):
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(caller._reader.read(1), 0.05)
            hole.end()
            heard = await old.hear(13), await new.hear(6)
            for caller in (old, new):
                caller.leave()
            return *heard, door

    old, new, door = asyncio.run(go())
    assert (old, new) == (b"into the hole", b"me too")
    assert texts(door, "fault") == ["nothing passes, and nobody is told", "over: nothing passes, and nobody is told"]


def test_who_leaves_while_nothing_passes_is_gone_when_the_door_closes() -> None:
    async def go() -> list[str]:
        async with doored() as door:
            door.black_hole()
            caller = await called(door)
            caller.say(b"anyone?")
            caller.say_end()
            await happens(lambda: bool(records(door, "note")))
            caller.leave()
            await door.close()
            return texts(door, "closed")

    assert asyncio.run(go()) == ["the door was closed"]


def test_healing_ends_every_fault_and_lets_pass_what_was_held() -> None:
    async def go() -> tuple[bytes, Door]:
        async with doored() as door:
            caller = await called(door)
            caller.say(b"x")
            await caller.hear(1)
            door.delay(600)
            door.throttle(1)
            door.refuse()
            door.cut(after_bytes=50)
            door.black_hole()
            caller.say(b"held back for long")
            await happens(lambda: len(records(door, "sent")) == 2)
            door.heal()
            heard = await caller.hear(18)
            caller.leave()
            await said_back(door, bytes(100))
            return heard, door

    heard, door = asyncio.run(go())
    assert heard == b"held back for long"
    assert texts(door, "fault")[-1] == "all faults are over"
    assert not door.faults


def test_an_end_waits_its_turn_behind_what_is_late() -> None:
    async def go() -> bytes:
        async with doored() as door:
            door.delay(0.02)
            door.throttle(50_000)
            caller = await called(door)
            caller.say(bytes(3_000))
            caller.say_end()
            heard = await caller.hear_all()
            caller.leave()
            return heard

    assert asyncio.run(go()) == bytes(3_000)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda door: door.delay(-1), "makes no sense"),
        (lambda door: door.throttle(-5), "makes no sense"),
        (lambda door: door.cut(after_bytes=-1), "makes no sense"),
        (lambda door: door.cut(at_message=0), "makes no sense"),
        (lambda door: door.cut(), "either after_bytes or at_message"),
        (lambda door: door.cut(after_bytes=1, at_message=1), "either after_bytes or at_message"),
    ],
)
def test_what_makes_no_sense_is_the_authors_mistake(ask: Callable[[Door], Fault], words: str) -> None:
    async def go() -> None:
        async with doored(protocol="postgres") as door:
            with pytest.raises(ContentError, match=words):
                ask(door)
            assert not door.faults

    asyncio.run(go())


def test_messages_of_a_protocol_that_nobody_reads_cannot_be_counted() -> None:
    async def go() -> None:
        async with doored(protocol="mysql") as door:
            with pytest.raises(ContentError, match="can read messages of mysql"):
                door.cut(at_message=1)

    asyncio.run(go())


def test_a_fault_ends_once_however_often_it_is_ended() -> None:
    async def go() -> list[str]:
        async with doored() as door:
            with door.delay(0.01) as fault:
                fault.end()
            door.heal()
            return texts(door, "fault")

    assert asyncio.run(go()) == ["what passes is late by 10 ms", "over: what passes is late by 10 ms"]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_faults_come_and_go_what_passes_is_what_was_said_in_order(seed: int) -> None:
    rng = Rng(seed)
    data = rng.any_bytes(20_000, 20_000)

    async def go() -> bytes:
        async with doored(seed=seed) as door:
            caller = await called(door)
            faults = []
            for piece in rng.split(data, 40):
                kind = rng.below(8)
                if kind == 0:
                    faults.append(door.delay(rng.below(20) / 1_000, rng.below(20) / 1_000, _direction(rng)))
                elif kind == 1:
                    faults.append(door.throttle(rng.integer(100_000, 900_000), _direction(rng)))
                elif kind == 2:
                    faults.append(door.black_hole())
                elif kind == 3:
                    faults.append(door.cut(after_bytes=1_000_000))
                elif faults and kind < 6:
                    rng.choice(faults).end()
                caller.say(piece)
                await asyncio.sleep(0)
            caller.say_end()
            door.heal()
            heard = await caller.hear_all()
            caller.leave()
            return heard

    assert asyncio.run(go()) == data


def _direction(rng: Rng) -> Directions:
    return rng.choice(["both", "sent", "received"])


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system does not list descriptors")
def test_no_descriptor_is_left_whatever_was_broken() -> None:
    async def go() -> None:
        async with doored() as door:
            for number in range(12):
                caller = await called(door)
                caller.say(b"x")
                await caller.hear(1)
                (door.refuse, door.black_hole, door.reset, door.half_close)[number % 4]()
                caller.say(b"y")
                await asyncio.sleep(0)
                door.heal()
                caller.writer.transport.abort()

    asyncio.run(go())
    before = len(list(Path("/proc/self/fd").iterdir()))
    asyncio.run(go())
    assert len(list(Path("/proc/self/fd").iterdir())) == before
