"""Reads questions.toml of a unit: quiz items of five kinds, each with its own keys."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from firsthand.content.findings import Report
from firsthand.content.question import Option, Question, QuestionKind
from firsthand.content.source import Table, read_toml

FILE_NAME = "questions.toml"
KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)
NUMBER_MAX = 1e15
"""Up to here a whole number is kept exactly."""


@dataclass(frozen=True)
class QuestionRead:
    """A question, and the tables it and its options were read from."""

    question: Question
    table: Table
    option_tables: tuple[Table, ...]


def read_questions(unit_folder: Path, unit: str, report: Report) -> list[QuestionRead]:
    """The questions of the unit in this folder, in file order; none when it has no questions.toml."""
    file = unit_folder / FILE_NAME
    table = read_toml(file, report) if file.exists() else None
    if table is None:
        return []
    table.schema()
    found = [_question(each, unit) for each in table.tables("question")]
    table.done()
    return [read for read in found if read is not None]


def _question(table: Table, unit: str) -> QuestionRead | None:
    kind = table.choice("kind", KINDS)
    if not table.says("kind", kind):
        return None  # which keys it should have, nobody can say
    option_tables = tuple(table.tables("option")) if kind == "choice" else ()
    options = tuple(_option(each) for each in option_tables)
    question = Question(
        id=table.text("id"),
        competency=table.text("competency"),
        kind=kind,
        difficulty=table.number("difficulty", low=0.0, high=1.0),
        ask=table.text("ask"),
        why=next((o.why for o in options if o.right), "") if kind == "choice" else table.text("why"),
        unit=unit,
        file=table.file,
        line=table.line(),
        options=options,
        **_OWN_KEYS[kind](table),
    )
    table.done()
    return QuestionRead(question, table, option_tables)


def _option(table: Table) -> Option:
    option = Option(text=table.text("text"), right=table.boolean("right", False), why=table.text("why"))
    table.done()
    return option


def _number(table: Table) -> dict[str, Any]:
    return {
        "answer": table.number("answer", low=-NUMBER_MAX, high=NUMBER_MAX),
        "tolerance": table.number("tolerance", 0.0, low=0.0, high=NUMBER_MAX),
    }


def _token(table: Table) -> dict[str, Any]:
    return {"answers": table.texts("answers"), "fold_case": table.boolean("fold_case", False)}


def _order(table: Table) -> dict[str, Any]:
    return {"steps": table.texts("steps")}


def _pattern(table: Table) -> dict[str, Any]:
    return {
        "must_match": table.texts("must_match"),
        "must_not_match": table.texts("must_not_match"),
        "example": table.text("example"),
    }


_OWN_KEYS: dict[QuestionKind, Callable[[Table], dict[str, Any]]] = {
    "choice": lambda _table: {},
    "number": _number,
    "token": _token,
    "order": _order,
    "pattern": _pattern,
}
