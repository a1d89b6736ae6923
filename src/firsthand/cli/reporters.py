"""Reporters print a run while it goes on: plainly when piped, with a moving line on a terminal."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol, TextIO

from firsthand.cli.narrator import Narrator, heading
from firsthand.cli.screen import Line, fancy
from firsthand.core import events
from firsthand.core.results import Report

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Reporter(Protocol):
    """Prints events. Printing never stops a run: whoever no longer reads misses something, nothing else."""

    def emit(self, event: events.AnyEvent) -> None:
        """Print what an event says."""
        ...

    def tick(self) -> None:
        """Time has passed: move what moves."""
        ...

    def kept(self, report: Report) -> None:
        """Print the end of a run whose program still runs."""
        ...

    def close(self) -> None:
        """Nothing moves any more. Safe to call twice."""
        ...


def reporter(narrator: Narrator, stream: TextIO) -> Reporter:
    """The reporter that fits a stream."""
    return LiveReporter(narrator, stream) if fancy(stream) else PlainReporter(narrator, stream)


def print_heading(lab: str, language: str, seed: int, stream: TextIO) -> None:
    """Print the first line at once, before anything slow is imported."""
    _write([heading(lab, language, seed)], stream)


class PlainReporter:
    """Prints lines, each as soon as it is known."""

    def __init__(self, narrator: Narrator, stream: TextIO) -> None:
        self._narrator = narrator
        self._stream = stream

    def emit(self, event: events.AnyEvent) -> None:
        """Print what an event says."""
        _write(self._narrator.tell(event), self._stream)

    def tick(self) -> None:
        """Nothing moves."""

    def kept(self, report: Report) -> None:
        """Print the end of a run whose program still runs."""
        _write(self._narrator.kept(report), self._stream)

    def close(self) -> None:
        """Nothing moves."""


class LiveReporter:
    """Prints lines in colour above one that moves, which says what is being judged.

    The line is drawn by `tick` and by events, not by a thread: programs are started from this process.
    """

    def __init__(self, narrator: Narrator, stream: TextIO) -> None:
        self._narrator = narrator
        self._stream = stream
        self._doing = "getting ready"
        self._frame = 0
        self._live: Live | None = None
        self._console: Console | None = None

    def emit(self, event: events.AnyEvent) -> None:
        """Print what an event says."""
        self._doing = _doing(event) or self._doing
        if isinstance(event, events.RunFinished):
            self.close()
        self._print(self._narrator.tell(event))

    def tick(self) -> None:
        """Turn the spinner by a step."""
        self._frame += 1
        if self._live is not None:
            try:
                self._live.update(self._moving(), refresh=True)
            except OSError:
                _nobody_reads(self._stream)

    def kept(self, report: Report) -> None:
        """Print the end of a run whose program still runs."""
        self.close()
        self._print(self._narrator.kept(report))

    def close(self) -> None:
        """Take the moving line away."""
        live, self._live = self._live, None
        self._doing = ""
        if live is not None:
            try:
                live.stop()
            except OSError:
                _nobody_reads(self._stream)

    def _print(self, lines: Iterable[Line]) -> None:
        from firsthand.cli.screen import console, print_rich

        if self._console is None:
            self._console = console(self._stream)
        try:
            if self._live is None and self._doing:
                self._begin(self._console)
            for each in lines:
                print_rich(self._console, each)
            self._stream.flush()
        except OSError:
            _nobody_reads(self._stream)

    def _begin(self, console: "Console") -> None:
        from rich.live import Live

        self._live = Live(self._moving(), console=console, auto_refresh=False, transient=True)
        self._live.start(refresh=True)

    def _moving(self) -> "Text":
        from rich.text import Text

        frame = FRAMES[self._frame % len(FRAMES)]
        return Text(f"{frame} {self._doing}", style="dim", overflow="ellipsis", no_wrap=True)


def _doing(event: events.AnyEvent) -> str:
    match event:
        case events.BuildStarted(command=command):
            return f"building: {command}"
        case events.StageStarted(title=title):
            return title
        case events.CheckStarted(rule=rule):
            return rule
        case _:
            return ""


def _write(lines: Iterable[Line], stream: TextIO) -> None:
    try:
        for each in lines:
            print(each.plain, file=stream)
        stream.flush()
    except OSError:
        _nobody_reads(stream)


def _nobody_reads(stream: TextIO) -> None:
    """The reader has gone (or the disk is full): the run goes on, its words go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
