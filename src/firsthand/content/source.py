"""Reads TOML strictly: each mistake is told with file, line, what was expected and the nearest right word."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

from firsthand.content.findings import Finding, Kind, Report, nearest
from firsthand.content.toml_lines import Place, key_lines

Choice = TypeVar("Choice", bound=str)

SCHEMA = 1
"""The version of every format here."""


def read_text(file: Path, report: Report) -> str | None:
    """The text of a file; None, told, when it is not there, not readable or not UTF-8."""
    try:
        data = file.read_bytes()
    except OSError as error:
        advice = "Make it." if isinstance(error, FileNotFoundError) else "Mend what stands in the way."
        report(Finding(file, 0, f"{file.name} cannot be read: {error.strerror}.", advice, Kind.MISSING_FILE))
        return None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"Byte 0x{data[error.start]:02x} on this line is not UTF-8."
        report(Finding(file, line, what, "Save the file as UTF-8.", Kind.NOT_UTF8))
        return None


def read_toml(file: Path, report: Report) -> "Table | None":
    """The root table of a TOML file; None, told, when it cannot be parsed."""
    text = read_text(file, report)
    return None if text is None else parse_toml(file, text, report)


def parse_toml(file: Path, text: str, report: Report, *, lines_before: int = 0) -> "Table | None":
    """The root table of a TOML text that begins below `lines_before` lines of its file; None, told, if it is none."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line, what = _syntax_error(str(error), text)
        report(Finding(file, lines_before + line, f"This is not TOML: {what}.", "", Kind.SYNTAX))
        return None
    return Table(Source(file, text, lines_before), (), data, report)


def _syntax_error(message: str, text: str) -> tuple[int, str]:
    what, _, place = message.partition(" (at ")
    found = re.match(r"line (\d+)", place)
    return int(found[1]) if found else text.rstrip().count("\n") + 1, what


@dataclass(frozen=True)
class Source:
    """A parsed file, which knows its lines when it is asked."""

    file: Path
    text: str
    lines_before: int = 0

    def line(self, place: Place) -> int:
        """The line of this place, or of the nearest thing around it that has one."""
        while place:
            if place in self._lines:
                return self.lines_before + self._lines[place]
            place = place[:-1]
        return self.lines_before + 1

    @cached_property
    def _lines(self) -> dict[Place, int]:
        return key_lines(self.text)


