"""Doors before real servers, with the clients that programs use: what is asked of the wire, and what faults do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
import redis.asyncio
from aio_pika import Message, connect
from lent import GENEROUS_S, with_servers
from test_postgres_trouble import names, shop

from firsthand.bench.conversations import Wire
from firsthand.bench.doors.door import Door, open_door
from firsthand.bench.ports import Lease, Wanted
from firsthand.bench.servers.host import Servers
from firsthand.bench.wire import Recorder
from firsthand.cli.sequence import sequence
from firsthand.core.deadlines import Deadline
from firsthand.core.errors import ServerMissingError
from firsthand.core.randomness import Rng
from firsthand.study.steps import steps

PROTOCOLS = {"postgres": "postgres", "redis": "resp", "rabbitmq": "amqp"}


@asynccontextmanager
async def before(servers: Servers, wanted: Wanted) -> AsyncIterator[tuple[Lease, Door, Wire, str]]:
    """A lease, the door before it, the wire, and the variable's value that leads to the door."""
    try:
        lease = await servers.lease(wanted)
    except ServerMissingError as error:
        pytest.skip(str(error))
    recorder = Recorder()
    door = await open_door(wanted.kind, lease.address, recorder, rng=Rng(1), protocol=PROTOCOLS[wanted.kind])
    wire = Wire(recorder)
    wire.add(door)
    (url,) = lease.environment_at(door.address).values()
    try:
        yield lease, door, wire, url
    finally:
        await door.close()


@pytest.mark.parametrize("binary", [False, True])
def test_statements_and_parameters_of_a_driver_are_seen_as_they_were_meant(tmp_path: Path, binary: bool) -> None:
    async def scenario(servers: Servers) -> tuple[list[str], list[str]]:
        async with before(servers, shop(tmp_path)) as (_, door, wire, url):
            async with await psycopg.AsyncConnection.connect(url) as connection:
                cursor = connection.cursor(binary=binary)
                for number in (1, 2, 99):
                    await cursor.execute("SELECT name FROM products WHERE id = %s", (number,))
                with pytest.raises(psycopg.errors.UniqueViolation):
                    await cursor.execute("INSERT INTO products (name) VALUES (%s)", ("coffee",))
                await connection.rollback()
            asked = wire.postgres.statements("select .. products")
            (refused,) = wire.postgres.statements("insert into products")
            assert [(one.parameters, one.rows) for one in asked] == [(("1",), 1), (("2",), 1), (("99",), 0)]
            assert refused.error is not None
            assert (refused.ok, refused.error.sqlstate) == (False, "23505")
            return [one.sql for one in asked], list(sequence(steps(door.recorder.records), colour=False))

    asked, shown = with_servers(scenario)

    assert set(asked) == {"SELECT name FROM products WHERE id = $1"}
    assert any("3× postgres  SELECT name FROM products WHERE id = ?" in line for line in shown), shown


def test_a_reply_that_is_cut_off_leaves_what_was_done(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> list[object]:
        async with before(servers, shop(tmp_path)) as (lease, door, _, url):
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                with door.cut(at_message=1, of="complete", times=1), pytest.raises(psycopg.OperationalError):
                    await connection.execute("INSERT INTO products (name) VALUES ('milk')")
            async with await psycopg.AsyncConnection.connect(url) as connection:
                await connection.execute("SELECT 1")
            return await names(lease)

    assert with_servers(scenario) == ["tea; green", "coffee", "milk"]


def test_a_request_that_is_cut_off_was_never_made(tmp_path: Path) -> None:
    async def scenario(servers: Servers) -> list[object]:
        async with before(servers, shop(tmp_path)) as (lease, door, _, url):
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                door.cut(at_message=1, direction="sent")
                with pytest.raises(psycopg.OperationalError):
                    await connection.execute("INSERT INTO products (name) VALUES ('milk')")
            return await names(lease)

    assert with_servers(scenario) == ["tea; green", "coffee"]


def test_commands_of_a_driver_and_its_timeout_in_a_black_hole() -> None:
    async def scenario(servers: Servers) -> tuple[list[tuple[bytes, ...]], object]:
        async with before(servers, Wanted("redis", "a-run", 1)) as (_, door, wire, url):
            client = redis.asyncio.from_url(url, socket_timeout=0.2, retry=None)
            async with client:
                mark = wire.mark()
                await client.set("product:7", "tea", ex=60)
                with door.black_hole(), pytest.raises(redis.exceptions.TimeoutError):
                    await client.get("product:7")
                after = await client.get("product:7")
            asked = wire.redis.commands(key="product:*", since=mark)
            return [one.words for one in asked if one.ok], after

    asked, after = with_servers(scenario)

    assert asked[0] == (b"SET", b"product:7", b"tea", b"EX", b"60")
    assert asked[-1] == (b"GET", b"product:7")
    assert after == b"tea"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # aiormq's tasks at its end
def test_messages_of_a_driver_are_told_with_what_became_of_them() -> None:
    async def scenario(servers: Servers) -> tuple[list[str], list[tuple[bytes, str]], int]:
        async with before(servers, Wanted("rabbitmq", "a-run", 1)) as (_, _, wire, url):
            async with await connect(url, timeout=GENEROUS_S) as connection:
                channel = await connection.channel()
                await channel.set_qos(prefetch_count=1)
                queue = await channel.declare_queue("jobs")
                for number in range(3):
                    await channel.default_exchange.publish(Message(b"job %d" % number), "jobs")
                first = await queue.get(timeout=GENEROUS_S)
                await first.ack()
                second = await queue.get(timeout=GENEROUS_S)
                await second.reject(requeue=True)
                deadline = Deadline.after(GENEROUS_S)
                await wire.until(lambda: sum(one.settled != "" for one in wire.rabbitmq.delivered()) == 2, deadline)
            published = [one.confirmed for one in wire.rabbitmq.published("jobs")]
            delivered = [(one.body, one.settled) for one in wire.rabbitmq.delivered("jobs")]
            return published, delivered, len(wire.rabbitmq.methods("basic.qos"))

    assert with_servers(scenario) == (["ack"] * 3, [(b"job 0", "ack"), (b"job 1", "reject")], 1)
