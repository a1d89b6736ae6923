"""What a run printed is compared with what the page says, line by line."""

from pathlib import Path

import pytest

from firsthand.content.blocks import Block
from firsthand.content.findings import Kind
from firsthand.proof.printed import SHOWN_LINES_MAX, difference

PAGE = Path("page.md")


def told(said: str, printed: str) -> tuple[int, str] | None:
    found = difference(PAGE, Block("output", said, 10), printed)
    if found is None:
        return None
    assert (found.file, found.kind) == (PAGE, Kind.RUN_OUTPUT)
    return found.line, found.message.partition("\n")[2]


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("a\nb\n", "a\nb\n"),
        ("a\nb\n", "a\nb"),
        (" id | name\n----+------\n", " id | name \n----+------\n\n"),
        ("at 127.0.0.1:…\n", "at 127.0.0.1:48013\n"),
        ("…\nb\n", "anything\nb\n"),
        ("[…] took … s\n", "[x.y] took 0.1 s\n"),
        ("", "\n"),
    ],
    ids=["the same", "no line feed at the end", "spaces at the ends", "a port", "a whole line", "twice", "nothing"],
)
def test_output_is_as_the_page_says(said, printed):
    assert told(said, printed) is None


@pytest.mark.parametrize(
    ("said", "printed", "line", "words"),
    [
        ("a\nb\n", "a\nc\n", 12, "expected: b\ngot:      c"),
        ("a\n", "a\nb\n", 12, "expected: (nothing more)\ngot:      b"),
        ("a\nb\n", "a\n", 12, "expected: b\ngot:      (nothing more)"),
        (" a\n", "a\n", 11, "expected:  a\ngot:      a"),
        ("a.c\n", "abc\n", 11, "expected: a.c\ngot:      abc"),
        ("a…\n", "b\n", 11, "expected: a…\ngot:      b"),
        ("…\n", "a\nb\n", 12, "expected: (nothing more)\ngot:      b"),
        ("red\n", "\x1b[31mred\n", 11, "expected: red\ngot:      \\x1b[31mred"),
    ],
    ids=["another line", "more", "less", "indented", "no pattern", "around it", "one line only", "made visible"],
)
def test_the_first_line_that_differs_is_told_where_it_stands_in_the_page(said, printed, line, words):
    assert told(said, printed) == (line, words)


def test_all_that_was_printed_is_told_unless_it_is_too_much_to_read():
    found = difference(PAGE, Block("output", "", 1), "".join(f"{n}\n" for n in range(SHOWN_LINES_MAX + 5)))
    assert found is not None
    assert found.advice.split("\n")[-1] == "[... 5 more lines ...]"
    assert found.advice.count("\n") == SHOWN_LINES_MAX + 1
