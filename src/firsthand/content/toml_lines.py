"""Finds on which line of a TOML source each table, key and list item stands, which tomllib does not tell."""

import re
import tomllib
from bisect import bisect_right

Place = tuple[str | int, ...]
"""Keys and list positions from the root: `("competency", 3, "tier")`."""

_SPACE_AND_COMMENTS = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_KEY = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+')
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})|\'\'\'.*?\'\'\'(?:\'{0,2})|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL
)
_SCALAR = re.compile(r"[^,\]}#\n]+")


def key_lines(text: str) -> dict[Place, int]:
    """The line, from 1, of everything in a source that tomllib has accepted."""
    return _Scan(text).all()


class _Scan:
    """One pass over a valid source."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._newlines = [m.start() for m in re.finditer("\n", text)]
        self._table_counts: dict[Place, int] = {}
        self._lines: dict[Place, int] = {}

    def all(self) -> dict[Place, int]:
        table: Place = ()
        while True:
            self._skip(_SPACE_AND_COMMENTS)
            if self._at >= len(self._text):
                return self._lines
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)

    def _header(self) -> Place:
        many = self._text.startswith("[[", self._at)
        began = self._at
        self._at += 2 if many else 1
        keys = self._dotted_key()
        self._at += 2 if many else 1
        place: Place = ()
        for depth, key in enumerate(keys, 1):
            place = (*place, key)
            if depth == len(keys) and many:
                self._table_counts[place] = self._table_counts.get(place, 0) + 1
                self._note(place, began)
            if place in self._table_counts:
                place = (*place, self._table_counts[place] - 1)
        self._note(place, began)
        return place

    def _pair(self, table: Place) -> None:
        began = self._at
        place = table
        for key in self._dotted_key():
            place = (*place, key)
            self._note(place, began)
        self._at += 1  # the equals sign
        self._value(place)

    def _dotted_key(self) -> list[str]:
        keys = []
        while True:
            self._skip(_SPACE)
            found = _KEY.match(self._text, self._at)
            assert found, "tomllib accepted this source, so a key stands here"
            self._at = found.end()
            keys.append(_bare(found[0]))
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return keys
            self._at += 1

    def _value(self, place: Place) -> None:
        self._skip(_SPACE)
        first = self._text[self._at]
        if first == "[":
            self._items(place)
        elif first == "{":
            self._inline_table(place)
        else:
            found = (_STRING if first in "\"'" else _SCALAR).match(self._text, self._at)
            assert found, "tomllib accepted this source, so a value stands here"
            self._at = found.end()

    def _items(self, place: Place) -> None:
        self._at += 1
        position = 0
        while not self._closed("]"):
            self._note((*place, position), self._at)
            self._value((*place, position))
            position += 1

    def _inline_table(self, place: Place) -> None:
        self._at += 1
        while not self._closed("}"):
            self._pair(place)

    def _closed(self, bracket: str) -> bool:
        self._skip(_SPACE_AND_COMMENTS)
        if self._text[self._at] == ",":
            self._at += 1
            self._skip(_SPACE_AND_COMMENTS)
        if self._text[self._at] != bracket:
            return False
        self._at += 1
        return True

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _note(self, place: Place, offset: int) -> None:
        self._lines.setdefault(place, bisect_right(self._newlines, offset) + 1)


def _bare(key: str) -> str:
    if key.startswith("'"):
        return key[1:-1]
    return str(tomllib.loads(f"k = {key}")["k"]) if key.startswith('"') else key
