"""The rows that a learner's query gave, compared with those it should have given, and shown side by side."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NoReturn

from firsthand.bench.failures import failed, show_text

Row = tuple[Any, ...]

SHOWN_ROWS = 4
SHOWN_VALUE_CHARACTERS = 32
_ABOUT_COLUMNS = "Say AS to give a column its name. Names and their order are in the brief."


@dataclass(frozen=True)
class Table:
    """What a query gave: `file` is where it stands, `columns` are the names that it gave its columns."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    reproduce: tuple[str, ...] = ()
    """Shell commands that run the query again."""
    given: str = ""
    """Its parameters, as words."""

    def expect(
        self,
        columns: Sequence[str],
        rows: Iterable[Row],
        *,
        ordered: bool,
        hint: str = "",
        mistakes: Mapping[str, Iterable[Row]] = MappingProxyType({}),
    ) -> None:
        """The query gave exactly these columns and rows; numbers are equal when their values are.

        Args:
            columns: names in order.
            rows: all rows that it should have given.
            ordered: whether it matters which row comes first.
            hint: said to whoever made the usual mistake.
            mistakes: words for single mistakes, each with the rows that it leads to; said instead of `hint` to whoever
                has made just that one.

        Raises:
            CheckFailed: with the rows that are missing, too many, or in another place.
        """
        wanted = [_comparable(row) for row in rows]
        got = [_comparable(row) for row in self.rows]
        if [name.lower() for name in self.columns] != [name.lower() for name in columns]:
            names, found = ", ".join(columns), ", ".join(self.columns) or "none"
            self._refuse(f"has other columns: expected {names}, got {found}.", names, found, "", _ABOUT_COLUMNS)
        missing, extra = Counter(wanted) - Counter(got), Counter(got) - Counter(wanted)
        if missing or extra:
            same = [words for words, wrong in mistakes.items() if Counter(map(_comparable, wrong)) == Counter(got)]
            what = _difference(Counter(wanted), len(got), missing, extra)
            self._refuse(what, "", "", self._shown(missing, extra), *same[:1] or [hint])
        if ordered and wanted != got:
            same = [words for words, wrong in mistakes.items() if [_comparable(row) for row in wrong] == got]
            at = next(i for i, (one, other) in enumerate(zip(wanted, got, strict=True)) if one != other)
            what = f"has the right rows in another order, from row {at + 1} of {len(got)} on."
            detail = _grid(self.columns, {"expected": wanted[at : at + SHOWN_ROWS], "got": got[at : at + SHOWN_ROWS]})
            self._refuse(what, _shown(wanted[at]), _shown(got[at]), detail, *same[:1] or [hint])

    def _shown(self, missing: Counter[Row], extra: Counter[Row]) -> str:
        found = {"missing": list(missing.elements()), "not expected": list(extra.elements())}
        return _grid(self.columns, {name: rows for name, rows in found.items() if rows})

    def _refuse(self, what: str, expected: str, got: str, detail: str, hint: str) -> NoReturn:
        message = f"The result of {self.file}{self.given} {what}"
        error = failed(message, expected=expected, got=got, detail=detail, remark=hint)
        error.failure.reproduce.extend(self.reproduce)
        raise error


def _difference(wanted: Counter[Row], got: int, missing: Counter[Row], extra: Counter[Row]) -> str:
    """What is wrong with the rows, as the rest of a sentence."""
    if not missing:
        if all(row in wanted for row in extra):
            return f"has right rows too often: {_rows(got)} instead of {wanted.total()}."
        return f"has too many rows: {got} instead of {wanted.total()}."
    if not extra:
        return f"lacks rows: {got} instead of {wanted.total()}."
    if wanted.total() == got:
        return f"has as many rows as expected, but {extra.total()} of {got} should be others."
    counts = f"{missing.total()} are missing, {extra.total()} are not expected"
    return f"has {_rows(got)} instead of {wanted.total()}: {counts}."


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _comparable(row: Row) -> Row:
    return tuple(_value(value) for value in row)


def _value(value: Any) -> Any:
    """Numbers by their value, however they are stored; lists so that they can be counted."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Decimal):
        return Decimal(value).normalize()
    if isinstance(value, float):
        return Decimal(repr(value)).normalize()
    return tuple(map(_value, value)) if isinstance(value, list) else value


def _grid(columns: Sequence[str], parts: dict[str, list[Row]]) -> str:
    """The first rows of each part, under the columns' names."""
    lines = [("", *map(str, columns))]
    for name, rows in parts.items():
        lines += [(name if place == 0 else "", *map(_shown_value, row)) for place, row in enumerate(rows[:SHOWN_ROWS])]
        if len(rows) > SHOWN_ROWS:
            lines.append((f"… {len(rows) - SHOWN_ROWS} more",))
    widths = [max((len(line[at]) for line in lines if at < len(line)), default=0) for at in range(len(columns) + 1)]
    return "\n".join(
        "  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=False)).rstrip() for line in lines
    )


def _shown(row: Row) -> str:
    return f"({', '.join(map(_shown_value, row))})"


def _shown_value(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str):
        return f"'{show_text(value, SHOWN_VALUE_CHARACTERS)}'"
    return show_text(str(value), SHOWN_VALUE_CHARACTERS)
