"""Commands and replies of Redis are understood in both versions of its protocol, and paired."""

import math

import pytest

from firsthand.bench.decoders.message import OUTSTANDING_MAX
from firsthand.bench.decoders.resp import LINE_BYTES_MAX, RespConversation, RespMessage
from firsthand.bench.decoders.resp_commands import CommandDone, Commands, shape_of
from firsthand.bench.decoders.resp_values import (
    BULK_BYTES_MAX,
    DEPTH_MAX,
    ELEMENTS_KEPT_MAX,
    VALUE_BYTES_KEPT_MAX,
    RespError,
    Value,
)


def command(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def talk(*pieces: tuple[str, bytes]) -> list[RespMessage]:
    conversation = RespConversation()
    said = [conversation.sent(data) if way == ">" else conversation.received(data) for way, data in pieces]
    return [message for messages in [*said, conversation.end()] for message in messages]


def commands(*pieces: tuple[str, bytes]) -> list[CommandDone]:
    pairs = Commands()
    return [done for message in talk(*pieces) for done in pairs.add(message)] + pairs.end()


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"+OK\r\n", "OK"),
        (b":-7\r\n", -7),
        (b"$-1\r\n", None),
        (b"*-1\r\n", None),
        (b"_\r\n", None),
        (b"$0\r\n\r\n", b""),
        (b"$4\r\n\r\n\r\n\r\n", b"\r\n\r\n"),
        (b"*0\r\n", ()),
        (b"*2\r\n*1\r\n:1\r\n$1\r\nx\r\n", ((1,), b"x")),
        (b"#t\r\n", True),
        (b",1.5\r\n", 1.5),
        (b",-inf\r\n", -math.inf),
        (b",nan\r\n", math.nan),
        (b"(3492890328409238509324850943850943825024385\r\n", 3492890328409238509324850943850943825024385),
        (b"=15\r\ntxt:Some string\r\n", b"Some string"),
        (b"~2\r\n:1\r\n:2\r\n", (1, 2)),
        (b"%1\r\n+a\r\n:1\r\n", {"a": 1}),
        (b"%1\r\n%0\r\n:1\r\n", (({}, 1),)),
        (b"|1\r\n+ttl\r\n:9\r\n*2\r\n|1\r\n+a\r\n+b\r\n:1\r\n:2\r\n", (1, 2)),
        (b"-ERR no\r\n", RespError("ERR no")),
        (b"!6\r\nERR no\r\n", RespError("ERR no")),
    ],
)
def test_a_reply_of_each_type_becomes_a_value(data: bytes, value: Value) -> None:
    reply = talk((">", b"GET x\r\n"), ("<", data))[1]

    assert (reply.value,) == (value,)
    assert (reply.start, reply.end) == (0, len(data))
    assert reply.answers is not None
    assert reply.answers.words == (b"GET", b"x")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"PING\n", (b"PING",)),
        (b'set "a b" \'c"d\' "\\x41\\n\\q" e\r\n', (b"set", b"a b", b'c"d', b"A\nq", b"e")),
        (b"\r\n  \nPING\r\n", (b"PING",)),
    ],
)
def test_what_somebody_types_is_a_command(line: bytes, words: tuple[bytes, ...]) -> None:
    assert [(m.words, m.start) for m in talk((">", line))] == [(words, 0)]


@pytest.mark.parametrize(
    "words",
    [
        (b"AUTH", b"hunter2"),
        (b"auth", b"learner", b"hunter2"),
        (b"HELLO", b"3", b"auth", b"default", b"hunter2", b"SETNAME", b"x"),
        (b"CONFIG", b"SET", b"maxmemory", b"1", b"requirepass", b"hunter2"),
    ],
)
def test_a_password_is_not_kept(words: tuple[bytes, ...]) -> None:
    (message,) = talk((">", command(*words)))

    assert "hunter2" not in repr(message)
    assert len(message.words) == len(words)
    assert "(not shown)" in message.summary


