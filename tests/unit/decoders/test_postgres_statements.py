"""Statements are told with their parameters, rows, errors and transaction, however the client sent them."""

from postgres_frames_made import (
    BOUND,
    ID_COLUMN,
    NO_COLUMNS,
    PARSED,
    ROW,
    SUSPENDED,
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
    statements,
)

from firsthand.bench.decoders.postgres import PostgresConversation
from firsthand.bench.decoders.postgres_statements import SqlError, Statements


def test_a_statement_prepared_once_is_told_each_time_it_runs() -> None:
    once = bind(b"1", name="s") + execute() + SYNC, BOUND + ROW + complete("SELECT 1") + ready()
    again = bind(b"2", name="s") + execute() + SYNC, BOUND + complete("SELECT 0") + ready()
    prepare = (">", parse("SELECT * FROM t WHERE id = $1", name="s") + SYNC), ("<", PARSED + ready())
    found = statements(*prepare, (">", once[0]), ("<", once[1]), (">", again[0]), ("<", again[1]))

    assert [(s.prepared, s.parameters, s.rows, s.tag) for s in found] == [
        ("s", ("1",), 1, "SELECT 1"),
        ("s", ("2",), 0, "SELECT 0"),
    ]
    assert {s.shape for s in found} == {"SELECT * FROM t WHERE id = ?"}


def test_each_statement_of_a_query_is_told_with_its_own_result() -> None:
    found = statements(
        (">", query("SELECT id FROM t; -- all\nUPDATE t SET a = ';'")),
        ("<", ID_COLUMN + ROW * 3 + complete("SELECT 3") + complete("UPDATE 2") + ready()),
    )

    assert [(s.sql, s.columns, s.rows, s.affected) for s in found] == [
        ("SELECT id FROM t", ("id",), 3, 3),
        ("-- all\nUPDATE t SET a = ';'", (), 0, 2),
    ]


def test_an_error_has_its_sqlstate_and_ends_the_query() -> None:
    found = statements((">", query("INSERT INTO t VALUES (1); SELECT 1")), ("<", error("23505", "twice") + ready()))

    assert found[0].error == SqlError("ERROR", "23505", "twice")
    assert [(s.ok, s.skipped) for s in found] == [(False, False), (False, True)]
    assert found[0].summary == "INSERT INTO t VALUES (1)  → ERROR 23505: twice"


def test_what_the_server_adds_to_an_error_is_kept() -> None:
    report = frame("E", b"SFEHLER\0VERROR\0C42703\0Mno column\0DWhich one?\0HPerhaps id.\0P8\0\0")
    (found,) = statements((">", query("SELECT ib")), ("<", report + ready()))

    assert found.error == SqlError("ERROR", "42703", "no column", "Which one?", "Perhaps id.")


def test_in_a_pipeline_what_comes_after_the_error_is_passed_over_until_the_sync() -> None:
    def run(n: int) -> bytes:
        return parse(f"SELECT {n}") + bind() + execute()

    fine = PARSED + BOUND + complete("SELECT 0")
    found = statements(
        (">", run(1) + run(2) + run(3) + SYNC + run(4) + SYNC),
        ("<", fine + PARSED + error("22012", "division by zero") + ready() + fine + ready()),
    )

    assert [(s.sql, s.ok, s.skipped) for s in found] == [
        ("SELECT 1", True, False),
        ("SELECT 2", False, False),
        ("SELECT 3", False, True),
        ("SELECT 4", True, False),
    ]


def test_a_statement_that_cannot_be_prepared_is_told_once() -> None:
    found = statements(
        (">", parse("SELEC", name="s") + describe("S", "s") + SYNC), ("<", error("42601", "no") + ready())
    )

    assert [(s.sql, s.error and s.error.sqlstate) for s in found] == [("SELEC", "42601")]


def test_fetching_on_is_not_a_new_statement() -> None:
    found = statements(
        (">", parse("SELECT 1") + bind(portal="c") + execute("c", 2) + frame("H")),
        ("<", PARSED + BOUND + ROW * 2 + SUSPENDED),
        (">", execute("c", 2) + SYNC),
        ("<", ROW + complete("SELECT 1") + ready()),
    )

    assert [(s.rows, s.continues) for s in found] == [(2, False), (1, True)]


def test_transactions_are_told_apart_also_in_one_query() -> None:
    found = statements(
        (">", query("BEGIN; UPDATE a; COMMIT; SELECT 1; BEGIN; UPDATE b")),
        ("<", b"".join(complete(t) for t in ("BEGIN", "UPDATE 1", "COMMIT", "SELECT 1", "BEGIN", "UPDATE 1"))),
        ("<", ready("T")),
        (">", query("SELEC")),
        ("<", error("42601", "no") + ready("E")),
        (">", query("ROLLBACK TO SAVEPOINT x")),
        ("<", complete("ROLLBACK") + ready("T")),
        (">", query("ROLLBACK")),
        ("<", complete("ROLLBACK") + ready("I")),
    )

    assert [(s.transaction, s.transaction_number) for s in found] == [
        ("none", 1),
        ("in", 1),
        ("in", 1),
        ("none", 0),
        ("none", 2),
        ("in", 2),
        ("in", 2),
        ("failed", 2),
        ("in", 2),
    ]


def test_copied_bytes_are_counted() -> None:
    copied = statements(
        (">", query("COPY t FROM STDIN")),
        ("<", frame("G", b"\0\0\0")),
        (">", frame("d", b"1\n2\n") * 2 + frame("c")),
        ("<", complete("COPY 4") + ready()),
    )

    assert [(s.copied_bytes, s.affected, s.tag) for s in copied] == [(8, 4, "COPY 4")]


def test_what_is_never_answered_is_told_at_the_end() -> None:
    found = statements(
        (">", query("SELECT pg_sleep(9); SELECT 2")), (">", parse("SELECT 3") + bind() + execute() + SYNC)
    )

    assert [(s.sql, s.ok, s.replies) for s in found] == [
        ("SELECT pg_sleep(9)", False, ()),
        ("SELECT 2", False, ()),
        ("SELECT 3", False, ()),
    ]
    assert found[0].summary.endswith("→ no answer")


def test_an_empty_query_is_no_statement_of_many_words() -> None:
    (found,) = statements((">", query("")), ("<", frame("I") + ready()))

    assert (found.sql, found.ok, found.shape) == ("", True, "")


def test_a_statement_lasts_from_its_request_to_its_reply() -> None:
    conversation, pairs = PostgresConversation(), Statements()
    conversation.sent(b"\0\0\0\x09\0\3\0\0\0")
    said = [*conversation.sent(query("SELECT 1"), 1.0), *conversation.received(ready() + complete("SELECT 1"), 1.5)]
    (found,) = [statement for message in said for statement in pairs.add(message)]

    assert (found.began, found.ended) == (1.0, 1.5)


def test_no_columns_is_an_answer_to_describe() -> None:
    sent = parse("DELETE FROM t") + bind() + describe() + execute() + SYNC
    (found,) = statements((">", sent), ("<", PARSED + BOUND + NO_COLUMNS + complete("DELETE 5") + ready()))

    assert (found.affected, found.rows, found.columns) == (5, 0, ())
