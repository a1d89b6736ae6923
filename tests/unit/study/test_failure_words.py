"""A failure's two values are told once: in the message where they can be read there, else below one another."""

import pytest

from firsthand.core.results import Failure
from firsthand.study.failure_words import readable, says_both


def _failure(expected: str, got: str, message: str = "") -> Failure:
    message = message or f"Text of the note: expected {expected}, got {got}."
    return Failure(kind="mismatch", message=message, expected=expected, got=got)


def test_short_values_are_read_in_the_message() -> None:
    failure = _failure('"milk"', '"mulk"')

    assert readable(failure) == failure
    assert says_both(failure)


def test_long_values_are_taken_out_of_the_message_and_stand_below_one_another() -> None:
    failure = readable(_failure("a" * 100, "a" * 99 + "b"))

    assert failure.message == "Text of the note: not what was expected."
    assert not says_both(failure)


@pytest.mark.parametrize(
    ("message", "expected", "got"),
    [
        ("The status of `HTTP/1.1 418 I'm a teapot` is wrong.", "418", "418 I'm a teapot"),
        ("After 200 OK there is nothing to follow.", "no byte", ""),
    ],
)
def test_values_that_a_message_holds_by_chance_are_not_told_by_it(message: str, expected: str, got: str) -> None:
    assert not says_both(_failure(expected, got, message))