@pytest.mark.parametrize(
    "garbage",
    [
        b"*1\r\n$x\r\n",
        b"*1\r\n:1\r\n",
        b"*1\r\n*1\r\n$1\r\nx\r\n",
        b"*1\r\n$-1\r\n",
        b"*1\r\n$%d\r\n" % (BULK_BYTES_MAX + 1),
        b"*1\r\n$1\r\nxyz",
        b"\x16\x03\x01\x02\n",
        b"x" * LINE_BYTES_MAX,
    ],
)
def test_what_no_server_would_take_is_raw_from_there(garbage: bytes) -> None:
    messages = talk((">", b"PING\r\n" + garbage), (">", b"PING\r\n"))

    assert messages[0].words == (b"PING",)
    assert [m.kind for m in messages if m.kind == "command"] == ["command"]
    assert messages[-1].raw
    assert messages[-1].data.endswith(b"PING\r\n")


def test_a_reply_deeper_than_any_server_makes_it_is_raw() -> None:
    fine = talk(("<", b"*1\r\n" * DEPTH_MAX + b":1\r\n"))
    deep = talk(("<", b"*1\r\n" * (DEPTH_MAX + 1) + b":1\r\n"))

    assert [m.raw for m in fine] == [False]
    assert deep[-1].raw


def test_of_long_values_the_beginning_is_kept() -> None:
    long = b"x" * (VALUE_BYTES_KEPT_MAX + 1)
    many = b"*%d\r\n" % (ELEMENTS_KEPT_MAX + 1) + b":1\r\n" * (ELEMENTS_KEPT_MAX + 1)
    sent, string, array = talk((">", command(b"SET", b"k", long)), ("<", b"$%d\r\n%s\r\n" % (len(long), long) + many))

    assert (sent.whole, len(sent.words[2])) == (False, VALUE_BYTES_KEPT_MAX - 4)
    assert isinstance(string.value, bytes)
    assert (string.whole, len(string.value), string.size > len(long)) == (False, VALUE_BYTES_KEPT_MAX, True)
    assert isinstance(array.value, tuple)
    assert (array.whole, len(array.value)) == (False, ELEMENTS_KEPT_MAX)


def test_a_command_that_breaks_off_is_told_as_such() -> None:
    assert [(m.kind, m.data) for m in talk((">", b"*1\r\n$4\r\nPI"))] == [("incomplete", b"")]
    assert [(m.kind, m.data) for m in talk((">", b"PI"))] == [("raw", b"PI")]
    assert [m.kind for m in talk((">", b"\r\n"))] == ["blank"]


def test_pipelined_commands_get_their_replies_in_order() -> None:
    found = commands((">", b"INCR a\r\nINCR b\r\n"), ("<", b":1\r\n-ERR no\r\n"))

    assert [(c.words[1], c.reply, c.error, c.ok) for c in found] == [
        (b"a", 1, "", True),
        (b"b", RespError("ERR no"), "ERR no", False),
    ]


def test_with_too_many_outstanding_no_reply_is_given_to_a_wrong_command() -> None:
    messages = talk((">", b"PING\n" * (OUTSTANDING_MAX + 2)), ("<", b"+PONG\r\n" * (OUTSTANDING_MAX + 2)))
    messages += talk((">", b"PING\n"), ("<", b"+PONG\r\n"))
    replies = [m.answers is None for m in messages if m.kind == "reply"]

    assert replies.count(True) == 2
    assert not replies[-1]


def test_what_waited_for_exec_gets_its_part_of_the_reply() -> None:
    found = commands(
        (">", b"MULTI\nSET a 1\nGET a\nEXEC\n"), ("<", b"+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n$1\r\n1\r\n")
    )

    assert [(c.words[0], c.reply, c.in_transaction) for c in found] == [
        (b"MULTI", "OK", False),
        (b"SET", "OK", True),
        (b"GET", b"1", True),
        (b"EXEC", ("OK", b"1"), False),
    ]


