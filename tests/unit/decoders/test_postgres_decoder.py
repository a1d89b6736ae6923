"""PostgreSQL's messages are understood as clients of all flavours send them, and garbage is shown as bytes."""

import struct

import pytest
from postgres_frames_made import (
    BOUND,
    ID_COLUMN,
    PARSED,
    ROW,
    STARTED,
    SYNC,
    bind,
    complete,
    describe,
    error,
    execute,
    frame,
    parse,
    query,
    ready,
    startup,
    talk,
)

from firsthand.bench.decoders.message import OUTSTANDING_MAX, RAW_BYTES_MAX
from firsthand.bench.decoders.postgres import STARTUP_BYTES_MAX, PostgresConversation
from firsthand.bench.decoders.postgres_frames import MESSAGE_KEPT_BYTES_MAX, PREPARED_MAX
from firsthand.bench.decoders.postgres_values import parameter

TLS_REQUEST = struct.pack(">II", 8, 80_877_103)


def test_node_sends_an_unnamed_statement_and_asks_for_binary_results() -> None:
    sent = parse("SELECT $1::int AS id") + bind(b"42", result=1) + describe() + execute() + SYNC
    messages = talk((">", sent), ("<", PARSED + BOUND + ID_COLUMN + ROW + ROW + complete("SELECT 2") + ready()))

    assert [m.kind for m in messages if m.direction == "sent"] == ["parse", "bind", "describe", "execute", "sync"]
    run = messages[3]
    assert (run.sql, run.parameters, run.summary) == ("SELECT $1::int AS id", ("42",), "SELECT $1::int AS id  [42]")
    received = {m.kind: m for m in messages if m.direction == "received"}
    assert received["columns"].columns == ("id",)
    assert (received["rows"].rows, received["rows"].answers) == (2, run)
    assert (received["complete"].tag, received["complete"].answers) == ("SELECT 2", run)
    assert (received["ready"].transaction, received["ready"].answers) == ("none", messages[4])


def test_types_that_only_the_server_knows_make_binary_parameters_readable() -> None:
    prepared = parse("SELECT $1, $2", name="s1") + describe("S", "s1") + SYNC
    types = frame("t", struct.pack(">HII", 2, 23, 16))
    bound = bind(struct.pack(">i", -7), b"\1", name="s1", formats=(1,))
    messages = talk((">", prepared), ("<", PARSED + types + ID_COLUMN + ready()), (">", bound + execute() + SYNC))

    assert [m.parameters for m in messages if m.kind == "execute"] == [("-7", "t")]


@pytest.mark.parametrize(
    ("oid", "value", "text"),
    [
        (16, b"\0", "f"),
        (20, struct.pack(">q", -(2**63)), "-9223372036854775808"),
        (21, b"\x00\x2a", "42"),
        (23, b"\xff\xff\xff\xff", "-1"),
        (25, "größe".encode(), "größe"),
        (700, struct.pack(">f", 0.1), "0.1"),
        (700, struct.pack(">f", 16_777_216), "16777216"),
        (701, struct.pack(">d", 1e300), "1e+300"),
        (701, struct.pack(">d", 2.0), "2"),
        (701, struct.pack(">d", float("nan")), "NaN"),
        (701, struct.pack(">d", float("-inf")), "-Infinity"),
        (1082, struct.pack(">i", -1), "1999-12-31"),
        (1114, struct.pack(">q", 1), "2000-01-01 00:00:00.000001"),
        (1184, struct.pack(">q", 86_400_000_000), "2000-01-02 00:00:00+00"),
        (1700, struct.pack(">HhHH2H", 2, 0, 0x4000, 2, 12, 5000), "-12.50"),
        (1700, struct.pack(">HhHH1H", 1, 1, 0, 0, 3), "30000"),
        (1700, struct.pack(">HhHH1H", 1, -1, 0, 4, 7), "0.0007"),
        (2950, bytes(15) + b"\5", "00000000-0000-0000-0000-000000000005"),
        (3802, b'\1{"a": 1}', '{"a": 1}'),
        (17, b"\xde\xad", "\\xdead"),
        (23, b"\0\0\0\0\x2a", "\\x000000002a"),
        (1114, b"\x7f" + b"\xff" * 7, "\\x7fffffffffffffff"),
        (1700, struct.pack(">HhHH", 0, 30_000, 0, 0), "\\x0000753000000000"),
        (0, b"\x01", "\\x01"),
    ],
)
def test_a_binary_value_becomes_the_text_that_postgres_would_write(oid: int, value: bytes, text: str) -> None:
    assert parameter(value, binary=True, oid=oid) == text


def test_a_value_is_of_its_own_format_where_there_is_one_for_each() -> None:
    sent = parse("SELECT $1, $2", types=(23, 25)) + bind(b"\0\0\0\7", b"x", formats=(1, 0))
    assert talk((">", sent))[1].parameters == ("7", "x")


def test_a_password_in_the_clear_is_not_shown() -> None:
    conversation = PostgresConversation()
    conversation.sent(STARTED)
    conversation.received(frame("R", struct.pack(">I", 3)))
    (message,) = conversation.sent(frame("p", b"hunter2\0"))

    assert message.summary == "password or proof (not shown)"
    assert "hunter2" not in repr(message)


