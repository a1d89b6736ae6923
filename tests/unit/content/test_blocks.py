"""A page is taken apart into prose and blocks, each with its line; what cannot be is told and shown as plain code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.content.blocks import Block, Prose, read_parts

PAGE = """\
Some words.

```python file=lib/greet.py
print("hello")
```

```sh run exit=2
python3 lib/greet.py; exit 2
```

```text output
hello
```

Between.

```diagram Ada asks, Bob answers.
Ada ──▶ Bob
```
~~~http
GET / HTTP/1.1
~~~
"""


def blocks(markdown: str) -> list[Block]:
    return [part for part in read_parts(markdown) if isinstance(part, Block)]


def kinds(markdown: str) -> list[str]:
    return [block.kind for block in blocks(markdown)]


def test_a_page_is_prose_and_blocks_in_order_with_their_lines():
    assert [(type(part).__name__, getattr(part, "kind", ""), part.line) for part in read_parts(PAGE)] == [
        ("Prose", "", 1),
        ("Block", "file", 3),
        ("Block", "run", 7),
        ("Block", "output", 11),
        ("Prose", "", 14),
        ("Block", "diagram", 17),
        ("Block", "code", 20),
    ]


def test_the_words_behind_a_fence_say_what_it_is():
    file, run, output, diagram, code = blocks(PAGE)

    assert (file.language, file.file, file.text) == ("python", "lib/greet.py", 'print("hello")\n')
    assert (run.language, run.exit_code) == ("sh", 2)
    assert output.text == "hello\n"
    assert (diagram.sentence, diagram.text) == ("Ada asks, Bob answers.", "Ada ──▶ Bob\n")
    assert (code.language, code.text) == ("http", "GET / HTTP/1.1\n")


def test_lines_count_from_where_the_page_stands_in_its_file():
    assert [part.line for part in read_parts("a\n\n```\nb\n```\n", line=7)] == [7, 9]


def test_a_longer_fence_may_hold_a_shorter_one():
    assert [block.text for block in blocks("````\n```sh run\nls\n```\n````\n")] == ["```sh run\nls\n```\n"]


def test_a_fence_in_a_list_is_part_of_the_prose():
    parts = read_parts("1. Do this:\n\n   ```sh\n   ls\n   ```\n\n2. Done.\n")
    assert [type(part) for part in parts] == [Prose]


def test_windows_line_ends_make_no_difference():
    assert kinds(PAGE.replace("\n", "\r\n")) == kinds(PAGE)


@pytest.mark.parametrize(
    "fence",
    [
        "python runs",
        "text output",
        "go run",
        "sh run file=a.sh",
        "sh file=../a.sh",
        "sh file=a/../b",
        "sh exit=1",
        "run",
    ],
)
def test_what_cannot_be_is_taken_for_plain_code(fence):
    found = []
    parts = read_parts(f"```{fence}\nx\n```\n", report=found.append)

    assert len(found) == 1
    assert [(part.kind, part.text) for part in parts if fence != "text output"] in ([("code", "x\n")], [])


def test_an_empty_block_has_no_text():
    assert [block.text for block in blocks("```\n```\n")] == [""]


@given(st.text(alphabet="`~ \nabrunoutpe=>-1.", max_size=120))
def test_any_text_is_taken_apart_without_losing_a_line_of_prose_or_code(text):
    parts = read_parts(text)

    lines = [part.line for part in parts]
    assert lines == sorted(set(lines))
    for part in parts:
        start = part.line - 1 + isinstance(part, Block)
        assert (
            text.split("\n")[start:][: len(part.text.splitlines())]
            == part.text.split("\n")[: len(part.text.splitlines())]
        )
