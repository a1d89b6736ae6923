"""AMQP methods are told with their contents, and what became of publishes and deliveries."""

from collections.abc import Iterable

import pamqp.body
import pamqp.commands as c
import pamqp.frame
import pamqp.header
import pytest

from firsthand.bench.decoders import amqp_exchanges
from firsthand.bench.decoders.amqp import (
    ASSEMBLED_MAX,
    BODY_KEPT_BYTES_MAX,
    FRAME_BYTES_MAX,
    METHOD_BYTES_MAX,
    METHOD_READ_BYTES_MAX,
    AmqpConversation,
    AmqpMessage,
)
from firsthand.bench.decoders.amqp_exchanges import AmqpExchanges, Call, Delivery, Publish
from firsthand.bench.decoders.exchange import Exchange

HELLO = b"AMQP\0\0\x09\x01"


def frame(method: pamqp.frame.FrameTypes, channel: int = 1) -> bytes:
    return pamqp.frame.marshal(method, channel)


def content(body: bytes, channel: int = 1, **properties: object) -> bytes:
    header = pamqp.header.ContentHeader(0, len(body), c.Basic.Properties(**properties))  # type: ignore[arg-type]
    bodies = [body[i : i + 100_000] for i in range(0, len(body), 100_000)]
    return frame(header, channel) + b"".join(frame(pamqp.body.ContentBody(piece), channel) for piece in bodies)


def publish(body: bytes, key: str = "jobs", channel: int = 1, *, mandatory: bool = False) -> bytes:
    return frame(c.Basic.Publish(exchange="", routing_key=key, mandatory=mandatory), channel) + content(body, channel)


def deliver(tag: int, body: bytes = b"x", consumer: str = "w1", *, redelivered: bool = False) -> bytes:
    return frame(c.Basic.Deliver(consumer, tag, redelivered, "", "jobs")) + content(body)


def talk(*pieces: tuple[str, bytes]) -> list[AmqpMessage]:
    conversation = AmqpConversation()
    conversation.sent(HELLO)
    said = [conversation.sent(data) if way == ">" else conversation.received(data) for way, data in pieces]
    return [message for messages in [*said, conversation.end()] for message in messages]


def exchanges(*pieces: tuple[str, bytes]) -> list[Exchange]:
    pairs = AmqpExchanges()
    return [done for message in talk(*pieces) for done in pairs.add(message)] + pairs.end()


def publishes(found: Iterable[Exchange]) -> list[Publish]:
    return [one for one in found if isinstance(one, Publish)]


def deliveries(found: Iterable[Exchange]) -> list[Delivery]:
    return [one for one in found if isinstance(one, Delivery)]


CONFIRM = (">", frame(c.Confirm.Select())), ("<", frame(c.Confirm.SelectOk()))
CONSUME = (">", frame(c.Basic.Consume(queue="jobs", consumer_tag=""))), ("<", frame(c.Basic.ConsumeOk("w1")))


@pytest.mark.parametrize(
    ("method", "told"),
    [
        (
            c.Exchange.Declare(exchange="jobs", exchange_type="topic", durable=True),
            'exchange.declare exchange "jobs", exchange type "topic", durable',
        ),
        (
            c.Queue.Declare(queue="late", auto_delete=True, arguments={"x-max-length": 9, "x-overflow": "drop-head"}),
            'queue.declare queue "late", auto-delete, x-max-length 9, x-overflow "drop-head"',
        ),
        (c.Basic.Qos(prefetch_count=1, global_=True), "basic.qos prefetch count 1, global"),
        (c.Basic.Consume(queue="jobs", no_ack=True), 'basic.consume queue "jobs", no-ack'),
    ],
)
def test_what_a_queue_or_consumer_was_asked_to_be_like_is_told(method: pamqp.frame.FrameTypes, told: str) -> None:
    assert [message.summary for message in talk((">", frame(method)))] == [told]


def test_what_is_to_survive_is_told_to_be_persistent() -> None:
    sent = frame(c.Basic.Publish(routing_key="jobs", mandatory=True)) + content(b"ab", delivery_mode=2)
    assert talk((">", sent))[0].summary == 'publish "jobs" -> exchange "" (2 bytes, mandatory, persistent)'


def test_method_header_and_bodies_are_one_message() -> None:
    sent = frame(c.Basic.Publish(exchange="orders", routing_key="order.created"))
    sent += content(b"ab" * 100_000, content_type="text/plain", headers={"attempt": 1, "more": {"x": [1, "y"]}})
    (message,) = talk((">", sent))

    assert (message.kind, message.method, message.channel) == ("publish", "basic.publish", 1)
    assert (message.exchange, message.routing_key) == ("orders", "order.created")
    assert message.properties["headers"] == {"attempt": 1, "more": {"x": [1, "y"]}}
    assert (message.body_size, len(message.body)) == (200_000, BODY_KEPT_BYTES_MAX)
    assert (message.start, message.size) == (len(HELLO), len(sent))
    assert message.summary == 'publish "order.created" -> exchange "orders" (200000 bytes)'


