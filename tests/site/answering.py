"""What the tests of practice do with pages: read the forms on them, send them, and answer as the terminal does."""

import html
import os
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from firsthand.cli.main import firsthand
from firsthand.study import library

FIELD = re.compile(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"')
CHOICE = re.compile(r'type="radio" name="given" value="([^"]*)"')
STEP = re.compile(r'name="step" value="([^"]*)"')

RIGHT: dict[str, Any] = {
    "WAY-01.1": "the right one",
    "WAY-02.1": "yes",
    "WAY-03.1": "4",
    "WAY-04.1": ["alpha", "beta", "gamma"],
    "WAY-05.1": "[0-9]+",
}


def page_of(client: Client, address: str, status: int = 200) -> str:
    """A page as text."""
    answer = client.get(address, follow=True)
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.content.decode()


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page that stand in it once, but for the token against forgery."""
    return {name: html.unescape(value) for name, value in FIELD.findall(page) if name not in ("step",)}


def options(page: str) -> list[str]:
    """The options of a choice, in the order shown."""
    return [html.unescape(text) for text in CHOICE.findall(page)]


def steps(page: str) -> list[str]:
    """The steps of an order, as shown."""
    return [html.unescape(text) for text in STEP.findall(page)]


def filled(page: str, given: Any) -> dict[str, Any]:
    """The form on a page with this answer: an option, what is typed, steps in order, or None for "I don't know"."""
    data: dict[str, Any] = hidden(page)
    if given is None:
        return data | {"unsure": "yes"}
    if isinstance(given, list):
        shown = steps(page)
        return data | {"step": shown, "place": [str(given.index(step) + 1) for step in shown]}
    return data | {"given": given}


def terminal(*words: str, typed: str = "") -> str:
    """What the command says, called with the home and content of this test."""
    library.release()
    try:
        return CliRunner().invoke(firsthand, list(words), input=typed, catch_exceptions=False).output
    finally:
        library.hold()


def another_home(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    """From here on everything happens in another home."""
    assert os.environ["FIRSTHAND_HOME"] != str(place)
    monkeypatch.setenv("FIRSTHAND_HOME", str(place))
