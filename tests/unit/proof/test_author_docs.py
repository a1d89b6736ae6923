"""The reference for authors has every word of the vocabulary, and every key of the files."""

import inspect
import re
from pathlib import Path

import pytest

import firsthand
from firsthand import lab
from firsthand.bench.check import Expectation
from firsthand.bench.clients.reply import Headers
from firsthand.content import reading, reading_labs

DOCS = Path(firsthand.__file__).parents[2] / "docs/author"

FOR_CHECKS = {
    "App": ["address", "start", "run", "restart", "stop", "instances"],
    "Instance": ["name", "address", "program", "running", "stop", "kill"],
    "Door": [
        "address",
        "target",
        "delay",
        "throttle",
        "refuse",
        "black_hole",
        "cut",
        "reset",
        "half_close",
        "heal",
    ],
}
"""Of these a check uses a part; the rest is for the run that owns them."""

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="an installation has no docs")


@pytest.mark.parametrize("name", lab.__all__)
def test_every_word_of_the_vocabulary_is_in_its_page(name: str) -> None:
    page = (DOCS / "vocabulary.md").read_text(encoding="utf-8")
    found = getattr(lab, name)
    members = FOR_CHECKS.get(name) or (_members(found) if inspect.isclass(found) else [])
    words = [name, *members]
    assert [word for word in words if not _is_in(page, word)] == []


@pytest.mark.parametrize("kind", [Expectation, Headers])
def test_what_the_vocabulary_gives_is_in_its_page(kind: type) -> None:
    page = (DOCS / "vocabulary.md").read_text(encoding="utf-8")
    assert [word for word in _members(kind) if not _is_in(page, word)] == []


@pytest.mark.parametrize("module", [reading, reading_labs])
def test_every_key_of_the_files_is_in_its_page(module: object) -> None:
    page = (DOCS / "lab-files.md").read_text(encoding="utf-8")
    source = Path(inspect.getfile(module)).read_text(encoding="utf-8")  # type: ignore[arg-type]
    keys = re.findall(r'table\.(?:text|texts|matching|integer|number|boolean|choice|table|tables)\("(\w+)"', source)
    of_courses = {"course", "url", "length", "added", "playlist"}
    assert len(keys) > 10
    assert [key for key in keys if key not in of_courses and f"`{key}`" not in page and f"[{key}]" not in page] == []


def _members(kind: type) -> list[str]:
    named = [*vars(kind), *getattr(kind, "__annotations__", {})]
    return [name for name in dict.fromkeys(named) if not name.startswith("_")]


def _is_in(page: str, word: str) -> bool:
    return re.search(rf"`[^`]*\b{word}\b[^`]*`", page) is not None
