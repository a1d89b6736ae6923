"""Checks ask the wire what the program said to its servers, and get it as it was meant, narrowed as they like."""

import asyncio
import struct
from dataclasses import dataclass

import pytest

from firsthand.bench import loop_guard
from firsthand.bench.conversations import Wire
from firsthand.bench.doors import heard as heard_module
from firsthand.bench.doors.door import Door
from firsthand.bench.doors.heard import Heard
from firsthand.bench.failures import CheckFailed
from firsthand.bench.ports import Address
from firsthand.bench.wire import Recorder
from firsthand.core.deadlines import Deadline
from firsthand.core.errors import ContentError
from firsthand.core.randomness import Rng


@dataclass(frozen=True)
class Took:
    """Something that took its time, as a reply does."""

    began_at: float
    ended_at: float


class Doors:
    """A wire whose doors were told by hand what passed, and when."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.wire = Wire(self.recorder)

    def door(self, name: str, protocol: str) -> Door:
        door = Door(name, Address("127.0.0.1", 1), self.recorder, protocol=protocol, rng=Rng(1))
        self.wire.add(door)
        return door

    def postgres(self) -> Heard:
        heard = self.door("postgres", "postgres").open_heard("postgres")
        return connect_postgres(heard)

    def redis(self) -> Heard:
        return self.door("redis", "resp").open_heard("resp")


def framed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack(">I", len(body) + 4) + body


READY = framed(b"Z", b"I")
STARTUP = struct.pack(">II", 8 + 10, 196_608) + b"user\0ann\0\0"


def connect_postgres(heard: Heard) -> Heard:
    heard.hear("sent", STARTUP, 0.1)
    heard.hear("received", framed(b"R", struct.pack(">I", 0)) + READY, 0.1)
    return heard


def run(heard: Heard, sql: str, at: float, *, rows: int = 0, took: float = 0.01) -> None:
    heard.hear("sent", framed(b"Q", sql.encode() + b"\0"), at)
    row = framed(b"D", struct.pack(">HI", 1, 1) + b"x")
    heard.hear("received", row * rows + framed(b"C", b"SELECT %d\0" % rows) + READY, at + took)


def command(heard: Heard, at: float, *words: str, reply: bytes = b"+OK\r\n") -> None:
    heard.hear("sent", b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in words), at)
    if reply:
        heard.hear("received", reply, at + 0.01)


def test_statements_are_told_in_order_with_what_came_of_them() -> None:
    doors = Doors()
    heard = doors.postgres()
    run(heard, "SELECT * FROM products", 1.0, rows=3)
    run(heard, "SELECT 1", 2.0, rows=1)

    asked = doors.wire.postgres.statements()

    assert [(one.sql, one.rows, one.ok) for one in asked] == [
        ("SELECT * FROM products", 3, True),
        ("SELECT 1", 1, True),
    ]
    assert [(one.began, one.ended) for one in asked] == [(1.0, 1.01), (2.0, 2.01)]


@pytest.mark.parametrize(
    ("matching", "found"),
    [
        ("", True),
        ("select", True),
        ("SELECT .. products", True),
        ("select .. from shop.products .. id = 7", True),
        ("where id = 7", True),
        ("product", False),
        ("select .. orders", False),
        ("products .. select", False),
        ("elect", False),
    ],
)
def test_statements_are_found_by_words_with_anything_between(matching: str, found: bool) -> None:
    doors = Doors()
    run(doors.postgres(), 'SELECT  name,\n  price FROM "shop"."Products" WHERE id = 7', 1.0)

    assert bool(doors.wire.postgres.statements(matching)) is found


def test_questions_can_be_narrowed_to_a_time() -> None:
    doors = Doors()
    heard = doors.postgres()
    for number in range(1, 6):
        run(heard, f"SELECT {number}", float(number))
    ask = doors.wire.postgres.statements

    assert [one.sql for one in ask(since=3.0)] == ["SELECT 3", "SELECT 4", "SELECT 5"]
    assert [one.sql for one in ask(since=2.0, until=3.5)] == ["SELECT 2", "SELECT 3"]
    assert [one.sql for one in ask(during=Took(1.5, 2.5))] == ["SELECT 2"]
    assert [one.sql for one in ask("select 4", during=Took(0.0, 9.0))] == ["SELECT 4"]
    assert ask(since=3.0, during=Took(0.0, 2.5)) == []


def test_the_mark_is_on_the_clock_of_what_is_recorded() -> None:
    doors = Doors()
    before = doors.wire.mark()
    heard = doors.door("redis", "resp").open_heard("resp")

    assert before <= heard.opened_at <= doors.wire.mark()


def test_what_is_not_answered_yet_was_asked_and_is_told_once_when_it_is_over() -> None:
    doors = Doors()
    heard = doors.postgres()
    heard.hear("sent", framed(b"Q", b"SELECT pg_sleep(9)\0"), 1.0)

    (asked,) = doors.wire.postgres.statements()
    assert (asked.sql, asked.ok) == ("SELECT pg_sleep(9)", False)

    heard.hear("received", framed(b"C", b"SELECT 1\0") + READY, 10.0)
    (answered,) = doors.wire.postgres.statements()
    assert (answered.ok, answered.ended) == (True, 10.0)

    heard.close(11.0, "")
    assert len(doors.wire.postgres.statements()) == 1


def test_several_connections_are_one_sequence_and_can_be_counted() -> None:
    doors = Doors()
    door = doors.door("postgres", "postgres")
    one, other = (connect_postgres(door.open_heard("postgres")) for _ in range(2))
    run(other, "SELECT 1", 1.0)
    run(one, "SELECT 2", 2.0)
    run(other, "SELECT 3", 3.0)

    assert [asked.sql for asked in doors.wire.postgres.statements()] == ["SELECT 1", "SELECT 2", "SELECT 3"]
    assert [heard.number for heard in doors.wire.postgres.connections()] == [1, 2]
    assert doors.wire.postgres.connections(since=doors.wire.mark() + 1) == []


def test_commands_are_found_by_name_and_key() -> None:
    doors = Doors()
    heard = doors.redis()
    command(heard, 1.0, "get", "product:7", reply=b"$-1\r\n")
    command(heard, 2.0, "SET", "product:7", "x")
    command(heard, 3.0, "GET", "user:1", reply=b"$1\r\nx\r\n")
    command(heard, 4.0, "PING", reply=b"")
    ask = doors.wire.redis.commands

    assert [one.began for one in ask()] == [1.0, 2.0, 3.0, 4.0]
    assert [one.began for one in ask("GET")] == [1.0, 3.0]
    assert [one.began for one in ask(key="product:*")] == [1.0, 2.0]
    assert [one.reply for one in ask("get", key="product:*", until=1.5)] == [None]
    assert [one.ok for one in ask("ping")] == [False]


def test_requests_to_a_peer_are_found_by_path_and_method() -> None:
    doors = Doors()
    heard = doors.door("alpha", "http1").open_heard("http1")
    for at, line in enumerate((b"GET /a?x=1", b"GET /b/1", b"POST /b/2"), 1):
        heard.hear("sent", line + b" HTTP/1.1\r\nContent-Length: 0\r\n\r\n", float(at))
        heard.hear("received", b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", at + 0.5)
    ask = doors.wire.peer("alpha").requests

    assert [(one.method, one.target, one.status) for one in ask("/a")] == [("GET", "/a?x=1", 503)]
    assert [one.began for one in ask("/b/*")] == [2.0, 3.0]
    assert [one.began for one in ask(method="POST")] == [3.0]
    with pytest.raises(ContentError):
        doors.wire.nginx.requests()


def test_questions_to_a_name_server_are_found_by_name_and_type() -> None:
    import dns.message

    doors = Doors()
    udp = doors.door("knot", "dns").open_heard("dns-udp")
    tcp = doors.door("bind", "dns").open_heard("dns-tcp")
    first = dns.message.make_query("www.example.test", "A")
    udp.hear("sent", first.to_wire(), 1.0)
    udp.hear("received", dns.message.make_response(first).to_wire(), 1.1)
    second = dns.message.make_query("example.test", "MX").to_wire()
    tcp.hear("sent", struct.pack(">H", len(second)) + second, 2.0)
    ask = doors.wire.dns.queries

    assert [(one.name.rstrip("."), one.type, one.rcode) for one in ask()] == [
        ("www.example.test", "A", "NOERROR"),
        ("example.test", "MX", ""),
    ]
    assert [one.began for one in ask("WWW.example.test.")] == [1.0]
    assert [one.began for one in ask(type="mx")] == [2.0]


def test_a_door_of_a_protocol_that_nobody_reads_still_counts_connections() -> None:
    doors = Doors()
    doors.door("mariadb", "mysql").open_heard("mysql").hear("sent", b"\x03SELECT 1", 1.0)

    assert len(doors.wire.mariadb.connections()) == 1
    assert doors.wire.mariadb.exchanges() == []


def test_a_check_waits_for_what_a_program_does_later() -> None:
    doors = Doors()
    heard = doors.redis()

    async def go() -> tuple[bool, bool]:
        asyncio.get_running_loop().call_later(0.01, command, heard, 1.0, "DEL", "product:7")
        came = await doors.wire.until(lambda: bool(doors.wire.redis.commands("DEL")), Deadline.after(5))
        never = await doors.wire.until(lambda: bool(doors.wire.redis.commands("SET")), Deadline.after(0.02))
        return came, never

    assert asyncio.run(go()) == (True, False)


def test_a_check_waits_until_nothing_more_is_said() -> None:
    doors = Doors()
    heard = doors.redis()

    async def go() -> tuple[bool, int]:
        loop = asyncio.get_running_loop()
        for number in range(5):
            loop.call_later(number * 0.03, lambda: command(heard, doors.wire.mark(), "PING"))
        quiet = await doors.wire.quiet(Deadline.after(10), for_s=0.3)
        return quiet, len(doors.wire.redis.commands("PING"))

    assert asyncio.run(go()) == (True, 5)
    assert asyncio.run(doors.wire.quiet(Deadline.after(0.01), for_s=9.0)) is False


def test_who_asks_about_what_the_lab_does_not_have_is_told_what_it_has() -> None:
    doors = Doors()
    doors.redis()

    with pytest.raises(ContentError) as raised:
        doors.wire.postgres.statements()

    assert 'no server or peer "postgres"' in raised.value.message
    assert "redis" in raised.value.advice


def test_more_than_is_kept_fails_with_words_instead_of_a_wrong_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard_module, "HEARD_BYTES_MAX", 1_000)
    doors = Doors()
    heard = doors.postgres()
    for number in range(1, 50):
        run(heard, f"SELECT {number}", float(number))

    assert len(doors.wire.postgres.statements(until=3.5)) == 3
    with pytest.raises(CheckFailed) as raised:
        doors.wire.postgres.statements()

    assert raised.value.failure.kind == "limit"
    assert "The program and postgres said more than can be counted" in raised.value.failure.message


def test_to_read_much_is_not_taken_for_a_check_that_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_guard, "TICK_S", 0.005)  # as if 60 ms were the three seconds
    doors = Doors()
    heard = doors.postgres()
    for number in range(3_000):
        run(heard, f"SELECT {number}", float(number))

    async def go() -> int:
        with loop_guard.loop_guarded():
            return len(doors.wire.postgres.statements())

    assert asyncio.run(go()) == 3_000


def amqp(*frames: object) -> bytes:
    import pamqp.frame

    return b"".join(pamqp.frame.marshal(frame, 1) for frame in frames)  # type: ignore[arg-type]


def test_messages_of_a_broker_are_told_with_what_became_of_them() -> None:
    from pamqp.body import ContentBody
    from pamqp.commands import Basic
    from pamqp.header import ContentHeader

    def content(body: bytes) -> tuple[object, object]:
        return ContentHeader(body_size=len(body), properties=Basic.Properties()), ContentBody(body)

    doors = Doors()
    heard = doors.door("rabbitmq", "amqp").open_heard("amqp")
    heard.hear("sent", b"AMQP\x00\x00\x09\x01", 0.1)
    heard.hear("sent", amqp(Basic.Qos(prefetch_count=1)), 1.0)
    heard.hear("received", amqp(Basic.QosOk()), 1.1)
    heard.hear("sent", amqp(Basic.Consume(queue="jobs", consumer_tag="me")), 2.0)
    heard.hear("received", amqp(Basic.ConsumeOk(consumer_tag="me")), 2.1)
    for tag in (1, 2):
        deliver = Basic.Deliver(consumer_tag="me", delivery_tag=tag, exchange="", routing_key="jobs")
        heard.hear("received", amqp(deliver, *content(b"job %d" % tag)), 2.0 + tag)
    heard.hear("sent", amqp(Basic.Ack(delivery_tag=1)), 5.0)
    heard.hear("sent", amqp(Basic.Publish(exchange="", routing_key="done.1"), *content(b"result")), 6.0)
    ask = doors.wire.rabbitmq

    assert [(one.body, one.settled) for one in ask.delivered()] == [(b"job 1", "ack"), (b"job 2", "")]
    assert [one.body for one in ask.delivered("jobs", since=3.5)] == [b"job 2"]
    assert ask.delivered("other") == []
    assert [one.body for one in ask.acked(since=4.0)] == [b"job 1"]
    assert ask.acked(until=4.0) == []
    assert [one.body for one in ask.published("done.*")] == [b"result"]
    assert [one.arguments["prefetch_count"] for one in ask.methods("basic.qos")] == [1]