def test_contents_of_several_channels_come_interleaved() -> None:
    one, two = publish(b"one", channel=1), publish(b"two", channel=2)
    cut = len(frame(c.Basic.Publish(exchange="", routing_key="jobs")))
    messages = talk((">", one[:cut] + two[:cut] + one[cut:] + two[cut:]))

    assert [(m.channel, m.body) for m in messages] == [(1, b"one"), (2, b"two")]


def test_a_password_is_not_kept() -> None:
    (message,) = talk((">", frame(c.Connection.StartOk(mechanism="PLAIN", response="\0learner\0hunter2"), 0)))

    assert message.method == "connection.start-ok"
    assert message.arguments == {"mechanism": "PLAIN", "locale": "en_US"}
    assert "hunter2" not in repr(message)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01",
        b"\x01\0\1" + (METHOD_BYTES_MAX + 1).to_bytes(4, "big"),
        b"\x03\0\1" + (FRAME_BYTES_MAX + 1).to_bytes(4, "big"),
        b"\x08\0\0\0\0\0\1x\xce",
        frame(c.Channel.Open())[:-1] + b"\0",
        b"\x03\0\1\0\0\0\1x\0",
    ],
)
def test_what_is_no_frame_is_raw_from_there(garbage: bytes) -> None:
    messages = talk((">", frame(c.Channel.Open()) + garbage), (">", frame(c.Channel.Close(200, "", 0, 0))))

    assert messages[0].method == "channel.open"
    assert messages[-1].raw
    assert messages[-1].data.endswith(frame(c.Channel.Close(200, "", 0, 0)))


def test_a_client_of_another_version_is_told_and_then_raw() -> None:
    conversation = AmqpConversation()
    said = [*conversation.sent(b"AMQP\0\1\0\0more"), *conversation.received(HELLO), *conversation.end()]

    assert [(m.direction, m.summary) for m in said] == [
        ("sent", "AMQP 1.0.0"),
        ("received", "AMQP 0.9.1"),
        ("sent", '4 bytes "more"'),
    ]


def test_what_pamqp_cannot_read_is_told_and_the_next_frame_is_read() -> None:
    unknown = b"\x01\0\1\0\0\0\4\xff\xff\xff\xff\xce"
    deep = b"\x01\0\1" + (payload := b"\0\x32\0\x0a" + b"\xff" * METHOD_READ_BYTES_MAX).__len__().to_bytes(4, "big")
    messages = talk((">", unknown + deep + payload + b"\xce" + frame(c.Channel.Open())))

    assert [(m.kind, m.method) for m in messages] == [("method", ""), ("method", ""), ("method", "channel.open")]


def test_tables_nested_without_end_are_taken() -> None:
    table = b""
    for _ in range(2_000):
        table = b"\1aF" + len(table).to_bytes(4, "big") + table
    payload = b"\0\x32\0\x0a\0\0\1q\0" + len(table).to_bytes(4, "big") + table
    messages = talk((">", b"\x01\0\1" + len(payload).to_bytes(4, "big") + payload + b"\xce"))

    assert [m.kind for m in messages] == ["method"]


def test_contents_that_never_come_are_told_as_incomplete() -> None:
    begun = frame(c.Basic.Publish(exchange="", routing_key="jobs"))
    assert [(m.kind, m.method) for m in talk((">", begun + frame(c.Channel.Close(200, "", 0, 0))))] == [
        ("incomplete", "basic.publish"),
        ("method", "channel.close"),
    ]
    many = talk((">", b"".join(frame(c.Basic.Publish(), i) for i in range(1, ASSEMBLED_MAX + 2))))
    assert (many[0].kind, many[0].channel, len(many)) == ("incomplete", 1, ASSEMBLED_MAX + 1)


def test_content_without_a_method_is_told() -> None:
    assert [m.kind for m in talk((">", content(b"lost")))] == ["content", "content"]


def test_a_call_is_paired_with_its_reply_on_its_channel() -> None:
    declare = frame(c.Queue.Declare(queue="jobs"), 1), frame(c.Queue.Declare(queue="other"), 2)
    found = exchanges(
        (">", declare[0] + declare[1]),
        ("<", frame(c.Queue.DeclareOk("other", 0, 0), 2) + frame(c.Queue.DeclareOk("jobs", 3, 1), 1)),
    )

    assert [(one.ok, one.summary) for one in found] == [
        (True, 'queue.declare queue "other"  → queue.declare-ok'),
        (True, 'queue.declare queue "jobs"  → queue.declare-ok'),
    ]


