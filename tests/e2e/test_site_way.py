"""Map, lessons and search in a real browser: by keyboard alone, on a phone, and without scripts."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, NONE, Visit, chromium
from learned import Learned
from playwright.sync_api import Browser, expect
from site_process import Site, site

from firsthand.bench.sandbox.sweep import remove_folder

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NONE)

LESSON = "/lesson/net/the-journey-of-a-url/"
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Browser, Site, str]]:
    """A browser, a site of somebody who has begun, and the cookie that opens it."""
    root = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRSTHAND_HOME", str(root / "home"))
        Learned().planned().read("sh/files-by-typing")
    with chromium() as browser, site(root / "home", "--no-open") as running:
        yield browser, running, running.enter()
    remove_folder(root)


@pytest.fixture
def open_with(world) -> Iterator:
    """A visit with options of one's own; each is closed, and has asked nobody else."""
    browser, running, cookie = world
    visits: list[Visit] = []

    def open_(**options) -> Visit:
        visits.append(Visit(browser, running, cookie, **options))
        return visits[-1]

    yield open_
    for visit in visits:
        visit.close()


def test_the_map_is_walked_by_keyboard_in_order_of_study(open_with) -> None:
    page = open_with(viewport={"width": 1440, "height": 900}).go("/")
    units = page.locator(".map-wide a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    page.locator(".map-wide a").first.focus()
    walked = []
    for _ in units:
        walked.append(page.evaluate("document.activeElement.getAttribute('href')"))
        page.keyboard.press("Tab")

    assert len(units) == 25
    assert walked == units


def test_what_a_unit_stands_on_lights_up_with_its_focus(open_with) -> None:
    page = open_with(viewport={"width": 1440, "height": 900}).go("/")
    way = page.locator('.map-wide a[href="/unit/web/"] + .way')
    assert not way.is_visible()
    page.locator('.map-wide a[href="/unit/lng/"]').focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.getAttribute('href')") == "/unit/web/"
    assert way.locator("use").count() == 4 + 3, "four lines and three units"
    expect(way).to_have_css("display", "inline")


@pytest.mark.parametrize(("width", "shown"), [(1440, ".map-wide"), (900, ".map-tall"), (360, ".map-narrow")])
def test_every_screen_has_its_own_form_of_the_map(open_with, width, shown) -> None:
    page = open_with(viewport={"width": width, "height": 800}).go("/")
    visible = [name for name in (".map-wide", ".map-tall", ".map-narrow") if page.locator(name).is_visible()]

    assert visible == [shown]


def test_a_term_is_explained_by_keyboard_within_the_screen_and_put_away(open_with) -> None:
    page = open_with(viewport=PHONE).go(LESSON)
    term = page.locator(".term").nth(3)
    tip = term.locator(".term-tip")
    assert not tip.is_visible()
    term.locator("a").focus()
    expect(tip).to_be_visible()
    box = tip.bounding_box()

    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    page.keyboard.press("Escape")
    expect(tip).not_to_be_visible()


def test_without_scripts_a_term_leads_to_the_glossary_and_a_lesson_can_be_marked(open_with) -> None:
    page = open_with(java_script_enabled=False).go("/lesson/net/addresses-and-ports/")
    page.get_by_role("button", name="Mark as read").click()
    expect(page.get_by_text("You read this on")).to_be_visible()
    term = page.locator(".term a").first
    anchor = term.get_attribute("href")
    term.click()

    assert anchor is not None
    assert page.url.endswith(anchor)
    expect(page.locator(f'[id="{anchor.partition("#")[2]}"]')).to_be_visible()


def test_the_slash_leads_to_the_search_that_finds_while_one_types(open_with) -> None:
    page = open_with(viewport={"width": 1440, "height": 900}).go("/courses/")
    page.keyboard.press("/")
    page.keyboard.type("idempot")
    expect(page.locator(".find-results li").first).to_contain_text("idempotent")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.wait_for_url("**/glossary/**")
    assert page.url.endswith("/glossary/#idempotent")


def test_the_search_works_without_scripts(open_with) -> None:
    page = open_with(java_script_enabled=False).go("/")
    page.get_by_role("searchbox").fill("idempot")
    page.get_by_role("searchbox").press("Enter")

    expect(page.locator(".found li").first).to_be_visible()
    assert "idempotent" in page.locator(".found li").first.inner_text()


def test_the_glossary_narrows_while_one_types(open_with) -> None:
    page = open_with().go("/glossary/")
    whole = page.locator("#terms dt").count()
    page.locator("#filter").fill("idempotent")
    expect(page.locator("#terms dt").first).to_have_text("idempotent")

    assert page.locator("#terms dt").count() < whole


def test_a_course_is_kept_by_its_form(open_with) -> None:
    page = open_with(java_script_enabled=False).go("/courses/")
    row = page.locator("#python-tutorial-for-beginners")
    row.get_by_label("Watched to").fill("soon")
    row.get_by_role("button", name="Keep").click()
    expect(row.get_by_text("is no time in a course")).to_be_visible()
    row.get_by_label("Watched to").fill("1:23:45")
    row.get_by_role("button", name="Keep").click()

    expect(row.get_by_label("Watched to")).to_have_value("1:23:45")
    assert page.url.endswith("/courses/#python-tutorial-for-beginners")