class Table:
    """A table that is asked for its keys one by one; a value that is not as it must be is told and replaced."""

    def __init__(self, source: Source, place: Place, data: dict[str, Any], report: Report) -> None:
        self.source = source
        self._place = place
        self._data = data
        self._report = report
        self._asked: dict[str, None] = {}

    @property
    def file(self) -> Path:
        """The file in which it stands."""
        return self.source.file

    def line(self, *inside: str | int) -> int:
        """The line of the table, or of something in it: `line("requires", 1)`."""
        return self.source.line((*self._place, *inside))

    def tell(self, kind: Kind, message: str, *inside: str | int, advice: str = "") -> None:
        """Tell a mistake in this table, at something inside it or at the table itself."""
        self._report(Finding(self.file, self.line(*inside), message, advice, kind))

    def names(self) -> list[str]:
        """All its keys in file order, for a table whose keys are the author's own words."""
        self._asked.update(dict.fromkeys(self._data))
        return list(self._data)

    def has(self, key: str) -> bool:
        """Whether the key is there, right or wrong."""
        return key in self._data

    def says(self, key: str, value: str) -> bool:
        """Whether the key holds just this text."""
        return bool(self._data.get(key) == value)

    def is_empty_list(self, key: str) -> bool:
        """Whether the key holds a list of nothing."""
        return bool(self._data.get(key) == [])

    def done(self) -> None:
        """Tell the keys that were never asked for: they are unknown."""
        for key in self._data:
            if key in self._asked:
                continue
            close = nearest(key, [k for k in self._asked if k not in self._data]) or nearest(key, list(self._asked))
            advice = f"Did you mean {close}?" if close else f"Known here: {', '.join(self._asked)}."
            self.tell(Kind.UNKNOWN_KEY, f"The key {key} is not known here.", key, advice=advice)

    def schema(self) -> None:
        """Take the key `schema`, which says by which version of a format the file is written."""
        if self.integer("schema", low=1) > SCHEMA:
            self.tell(
                Kind.BAD_VALUE,
                f"schema is {self._data['schema']}, but this Firsthand reads {SCHEMA}.",
                "schema",
                advice="Update Firsthand, or write the file by the older format.",
            )

    def text(self, key: str, default: str | None = None) -> str:
        """Text; without a default it must be there and not be empty."""
        value = self._take(key, str, "text in quotes", optional=default is not None)
        if value is None:
            return default or ""
        if default is None and not value.strip():
            self.tell(Kind.BAD_VALUE, f"{key} is empty; expected some text.", key)
        return cast("str", value)

    def matching(self, key: str, pattern: str, example: str) -> str:
        """Text of a given form, "" if it is of another."""
        value = self.text(key)
        if not value.strip() or re.fullmatch(pattern, value):
            return value
        self.tell(Kind.BAD_VALUE, f'{key} is "{value}"; expected something like {example}.', key)
        return ""

    def choice(self, key: str, options: Sequence[Choice], default: Choice | None = None) -> Choice:
        """One of some words; the first one, told, when it is none of them."""
        value = self._take(key, str, f"one of {_listed(options)}", optional=default is not None)
        if value is None:
            return options[0] if default is None else default
        if value not in options:
            close = nearest(value, list(options))
            advice = f'Did you mean "{close}"?' if close else ""
            self.tell(Kind.BAD_VALUE, f'{key} is "{value}"; expected one of {_listed(options)}.', key, advice=advice)
            return options[0]
        return cast("Choice", value)

    def integer(self, key: str, default: int | None = None, *, low: int = 0, high: int = 1_000_000) -> int:
        """A whole number within limits."""
        value = self._take(key, int, "a whole number", optional=default is not None)
        return low if value is None and default is None else self._within(key, value, default or 0, low, high)

    def number(self, key: str, default: float | None = None, *, low: float, high: float) -> float:
        """A number within limits; without a default it must be there."""
        value = self._take(key, (int, float), "a number", optional=default is not None)
        return float(self._within(key, value, low if default is None else default, low, high))

    def boolean(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._take(key, bool, "true or false", optional=True)
        return default if value is None else bool(value)

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of text; items that are something else are told and left out."""
        value = self._take(key, list, "a list of text in quotes", optional=default is not None)
        if value is None:
            return default or ()
        for position, item in enumerate(value):
            if not isinstance(item, str) or not item.strip():
                what = "empty" if isinstance(item, str) else _name(item)
                message = f"Item {position + 1} of {key} is {what}; expected text in quotes."
                self.tell(Kind.WRONG_TYPE, message, key, position)
        return tuple(item for item in value if isinstance(item, str) and item.strip())

    def table(self, key: str, *, optional: bool = False) -> "Table | None":
        """A table, or None, told unless it is optional."""
        value = self._take(key, dict, f"a table [{key}]", optional=optional)
        return None if value is None else Table(self.source, (*self._place, key), value, self._report)

    def tables(self, key: str, *, optional: bool = False) -> "list[Table]":
        """The tables under `[[key]]`."""
        value = self._take(key, list, f"tables [[{key}]]", optional=optional)
        if value == [] and not optional:
            self.tell(Kind.BAD_VALUE, f"{key} is empty; expected at least one table [[{key}]].", key)
        found = []
        for position, item in enumerate(value or ()):
            if isinstance(item, dict):
                found.append(Table(self.source, (*self._place, key, position), item, self._report))
            else:
                self.tell(Kind.WRONG_TYPE, f"{key} holds {_name(item)}; expected tables [[{key}]].", key, position)
        return found

    def _take(self, key: str, kind: type | tuple[type, ...], expected: str, *, optional: bool) -> Any:
        self._asked[key] = None
        if key not in self._data:
            if not optional:
                self.tell(
                    Kind.MISSING_KEY, f"The key {key} is missing; expected {expected}.", advice=self._misspelt(key)
                )
            return None
        value = self._data[key]
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        self.tell(Kind.WRONG_TYPE, f"{key} is {_name(value)}; expected {expected}.", key)
        return None

    def _misspelt(self, key: str) -> str:
        found = nearest(key, [k for k in self._data if k not in self._asked])
        return f"Is {found} (line {self.line(found)}) meant to be it?" if found else ""

    def _within(self, key: str, value: Any, default: float, low: float, high: float) -> Any:
        if value is None:
            return default
        if low <= value <= high:
            return value
        self.tell(Kind.BAD_VALUE, f"{key} is {value}; expected {low:g} to {high:g}.", key)
        return low


def _listed(options: Sequence[str]) -> str:
    return ", ".join(f'"{o}"' for o in options)


def _name(value: Any) -> str:
    names = {
        str: "text",
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        list: "a list",
        dict: "a table",
    }
    return names.get(type(value), "a date or time")
