"""Performs a run for a command: prints it while it goes on, keeps it in the history, says what comes next."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from firsthand.bench.run import RunRequest
from firsthand.cli.card import Surroundings
from firsthand.cli.narrator import Narrator
from firsthand.cli.reporters import Reporter, reporter
from firsthand.cli.screen import Line, line, show
from firsthand.content.model import Catalogue, Lab
from firsthand.core.errors import ContentError
from firsthand.core.results import CheckResult, Report
from firsthand.core.verdicts import Verdict
from firsthand.study import invocation, library
from firsthand.study.grading import performed
from firsthand.study.memory import Standing, recall, remember, run_event

TICK_S = 0.1


@dataclass(frozen=True)
class Grading:
    """How a run is to be shown and kept. `workspace` is what the history and printed commands name."""

    workspace: Path
    stream: TextIO = field(default_factory=lambda: sys.stdout)
    verbose: bool = False
    keep: bool = False
    """Whether a failed run's program stays until Enter."""
    again: tuple[str, ...] = ()
    """The command that makes this run again, where it is not `check`."""
    counts: bool = True
    """Whether it shows what the learner can do: the tour's program is not theirs, and who chooses the seed knows what
    will be asked."""


def grade(request: RunRequest, grading: Grading) -> Report:
    """Perform the run, print it on the stream, keep it in the history. Returns its report.

    Ctrl-C, SIGTERM and SIGHUP end the run cleanly: KeyboardInterrupt, or SystemExit with 128 + the signal.
    """
    around = replace(surroundings(request, grading.workspace), again=grading.again)
    watcher = reporter(Narrator(around, verbose=grading.verbose), grading.stream)
    if grading.keep:
        request = replace(request, keep=_keeper(watcher, request.lab, grading.stream))
    before = recall("run").standing(request.lab.id, grading.workspace)
    report = _watched(request, watcher)
    told = run_event(report, grading.workspace, len(request.lab.stages), counts=grading.counts)
    remember("run", told, once=report.run)
    if grading.counts:
        show(_next(report, request.lab, before, around), grading.stream)
    return report


def surroundings(request: RunRequest, workspace: Path) -> Surroundings:
    """What the words about this run need: commands, lessons, hints that are left."""
    lab = request.lab
    shelf: list[Catalogue] = []

    def lesson(check: CheckResult) -> tuple[str, str] | None:
        if not shelf:
            shelf.append(_catalogue())
        found = shelf[0].lesson_for(tuple(check.proves))
        return (found.id, found.title) if found else None

    def hints(check_id: str) -> str:
        declared = next((c for stage in lab.stages for c in stage.checks if c.id == check_id), None)
        if declared is None or not declared.hints:
            return ""
        left = len(declared.hints) - recall("hint").hints_read(lab.id, check_id)
        return f"{left} left" if left > 0 else "all were read: this shows them again"

    def spell(*words: str) -> str:
        return invocation.spell(*words, workspace=workspace)

    return Surroundings(
        spell=spell,
        lesson=lesson,
        hints=hints,
        subject=lab.subject,
        is_called=lab.is_called,
        has_wire=lab.has_wire,
        titles={stage.id: (stage.number, stage.title) for stage in lab.stages},
        scope=("--stage", request.stage) if request.stage else ("--all",) if request.all_stages else (),
    )


def _watched(request: RunRequest, watcher: Reporter) -> Report:
    try:
        return asyncio.run(_performed(request, watcher))
    finally:
        watcher.close()


async def _performed(request: RunRequest, watcher: Reporter) -> Report:
    """The run, with the reporter's moving line, ended cleanly by the signals that end programs."""
    loop = asyncio.get_running_loop()
    run = asyncio.ensure_future(performed(request, watcher.emit))
    ended_by: list[int] = []

    def end(number: int) -> None:
        ended_by.append(number)
        run.cancel()

    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, end, number)
    try:
        while not run.done():
            # Not a wait for something to become true: the moving line turns by a step at each timeout.
            await asyncio.wait([run], timeout=TICK_S)
            watcher.tick()
        return await run
    except asyncio.CancelledError:
        run.cancel()
        with suppress(asyncio.CancelledError):
            await run  # its world is torn down before we go
        if ended_by:
            raise SystemExit(128 + ended_by[0]) from None
        raise


def _keeper(watcher: Reporter, lab: Lab, stream: TextIO) -> Callable[[Report], Awaitable[None]]:
    async def keep(report: Report) -> None:
        watcher.kept(report)
        what = "Your program runs" if lab.is_about("program") else "All of it runs"
        show([line((f"{what} until you press Enter.", "strong"))], stream)
        await _enter()

    return keep


async def _enter() -> None:
    """Wait for a line, or the end, of standard input."""
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    try:
        descriptor = sys.stdin.fileno()
        loop.add_reader(descriptor, arrived.set)
    except (OSError, ValueError):  # a file or nothing: what it holds is there at once, so there is nobody to wait for
        return
    try:
        while True:
            await arrived.wait()
            arrived.clear()
            data = os.read(descriptor, 1024)
            if not data or b"\n" in data:
                return
    finally:
        loop.remove_reader(descriptor)


def _next(report: Report, lab: Lab, before: Standing, around: Surroundings) -> list[Line]:
    """What comes next, when a stage or the lab was passed for the first time."""
    passed = {stage.id for stage in report.stages if stage.verdict is Verdict.PASSED}
    new = [stage for stage in lab.stages if stage.id in passed - before.stages]
    if not new or report.verdict is Verdict.ERROR:
        return []
    reached = before.stages | passed
    ahead = next((stage for stage in lab.stages if stage.id not in reached), None)
    names = f"stage {new[0].number}, {new[0].title}" if len(new) == 1 else f"{len(new)} stages"
    lines = [line(("New: ", "good"), f"you passed {names}, for the first time.")]
    if ahead is not None:
        command = around.spell("brief", ahead.id)
        lines.append(line(f"Next: stage {ahead.number}, {ahead.title}: ", (command, "code"), verbatim=True))
    elif report.verdict is Verdict.PASSED and not around.only_stage:
        lines.append(line(f"That was all of {lab.title}. Compare with ours: ", (around.spell("solution"), "code")))
    return lines


def _catalogue() -> Catalogue:
    try:
        return library.catalogue()
    except ContentError:  # another unit's mistake must not hide what was found here
        return Catalogue(())
