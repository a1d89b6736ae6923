"""Asks a run's RabbitMQ what is in its queues, and publishes and takes messages itself, past the door."""

import asyncio
import logging
import shlex
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firsthand.bench.clients.server import ServerClient
from firsthand.bench.failures import failed
from firsthand.core.deadlines import ticks
from firsthand.core.errors import RetryableError

if TYPE_CHECKING:  # it takes 0.2 s to import, and few checks need it
    from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage

LINES_BYTES_MAX = 1024 * 1024
WAIT_S = 5.0


@dataclass(frozen=True)
class Queue:
    """What a queue holds at this moment."""

    name: str
    ready: int
    """Messages that wait for a consumer."""
    unacked: int
    """Messages that were delivered and not yet acknowledged."""
    consumers: int
    durable: bool


@dataclass(frozen=True)
class Exchange:
    """An exchange of the run's virtual host; the default exchange has no name."""

    name: str
    kind: str
    """`direct`, `fanout`, `topic` or `headers`."""
    durable: bool


@dataclass(frozen=True)
class Binding:
    """From an exchange to a queue (or another exchange). Every queue is bound to the default exchange by its name."""

    exchange: str
    queue: str
    key: str


class Rabbit(ServerClient):
    """`await rabbit.queue("tasks")`, `await rabbit.publish(b"...", "tasks")`.

    Numbers are asked of the queues themselves: they are never seconds old, as those of the management site are.
    """

    _connection: "AbstractConnection | None" = None
    _channel: "AbstractChannel | None" = None

    @property
    def url(self) -> str:
        """What the program would find in AMQP_URL were there no door."""
        return self.lease.environment_at(self.address)["AMQP_URL"]

    @property
    def management(self) -> str:
        """The URL of the management site, for its HTTP API; the program's user sees its own virtual host."""
        return self.lease.inside["management"]

    async def queues(self) -> dict[str, Queue]:
        """All queues, by name.

        Raises:
            RetryableError: the server is gone.
        """
        rows = [
            Queue(_text(row[0]), int(row[1]), int(row[2]), int(row[3]), row[4] == "true")
            for row in await self._ask("queues")
        ]
        return {queue.name: queue for queue in rows}

    async def queue(self, name: str) -> Queue | None:
        """What this queue holds now; None where there is no such queue."""
        return (await self.queues()).get(name)

    async def becomes(self, name: str, within_s: float = WAIT_S, **expected: int) -> Queue | None:
        """Wait until a queue is as expected, such as `ready=0, unacked=0`; what it was when last seen.

        It does not fail when the time is over: the check says what it expects of what is returned.
        """
        seen = None
        async for _ in ticks(self.deadline.earlier(within_s)):
            seen = await self.queue(name)
            if seen and all(getattr(seen, key) == value for key, value in expected.items()):
                break
        return seen

    async def exchanges(self) -> dict[str, Exchange]:
        """All exchanges, by name, those that every virtual host has included."""
        rows = [Exchange(_text(row[0]), row[1], row[2] == "true") for row in await self._ask("exchanges")]
        return {exchange.name: exchange for exchange in rows}

    async def bindings(self) -> list[Binding]:
        """All bindings that were made; not those of the default exchange."""
        rows = [Binding(*map(_text, row)) for row in await self._ask("bindings")]
        return [binding for binding in rows if binding.exchange]

    async def publish(
        self,
        body: bytes,
        key: str,
        *,
        exchange: str = "",
        headers: Mapping[str, str | int] | None = None,
        message_id: str | None = None,
        persistent: bool = True,
    ) -> None:
        """Publish a message, and wait until the broker has confirmed it.

        Raises:
            CheckFailed: the broker refuses it, as when there is no such exchange, or no queue takes it.
            RetryableError: the server is gone.
        """
        from aio_pika import DeliveryMode, Message
        from aio_pika.exceptions import AMQPError, DeliveryError

        mode = DeliveryMode.PERSISTENT if persistent else DeliveryMode.NOT_PERSISTENT
        message = Message(body, delivery_mode=mode, headers=dict(headers or {}), message_id=message_id)
        try:
            async with self.in_time("to take a message of ours"):
                channel = await self.channel()
                target = channel.default_exchange if not exchange else await channel.get_exchange(exchange)
                await target.publish(message, key)
        except DeliveryError as error:
            raise failed(
                f"RabbitMQ returned the message that we published with the key {key!r}: no queue takes it.",
                remark="Does the program declare its queue, and bind it, before it is ready?",
            ) from error
        except AMQPError as error:
            raise await self._refused(error, f"a message for the exchange {exchange!r}") from error
        except OSError as error:
            raise await self._gone(error) from error

    async def take(self, queue: str) -> "AbstractIncomingMessage | None":
        """Take the next message of a queue and acknowledge it; None where none is ready.

        Raises:
            CheckFailed: there is no such queue.
            RetryableError: the server is gone.
        """
        from aio_pika.exceptions import AMQPError

        try:
            async with self.in_time("to hand out a message"):
                channel = await self.channel()
                found = await channel.get_queue(queue)
                return await found.get(no_ack=True, fail=False)
        except AMQPError as error:
            raise await self._refused(error, f"a message of the queue {queue!r}") from error
        except OSError as error:
            raise await self._gone(error) from error

    async def channel(self) -> "AbstractChannel":
        """A channel of aio_pika, for what there are no words for here. Its errors are yours to handle."""
        if self._channel is None or self._channel.is_closed:
            from aio_pika import connect

            for chatty in ("aiormq", "aio_pika"):  # a restarted broker is what checks are about, not a warning
                logging.getLogger(chatty).setLevel(logging.CRITICAL + 1)
            if self._connection is None or self._connection.is_closed:
                self._connection = await connect(self.lease.inside["url"], timeout=self.deadline.left_s)
            self._channel = await self._connection.channel(on_return_raises=True)
        return self._channel

    def reproduce(self) -> list[str]:
        """The command that shows the queues while the program runs."""
        url = shlex.quote(f"{self.management}/api/queues?columns=name,messages_ready,messages_unacknowledged,consumers")
        return [f"curl -s {url}"]

    async def close(self) -> None:
        """Let the connection go."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            await connection.close()

    async def _ask(self, what: str) -> list[list[str]]:
        try:
            async with self.in_time("to tell what it holds"):
                reader, writer = await asyncio.open_unix_connection(self.lease.inside["control"], limit=LINES_BYTES_MAX)
                try:
                    writer.write(f"{what} {self.lease.inside['vhost']}\n".encode())
                    lines = (await reader.read(-1)).decode("ascii", "replace").splitlines()
                finally:
                    writer.close()
        except OSError as error:
            raise await self._gone(error) from error
        if not lines or lines.pop() != "done":
            raise await self._gone(RetryableError(f"its {what} are not told"))
        return [line.split(" ") for line in lines]

    async def _refused(self, error: Exception, what: str) -> Exception:
        if why := await self._leases.lost(self.lease):
            return RetryableError(why)
        await self.close()
        return failed(f"RabbitMQ refuses {what}: {error}.", remark="Is it declared as the brief says?")

    async def _gone(self, error: Exception) -> Exception:
        self._connection = self._channel = None
        return await self.lost(error)


def _text(word: str) -> str:
    return b64decode(word).decode("utf-8", "backslashreplace")
