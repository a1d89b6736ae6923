"""Runs pytest once for each job, in a process of its own. Runs in the learner's Python, with nothing of ours beside it.

Called with a named pipe, in which each line names a plan, a JSON file: `jobs`, each with `folder`, `result`, `only`
(node ids), `first`, `plain` and `cpu_s`; `limit_s`, `at_once`. It prints `ready` once, and `done NAME` after each plan.
pytest is imported once; then each job is forked off before any file of the learner was read. What a job tells goes
through a pipe that no test knows of, and this process, which never runs a test, writes it down with the exit code.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import selectors
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

TOLD_BYTES_MAX = 1_048_576
MESSAGE_CHARACTERS = 600
DESCRIPTORS_MAX = 256
IMPORTED_BY_EACH_RUN = ("faulthandler", "pdb", "unittest")
Tell = Callable[["dict[str, Any]"], None]
LOOPBACK = ("127.", "::1", "localhost")


class Recorder:
    """The plugin that tells what became of each test."""

    def __init__(self, tell: Tell) -> None:
        self.tell = tell

    def pytest_collectreport(self, report: Any) -> None:
        """A file was read, or could not be."""
        if report.failed:
            self.tell({"trouble": shortened(report.longreprtext), "where": report.nodeid})

    def pytest_internalerror(self, excrepr: Any) -> None:
        """pytest itself, or a plugin of the learner's, broke."""
        self.tell({"trouble": shortened(str(excrepr)), "where": "pytest itself"})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        self.tell({"began": nodeid})

    def pytest_runtest_logreport(self, report: Any) -> None:
        """A part of a test is over: what is before it, itself, or what is after it."""
        told = {"test": report.nodeid, "when": report.when, "outcome": report.outcome, "seconds": report.duration}
        if hasattr(report, "wasxfail"):
            told["outcome"] = "skipped"
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            told["message"] = shortened(crash.message if crash else report.longreprtext)
            told["line"] = crash.lineno if crash else 0
        self.tell(told)


def shortened(text: str) -> str:
    """The part of a message that says most: the beginning, of a long report the end."""
    lines = [row for row in text.strip().splitlines() if row.strip()]
    return "\n".join(lines)[-MESSAGE_CHARACTERS:] if len(lines) > 12 else "\n".join(lines)[:MESSAGE_CHARACTERS]


def perform(job: dict[str, Any], pipe: int) -> None:
    """Run one job in this forked process, and end it."""
    os.closerange(3, pipe)
    os.closerange(pipe + 1, DESCRIPTORS_MAX)
    with os.fdopen(pipe, "w", encoding="utf-8", buffering=1) as told:

        def tell(what: dict[str, Any]) -> None:
            told.write(json.dumps(what) + "\n")

        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            os.dup2(nothing, number)
        if job["cpu_s"]:
            resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_s"], job["cpu_s"] + 1))
        os.chdir(job["folder"])
        sys.path[0] = job["folder"]
        watch_waiting(tell)
        watch_network(tell)
        options = ["-q", "-p", "no:cacheprovider", "--color=no"]
        options += ["-x"] if job["first"] else []
        options += ["--assert=plain"] if job["plain"] else []
        code = int(pytest.main([*options, *job["only"]], plugins=[Recorder(tell)]))
        tell({"ended": code})
        os._exit(code)


def watch_waiting(tell: Tell) -> None:
    """Tell how long tests wait by the real clock: asleep, for a timer of asyncio's, or for what does not come."""
    real_sleep, real_wait = time.sleep, threading.Condition.wait
    selector = selectors.DefaultSelector
    real_select = selector.select

    def sleep(seconds: Any) -> None:
        tell({"waited": float(seconds)})
        real_sleep(seconds)

    def wait(self: threading.Condition, timeout: float | None = None) -> bool:
        came = real_wait(self, timeout)
        if not came and timeout and timeout > 0:
            tell({"waited": float(timeout)})
        return came

    def select(self: Any, timeout: float | None = None) -> Any:
        came = real_select(self, timeout)
        if not came and timeout and timeout > 0:
            tell({"waited": float(timeout)})
        return came

    time.sleep = sleep
    threading.Condition.wait = wait  # type: ignore[method-assign]
    selector.select = select  # type: ignore[method-assign]


