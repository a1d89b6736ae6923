"""A worker sees each run to its end: killed at whatever moment, nothing is lost and nothing is done twice."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import deadly_worker
import pytest
from small_content import SERVER, write_small_content

import firsthand
from firsthand.bench.sandbox.sweep import remove_folder

ALL_S = 110
KILLED = 9


@pytest.fixture(scope="module")
def found() -> Iterator[dict[str, Any]]:
    """What became of the runs of all scenarios."""
    root = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    root.chmod(0o755)
    template = root / "workspaces/template"
    template.mkdir(parents=True)
    (template / "server.py").write_text(SERVER.replace("GREETING", "hello"))
    (template / "Procfile").write_text("web: python server.py\n")
    (root / "temp").mkdir(mode=0o755)
    ours = {"FIRSTHAND_HOME": str(root / "home"), "FIRSTHAND_CONTENT": str(write_small_content(root))}
    done = subprocess.run(
        [sys.executable, deadly_worker.__file__, str(Path(firsthand.__file__).parents[1]), str(template.parent)],
        env={**os.environ, **ours, "TMPDIR": str(root / "temp")},
        capture_output=True,
        text=True,
        timeout=ALL_S,
    )
    assert done.returncode == 0, done.stderr
    yield {**json.loads(done.stdout), "left": sorted(str(p.name) for p in (root / "temp").glob("*/*"))}
    remove_folder(root)


@pytest.mark.parametrize("point", deadly_worker.POINTS)
def test_a_run_whose_worker_was_killed_is_graded_once(point: str, found) -> None:
    became = found[point]

    assert became["ends"] == [KILLED]
    assert (became["state"], became["verdict"]) == ("finished", "passed")
    assert became["kept"]
    assert became["history"] == [True]
    assert became["numbers"] == list(range(1, len(became["numbers"]) + 1))
    assert became["last"] == "RunFinished"
    assert not became["claimed_again"]


@pytest.mark.parametrize("point", ["when all is judged", "when the history knows", "before it says so"])
def test_what_was_judged_is_not_judged_again(point: str, found) -> None:
    assert found[point]["attempt"] == 2
    assert found[point]["last"] == "RunFinished"


def test_a_run_that_kills_every_worker_is_given_up_at_nobodys_cost(found) -> None:
    became = found["at every attempt"]

    assert became["ends"] == [KILLED] * 3
    assert (became["state"], became["verdict"]) == ("abandoned", "error")
    assert "Nothing counts against you" in became["reason"]
    assert became["history"] == []


def test_nothing_of_a_killed_workers_runs_is_left(found) -> None:
    assert found["left"] == []
