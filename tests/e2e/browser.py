"""The system's Chromium for tests of the site: each page it opens tells what it asked for, and what hinders people."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from site_process import Site

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NONE = "there is no chromium on PATH (apt install chromium)"
PATIENCE_MS = 30_000
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, until the end of the block."""
    with sync_playwright() as playwright:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """A learner's browser at a site; all that it asks of others than the site is in `strangers`."""

    def __init__(self, browser: Browser, site: Site, cookie: str = "", **options: Any) -> None:
        """With the `cookie` of a browser that is known, it is known too."""
        self.context: BrowserContext = browser.new_context(base_url=site.address, **options)
        self.context.set_default_timeout(PATIENCE_MS)
        if cookie:
            name, _, value = cookie.partition("=")
            self.context.add_cookies([{"name": name, "value": value, "url": site.address}])
        self.strangers: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = self.context.new_page()
        self.context.on("request", lambda request: self._asked(request, site))
        self.page.on("console", lambda said: self._said(said.type, said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asked(self, request: Request, site: Site) -> None:
        if not request.url.startswith((site.address + "/", "data:")):
            self.strangers.append(request.url)

    def _said(self, kind: str, text: str) -> None:
        # What a page answers with 4xx is told by tests that expect it.
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)

    def go(self, path: str) -> Page:
        """Open a page and see it whole."""
        self.page.goto(path)
        return self.page

    def hindrances(self) -> list[str]:
        """What axe finds on the page that is open."""
        found = Axe().run(self.page, options=RULES).response["violations"]
        return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]

    def close(self) -> None:
        """Close it; nothing was asked of others, and nothing was refused by the policy or broke."""
        self.context.close()
        assert self.strangers == []
        assert self.complaints == []
