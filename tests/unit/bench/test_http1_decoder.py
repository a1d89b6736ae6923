"""The decoder shows any bytes: messages where there are some, raw stretches where not, and never a byte too few."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand.bench.decoders.http1 import (
    BODY_KEPT_BYTES_MAX,
    HEAD_BYTES_MAX,
    UNANSWERED_MAX,
    Http1Conversation,
    Message,
)
from firsthand.core.randomness import Rng

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody"
CHUNKED = b"PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n4;x=y\r\nbody\r\n2\r\n!!\r\n0\r\nT: 1\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def decoded(sent: bytes, received: bytes) -> list[Message]:
    conversation = Http1Conversation()
    return [*conversation.sent(sent), *conversation.received(received), *conversation.end()]


def shape(messages: list[Message]) -> list[tuple[str, bytes, bool, bool]]:
    return [(m.first_line, m.body, m.complete, m.raw) for m in messages]


def test_requests_and_replies_come_with_heads_bodies_and_places() -> None:
    messages = decoded(POST + GET, OK + OK)
    assert shape(messages) == [
        ("POST / HTTP/1.1", b"body", True, False),
        ("GET /a HTTP/1.1", b"", True, False),
        ("HTTP/1.1 200 OK", b"ok", True, False),
        ("HTTP/1.1 200 OK", b"ok", True, False),
    ]
    assert [(m.start, m.end) for m in messages[:2]] == [(0, len(POST)), (len(POST), len(POST + GET))]
    assert messages[1].headers == (("Host", "x"),)
    assert messages[0].header("content-LENGTH") == "4"
    assert (messages[0].method, messages[0].status, messages[2].method, messages[2].status) == ("POST", 0, "", 200)
    assert messages[0].head_size == len(POST) - 4


def test_chunks_are_joined_and_trailers_belong_to_the_message() -> None:
    messages = decoded(CHUNKED + GET, b"")
    assert shape(messages)[0] == ("PUT / HTTP/1.1", b"body!!", True, False)
    assert messages[0].end == len(CHUNKED)


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_some_statuses_have_no_body_whatever_they_say(status: bytes) -> None:
    reply = b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n"
    assert [m.first_line for m in decoded(GET + GET, reply + OK)][2:] == [
        f"HTTP/1.1 {status.decode()}",
        "HTTP/1.1 200 OK",
    ]


def test_a_reply_to_head_has_no_body_even_after_an_interim_one() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    messages = decoded(HEAD + GET, interim + OK[:-2] + OK)
    assert [m.body for m in messages if m.direction == "received"] == [b"", b"", b"ok"]


def test_a_body_may_last_until_the_close() -> None:
    assert shape(decoded(GET, b"HTTP/1.0 200 OK\r\n\r\nto the end"))[1] == (
        "HTTP/1.0 200 OK",
        b"to the end",
        True,
        False,
    )


def test_bare_line_feeds_are_understood() -> None:
    assert shape(decoded(GET.replace(b"\r\n", b"\n"), OK.replace(b"\r\n", b"\n"))) == [
        ("GET /a HTTP/1.1", b"", True, False),
        ("HTTP/1.1 200 OK", b"ok", True, False),
    ]


def test_what_is_cut_short_is_handed_out_as_incomplete() -> None:
    assert shape(decoded(POST[:-1], OK[:-1])) == [
        ("POST / HTTP/1.1", b"bod", False, False),
        ("HTTP/1.1 200 OK", b"o", False, False),
    ]
    assert shape(decoded(CHUNKED[:52], b"HTTP/1.1 200")) == [
        ("PUT / HTTP/1.1", b"", False, False),
        ("", b"HTTP/1.1 200", True, True),
    ]


def test_a_head_that_does_not_end_is_a_message_with_what_came_of_it() -> None:
    (message,) = decoded(b"GET /a HTTP/1.1\r\nHost: x\r\nAcc", b"")
    assert (message.raw, message.complete, message.head_complete) == (False, False, False)
    assert message.headers == (("Host", "x"), ("Acc", ""))


def test_garbage_is_raw_and_the_next_message_is_found_behind_it() -> None:
    assert shape(decoded(b"\x00\xff hello\n" + GET, b"?" + OK)) == [
        ("", b"\x00\xff hello\n", True, True),
        ("GET /a HTTP/1.1", b"", True, False),
        ("", b"?" + OK, True, True),
    ]


@pytest.mark.parametrize("wrong", [b"zz\r\nbody", b"4\r\nbodyXX\r\n", b"-1\r\n"])
def test_wrong_chunks_end_the_message_and_go_on_raw(wrong: bytes) -> None:
    head = b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    messages = decoded(head + wrong + b"\n" + GET, b"")
    assert (messages[0].complete, messages[1].raw, messages[-1].first_line) == (False, True, "GET /a HTTP/1.1")


def test_memory_is_bounded() -> None:
    conversation = Http1Conversation()
    size = BODY_KEPT_BYTES_MAX + 5
    (reply,) = conversation.received(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
    assert (len(reply.body), reply.body_size, reply.complete) == (BODY_KEPT_BYTES_MAX, size, True)
    raw = [
        *conversation.sent(b"x" * (HEAD_BYTES_MAX + 1)),
        *conversation.sent(b"GET / HTTP/1.1\r\n" + b"x" * HEAD_BYTES_MAX),
    ]
    assert [m.raw for m in raw] == [True, True]
    for _ in range(UNANSWERED_MAX + 5):
        conversation.sent(GET)
    assert len(conversation._unanswered) == UNANSWERED_MAX


PIECES = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [GET, HEAD, POST, CHUNKED, OK, b"HTTP/1.1 100 C\r\n\r\n", b"\r\n", b"\n", b"5\r\nhello\r\n", b"0\r\n\r\n"]
        ),
        st.sampled_from(
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"Content-Length: 3\r\n", b"HTTP/1.1 "]
        ),
    ),
    max_size=8,
)


@settings(max_examples=400, deadline=None)
@given(PIECES, PIECES, st.integers(0, 999), st.integers(1, 40))
def test_any_bytes_in_any_split_give_the_same_messages_that_cover_every_byte(
    to_program: list[bytes], from_program: list[bytes], seed: int, parts: int
) -> None:
    sent, received = b"".join(to_program), b"".join(from_program)
    at_once = decoded(sent, received)
    conversation, rng = Http1Conversation(), Rng(seed)
    in_pieces = [m for piece in rng.split(sent, parts) for m in conversation.sent(piece)]
    in_pieces += [m for piece in rng.split(received, parts) for m in conversation.received(piece)]
    in_pieces += conversation.end()
    for direction, data in (("sent", sent), ("received", received)):
        of_direction = [m for m in in_pieces if m.direction == direction]
        assert of_direction == [m for m in at_once if m.direction == direction]
        assert b"".join(data[m.start : m.end] for m in of_direction) == data
        assert all(m.body == data[m.start : m.end] for m in of_direction if m.raw)
