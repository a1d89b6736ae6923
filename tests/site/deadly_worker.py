"""Runs graded by workers that are killed: `deadly_worker.py SOURCE WORKSPACES` prints what became of each, as JSON.

For each point of a worker's way a run is asked for, a forked worker is killed there (SIGKILL), its claim ends, and
another worker takes over. Each point has a learner and a workspace of its own.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

POINTS = {
    "before it claims": ("queue", "claim", "before"),
    "after it claimed": ("queue", "claim", "after"),
    "before it begins": ("queue", "begin", "before"),
    "after it began": ("queue", "begin", "after"),
    "at the first events": ("queue", "publish", "before"),
    "after the first events": ("queue", "publish", "after"),
    "when all is judged": ("grader", "_conclude", "before"),
    "before the history knows": ("history", "append", "before"),
    "when the history knows": ("history", "append", "after"),
    "before it says so": ("queue", "finish", "before"),
    "after it said so": ("queue", "finish", "after"),
}
"""Every step between two states of a run: what is called there, and whether it is killed before or after it."""


def main() -> None:
    """Kill a worker at each point, and once at every attempt."""
    sys.path.insert(0, sys.argv[1])
    os.environ["DJANGO_SETTINGS_MODULE"] = "firsthand.site.settings"
    import django

    django.setup()
    from firsthand.site import database

    database.prepare(print)
    found = {point: _scenario(point, Path(sys.argv[2]), deaths=1) for point in POINTS}
    found["at every attempt"] = _scenario("after it began", Path(sys.argv[2]), deaths=3, name="always")
    print(json.dumps(found))


def _scenario(point: str, workspaces: Path, *, deaths: int, name: str = "") -> dict[str, Any]:
    from firsthand.history import History
    from firsthand.site.labs import queue, services
    from firsthand.site.labs.models import Run, RunEvent
    from firsthand.site.learner import Person
    from firsthand.study.kept import runs_folder

    workspace = workspaces / (name or point).replace(" ", "-")
    shutil.copytree(workspaces / "template", workspace)
    run = services.enqueue(Person(History.open()), "talk-greeting", workspace)
    ends = [_worker(lambda: _dies(point)) for _ in range(deaths)]
    _worker(lambda: None)
    while queue.claim("nobody") is not None:  # what is left would be taken by the next scenario's worker
        pass
    row = Run.objects.get(pk=run.pk)
    events = list(RunEvent.objects.filter(run=run).values_list("number", "text"))
    told = [event for event in History.open().read(kinds=["run"]) if event.text("folder") == str(workspace)]
    return {
        "ends": ends,
        "state": row.state,
        "verdict": row.verdict,
        "attempt": row.attempt,
        "reason": row.reason,
        "kept": (runs_folder() / row.kept / "report.json").is_file(),
        "numbers": [number for number, _ in events],
        "last": json.loads(events[-1][1])["event"] if events else "",
        "history": [event.text("run") == row.kept for event in told],
        "claimed_again": queue.finish(row, "passed", "", ""),  # type: ignore[arg-type]
    }


def _worker(prepare: Callable[[], None]) -> int:
    """A worker in a process of its own grades one run; the signal that ended it, or 0."""
    from django.db import connections

    from firsthand.site.labs import queue
    from firsthand.worker.grader import Grader

    queue.requeue(everything=True)  # as if the claims had ended
    connections.close_all()
    nobody_speaks, lifeline = os.pipe()
    pid = os.fork()
    if pid == 0:
        prepare()
        Grader(nobody_speaks, lambda: None).grade_next()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    os.close(nobody_speaks)
    os.close(lifeline)
    return os.WTERMSIG(status)


def _dies(point: str) -> None:
    from firsthand.history import History
    from firsthand.site.labs import queue
    from firsthand.worker import grader

    where, name, when = POINTS[point]
    owner: Any = {"queue": queue, "grader": grader.Grader, "history": History}[where]
    real = getattr(owner, name)

    def dying(*args: Any, **more: Any) -> None:
        if when == "after":
            real(*args, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, dying)


if __name__ == "__main__":
    main()
