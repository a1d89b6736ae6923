"""Every page in a real browser: nothing hinders, nothing is asked of others, it fits a phone, light and dark."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from browser import CHROMIUM, NONE, Visit, chromium
from learned import Learned
from playwright.sync_api import Browser
from public_command import Place
from site_process import Site, join_the_path, site

from firsthand.bench.sandbox.sweep import remove_folder

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NONE)

MAP_BYTES_MAX = 100_000

PAGES = {
    "map": "/",
    "list": "/list/",
    "unit": "/unit/net/",
    "unit without labs": "/unit/sh/",
    "lesson": "/lesson/net/the-journey-of-a-url/",
    "courses": "/courses/",
    "glossary": "/glossary/",
    "search": "/search/?q=connection",
    "search for nothing": "/search/?q=",
    "start": "/start/",
    "plan": "/plan/",
    "next": "/next/",
    "review": "/review/",
    "question": "/question/NET-01.1/",
    "evidence": "/evidence/",
    "labs": "/labs/",
    "lab": "/lab/net-byo-http/",
    "lab stage": "/lab/small-lab/stage/stage-1/",
    "lab accuracy": "/lab/net-byo-http/accuracy/",
    "accuracy": "/accuracy/",
    "runs": "/runs/",
    "run": "/run/{run}/",
    "wire": "/run/{run}/wire/",
    "compare": "/compare/?a={run}&b={other}",
    "bench": "/bench/",
    "not there": "/nowhere/",
}


@dataclass(frozen=True)
class World:
    """A site with a learner who has done something of everything."""

    site: Site
    browser: Browser
    cookie: str
    run: str
    other: str
    """A second run of the same workspace."""

    def address(self, name: str) -> str:
        """Where a page is."""
        return PAGES[name].format(run=self.run, other=self.other)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    root = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    root.chmod(0o755)
    place = join_the_path(Place(root))
    place.program("raise SystemExit('<b>\\x1b[31mred\\x1b[0m</b> \\u202e abc')\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRSTHAND_HOME", str(root / "home"))
        learned = Learned().planned().answered("NET-01.1", days_ago=9).answered("NET-02.1", "wrong").read("net/x")
        learned.watched("python-tutorial-for-beginners", "watching", 600).reviewed("NET-01")
    run, other = (str(place.check().report["run"]) for _ in range(2))
    with chromium() as browser, site(root / "home", env={"FIRSTHAND_CONTENT": str(root / "content")}) as running:
        yield World(running, browser, running.enter(), run, other)
    remove_folder(root)


@pytest.fixture(params=["light", "dark"])
def visit(request, world) -> Iterator[Visit]:
    made = Visit(world.browser, world.site, world.cookie, color_scheme=request.param)
    yield made
    made.close()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_on_a_page_hinders(name: str, visit, world) -> None:
    page = visit.go(world.address(name))

    assert page.locator("h1").count() == 1
    assert ("There is no such page" in page.content()) == (name == "not there")
    assert page.title().endswith("Firsthand")
    assert visit.hindrances() == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(name: str, world) -> None:
    visit = Visit(world.browser, world.site, world.cookie, viewport={"width": 360, "height": 740})
    page = visit.go(world.address(name))
    wider = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
            .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
            .map((part) => part.tagName + "." + part.className).slice(0, 5)"""
    )
    visit.close()

    assert wider == []


def test_what_a_program_printed_is_shown_and_never_executed(visit, world) -> None:
    page = visit.go(f"/run/{world.run}/")
    shown = page.locator("main").inner_text()

    assert "red" in shown
    assert "\x1b" not in shown
    assert page.locator("main b", has_text="red").count() == 0


def test_the_map_is_light(world) -> None:
    answer = world.site.get("/", cookie=world.cookie)

    assert answer.status == 200
    assert len(answer.text.encode()) <= MAP_BYTES_MAX