def test_a_refused_call_says_why() -> None:
    found = exchanges(
        (">", frame(c.Queue.Declare(queue="jobs"))), ("<", frame(c.Channel.Close(406, "PRECONDITION_FAILED", 50, 10)))
    )

    assert isinstance(found[0], Call)
    assert (found[0].ok, found[0].reply_code, found[0].reply_text) == (False, 406, "PRECONDITION_FAILED")


def test_confirms_are_counted_as_the_broker_counts_them() -> None:
    found = publishes(
        exchanges(
            (">", publish(b"before")),
            *CONFIRM,
            (">", publish(b"1") + publish(b"2") + publish(b"3") + publish(b"4")),
            ("<", frame(c.Basic.Ack(2, multiple=True)) + frame(c.Basic.Nack(3))),
        )
    )

    assert [(p.body, p.confirmed, p.ok) for p in found] == [
        (b"before", "", True),
        (b"1", "ack", True),
        (b"2", "ack", True),
        (b"3", "nack", False),
        (b"4", "", False),
    ]


def test_a_message_that_no_queue_wants_is_told_as_returned() -> None:
    returned = frame(c.Basic.Return(312, "NO_ROUTE", "", "nowhere")) + content(b"2")
    (one, two) = publishes(
        exchanges(
            *CONFIRM,
            (">", publish(b"1") + publish(b"2", "nowhere", mandatory=True)),
            ("<", returned + frame(c.Basic.Ack(2, multiple=True))),
        )
    )

    assert (one.returned, two.returned, two.ok) == (False, True, False)


def test_deliveries_are_told_with_their_queue_and_how_they_were_settled() -> None:
    found = deliveries(
        exchanges(
            *CONSUME,
            ("<", b"".join(deliver(tag) for tag in range(1, 6)) + deliver(6, redelivered=True)),
            (">", frame(c.Basic.Nack(3, requeue=True)) + frame(c.Basic.Ack(2, multiple=True))),
            (">", frame(c.Basic.Reject(4, requeue=False)) + frame(c.Basic.Ack(99))),
        )
    )

    assert [(d.delivery_tag, d.settled, d.requeued, d.redelivered) for d in found] == [
        (3, "nack", True, False),
        (1, "ack", False, False),
        (2, "ack", False, False),
        (4, "reject", False, False),
        (5, "", False, False),
        (6, "", False, True),
    ]
    assert {d.queue for d in found} == {"jobs"}


def test_what_needs_no_acknowledgement_is_settled_at_once() -> None:
    found = deliveries(
        exchanges(
            (">", frame(c.Basic.Consume(queue="jobs", consumer_tag="w1", no_ack=True, nowait=True))),
            ("<", deliver(1)),
            (">", frame(c.Basic.Get(queue="other", no_ack=True))),
            ("<", frame(c.Basic.GetOk(2, False, "", "jobs", 0)) + content(b"got")),
        )
    )

    assert [(d.queue, d.body, d.settled) for d in found] == [("jobs", b"x", "auto"), ("other", b"got", "auto")]


def test_what_is_got_is_told_with_its_queue_when_it_is_acknowledged() -> None:
    got = frame(c.Basic.GetOk(1, False, "", "k", 0)) + content(b"")
    found = exchanges((">", frame(c.Basic.Get(queue="jobs"))), ("<", got), (">", frame(c.Basic.Ack(1))))

    assert [(d.queue, d.settled) for d in deliveries(found)] == [("jobs", "ack")]
    assert len(found) == 1


def test_a_closed_channel_leaves_deliveries_unsettled_and_begins_anew() -> None:
    found = deliveries(
        exchanges(
            *CONSUME,
            ("<", deliver(1)),
            (">", frame(c.Channel.Close(200, "", 0, 0))),
            ("<", frame(c.Channel.CloseOk())),
            *CONSUME,
            ("<", deliver(1, b"again")),
            (">", frame(c.Basic.Ack(0, multiple=True))),
        )
    )

    assert [(d.body, d.settled) for d in found] == [(b"x", ""), (b"again", "ack")]


def test_unsettled_messages_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amqp_exchanges, "UNSETTLED_MAX", 2)
    monkeypatch.setattr(amqp_exchanges, "UNSETTLED_BYTES_MAX", 5)
    pairs, conversation = AmqpExchanges(), AmqpConversation()
    early = [
        done
        for m in conversation.received(b"".join(deliver(tag, b"abcd") for tag in (1, 2, 3)))
        for done in pairs.add(m)
    ]
    late = pairs.end()

    assert [(d.delivery_tag, d.body) for d in deliveries(early)] == [(1, b"abcd")]
    assert [(d.delivery_tag, d.body, d.body_size) for d in deliveries(late)] == [(2, b"", 4), (3, b"", 4)]
