"""Where content is looked for: ours, settings.toml, FIRSTHAND_CONTENT and --content, in that order."""

import os

import pytest
from build_cases import GOOD

from firsthand.content.load import default_roots
from firsthand.content.settings import content_roots
from firsthand.core.errors import UsageError

COMPANY, MAIN = GOOD / "company", GOOD / "main"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("FIRSTHAND_CONTENT", raising=False)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_without_settings_there_is_our_own_content():
    assert content_roots() == default_roots()


def test_all_sources_are_read_in_order_and_each_folder_once(home, monkeypatch, tmp_path):
    other = tmp_path / "other"
    (other / "more").mkdir(parents=True)
    (other / "more/path.toml").write_text("")
    (home / "settings.toml").write_text(f'content = ["{MAIN}"]\n')
    monkeypatch.setenv("FIRSTHAND_CONTENT", f"{COMPANY}{os.pathsep}{MAIN}{os.pathsep}")
    assert content_roots([other, COMPANY]) == [*default_roots(), MAIN, COMPANY, other]


def test_a_folder_in_the_settings_may_be_relative_to_them(home):
    (home / "ours/path").mkdir(parents=True)
    (home / "ours/path/path.toml").write_text("")
    (home / "settings.toml").write_text('content = ["ours"]\n')
    assert content_roots()[-1] == (home / "ours").resolve()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('content = "here"\n', 1, "content is text; expected a list of text in quotes."),
        ('\ncontents = ["here"]\n', 2, "The key contents is not known here."),
        ('content = [\n  "/nowhere/at/all",\n]\n', 2, "There is no folder /nowhere/at/all."),
        ("content = [\n", 1, "This is not TOML"),
        ("content = [1]\n", 1, "Item 1 of content is a whole number; expected text in quotes."),
    ],
)
def test_wrong_settings_are_told_with_their_line(home, text, line, words):
    (home / "settings.toml").write_text(text)
    with pytest.raises(UsageError) as told:
        content_roots()
    assert told.value.message.startswith(f"{home / 'settings.toml'}:{line}: ")
    assert words in told.value.message


def test_a_folder_that_is_not_there_or_holds_no_path_is_refused(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match=r"There is no folder .*gone \(--content names it\)"):
        content_roots([tmp_path / "gone"])
    monkeypatch.setenv("FIRSTHAND_CONTENT", str(tmp_path))
    with pytest.raises(UsageError, match=r"holds no path \(FIRSTHAND_CONTENT names it\)"):
        content_roots()
