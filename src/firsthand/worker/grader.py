"""Takes runs from the queue, one after another, and sees each to its end: nothing is lost or done twice."""

import os
import secrets
import select
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec
from django.db import connections

from firsthand.bench.report import Evidence, new_run_id, read_report
from firsthand.bench.run import RunRequest
from firsthand.core import events
from firsthand.core.deadlines import Deadline
from firsthand.core.errors import FirsthandError, HistoryError
from firsthand.core.results import Report
from firsthand.core.verdicts import Verdict
from firsthand.history import History
from firsthand.site.labs import queue
from firsthand.site.labs.models import Run
from firsthand.study import library
from firsthand.study.kept import runs_folder
from firsthand.study.memory import run_event
from firsthand.worker.performing import Performing

HEARTBEAT_S = 2.0
"""A claim is renewed so often; it ends after several that were missed."""
LOOK_S = 1.0
"""An idle worker looks for runs that nobody told it of, and for claims that have ended."""
_WORDS_BYTES = 4096

_EVENT = msgspec.json.Decoder(events.AnyEvent)


class Grader:
    """A worker. `lifeline` is read for words that a run waits; when it ends, the worker does."""

    def __init__(self, lifeline: int, tell: Callable[[], None]) -> None:
        """`tell` is called when pages can see something new."""
        self._lifeline = lifeline
        self._tell = tell
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._ends = False

    def work(self) -> None:
        """Grade until the lifeline ends."""
        while not self._ends:
            if not self.grade_next():
                self.wait(LOOK_S)

    def grade_next(self) -> bool:
        """Grade the run that waits longest; whether there was one."""
        queue.requeue()
        run = queue.claim(self._owner)
        if run is None:
            return False
        self._tell()
        self._grade(run)
        self._tell()
        return True

    def _grade(self, run: Run) -> None:
        before = self._report_kept(run)
        if before is not None:  # an earlier attempt died when all was done but this
            self._conclude(run, before)
            return
        if not queue.begin(run, run.pk if run.attempt == 1 else new_run_id()):
            return
        try:
            request = _request(run)
        except FirsthandError as error:
            queue.finish(run, Verdict.ERROR, str(error), "")
            return
        connections.close_all()  # the forked process must not share them
        with Performing(request) as performing:
            report, held = self._followed(run, performing)
        if report is not None:
            self._conclude(run, report)
        elif self._ends:
            queue.release(run)
        elif held:
            queue.died(run)

    def _followed(self, run: Run, performing: Performing) -> tuple[Report | None, bool]:
        """The report of a run that went to its end, and whether its claim was held as long."""
        number, report = queue.published(run), None
        heartbeat = Deadline.after(HEARTBEAT_S)
        while not performing.over and not self._ends:
            ready, _, _ = select.select([performing.fileno(), self._lifeline], [], [], heartbeat.left_s)
            if performing.fileno() in ready:
                texts = performing.read()
                number = queue.publish(run, number, texts)
                report = _report_in(texts) or report
                self._tell()
            if self._lifeline in ready:
                self._listen()
            if heartbeat.passed:
                if not queue.renew(run):
                    return None, False
                heartbeat = Deadline.after(HEARTBEAT_S)
        return report, True

    def _conclude(self, run: Run, report: Report) -> None:
        """Record what a run came to: in the history once, whichever attempt is the one to do it, then in its row."""
        if not queue.renew(run):
            return
        reason = report.reason
        try:
            stages = len(library.lab(run.lab).stages)
            counts = bool(run.options.get("counts", True))
            told = run_event(report, Path(run.workspace), stages, counts=counts)
            History.open().append("run", told, once=run.pk)
        except HistoryError as error:  # the event waits beside the history; the verdict stands all the same
            reason = f"{reason}\n{error}".strip()
        except FirsthandError as error:  # the lab is no longer there
            reason = f"{reason}\n{error}".strip()
        queue.finish(run, report.verdict, reason, report.run)

    def _report_kept(self, run: Run) -> Report | None:
        """The whole report of an attempt before this one."""
        evidence = Evidence(runs_folder() / run.kept) if run.kept else None
        if evidence is None or not evidence.report.is_file():
            return None
        try:
            return read_report(evidence)
        except FirsthandError:
            return None

    def wait(self, within_s: float) -> None:
        """Wait for a word that a run waits, or that the worker is to end."""
        if select.select([self._lifeline], [], [], within_s)[0]:
            self._listen()

    def _listen(self) -> None:
        self._ends = not os.read(self._lifeline, _WORDS_BYTES)


def _request(run: Run) -> RunRequest:
    """What is to be performed.

    Raises:
        UsageError: the lab is no longer there.
        ContentError: it is not written as it must be.
    """
    return RunRequest(
        lab=library.lab(run.lab),
        workspace=Path(run.workspace),
        language=run.language,
        run=run.kept,
        seed=run.seed,
        stage=run.stage,
        all_stages=bool(run.options.get("all_stages")),
    )


def _report_in(texts: list[str]) -> Report | None:
    for text in texts:
        event = _EVENT.decode(text) if "RunFinished" in text else None
        if isinstance(event, events.RunFinished):
            return event.report
    return None
