"""The author's vocabulary: what declares a check, and what states what is expected."""

import json
import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeVar

import msgspec

from firsthand.bench.failures import CheckFailed, failed, pointer, show_bytes, show_text

T = TypeVar("T")
CheckFunction = Callable[..., Awaitable[None]]

MESSAGE_BYTES = 40
"""How much of long bytes stands in a sentence; the pointer below it shows the place that matters."""

MARK = "__firsthand_check__"
"""The attribute by which a run finds checks in a module."""


@dataclass(frozen=True)
class CheckMark:
    """What `@check` was told."""

    proves: tuple[str, ...]
    deadline_s: float | None


def check(
    *, proves: str | tuple[str, ...] = (), deadline_s: float | None = None
) -> Callable[[CheckFunction], CheckFunction]:
    """Declare an async function to be a check.

    The first line of its docstring is the rule that the learner reads, ending in its source: `(RFC 9112, 9.3)`, or
    `(brief)` for a rule of the lab's own. What it needs it asks for by parameter type.

    Args:
        proves: ids of the competencies that passing it shows.
        deadline_s: its own deadline in seconds; the lab's `check_s` unless told.
    """
    marked = CheckMark((proves,) if isinstance(proves, str) else tuple(proves), deadline_s)

    def declare(function: CheckFunction) -> CheckFunction:
        setattr(function, MARK, marked)
        return function

    return declare


class Expectation(Generic[T]):
    """A value that came from the program, about to be compared. Each method raises CheckFailed or returns nothing."""

    def __init__(self, value: T, what: str) -> None:
        self.value = value
        self.what = what

    def equals(self, expected: T, *, hint: str = "") -> None:
        """The value is exactly this."""
        if self.value == expected:
            return
        if isinstance(expected, bytes) and isinstance(self.value, bytes):
            self._refuse(_show(expected), hint, detail=pointer(expected, self.value))
        if isinstance(expected, str) and isinstance(self.value, str) and "\n" not in expected:
            detail = pointer(expected.encode(), self.value.encode()) if len(expected) > 12 else ""
            self._refuse(_show(expected), hint, detail=detail)
        self._refuse(_show(expected), hint)

    def differs_from(self, other: T, *, hint: str = "") -> None:
        """The value is anything but this."""
        if self.value == other:
            self._refuse(f"anything but {_show(other)}", hint)

    def is_one_of(self, options: Collection[T], *, hint: str = "") -> None:
        """The value is one of these."""
        if self.value not in options:
            self._refuse(" or ".join(_show(o) for o in options), hint)

    def contains(self, part: Any, *, hint: str = "") -> None:
        """The value (text, bytes or a collection) has this in it."""
        if part not in self.value:  # type: ignore[operator]
            self._refuse(f"something with {_show(part)} in it", hint)

    def lacks(self, part: Any, *, hint: str = "") -> None:
        """The value (text, bytes or a collection) does not have this in it."""
        if part in self.value:  # type: ignore[operator]
            self._refuse(f"nothing with {_show(part)} in it", hint)

    def matches(self, pattern: str, *, hint: str = "") -> None:
        """The whole text matches this regular expression."""
        if not isinstance(self.value, str) or not re.fullmatch(pattern, self.value):
            self._refuse(f"text like {pattern}", hint)

    def is_at_least(self, low: Any, *, hint: str = "") -> None:
        """The value is this or more."""
        if self.value < low:
            self._refuse(f"{_show(low)} or more", hint)

    def is_at_most(self, high: Any, *, hint: str = "") -> None:
        """The value is this or less."""
        if self.value > high:
            self._refuse(f"{_show(high)} or less", hint)

    def has_length(self, length: int, *, hint: str = "") -> None:
        """The value has so many items, bytes or characters."""
        assert isinstance(self.value, Sized), "only a sized value has a length"
        if len(self.value) != length:
            raise failed(
                f"{self._what}: expected a length of {length}, got {len(self.value)}.",
                expected=str(length),
                got=str(len(self.value)),
                remark=hint,
            )

    def is_true(self, *, hint: str = "") -> None:
        """The value is true."""
        if not self.value:
            self._refuse("true", hint)

    def is_none(self, *, hint: str = "") -> None:
        """The value is absent."""
        if self.value is not None:
            self._refuse("none", hint)

    def is_present(self, *, hint: str = "") -> None:
        """The value is there."""
        if self.value is None:
            self._refuse("one", hint)

    @property
    def _what(self) -> str:
        return self.what[:1].upper() + self.what[1:]

    def _refuse(self, expected: str, hint: str, *, detail: str = "") -> NoReturn:
        got = _show(self.value)
        raise failed(
            f"{self._what}: expected {expected}, got {got}.", expected=expected, got=got, detail=detail, remark=hint
        )


def expect(value: T, what: str = "the value") -> Expectation[T]:
    """State what is expected of a value: `expect(reply.status, "status").equals(200, hint="Did you ...?")`.

    `what` names the value as the learner knows it, such as "status" or "Content-Length of /a.txt".
    """
    return Expectation(value, what)


@contextmanager
def hinting(text: str) -> Iterator[None]:
    """Failures inside the block that say nothing about their cause, such as a lost reply, get this remark."""
    try:
        yield
    except CheckFailed as error:
        if error.failure.remark:
            raise
        raise CheckFailed(msgspec.structs.replace(error.failure, remark=text)) from None


def fail(message: str, *, expected: str = "", got: str = "", hint: str = "") -> NoReturn:
    """Fail the check with words of its own, where no expectation says it."""
    raise failed(message, expected=expected, got=got, remark=hint)


def _show(value: Any) -> str:
    """The value in words that no language has to itself: objects and lists as JSON."""
    if value is None:
        return "none"
    if isinstance(value, bytes):
        return show_bytes(value, MESSAGE_BYTES)
    if isinstance(value, str):
        return f'"{show_text(value)}"'
    if isinstance(value, bool | list | tuple | dict):
        try:
            return show_text(json.dumps(value, ensure_ascii=False))
        except TypeError:  # something inside is not of JSON
            pass
    return show_text(str(value))
