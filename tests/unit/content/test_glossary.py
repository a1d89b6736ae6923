"""The terms of a path, and where a page uses each of them first."""

import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from build_cases import GOOD
from hypothesis import given
from hypothesis import strategies as st

from firsthand.content.glossary import Term, first_uses
from firsthand.content.load import load


def term(name: str, *also: str) -> Term:
    return Term(name, also, "Something else.", Path("words.toml"), 1)


WORDS = (
    term("cache"),
    term("shared cache"),
    term("query", "SELECT"),
    term("TCP"),
    term("Express"),
    term("idempotent", "idempotence"),
    term("class"),
)


def found(text: str) -> list[tuple[str, str]]:
    return [(use.term.name, text[use.start : use.end]) for use in first_uses(text, WORDS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A cache, and another cache.", [("cache", "cache")]),
        ("A shared cache is a cache.", [("shared cache", "shared cache"), ("cache", "cache")]),
        ("A shared\ncache.", [("shared cache", "shared\ncache")]),
        ("Caches help.", [("cache", "Caches")]),
        ("Two queries.", [("query", "queries")]),
        ("Two classes.", [("class", "classes")]),
        ("Idempotence matters; idempotent calls too.", [("idempotent", "Idempotence")]),
        ("TCP is not tcp, nor are TCPs.", [("TCP", "TCP")]),
        ("An express train runs on Express.", [("Express", "Express")]),
        ("Please select SELECT.", [("query", "SELECT")]),
        ("A (cache).", [("cache", "cache")]),
        ("**cache**", [("cache", "cache")]),
        ("cached, Cache-Control, cache-first, cache.py, no_cache, https://cache.example/cache", []),
    ],
)
def test_a_term_is_found_as_a_whole_word_in_the_forms_that_people_write(text, expected):
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "# The cache\n",
        "The cache\n=========\n",
        "```python run\ncache = {}\n```\n",
        "- ```\n  cache\n  ```\n",
        "~~~\ncache\n",
        "Use `cache` or ``a ` cache``.",
        "[the cache](https://example.test)",
        "![a cache][picture]",
        "[picture]: https://example.test cache",
        "<https://example.test/cache> <b title=cache>",
    ],
)
def test_code_headings_and_links_are_passed_over(text):
    assert found(text) == []
    assert found(f"{text}\n\nA cache.") == [("cache", "cache")] or text.startswith("~~~")


def test_a_term_stands_where_it_is_used_first_outside_of_them():
    text = "# Cache\n\nRun `cache`. Then a cache.\n"
    assert [text[: use.start] for use in first_uses(text, WORDS)] == ["# Cache\n\nRun `cache`. Then a "]


def test_without_terms_nothing_is_found():
    assert first_uses("A cache.", ()) == []


@given(st.text(alphabet="cache `#[]()<>\n~TP*", max_size=80))
def test_any_text_is_searched_and_no_two_uses_overlap(text):
    uses = first_uses(text, WORDS)
    assert all(one.end <= other.start for one, other in pairwise(uses))
    assert len({use.term for use in uses}) == len(uses)


def test_the_glossary_of_a_path_is_sorted_and_holds_what_other_roots_add(tmp_path):
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    more = tmp_path / "company/inhouse/glossary/pay.toml"
    more.parent.mkdir()
    more.write_text('[[term]]\nterm = "receipt"\nmeans = "A note that money came."\n')

    (path,) = load([tmp_path / "main", tmp_path / "company"]).paths

    assert [(each.name, each.forms) for each in path.glossary] == [
        ("receipt", ("receipt",)),
        ("socket", ("socket", "endpoint")),
        ("TCP", ("TCP",)),
    ]
