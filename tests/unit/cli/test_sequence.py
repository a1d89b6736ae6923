"""The sequence on all doors: in order of time, alike folded with its count, faults and failures marked."""

import re

import pytest
from tape import Tape, command, http_reply, http_request, query, rows

from firsthand.bench.wire import CLIENT_CLOSED, CLOSED_BY_US, DOOR_CLOSED, Record
from firsthand.cli.sequence import sequence
from firsthand.cli.trace import only_of_check, only_of_door
from firsthand.study.steps import Step, steps

FAILED = {("stock", "asks_once"): "Statements: expected 1, got 500."}


def shown(tape: Tape, **options: object) -> str:
    return "\n".join(sequence(steps(tape.records), **{"colour": False, **options}))  # type: ignore[arg-type]


def a_request_and_what_it_asks() -> Tape:
    tape = Tape("stock", "asks_once").http(1, "web").resp(2).postgres(3)
    tape.say(1, 1.0, http_request("/products/7"))
    tape.say(2, 1.001, command("GET", "product:7")).hear(2, 1.002, b"$-1\r\n")
    tape.say(3, 1.003, query("SELECT name FROM products WHERE id = 7")).hear(3, 1.005, rows(1))
    return tape.hear(1, 1.006, http_reply(200))


def test_a_request_is_followed_by_what_the_program_asked_for_it() -> None:
    assert shown(a_request_and_what_it_asks()) == "\n".join(
        [
            "stock · asks_once",
            "    1.000 s  web       GET /products/7  → 200  (6.0 ms)",
            "    1.001 s  redis       GET product:7  → null  (1.0 ms)",
            "    1.003 s  postgres    SELECT name FROM products WHERE id = 7  → 1 row  (2.0 ms)",
        ]
    )


def test_five_hundred_identical_queries_are_one_line_with_its_count() -> None:
    tape = Tape("stock", "asks_once").http(1, "web")
    for conn in range(2, 12):
        tape.postgres(conn, at=0.5)
    for number in range(500):
        at = 1 + number / 1000
        tape.say(1, at, http_request("/products/7"))
        tape.say(2 + number % 10, at + 0.0001, query("SELECT name FROM products WHERE id = 7"))
        tape.hear(2 + number % 10, at + 0.0021, rows(1))
        tape.hear(1, at + 0.003, http_reply(200))

    lines = shown(tape, failed=FAILED).splitlines()

    assert lines == [
        "✗ stock · asks_once",
        "  Statements: expected 1, got 500.",
        "    1.000 s  500× web       GET /products/7  → 200  (until 1.502 s, 3.0 ms each)",
        "    1.000 s  500× postgres    SELECT name FROM products WHERE id = 7  → 1 row"
        "  (until 1.501 s, 10 connections, 2.0 ms each)",
    ]


def test_queries_of_one_shape_are_folded_and_tell_how_many_differ_and_the_first() -> None:
    tape = Tape("stock", "lists").http(1, "web").postgres(2)
    tape.say(1, 1.0, http_request("/reviews"))
    for number in range(30):
        at = 1.001 + number / 1000
        tape.say(2, at, query(f"SELECT * FROM reviews WHERE product_id = {number % 20}")).hear(2, at, rows(2))
    tape.hear(1, 1.1, http_reply(200))

    text = shown(tape)

    assert "30× postgres    SELECT * FROM reviews WHERE product_id = ?  (until 1.030 s" in text
    assert "20 different)" in text
    assert "the first: SELECT * FROM reviews WHERE product_id = 0  → 2 rows" in text
    assert len(text.splitlines()) == 4


def test_a_few_with_others_between_them_keep_their_order() -> None:
    tape = Tape("stock", "sells").postgres(1).resp(2)
    for number in range(3):
        tape.say(1, 1.0 + number, query("UPDATE stock SET n = n - 1")).hear(1, 1.01 + number, rows(0, "UPDATE 1"))
        tape.say(2, 1.02 + number, command("DEL", "stock")).hear(2, 1.03 + number, b":1\r\n")

    doors = re.findall(r"s +(postgres|redis) ", shown(tape))

    assert doors == ["postgres", "redis"] * 3


def test_nothing_is_folded_over_a_fault_nor_when_all_is_asked_for() -> None:
    tape = Tape("stock", "survives").resp(1)
    for number in range(8):
        tape.say(1, 1.0 + number / 100, command("PING")).hear(1, 1.0 + number / 100, b"+PONG\r\n")
        if number == 3:
            tape.add(Record(1.035, "fault", 0, "redis", "stock", "survives", text="nothing passes"))

    text = shown(tape)

    assert re.findall(r"(\d)× redis  PING", text) == ["4", "4"]
    assert "    1.035 s     redis  ! nothing passes" in text
    assert text.index("! nothing passes") > text.index("4× redis")
    assert len(re.findall("PING", shown(tape, fold=False))) == 8


