"""Measures the pages of the site for a learner with 2,000 runs: server time, and the size of the map.

    .venv/bin/python -P benchmarks/site.py [--times 60]

Prints a table for docs/figures.md. It decides nothing. Pages are asked for in this process, of the application that
uvicorn serves: what is measured is ours, not the network's or the browser's.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from firsthand.bench.report import runs
from firsthand.content.model import LearningPath
from firsthand.core.randomness import Rng
from firsthand.history import History
from firsthand.history.event import timestamp
from firsthand.study import library

RUNS = 2_000
ANSWERS = 2_200
REVIEWS = 800
DAYS = 400.0
P95_BAR_MS = 60.0
MAP_BAR_BYTES = 100_000
LAB = "net-byo-http"

PAGES = (
    "/",
    "/list/",
    "/unit/net/",
    "/lesson/net/the-journey-of-a-url/",
    "/courses/",
    "/glossary/",
    "/search/?q=connection",
    "/start/result/",
    "/plan/",
    "/plan.ics",
    "/next/",
    "/review/",
    "/question/NET-01.1/",
    "/evidence/",
    "/labs/",
    f"/lab/{LAB}/",
    f"/lab/{LAB}/accuracy/",
    "/accuracy/",
    "/runs/",
    "/run/{run}/",
    "/run/{run}/wire/",
    "/compare/?a={run}&b={run}",
    "/api/v1/status",
    "/api/v1/next",
    "/api/v1/labs",
    "/api/v1/runs",
)


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(description="Measures the pages of the site.")
    parser.add_argument("--times", type=int, default=60, help="how often each page is asked for")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory(prefix="firsthand-site-") as folder:
        Path(folder).chmod(0o755)
        os.environ["FIRSTHAND_HOME"] = str(Path(folder) / "home")
        History.open().merge(_life(library.path()))
        run = _kept_run()
        print(_table(_asked(run, times)))
    return 0


def _life(path: LearningPath) -> list[bytes]:
    """A learner's events of more than a year."""
    rng = Rng(1, "benchmarks/site")
    skills = [c.id for unit in path.units for c in unit.competencies]
    questions = [question for unit in path.units for question in unit.questions]
    labs = [lab for unit in path.units for lab in unit.labs]
    told: list[tuple[float, str, dict[str, Any]]] = [
        (DAYS, "placement", {"id": "p", "event": "began", "seed": 1, "result": None}),
        (DAYS - 0.1, "placement", {"id": "p", "event": "ended", "seed": 1, "result": dict.fromkeys(skills, 0.4)}),
        (DAYS - 0.2, "plan", {"goal": "first-job", "hours": {"mon": 2, "sat": 4}, "start": "", "deadline": ""}),
    ]
    for number in range(RUNS):
        lab = rng.choice(labs)
        passed = lab.stages[: rng.integer(0, len(lab.stages))]
        run = {
            "run": f"20260101-{number:06}-{number:04x}",
            "lab": lab.id,
            "language": "python",
            "folder": f"/home/me/{lab.id}",
            "verdict": "passed" if len(passed) == len(lab.stages) else "failed",
            "counts": True,
            "whole": len(passed) == len(lab.stages),
            "seed": number,
            "digest": "",
            "grader": "",
            "stages_passed": [stage.id for stage in passed],
            "competencies": sorted({skill for stage in passed for skill in stage.proves}),
            "failed_check": "",
        }
        told.append((DAYS - 1 - (DAYS - 2) * number / RUNS, "run", run))
    for number in range(ANSWERS):
        question = rng.choice(questions)
        answer = {"question": question.id, "competency": question.competency, "given": "", "placement": ""}
        answer |= {"result": rng.choice(("right", "right", "wrong")), "purpose": "review", "kind": "choice"}
        told.append((DAYS - 1 - (DAYS - 2) * number / ANSWERS, "answer", {**answer, "grader": "0.1.0"}))
    for number in range(REVIEWS):
        review = {"competency": rng.choice(skills), "grade": rng.choice(("good", "hard", "again")), "question": ""}
        told.append((DAYS - 1 - (DAYS - 2) * number / REVIEWS, "review", review))
    return [_line(*each) for each in sorted(told, key=lambda each: -each[0])]


def _line(days_ago: float, kind: str, data: dict[str, Any]) -> bytes:
    at = timestamp(datetime.now(UTC) - timedelta(days=days_ago))
    return json.dumps({"id": uuid.uuid4().hex, "at": at, "kind": kind, "version": 1, "data": data}).encode()


def _kept_run() -> str:
    """A real run, with its report and its wire."""
    lab = library.lab(LAB)
    assert lab.solutions_folder is not None
    words = ["check", str(lab.solutions_folder / "solutions/python"), "--lab", LAB]
    subprocess.run([sys.executable, "-m", "firsthand", *words], stdout=subprocess.DEVNULL, check=True)
    return runs(Path(os.environ["FIRSTHAND_HOME"]) / "data/runs")[0].folder.name


@dataclass(frozen=True)
class Asked:
    """What a page took, in ms."""

    page: str
    spans: list[float]
    worked: float
    """Processor time, which other programs on the machine make no longer."""
    after: float
    """Right after the history had changed."""
    size_bytes: int


def _asked(run: str, times: int) -> list[Asked]:
    """Each page, asked for so often."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "firsthand.site.settings"
    import django

    django.setup()
    from django.test import Client

    from firsthand.site import database, safety

    database.prepare(print)
    library.hold()
    browser = Client(headers={"host": "127.0.0.1"})
    browser.get(f"/enter/{safety.new_link()}/")
    found = []
    for page in PAGES:
        address = page.format(run=run)
        browser.get(address)
        spans = []
        worked = time.process_time()
        for _ in range(times):
            began = time.perf_counter()
            answer = browser.get(address)
            spans.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, f"{address}: {answer.status_code}"
        worked = (time.process_time() - worked) * 1000 / times
        History.open().append("lesson", {"lesson": "net/x", "state": "read"})
        began = time.perf_counter()
        size = len(browser.get(address).content)
        found.append(Asked(page, spans, worked, (time.perf_counter() - began) * 1000, size))
    return found


def _table(found: list[Asked]) -> str:
    lines = [
        "## The site",
        "",
        f"Server time of each page, ms, for a learner with {RUNS:,} runs, {ANSWERS:,} answers and {REVIEWS:,} reviews.",
        '"After a change" is the first page after something was added to the history, which all pages then share.',
        "",
        "| page | median | p95 | bar | processor | after a change | KiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in found:
        p95 = statistics.quantiles(each.spans, n=20)[-1]
        bar = f"<= {P95_BAR_MS:.0f}: {'holds' if p95 <= P95_BAR_MS else 'missed'}"
        if each.page == "/":
            bar += f"; <= {MAP_BAR_BYTES // 1000} KB: {'holds' if each.size_bytes <= MAP_BAR_BYTES else 'missed'}"
        times = f"{statistics.median(each.spans):.1f} | {p95:.1f} | {bar} | {each.worked:.1f} | {each.after:.1f}"
        lines.append(f"| `{each.page}` | {times} | {each.size_bytes / 1024:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
