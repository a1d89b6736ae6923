"""RabbitMQ keeps the contract of all servers, and stays well whatever a program does to it."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aio_pika import Message, connect
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import AMQPError, ChannelInvalidStateError
from contract import ServerContract
from lent import GENEROUS_S, becomes, state_of, url_of, with_servers, working_below

from firsthand.bench.clients.rabbitmq import Binding, Queue, Rabbit
from firsthand.bench.failures import CheckFailed
from firsthand.bench.ports import Lease, Wanted
from firsthand.bench.servers import rabbitmq, rabbitmq_node
from firsthand.bench.servers.host import Servers
from firsthand.core.deadlines import Deadline
from firsthand.core.errors import RetryableError, ServerMissingError, WorldError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # aiormq's tasks at its end
]
SHARED = Wanted("rabbitmq", "a-run", 1)
OWN = Wanted("rabbitmq", "a-run", 1, own=True)

logging.getLogger("aiormq").setLevel(logging.CRITICAL)


@contextlib.asynccontextmanager
async def channel_to(url: str) -> AsyncIterator[AbstractChannel]:
    """A channel as a program has one."""
    connection = await connect(url, timeout=GENEROUS_S)
    try:
        yield await connection.channel()
    finally:
        await connection.close()


async def never_done(message: AbstractIncomingMessage) -> None:
    """What a consumer does that takes a message and acknowledges none."""


def client_of(lease: Lease, servers: Servers) -> Rabbit:
    """The client that a check is given."""
    return Rabbit(lease, servers, None, Deadline.after(GENEROUS_S))


class TestRabbitmq(ServerContract):
    """How a word is left in RabbitMQ."""

    kind = "rabbitmq"
    variable = "AMQP_URL"
    keeps_data = True
    shares = True
    refusals = (OSError, AMQPError, asyncio.TimeoutError, ChannelInvalidStateError)

    def wanted_own(self) -> Wanted:
        return OWN

    async def write(self, url: str, word: str) -> None:
        async with channel_to(url) as channel:
            await channel.declare_queue("words", durable=True)
            await channel.default_exchange.publish(Message(word.encode(), delivery_mode=2), "words")

    async def read(self, url: str) -> list[str]:
        words = []
        async with channel_to(url) as channel:
            queue = await channel.declare_queue("words", durable=True)
            while found := await queue.get(fail=False):
                words.append(found.body.decode())
        return words


def test_an_own_node_is_the_warm_one_when_nobody_else_is_on_it() -> None:
    async def scenario(servers: Servers) -> tuple[Lease, Lease, int]:
        first = await servers.lease(SHARED)
        await servers.release(first)
        assert await becomes(lambda: state_of(servers, "rabbitmq").warm > 0)
        own = await servers.lease(OWN)
        return first, own, len([pid for pid in state_of(servers, "rabbitmq").pids if is_beam(pid)])

    first, own, nodes = with_servers(scenario)

    assert own.address == first.address
    assert own.features == ["kill", "pause", "restart"]
    assert first.features == []
    assert nodes == 1


def test_an_own_node_that_was_just_given_back_is_lent_again() -> None:
    async def scenario(servers: Servers) -> tuple[Lease, Lease, int]:
        first = await servers.lease(OWN)
        await servers.act(first, "stop")
        await servers.release(first)
        again = await servers.lease(OWN)
        return first, again, len([pid for pid in state_of(servers, "rabbitmq").pids if is_beam(pid)])

    first, again, nodes = with_servers(scenario)

    assert again.address == first.address
    assert again.environment != first.environment
    assert nodes == 1


def test_a_run_waits_until_another_one_gives_a_node_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbitmq, "NODES_MAX", 1)

    async def scenario(servers: Servers) -> tuple[Lease, bool, Lease]:
        first = await servers.lease(OWN)
        waiting = asyncio.create_task(servers.lease(OWN))
        await servers.act(first, "restart")  # takes long enough to be lent meanwhile what is not free
        had_to_wait = not waiting.done()
        await servers.release(first)
        return first, had_to_wait, await waiting

    first, had_to_wait, second = with_servers(scenario)

    assert had_to_wait
    assert second.address == first.address


def test_a_run_that_waited_in_vain_for_a_node_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbitmq, "NODES_MAX", 1)
    monkeypatch.setattr(rabbitmq, "NODE_WAIT_S", 0.01)

    async def scenario(servers: Servers) -> None:
        await servers.lease(OWN)
        with pytest.raises(RetryableError, match="All 1 RabbitMQ nodes are in use"):
            await servers.lease(OWN)

    with_servers(scenario)


def is_beam(pid: int) -> bool:
    """Whether this is a node's first process."""
    return b"beam.smp" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]


def test_a_shared_node_is_not_restarted_for_one_run() -> None:
    async def scenario(servers: Servers) -> None:
        lease = await servers.lease(SHARED)
        with pytest.raises(WorldError, match="own = true"):
            await servers.act(lease, "restart")

    with_servers(scenario)


def test_a_restart_keeps_durable_queues_and_drops_the_others_and_all_connections() -> None:
    async def scenario(servers: Servers) -> tuple[bool, dict[str, Queue]]:
        lease = await servers.lease(OWN)
        async with channel_to(url_of(lease, "AMQP_URL")) as channel:
            await channel.declare_queue("durable", durable=True)
            await channel.declare_queue("transient", durable=False)
            for name in ("durable", "transient"):
                await channel.default_exchange.publish(Message(b"kept", delivery_mode=2), name)
            await channel.default_exchange.publish(Message(b"lost", delivery_mode=1), "durable")
            await servers.act(lease, "restart")
            closed = await becomes(lambda: channel.is_closed)
        return closed, await client_of(lease, servers).queues()

    closed, queues = with_servers(scenario)

    assert closed
    assert queues == {"durable": Queue("durable", ready=1, unacked=0, consumers=0, durable=True)}


