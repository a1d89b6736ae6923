"""What came of AMQP calls, published messages and deliveries: replies, confirms, acknowledgements."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from firsthand.bench.decoders.amqp import AmqpMessage
from firsthand.bench.decoders.exchange import Exchange
from firsthand.bench.decoders.message import line, shape_line
from firsthand.core.limits import MIB

UNSETTLED_MAX = 5_000
"""Of one channel: publishes without confirm, deliveries without ack, calls without reply; the oldest are told."""
UNSETTLED_BYTES_MAX = 16 * MIB
"""Bodies of those of a connection; of more messages the bodies are not kept."""
CHANNELS_MAX = 2_047
"""As RabbitMQ allows on one connection."""

Settled = Literal["", "ack", "nack", "reject", "auto", "recover"]

_VARYING = re.compile(r"amq\.(?:gen|ctag)-[\w-]+|ctag\d+\.[0-9a-f]+|[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|\d+")


@dataclass(frozen=True, kw_only=True)
class Call(Exchange):
    """A method that wants a reply, such as `queue.declare`."""

    method: str
    reply: str = ""
    """The method that answered; `channel.close` where the call was refused."""
    reply_code: int = 0
    reply_text: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Publish(Exchange):
    """A message that was published."""

    exchange: str
    routing_key: str
    body: bytes
    body_size: int
    properties: Mapping[str, Any] = field(default_factory=dict)
    mandatory: bool = False
    confirmed: Literal["", "ack", "nack"] = ""
    """What the broker said, "" where it was not asked to or did not."""
    returned: bool = False
    """It came back because no queue wanted it; known where confirms are on."""


@dataclass(frozen=True, kw_only=True)
class Delivery(Exchange):
    """A message that was delivered to a consumer, or got."""

    queue: str
    consumer_tag: str
    exchange: str
    routing_key: str
    delivery_tag: int
    redelivered: bool
    body: bytes
    body_size: int
    properties: Mapping[str, Any] = field(default_factory=dict)
    settled: Settled = ""
    """"" where the client never said; auto where it need not."""
    requeued: bool = False


class _Channel:
    def __init__(self) -> None:
        self.calls: deque[AmqpMessage] = deque()
        self.confirming = False
        self.published = 0
        """The number of the last publish, as confirms count."""
        self.unconfirmed: dict[int, tuple[AmqpMessage, bool]] = {}
        self.delivered: dict[int, AmqpMessage] = {}
        self.queues: dict[str, str] = {}
        """By consumer tag; of what is got, by its delivery tag."""
        self.unacknowledged: set[str] = set()
        """Consumers that need not acknowledge."""


class AmqpExchanges:
    """Pairs the messages of one connection."""

    def __init__(self) -> None:
        """A connection on which nothing has been said."""
        self._channels: dict[int, _Channel] = {}
        self._held_bytes = 0
        self._done: list[Exchange] = []

    def add(self, message: AmqpMessage) -> list[Exchange]:
        """Take the next message; returns what is over with it."""
        channel = self._channel(message.channel)
        by_client = message.direction == "sent"
        match message.kind:
            case "publish":
                self._publish(channel, message)
            case "deliver" | "got":
                self._deliver(channel, message)
            case "return":
                self._mark_returned(channel, message)
            case "ack" | "nack" | "reject":
                (self._settle if by_client else self._confirm)(channel, message)
            case "method":
                self._method(channel, message)
        return self._handed_out()

    def end(self) -> list[Exchange]:
        """Nothing more comes; returns what was never answered, confirmed or acknowledged."""
        for channel in self._channels.values():
            self._close(channel, None)
        self._channels.clear()
        return self._handed_out()

    def _channel(self, number: int) -> _Channel:
        if number not in self._channels and len(self._channels) > CHANNELS_MAX:
            self._close(self._channels.pop(next(iter(self._channels))), None)
        return self._channels.setdefault(number, _Channel())

    def _method(self, channel: _Channel, message: AmqpMessage) -> None:
        method = message.method
        if method.endswith("-ok") or method == "basic.get-empty":
            self._reply(channel, message)
        elif message.synchronous and not message.arguments.get("nowait"):
            self._refuse(channel, message)
            channel.calls.append(message)
            if len(channel.calls) > UNSETTLED_MAX:
                self._say_call(channel.calls.popleft(), None)
        elif method:
            self._say_call(message, None, wants_reply=False)
        if method == "confirm.select":
            channel.confirming = True
        elif method == "basic.consume" and message.consumer_tag:
            self._remember_consumer(channel, message.consumer_tag, message)

    def _refuse(self, channel: _Channel, message: AmqpMessage) -> None:
        """The server closes a channel, or all, for an error: what waits there for a reply gets none."""
        if message.direction == "sent" or message.method not in ("channel.close", "connection.close"):
            return
        several = [channel] if message.method == "channel.close" else list(self._channels.values())
        for one in several:
            while one.calls:
                self._say_call(one.calls.popleft(), message, refused=True)

    def _reply(self, channel: _Channel, message: AmqpMessage) -> None:
        asked = message.method.removesuffix("-ok").removesuffix("-empty")
        call = next((one for one in channel.calls if one.method == asked and one.direction != message.direction), None)
        if call is None:
            return
        channel.calls.remove(call)
        if asked == "basic.consume":
            self._remember_consumer(channel, message.consumer_tag, call)
        elif asked == "basic.recover":
            self._settle_each(channel, list(channel.delivered), "recover", message)
        self._say_call(call, message)
        if asked == "channel.close":
            self._close(self._channels.pop(message.channel, channel), None)

    def _remember_consumer(self, channel: _Channel, tag: str, asked: AmqpMessage) -> None:
        if len(channel.queues) < UNSETTLED_MAX:
            channel.queues[tag] = asked.queue
            (channel.unacknowledged.add if asked.arguments.get("no_ack") else channel.unacknowledged.discard)(tag)

    def _publish(self, channel: _Channel, message: AmqpMessage) -> None:
        if not channel.confirming:
            self._say_publish(message, None)
            return
        channel.published += 1
        channel.unconfirmed[channel.published] = (self._held(message), False)
        if len(channel.unconfirmed) > UNSETTLED_MAX:
            oldest, returned = channel.unconfirmed.pop(next(iter(channel.unconfirmed)))
            self._say_publish(oldest, None, returned=returned, wanted=True)

    def _held(self, message: AmqpMessage) -> AmqpMessage:
        """The message as it is kept while it is not settled."""
        if self._held_bytes + len(message.body) > UNSETTLED_BYTES_MAX:
            message = replace(message, body=b"")
        self._held_bytes += len(message.body)
        return message

    def _mark_returned(self, channel: _Channel, message: AmqpMessage) -> None:
        for number, (published, returned) in channel.unconfirmed.items():
            same = (published.exchange, published.routing_key) == (message.exchange, message.routing_key)
            if same and not returned and published.arguments.get("mandatory"):
                channel.unconfirmed[number] = (published, True)
                return

    def _confirm(self, channel: _Channel, message: AmqpMessage) -> None:
        for number in _tags(channel.unconfirmed, message):
            published, returned = channel.unconfirmed.pop(number)
            self._say_publish(published, message, returned=returned, wanted=True)

    def _deliver(self, channel: _Channel, message: AmqpMessage) -> None:
        if message.kind == "got":
            call = next((one for one in channel.calls if one.method == "basic.get"), None)
            if call:
                channel.calls.remove(call)
            queue, free = (call.queue, bool(call.arguments.get("no_ack"))) if call else ("", False)
            if not free and len(channel.queues) < UNSETTLED_MAX:
                channel.queues[f"#{message.delivery_tag}"] = queue
        else:
            queue, free = channel.queues.get(message.consumer_tag, ""), message.consumer_tag in channel.unacknowledged
        if free:
            self._say_delivery(message, queue, "auto", None)
            return
        channel.delivered[message.delivery_tag] = self._held(message)
        if len(channel.delivered) > UNSETTLED_MAX:
            self._settle_each(channel, [next(iter(channel.delivered))], "", None)

    def _settle(self, channel: _Channel, message: AmqpMessage) -> None:
        settled: dict[str, Settled] = {"ack": "ack", "nack": "nack", "reject": "reject"}
        self._settle_each(channel, _tags(channel.delivered, message), settled[message.kind], message)

    def _settle_each(self, channel: _Channel, tags: list[int], settled: Settled, by: AmqpMessage | None) -> None:
        for tag in tags:
            delivered = channel.delivered.pop(tag)
            self._held_bytes -= len(delivered.body)
            got = channel.queues.pop(f"#{tag}", "")
            self._say_delivery(delivered, got or channel.queues.get(delivered.consumer_tag, ""), settled, by)

    def _close(self, channel: _Channel, by: AmqpMessage | None) -> None:
        for published, returned in channel.unconfirmed.values():
            self._say_publish(published, None, returned=returned, wanted=True)
        self._settle_each(channel, list(channel.delivered), "", by)
        for call in channel.calls:
            self._say_call(call, None)

    def _say_call(
        self, call: AmqpMessage, reply: AmqpMessage | None, *, refused: bool = False, wants_reply: bool = True
    ) -> None:
        code, text = (
            (int(_said(reply, "reply_code") or 0), str(_said(reply, "reply_text") or "")) if refused else (0, "")
        )
        came = f"{code} {text}" if refused else reply.method if reply else "no answer" if wants_reply else ""
        name = call.queue or call.exchange or call.consumer_tag
        self._done.append(
            Call(
                protocol="amqp",
                shape=shape_line(_VARYING.sub("*", f'{call.method} "{name}"' if name else call.method)),
                summary=line(f"{call.summary}  → {came}" if came else call.summary),
                ok=not refused and (reply is not None or not wants_reply),
                began=call.at,
                ended=reply.at if reply else call.at,
                request=call,
                replies=(reply,) if reply else (),
                method=call.method,
                reply=reply.method if reply else "",
                reply_code=code,
                reply_text=text,
                arguments=call.arguments,
            )
        )

    def _say_publish(
        self, published: AmqpMessage, reply: AmqpMessage | None, *, returned: bool = False, wanted: bool = False
    ) -> None:
        self._held_bytes -= len(published.body) if wanted else 0
        confirmed: Literal["", "ack", "nack"] = "" if reply is None else "ack" if reply.kind == "ack" else "nack"
        came = f"  → {confirmed or 'not confirmed'}{', returned' if returned else ''}" if wanted else ""
        self._done.append(
            Publish(
                protocol="amqp",
                shape=shape_line(_VARYING.sub("*", f'publish "{published.routing_key}" -> "{published.exchange}"')),
                summary=line(published.summary + came),
                ok=not returned and (confirmed == "ack" or not wanted),
                began=published.at,
                ended=reply.at if reply else published.at,
                request=published,
                replies=(reply,) if reply else (),
                exchange=published.exchange,
                routing_key=published.routing_key,
                body=published.body,
                body_size=published.body_size,
                properties=published.properties,
                mandatory=bool(published.arguments.get("mandatory")),
                confirmed=confirmed,
                returned=returned,
            )
        )

    def _say_delivery(self, delivered: AmqpMessage, queue: str, settled: Settled, by: AmqpMessage | None) -> None:
        requeued = settled == "recover" or (settled in ("nack", "reject") and bool(_said(by, "requeue")))
        came = f"{settled or 'not acknowledged'}{', requeued' if requeued else ''}"
        self._done.append(
            Delivery(
                protocol="amqp",
                shape=shape_line(_VARYING.sub("*", f'deliver from "{queue}"')),
                summary=line(f"{delivered.summary}  → {came}"),
                ok=settled in ("ack", "auto"),
                began=delivered.at,
                ended=by.at if by else delivered.at,
                request=delivered,
                replies=(by,) if by else (),
                queue=queue,
                consumer_tag=delivered.consumer_tag,
                exchange=delivered.exchange,
                routing_key=delivered.routing_key,
                delivery_tag=delivered.delivery_tag,
                redelivered=delivered.redelivered,
                body=delivered.body,
                body_size=delivered.body_size,
                properties=delivered.properties,
                settled=settled,
                requeued=requeued,
            )
        )

    def _handed_out(self) -> list[Exchange]:
        done, self._done = self._done, []
        return done


def _tags(waiting: Mapping[int, object], message: AmqpMessage) -> list[int]:
    """Which of the waiting ones an ack is for; 0 with `multiple` means all."""
    tag = message.delivery_tag
    if message.multiple:
        return [one for one in waiting if one <= tag or tag == 0]
    return [tag] if tag in waiting else []


def _said(message: AmqpMessage | None, name: str) -> Any:
    return message.arguments.get(name) if message else None
