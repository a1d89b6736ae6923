"""Makes docs/pictures/site/*.png: each page of the site as a learner sees it who has done a little of everything."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from firsthand.bench.report import runs
from firsthand.history import History
from firsthand.history.event import timestamp
from firsthand.proof import patches

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs/pictures/site"
LAB = next(ROOT.glob("paths/*/units/*/labs/net-byo-http"))
FIRST_BUG = "bugs/python/gives_the_body_back--trims-line-ends.patch"
BUG = "bugs/python/decodes_percent_once--plus-is-a-space.patch"
WIDTH, HEIGHT = 1100, 760

PAGES = {
    "map": "/",
    "list": "/list/",
    "unit": "/unit/net/",
    "lesson": "/lesson/net/the-journey-of-a-url/",
    "courses": "/courses/",
    "glossary": "/glossary/",
    "search": "/search/?q=connection",
    "start": "/start/",
    "plan": "/plan/",
    "next": "/next/",
    "review": "/review/",
    "evidence": "/evidence/",
    "labs": "/labs/",
    "lab": "/lab/net-byo-http/",
    "accuracy": "/accuracy/",
    "lab-accuracy": "/lab/net-byo-http/accuracy/",
    "runs": "/runs/",
    "run": "/run/{run}/",
    "wire": "/run/{run}/wire/",
    "compare": "/compare/?a={before}&b={run}",
    "question": "/question/NET-01.1/",
    "start-question": "/start/question/",
    "start-result": "/start/result/",
}
DARK = ("map", "run", "wire")
"""These are shown in the dark as well."""


def main(names: list[str]) -> int:
    """Take the pictures of these pages, or of all; returns the exit code."""
    unknown = [name for name in names if name not in PAGES]
    if unknown:
        print(f"There is no page {', '.join(unknown)}. There are: {', '.join(PAGES)}.")
        return 2
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("There is no chromium on PATH: apt install chromium.")
        return 4
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="firsthand-pictures-") as folder:
        Path(folder).chmod(0o755)
        os.environ["FIRSTHAND_HOME"] = str(Path(folder) / "home")
        # Commands look as for who has it on PATH, not as in the clone that takes the pictures.
        os.environ["FIRSTHAND_SCRIPT"] = str(ROOT / "firsthand")
        os.environ["PATH"] = f"{ROOT}{os.pathsep}{os.environ['PATH']}"
        before, run = _lived(Path(folder))
        with _site() as link, sync_playwright() as playwright:
            arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
            page = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}).new_page()
            page.goto(link)
            for name, path in PAGES.items():
                if name in names or not names:
                    if name.startswith("start-"):
                        _place(page, link, to_the_end=name == "start-result")
                    else:
                        page.goto(_address(link, path.format(before=before, run=run)))
                    _take(page, name)
            browser.close()
    return 0


def _address(link: str, path: str) -> str:
    return link.partition("/enter/")[0] + path


def _place(page: Page, link: str, *, to_the_end: bool) -> None:
    """Begin the placement or go on with it, as somebody who knows some of two units and nothing else."""
    page.goto(_address(link, "/start/"))
    begin = page.get_by_role("button", name="On to the questions")
    if begin.count():
        for unit in ("sh", "net"):
            page.locator(f'input[name="{unit}"][value="some"]').check(force=True)
        begin.click()
    while to_the_end and not page.get_by_role("heading", name="Where you stand").count():
        page.get_by_role("button", name="I don't know").click()
        page.wait_for_load_state()


def _take(page: Page, name: str) -> None:
    for scheme in ("light", "dark") if name in DARK else ("light",):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
        file = FOLDER / f"{name}{'-dark' if scheme == 'dark' else ''}.png"
        page.screenshot(path=file)
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size // 1024} KiB")


def _lived(folder: Path) -> tuple[str, str]:
    """Let a learner have done a little of everything; the ids of a first try and of a later run that failed."""
    hours = dict.fromkeys(("mon", "wed", "sat"), 2)
    told: list[tuple[str, float, dict[str, Any]]] = [
        (
            "plan",
            40,
            {"goal": "first-job", "hours": hours, "start": "", "deadline": ""},
        ),
        ("course", 30, {"course": "back-end-developer-roadmap", "state": "done", "seconds": 630}),
        ("course", 20, {"course": "python-tutorial-for-beginners", "state": "watching", "seconds": 9000}),
    ]
    for number, lesson in enumerate(_lessons()):
        told.append(("lesson", 25 - number, {"lesson": f"net/{lesson}", "state": "read"}))
    told += [("answer", 20 - number / 2, _answer(number)) for number in range(24)]
    History.open().merge(_line(kind, days, data) for kind, days, data in told)
    workspace = folder / "my-server"
    return _checked(workspace, FIRST_BUG), _checked(workspace, BUG)


def _checked(workspace: Path, bug: str) -> str:
    """The run of a check of the solution with this bug."""
    shutil.rmtree(workspace, ignore_errors=True)
    patches.copy(LAB / "solutions/python", workspace)
    patches.apply(next(LAB.glob(bug)), workspace)
    (workspace / "firsthand.toml").write_text(f'schema = 1\nlab = "{LAB.name}"\nlanguage = "python"\n')
    check = [sys.executable, "-m", "firsthand", "check", str(workspace)]
    subprocess.run(check, stdout=subprocess.DEVNULL, check=False)
    return runs(workspace.parent / "home/data/runs")[0].folder.name


def _lessons() -> list[str]:
    return [file.stem.partition("-")[2] for file in sorted(LAB.parents[1].glob("lessons/*.md"))[:2]]


def _answer(number: int) -> dict[str, Any]:
    skill = f"NET-{number % 8 + 1:02}"
    result = "wrong" if number % 5 == 3 else "right"
    more = {"purpose": "lesson", "kind": "choice", "grader": "0.1.0", "given": "", "placement": ""}
    return {"question": f"{skill}.1", "competency": skill, "result": result, **more}


def _line(kind: str, days: float, data: dict[str, Any]) -> bytes:
    at = timestamp(datetime.now(UTC) - timedelta(days=days))
    return json.dumps({"id": uuid.uuid4().hex, "at": at, "kind": kind, "version": 1, "data": data}).encode()


@contextmanager
def _site() -> Iterator[str]:
    """The link of a site that runs until the end of the block."""
    words = [sys.executable, "-m", "firsthand", "start", "--no-open"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield next(word for line in process.stdout for word in line.split() if "/enter/" in word)
        finally:
            process.send_signal(signal.SIGINT)
            process.stdout.read()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
