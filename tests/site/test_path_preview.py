"""The author's preview: content is read anew after a change, and what the linter finds stands on the page."""

import os

import pytest

from firsthand.content import following
from firsthand.study import library

LESSON = "small/units/way/lessons/01-which-way.md"


@pytest.fixture
def followed(small_content):
    library.forget()
    following.begin([small_content])
    yield small_content
    following.end()
    library.forget()


def change(file, old: str, new: str) -> None:
    """Write a file as an editor does a moment later."""
    file.write_text(file.read_text().replace(old, new))
    later = file.stat().st_mtime_ns + 1_000_000
    os.utime(file, ns=(later, later))


def stamp(client) -> str:
    return client.get("/preview/changed/").json()["stamp"]


def test_without_a_preview_there_is_nothing_of_it(client, small_content) -> None:
    assert "preview.js" not in client.get("/").content.decode()
    assert client.get("/preview/changed/").status_code == 404
    assert client.get("/preview/findings/").status_code == 404


def test_a_change_is_shown_by_the_next_page_and_told_to_open_ones(client, followed) -> None:
    page = client.get("/lesson/way/which-way/").content.decode()
    before = stamp(client)
    assert f'data-stamp="{before}"' in page

    change(followed / LESSON, "shorter", "longer")

    assert stamp(client) != before
    assert "It is longer." in client.get("/lesson/way/which-way/").content.decode()


def test_nothing_is_told_while_nothing_changes(client, followed) -> None:
    assert stamp(client) == stamp(client) != ""


def test_a_new_and_a_renamed_file_are_changes(client, followed) -> None:
    before = stamp(client)
    file = followed / LESSON
    file.rename(file.with_name("02-which-way.md"))
    between = stamp(client)
    (followed / "small/new.txt").write_text("")

    assert len({before, between, stamp(client)}) == 3


def test_findings_of_the_shown_page_are_told_and_others_counted(client, followed) -> None:
    change(followed / LESSON, "It is shorter.", "\n\n```sh run\ntrue\n")
    own = client.get("/preview/findings/?page=/lesson/way/which-way/").content.decode()
    other = client.get("/preview/findings/?page=/lab/talk-greeting/stage/greets/").content.decode()

    assert "never closed" in own
    assert "01-which-way.md:" in own
    assert "elsewhere" in own
    assert "never closed" not in other
    assert "No bug" in other


def test_a_page_that_cannot_be_read_names_its_file_and_what_is_wrong(client, followed) -> None:
    change(followed / LESSON, "minutes =", "minuts =")

    answer = client.get("/lesson/way/which-way/")
    page = answer.content.decode()

    assert answer.status_code == 500
    assert f"{followed / LESSON}" in page
    assert "The key minutes is missing" in page


@pytest.mark.parametrize("address", ["/unit/way/", "/question/WAY-01.1/", "/glossary/", "/", "/lesson/x/y/", "%00"])
def test_findings_of_any_page_can_be_asked_for(client, followed, address) -> None:
    assert client.get("/preview/findings/", {"page": address}).status_code == 200


def test_content_that_cannot_be_read_is_told_and_heals(client, followed) -> None:
    unit = followed / "small/units/way/unit.toml"
    change(unit, 'title = "Finding the way"', "title = <")

    broken = client.get("/")
    assert broken.status_code >= 400
    assert "preview.js" in broken.content.decode(), "the page reloads when it is mended"
    assert "unit.toml:" in client.get("/preview/findings/?page=/").content.decode()

    change(unit, "title = <", 'title = "Mended"')
    assert "Mended" in client.get("/").content.decode()


def test_a_strange_name_in_a_finding_is_shown_not_executed(client, followed) -> None:
    change(followed / LESSON, "It is shorter.", "\n\n```sh <script>alert(1)</script>\ntrue\n```\n")
    page = client.get("/preview/findings/?page=/lesson/way/which-way/").content.decode()

    assert "&lt;script&gt;" in page
    assert "<script>" not in page