def watch_network(tell: Tell) -> None:
    """Tell which other machines tests reach for, and let them reach none."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            address = arguments[1]
            host = address[0] if isinstance(address, tuple) else ""
        elif event == "socket.getaddrinfo":
            host = arguments[0]
        else:
            return
        host = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
        if host and not host.startswith(LOOPBACK):
            tell({"network": host})
            raise OSError("tests are run without a network")

    sys.addaudithook(hook)


class Running:
    """A job that runs."""

    def __init__(self, job: dict[str, Any], limit_s: float) -> None:
        self.job = job
        reading, writing = os.pipe()
        self.began = time.perf_counter()
        self.until = self.began + limit_s
        self.pid = os.fork()
        if not self.pid:
            os.close(reading)
            perform(job, writing)
        os.close(writing)
        self.pipe = reading
        self.data = b""

    def read(self) -> bool:
        """Whether more may come."""
        piece = os.read(self.pipe, 65_536)
        self.data = (self.data + piece)[:TOLD_BYTES_MAX]
        return bool(piece)

    def end(self, hung: bool) -> None:
        """Wait for its exit code, and write down what it told; one that did not say that it ends is killed."""
        os.close(self.pipe)
        events = [json.loads(row) for row in self.data.decode("utf-8", "replace").split("\n")[:-1]]
        if not any("ended" in event for event in events):
            self.kill()
        status = os.waitpid(self.pid, 0)[1]
        self.kill()
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        result = {"events": events, "exit_code": code, "hung": hung, "seconds": time.perf_counter() - self.began}
        draft = Path(self.job["result"] + ".part")
        draft.write_text(json.dumps(result), encoding="utf-8")
        draft.replace(self.job["result"])

    def kill(self) -> None:
        """End it with all that it has started; what is gone already is gone."""
        with contextlib.suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)


def perform_all(plan: dict[str, Any]) -> None:
    """Do all jobs, some of them at once."""
    waiting: list[dict[str, Any]] = list(plan["jobs"])
    running: dict[int, Running] = {}
    selector = selectors.DefaultSelector()
    while waiting or running:
        while waiting and len(running) < plan["at_once"]:
            one = Running(waiting.pop(0), plan["limit_s"])
            running[one.pipe] = one
            selector.register(one.pipe, selectors.EVENT_READ)
        soonest = min(one.until for one in running.values())
        ready = [key.fd for key, _ in selector.select(max(0.0, soonest - time.perf_counter()))]
        over = [pipe for pipe in ready if not running[pipe].read()]
        late = [pipe for pipe, one in running.items() if pipe not in ready and time.perf_counter() >= one.until]
        for pipe in over + late:
            selector.unregister(pipe)
            running.pop(pipe).end(pipe in late)


def main(asked: str) -> None:
    """Do one plan after the other, until nobody can ask for more."""
    gc.freeze()  # what is here already is no test's garbage: pytest looks for that at the end of each run
    print("ready", flush=True)
    with Path(asked).open(encoding="utf-8") as plans:
        for line in plans:
            perform_all(json.loads(Path(line.rstrip("\n")).read_text(encoding="utf-8")))
            print("done", line, end="", flush=True)


if __name__ == "__main__":
    try:
        import pytest
        from _pytest.config import get_config
    except ImportError:
        sys.exit(3)
    get_config()  # imports what pytest is made of, once for all jobs
    for module in IMPORTED_BY_EACH_RUN:
        importlib.import_module(module)
    main(sys.argv[1])
