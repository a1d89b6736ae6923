"""Statements fold to the same shape when only their values differ, and are told apart at their semicolons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.bench.decoders.sql import shape_of, statements_of


@pytest.mark.parametrize(
    ("sql", "shape"),
    [
        ("SELECT * FROM t WHERE id = 42", "SELECT * FROM t WHERE id = ?"),
        ("SELECT * FROM t WHERE id = $1;", "SELECT * FROM t WHERE id = ?"),
        (
            "select\n\t*   from t -- why\n where a='it''s' /* x /* y */ z */ and b = 1.5e-3",
            "select * from t where a=? and b = ?",
        ),
        (r"SELECT E'a\'b', 'c\', x'ff', U&'d', $$ e $$, $f$ $$ ' $f$", "SELECT ?, ?, ?, ?, ?, ?"),
        ('SELECT "a 1", t1.c2 FROM "T;1"', 'SELECT "a 1", t1.c2 FROM "T;1"'),
        ("SELECT 1 WHERE x IN ( 1, 2,3 )", "SELECT ? WHERE x IN (?)"),
        ("INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y'),(3, NULL)", "INSERT INTO t (a, b) VALUES (?),(?, NULL)"),
        ("INSERT INTO t VALUES ($1, $2), ($3, $4)", "INSERT INTO t VALUES (?)"),
        ("SELECT 'not closed", "SELECT ?"),
        ("SELECT /* not closed", "SELECT"),
        ("  ", ""),
    ],
)
def test_a_shape_is_the_statement_without_its_values(sql: str, shape: str) -> None:
    assert shape_of(sql) == shape


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1;", ["SELECT 1"]),
        ("SELECT ';' ; SELECT 2;;", ["SELECT ';'", "SELECT 2"]),
        ('SELECT ";", $$;$$ /* ; */ -- ;', ['SELECT ";", $$;$$ /* ; */ -- ;']),
        ("-- nothing", []),
    ],
)
def test_statements_end_at_semicolons_that_are_not_inside_something(sql: str, found: list[str]) -> None:
    assert statements_of(sql) == found


@given(st.text(alphabet="a1$'\"/*-;e()?, \n\\é", max_size=60) | st.text(max_size=30))
def test_any_text_has_a_shape_on_one_line(sql: str) -> None:
    shape = shape_of(sql)

    assert "\n" not in shape
    assert "".join(statements_of(sql)).count("a") == sql.count("a") or shape_of(sql) != sql
