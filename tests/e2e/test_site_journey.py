"""The newcomer's whole journey in a browser: with a mouse, without JavaScript, and with the keyboard alone."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, NONE, Visit, chromium
from playwright.sync_api import Browser, Page, expect
from public_command import Place
from site_process import Site, join_the_path, site
from small_lab import GREETER

from firsthand.bench.sandbox.sweep import remove_folder

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NONE)

QUESTIONS_MAX = 30
TABS_MAX = 60
RUN_MS = 60_000
SEEN = 'form[action*="back-end-developer-roadmap"] button[value="done"]'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def place() -> Iterator[Place]:
    root = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    root.chmod(0o755)
    yield join_the_path(Place(root))
    remove_folder(root)


@pytest.fixture
def running(place: Place) -> Iterator[Site]:
    with site(place.root / "home", env={"FIRSTHAND_CONTENT": str(place.root / "content")}) as found:
        yield found


def _placed(page: Page) -> None:
    """Rate nothing, and answer every question with "I don't know", to the result."""
    page.get_by_role("button", name="On to the questions").click()
    for _ in range(QUESTIONS_MAX):
        if page.get_by_role("heading", name="Where you stand").count():
            return
        expect(page.get_by_role("heading", level=1)).to_contain_text("Question")
        page.get_by_role("button", name="I don't know").click()
        page.wait_for_load_state()
    raise AssertionError(page.title())


def _journey(visit: Visit, running: Site, place: Place) -> None:
    page = visit.go(running.link)
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    visit.go("/start/")
    _placed(page)

    visit.go("/plan/")
    page.get_by_role("button", name="Make the plan").or_(page.get_by_role("button", name="Keep it")).click()
    visit.go("/next/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    visit.go("/courses/")
    page.locator(SEEN).click()
    expect(page.get_by_text("watched", exact=True).first).to_be_visible()

    visit.go("/lesson/net/the-journey-of-a-url/")
    page.locator("#done button").click()
    expect(page.locator("#done")).to_contain_text("You read this")

    _lab(visit, place)

    visit.go("/question/NET-01.1/")
    page.get_by_role("button", name="I don't know").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    visit.go("/review/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def _lab(visit: Visit, place: Place) -> None:
    """Fail, look why, mend it, pass."""
    place.program(GREETER.replace("hello", "jello"))
    assert place.call("check").returncode == 1
    page = visit.go("/lab/small-lab/")
    page.get_by_role("button", name="Check it").first.click()
    page.wait_for_url("**/run/**")
    _until_over(page, "Failed")
    page.get_by_role("link", name="What was said").first.click()
    expect(page.get_by_role("heading", name="What was said", exact=False).first).to_be_visible()
    page.locator("a.arrow").first.click()
    page.locator("#said summary").first.focus()
    page.keyboard.press("Escape")
    expect(page.locator("#said h2")).to_have_count(0)
    page.go_back()

    place.program(GREETER)
    page.get_by_role("button", name="Check again").click()
    page.wait_for_url("**/run/**")
    _until_over(page, "Passed")


def _until_over(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(words, timeout=RUN_MS)


def test_a_newcomer_goes_the_whole_way(browser, running, place) -> None:
    visit = Visit(browser, running)
    _journey(visit, running, place)
    visit.close()

    kinds = [event["kind"] for event in place.history()]
    for kind in ("placement", "answer", "plan", "course", "lesson", "run"):
        assert kind in kinds
    verdicts = [event["data"]["verdict"] for event in place.history() if event["kind"] == "run"]
    assert verdicts == ["failed", "failed", "passed"]


def test_the_forms_work_without_javascript(browser, running, place) -> None:
    visit = Visit(browser, running, java_script_enabled=False)
    page = visit.go(running.link)
    visit.go("/start/")
    _placed(page)
    visit.go("/plan/")
    page.get_by_role("button", name="Make the plan").or_(page.get_by_role("button", name="Keep it")).click()
    visit.go("/courses/")
    page.locator(SEEN).click()
    visit.go("/lesson/net/the-journey-of-a-url/")
    page.locator("#done button").click()
    expect(page.locator("#done")).to_contain_text("You read this")
    page.get_by_role("button", name="Change between light and dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    visit.close()

    kinds = {event["kind"] for event in place.history()}
    assert {"placement", "plan", "course", "lesson"} <= kinds


def _tab_to(page: Page, words: str) -> None:
    """Press Tab until what has the focus says this; the focus is always seen."""
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => { const part = document.activeElement, style = getComputedStyle(part);
                return [part.getAttribute("aria-label") || part.innerText || part.value || "",
                        style.outlineStyle !== "none" || style.boxShadow !== "none"]; }"""
        )
        if words in told[0]:
            assert told[1], f"the focus on {words} is not seen"
            return
    raise AssertionError(f"{words} is not reached by {TABS_MAX} tabs")


def test_the_keyboard_alone_reaches_what_matters(browser, running, place) -> None:
    visit = Visit(browser, running)
    page = visit.go(running.link)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"

    visit.go("/")
    page.keyboard.press("/")
    page.keyboard.type("connection")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=connection")

    visit.go("/start/")
    _tab_to(page, "Skip this, and ask me")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Question 1")
    _tab_to(page, "I don't know")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Question 2")
    visit.close()