def test_a_check_sees_queues_exchanges_and_bindings_as_they_are() -> None:
    async def scenario(servers: Servers) -> None:
        lease = await servers.lease(SHARED)
        rabbit = client_of(lease, servers)
        async with channel_to(url_of(lease, "AMQP_URL")) as channel:
            await channel.set_qos(prefetch_count=2)
            exchange = await channel.declare_exchange("events", "topic", durable=True)
            queue = await channel.declare_queue("tasks.new")
            await queue.bind(exchange, "order.*")
            for number in range(5):
                await rabbit.publish(b"%d" % number, "order.new", exchange="events")
            await queue.consume(never_done)
            seen = await rabbit.becomes("tasks.new", ready=3, unacked=2)
            kinds = await rabbit.exchanges()
            bindings = await rabbit.bindings()
        after = await rabbit.becomes("tasks.new", ready=5)
        taken = await rabbit.take("tasks.new")
        await rabbit.close()

        assert seen == Queue("tasks.new", ready=3, unacked=2, consumers=1, durable=False)
        assert (kinds["events"].kind, kinds["events"].durable) == ("topic", True)
        assert bindings == [Binding("events", "tasks.new", "order.*")]
        assert after is not None
        assert (after.ready, after.consumers) == (5, 0)
        assert taken is not None
        assert taken.body == b"0"

    with_servers(scenario)


def test_what_a_check_cannot_do_because_of_the_program_is_a_failure_in_words() -> None:
    async def scenario(servers: Servers) -> list[str]:
        rabbit = client_of(await servers.lease(SHARED), servers)
        told = []
        for attempt in (
            rabbit.publish(b"", "nobody-has-declared-it"),
            rabbit.publish(b"", "key", exchange="nor-this"),
            rabbit.take("nor-that"),
        ):
            with pytest.raises(CheckFailed) as failure:
                await attempt
            told.append(failure.value.failure.message)
        await rabbit.close()
        return told

    told = with_servers(scenario)

    assert "no queue takes it" in told[0]
    assert "no exchange 'nor-this'" in told[1]
    assert "no queue 'nor-that'" in told[2]


def test_a_lost_node_is_told_to_checks_as_something_to_repeat() -> None:
    async def scenario(servers: Servers) -> None:
        lease = await servers.lease(OWN)
        rabbit = client_of(lease, servers)
        await rabbit.kill()
        with pytest.raises(RetryableError):
            await rabbit.queues()

    with_servers(scenario)


def test_a_program_that_floods_a_queue_harms_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbitmq_node, "QUEUE_BYTES_MAX", 1024 * 1024)

    async def scenario(servers: Servers) -> tuple[Queue | None, bytes]:
        lease, neighbour = await servers.lease(SHARED), await servers.lease(SHARED)
        async with channel_to(url_of(lease, "AMQP_URL")) as channel:
            await channel.declare_queue("flood")
            for _ in range(40):
                await channel.default_exchange.publish(Message(bytes(100_000)), "flood")
        flooded = await client_of(lease, servers).queue("flood")
        await servers.release(lease)
        async with channel_to(url_of(neighbour, "AMQP_URL")) as channel:
            queue = await channel.declare_queue("words")
            await channel.default_exchange.publish(Message(b"well"), "words")
            return flooded, (await queue.get()).body

    flooded, word = with_servers(scenario)

    assert flooded is not None
    assert flooded.ready <= 10
    assert word == b"well"


def test_a_program_has_bounded_connections_and_queues_and_checks_still_get_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbitmq_node, "CONNECTIONS_MAX", 2)
    monkeypatch.setattr(rabbitmq_node, "QUEUES_MAX", 3)

    async def scenario(servers: Servers) -> int:
        lease = await servers.lease(SHARED)
        url = url_of(lease, "AMQP_URL")
        async with channel_to(url) as channel, channel_to(url):
            with pytest.raises((AMQPError, OSError)):
                await connect(url, timeout=GENEROUS_S)
            for number in range(3):
                await channel.declare_queue(f"queue-{number}")
            with pytest.raises(AMQPError, match="queue limit"):
                await channel.declare_queue("one-more")
            rabbit = client_of(lease, servers)
            await rabbit.publish(b"let in", "queue-0")
            await rabbit.close()
            return len(await rabbit.queues())

    assert with_servers(scenario) == 3


def test_garbage_is_answered_by_the_broker_and_nothing_else_happens() -> None:
    async def scenario(servers: Servers) -> tuple[bytes, str]:
        lease = await servers.lease(SHARED)
        reader, writer = await asyncio.open_connection(lease.address.host, lease.address.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n" * 100)
        async with asyncio.timeout(GENEROUS_S):
            answer = await reader.read(8)
        writer.close()
        return answer, await servers.lost(lease)

    assert with_servers(scenario) == (b"AMQP\x00\x00\x09\x01", "")


def test_no_epmd_is_started_and_the_distribution_is_on_loopback() -> None:
    async def scenario(servers: Servers) -> list[str]:
        lease = await servers.lease(OWN)
        await servers.act(lease, "restart")
        mine = working_below(Path(lease.inside["control"]).parent.parent)
        return [name for pid in mine if "/epmd" in (name := Path(f"/proc/{pid}/cmdline").read_text())]

    assert with_servers(scenario) == []


def test_a_machine_without_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbitmq_node, "_version", lambda path: "")

    async def scenario(servers: Servers) -> None:
        await servers.lease(SHARED)

    with pytest.raises(ServerMissingError, match="rabbitmq-server"):
        with_servers(scenario)