@pytest.mark.parametrize("end", [(b"EXEC\n", b"*-1\r\n"), (b"EXEC\n", b"-EXECABORT x\r\n"), (b"DISCARD\n", b"+OK\r\n")])
def test_what_waited_in_vain_was_not_executed(end: tuple[bytes, bytes]) -> None:
    found = commands((">", b"MULTI\nSET a 1\n" + end[0]), ("<", b"+OK\r\n+QUEUED\r\n" + end[1]))

    assert [(c.words[0], c.executed) for c in found][1] == (b"SET", False)


def test_each_channel_of_a_subscription_is_confirmed_and_messages_are_pushes() -> None:
    confirmed = b"*3\r\n$9\r\nsubscribe\r\n$1\r\n%b\r\n:%d\r\n"
    gone = b"*3\r\n$11\r\nunsubscribe\r\n$1\r\n%b\r\n:%d\r\n"
    pushed = b"*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$2\r\nhi\r\n"
    messages = talk(
        (">", b"SUBSCRIBE a b\n"),
        ("<", confirmed % (b"a", 1) + confirmed % (b"b", 2) + pushed),
        (">", b"UNSUBSCRIBE\nPING\n"),
        ("<", pushed + gone % (b"a", 1) + gone % (b"b", 0) + b"+PONG\r\n"),
    )

    received = [(m.kind, m.more, m.answers.name if m.answers else "") for m in messages if m.direction == "received"]
    assert received == [
        ("reply", True, "SUBSCRIBE"),
        ("reply", False, "SUBSCRIBE"),
        ("push", False, ""),
        ("push", False, ""),
        ("reply", True, "UNSUBSCRIBE"),
        ("reply", False, "UNSUBSCRIBE"),
        ("reply", False, "PING"),
    ]


def test_pushes_of_resp_3_are_no_replies() -> None:
    messages = talk((">", b"GET a\n"), ("<", b">2\r\n+invalidate\r\n*1\r\n$1\r\na\r\n$1\r\n1\r\n"))

    assert [(m.kind, m.value) for m in messages[1:]] == [("push", ("invalidate", (b"a",))), ("reply", b"1")]


def test_commands_whose_replies_are_switched_off_are_done_at_once() -> None:
    found = commands((">", b"CLIENT REPLY OFF\nSET a 1\nCLIENT REPLY ON\nGET a\n"), ("<", b"+OK\r\n$1\r\n1\r\n"))

    assert [(c.words[0], c.reply) for c in found] == [
        (b"CLIENT", None),
        (b"SET", None),
        (b"CLIENT", "OK"),
        (b"GET", b"1"),
    ]


def test_what_is_never_answered_is_told_at_the_end() -> None:
    (found,) = commands((">", b"BLPOP q 0\n"))

    assert (found.ok, found.executed, found.summary) == (False, False, "BLPOP q 0  → no answer")


@pytest.mark.parametrize(
    ("line", "shape"),
    [
        ("get product:42", "GET product:*"),
        ("SET session:9f8a7b6c5d4e3f21 x", "SET session:*"),
        ("DEL u:123e4567-e89b-12d3-a456-426614174000:cart", "DEL u:*:cart"),
        ("GET facade", "GET facade"),
        ("PING hello", "PING"),
        ("CLIENT SETNAME w1", "CLIENT SETNAME"),
        ("XGROUP CREATE jobs:7 g $", "XGROUP jobs:*"),
        ("EVALSHA abc 1 stock:5 3", "EVALSHA stock:*"),
        ("EVAL x 0", "EVAL"),
        ("XREADGROUP GROUP g c STREAMS jobs >", "XREADGROUP jobs"),
        ("MGET a:1 a:2", "MGET a:*"),
    ],
)
def test_commands_on_keys_of_one_kind_have_one_shape(line: str, shape: str) -> None:
    assert shape_of(tuple(line.encode().split())) == shape
