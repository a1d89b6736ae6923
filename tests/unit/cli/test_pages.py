"""Reading in a terminal: lessons part by part, and the glossary."""

import io
from pathlib import Path

import pytest

from firsthand.cli.page import show_page
from firsthand.content.blocks import read_parts

PAGE = """\
Write this.

```sh file=greet.sh
echo "hello $1"
```

```sh run exit=2
sh greet.sh Ada; exit 2
```

```text output
hello Ada
```

```diagram Ada asks Bob.
Ada ──▶ Bob    and much more that is on this line
```
"""

OPENING = '+++\ntitle = "What this is"\nminutes = 3\nteaches = []\n+++\n\nA polite **hullohullo**.\n'
TERMS = """[[term]]
term = "hullohullo"
also = ["hullohullos", "warm hullo"]
means = "Two programs that agree before they begin."

[[term]]
term = "Aardvark"
means = "A stream of bytes between two programs."
"""


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def path(place, tmp_path: Path) -> Path:
    """A path with a lesson of its own and a glossary."""
    (home,) = tmp_path.glob("**/path.toml")
    for name, text in {"lessons/00-what-this-is.md": OPENING, "glossary/tny.toml": TERMS}.items():
        file = home.parent / name
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
    return home.parent


def test_a_piped_page_is_markdown_without_the_words_for_the_linter():
    out = io.StringIO()
    show_page("Greeting", read_parts(PAGE), out)

    assert out.getvalue() == (
        "# Greeting\n\nWrite this.\n\n"
        'The file `greet.sh`:\n\n```sh\necho "hello $1"\n```\n\n'
        "This ends with exit code 2:\n\n```sh\nsh greet.sh Ada; exit 2\n```\n\n"
        "```\nhello Ada\n```\n\n"
        "```\nAda ──▶ Bob    and much more that is on this line\n```\n"
    )


def test_on_a_terminal_output_is_set_apart_and_a_diagram_is_never_wrapped(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    show_page("Greeting", read_parts(PAGE), out)
    text = out.getvalue()

    assert "│ \x1b[0mhello Ada\n" in text
    assert "Ada ──▶ Bob    and much more that is on this line\n" in text
    assert "greet.sh" in text
    for word in ("```", "exit=2", "file=", "output", "Ada asks Bob"):
        assert word not in text


def test_lessons_of_the_path_itself_are_listed_first_and_can_be_read(place, path):
    listed = place.call("lesson").out

    assert listed.index("tiny/what-this-is  What this is  3 min\n") < listed.index("tny/greeting")
    read = place.call("lesson", "tiny/what-this-is").out
    assert read.startswith("# What this is\n\nA polite **hullohullo**.\n")
    assert "Words to know: hullohullo. " in read
    assert "Questions on it" not in read


def test_the_glossary_says_what_a_term_means_in_any_of_its_forms(place, path):
    expected = "hullohullo  warm hullo\n    Two programs that agree before they begin.\n"

    for word in ("hullohullo", "Hullohullos", "warm HULLO"):
        assert place.call("glossary", word).out == expected


def test_the_glossary_is_listed_by_alphabet(place, path):
    out = place.call("glossary").out
    assert out.index("\nAardvark\n    A stream of bytes") < out.index("\nhullohullo  warm hullo\n")


def test_a_word_that_is_not_in_the_glossary_is_told_with_the_nearest(place, path):
    done = place.call("glossary", "hullo", "hulo")

    assert done.code == 2
    assert '"hullo hulo" is not in the glossary.\nDid you mean hullohullo? ' in done.err