def test_a_cancel_request_is_told_without_its_key() -> None:
    (message,) = PostgresConversation().sent(struct.pack(">IIII", 16, 80_877_102, 4711, 99_999))

    assert (message.kind, message.summary) == ("cancel", "cancel what process 4711 does")


def test_after_the_server_agreed_to_tls_all_is_raw() -> None:
    conversation = PostgresConversation()
    said = [*conversation.sent(TLS_REQUEST), *conversation.received(b"S"), *conversation.sent(b"\x16\x03\x01")]
    said += [*conversation.received(b"\x16\x03\x03"), *conversation.end()]

    assert [(m.kind, m.data) for m in said] == [
        ("encryption request", b""),
        ("encryption reply", b""),
        ("raw", b"\x16\x03\x01"),
        ("raw", b"\x16\x03\x03"),
    ]


def test_a_server_of_old_answers_the_wish_for_tls_with_an_error() -> None:
    conversation = PostgresConversation()
    conversation.sent(TLS_REQUEST)

    assert [m.kind for m in conversation.received(error("0A000", "unsupported frontend protocol"))] == ["error"]


def test_what_is_no_postgres_stays_raw_and_the_other_way_is_still_read() -> None:
    conversation = PostgresConversation()
    sent = conversation.sent(b"GET / HTTP/1.1\r\n\r\n")
    received = conversation.received(error("08P01", "invalid length of startup packet"))

    assert sent == []
    assert [m.sqlstate for m in received] == ["08P01"]
    assert [(m.raw, m.data) for m in conversation.end()] == [(True, b"GET / HTTP/1.1\r\n\r\n")]


def test_garbage_after_messages_is_handed_out_in_pieces_and_does_not_pile_up() -> None:
    conversation = PostgresConversation()
    conversation.sent(STARTED + query("SELECT 1"))
    found = conversation.sent(b"\0" * (2 * RAW_BYTES_MAX + 1))

    assert [m.size for m in found] == [RAW_BYTES_MAX, RAW_BYTES_MAX]
    assert [m.size for m in conversation.end()] == [1]


@pytest.mark.parametrize("length", [7, STARTUP_BYTES_MAX + 1])
def test_a_start_of_impossible_length_is_raw(length: int) -> None:
    conversation = PostgresConversation()

    assert conversation.sent(struct.pack(">II", length, 196_608)) == []
    assert [m.raw for m in conversation.end()] == [True]


def test_rows_are_counted_without_being_kept() -> None:
    big = frame("D", bytes(3 * MESSAGE_KEPT_BYTES_MAX))
    messages = talk((">", query("SELECT *")), ("<", big * 3 + complete("SELECT 3")))
    (rows,) = [m for m in messages if m.kind == "rows"]

    assert (rows.rows, rows.size) == (3, 3 * len(big))


def test_of_a_long_statement_the_beginning_is_kept() -> None:
    message = talk((">", query("SELECT '" + "x" * 2 * MESSAGE_KEPT_BYTES_MAX + "'")), (">", SYNC))[0]

    assert len(message.sql) == MESSAGE_KEPT_BYTES_MAX
    assert message.size > 2 * MESSAGE_KEPT_BYTES_MAX


def test_a_message_that_breaks_off_is_told_as_such() -> None:
    long = query("SELECT '" + "x" * 2 * MESSAGE_KEPT_BYTES_MAX)
    assert [(m.kind, m.summary) for m in talk((">", long[:-100]))] == [
        ("incomplete", "a message that breaks off, 100 bytes short")
    ]
    assert [m.raw for m in talk((">", query("SELECT 1")[:-1]))] == [True]


def test_the_oldest_prepared_statements_are_forgotten() -> None:
    many = b"".join(parse("SELECT 1", name=f"s{i}") for i in range(PREPARED_MAX + 1))
    messages = talk((">", many + bind(name="s0") + bind(name="s1") + bind(name=f"s{PREPARED_MAX}")))

    assert [m.sql for m in messages if m.kind == "bind"] == ["", "SELECT 1", "SELECT 1"]


def test_with_too_many_outstanding_no_reply_is_given_to_a_wrong_request() -> None:
    messages = talk(
        (">", query("SELECT 1") * (OUTSTANDING_MAX + 5)),
        ("<", (complete("SELECT 1") + ready()) * (OUTSTANDING_MAX + 5)),
        (">", query("SELECT 2")),
        ("<", complete("SELECT 2") + ready()),
    )
    answers = [m.answers for m in messages if m.kind == "complete"]

    assert [a is None for a in answers].count(True) == 5
    assert answers[-1] is not None
    assert answers[-1].sql == "SELECT 2"


def test_times_are_those_of_the_piece_that_completed_a_message() -> None:
    conversation = PostgresConversation()
    begun = startup(user="a")
    assert conversation.sent(begun[:9], 1.0) == []
    assert [m.at for m in conversation.sent(begun[9:], 2.5)] == [2.5]


def test_a_summary_is_one_safe_line() -> None:
    message = talk((">", query("SELECT '\x1b[2J',\n" + "x" * 1000)))[0]

    assert message.summary.isprintable()
    assert len(message.summary) < 200