def test_errors_and_what_was_never_answered_are_not_folded_with_what_went_well() -> None:
    tape = Tape("stock", "asks").resp(1)
    for number in range(4):
        tape.say(1, 1 + number / 100, command("GET", "a")).hear(
            1, 1 + number / 100, b"-ERR busy\r\n" if number > 1 else b"$-1\r\n"
        )
    tape.say(1, 1.5, command("GET", "a"))

    text = shown(tape)

    assert "2× redis  GET a  → null" in text
    assert re.search(r"3× redis  GET a  \(.*2 different\)\n +the first: GET a  → .*ERR busy", text)
    assert "GET a  → no answer" in shown(tape, fold=False)


def test_colour_adds_nothing_that_is_not_said_without_it() -> None:
    tape = a_request_and_what_it_asks()
    tape.add(Record(1.1, "fault", 0, "postgres", "stock", "asks_once", text="reset"))
    coloured = shown(tape, colour=True, failed=FAILED)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]+m", "", coloured) == shown(tape, failed=FAILED)


def test_a_statement_belongs_to_the_check_that_made_the_program_say_it() -> None:
    tape = Tape("stock", "first").postgres(1)
    tape.say(1, 1.0, query("SELECT 1")).hear(1, 1.01, rows(1))
    tape.during("stock", "second").say(1, 2.0, query("SELECT 2")).hear(1, 2.01, rows(1))

    found = [(step.check, step.text) for step in steps(tape.records)]

    assert found == [("first", "SELECT 1  → 1 row"), ("second", "SELECT 2  → 1 row")]
    assert [line for line in shown(tape).splitlines() if line.startswith("stock")] == [
        "stock · first",
        "stock · second",
    ]
    assert [r.conn for r in only_of_check(tape.records, "second")] == [1] * len(tape.records)


def test_one_door_can_be_looked_at_alone() -> None:
    tape = a_request_and_what_it_asks()
    tape.add(Record(1.1, "fault", 0, "redis", "stock", "asks_once", text="reset"))
    redis = only_of_door(tape.records, "redis")

    assert {step.door for step in steps(redis)} == {"redis"}
    assert [step.kind for step in steps(redis)] == ["exchange", "fault"]
    assert only_of_door(tape.records, "mongo") == []


def test_copies_of_a_process_are_looked_at_together() -> None:
    tape = Tape("a", "b").http(1, "web").http(2, "web.2").resp(3)

    assert {r.conn for r in only_of_door(tape.records, "web")} == {1, 2}
    assert {r.conn for r in only_of_door(tape.records, "web.2")} == {2}


def test_what_nobody_reads_is_told_by_its_size() -> None:
    tape = Tape("a", "b").add(Record(0.1, "open", 1, "mariadb", "a", "b", text="127.0.0.1:3306", protocol="mysql"))
    tape.say(1, 0.2, b"\x03SELECT 1").hear(1, 0.3, bytes(90))

    assert "mariadb  9 bytes → 90 bytes, which nobody here reads" in shown(tape)


def test_ends_that_are_out_of_the_ordinary_and_what_was_not_kept_are_told() -> None:
    tape = Tape("a", "b").resp(1)
    tape.say(1, 0.2, command("PING")).hear(1, 0.3, b"+PONG\r\n")
    tape.add(Record(0.4, "received", 1, data=b"", left_out=77)).add(Record(0.5, "closed", 1, text="reset by redis"))

    text = shown(tape)

    assert "· the connection is over: reset by redis" in text
    assert "· 77 more bytes were not kept: too many to record" in text


def test_an_ordinary_end_is_not_worth_a_line() -> None:
    tape = Tape("a", "b").resp(1).say(1, 0.2, command("PING")).hear(1, 0.3, b"+PONG\r\n")
    tape.add(Record(0.4, "note", 1, text=CLIENT_CLOSED)).add(Record(0.5, "end", 1)).add(Record(0.6, "closed", 1))
    for conn, why in ((2, CLOSED_BY_US), (3, DOOR_CLOSED)):
        tape.http(conn, "web").add(Record(0.7, "closed", conn, text=why))

    assert len(shown(tape).splitlines()) == 2


def test_silence_is_shown() -> None:
    tape = Tape("a", "b").resp(1)
    tape.say(1, 1.0, command("GET", "a")).hear(1, 1.1, b"$-1\r\n")
    tape.say(1, 1.6, command("GET", "b")).hear(1, 1.61, b"$-1\r\n")

    assert "(0.50 s of silence)" in shown(tape, fold=False)


@pytest.mark.parametrize("garbage", [b"\x00" * 50, b"GET / HTTP/9\n" * 9, bytes(range(256))])
def test_garbage_makes_no_harm(garbage: bytes) -> None:
    tape = Tape("a", "b").http(1, "web").resp(2).postgres(3)
    for conn in (1, 2, 3):
        tape.say(conn, 1.0, garbage).hear(conn, 1.0, garbage)

    assert all(isinstance(step, Step) for step in steps(tape.records))
    assert shown(tape)
