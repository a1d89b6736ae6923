"""Performs one run in a process of its own, which is forked, streams its events back, and can be ended at any time."""

import asyncio
import os
import select
import signal
import sys
from contextlib import suppress

import msgspec

from firsthand.bench.run import RunRequest
from firsthand.core import events
from firsthand.core.deadlines import Deadline
from firsthand.study.grading import performed

END_S = 8.0
"""How long a run that is cancelled may take to clean up."""
_CHUNK_BYTES = 65_536


class Performing:
    """A run that goes on. Used as a context: at the end of the block its process is no more."""

    def __init__(self, request: RunRequest) -> None:
        """Begin; the caller must have no threads and no open connections to databases."""
        ours, theirs = os.pipe()
        theirs_too, ours_too = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(ours)
            os.close(ours_too)
            _be_the_run(request, theirs, theirs_too)
        os.close(theirs)
        os.close(theirs_too)
        self._events, self._lifeline = ours, ours_too
        self._rest = b""
        self.over = False
        """Whether its process says no more."""

    def __enter__(self) -> "Performing":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def fileno(self) -> int:
        """What becomes readable when there is something to read: for select."""
        return self._events

    def read(self) -> list[str]:
        """The events that came since, as JSON; call it when there is something to read."""
        data = os.read(self._events, _CHUNK_BYTES)
        self.over = self.over or not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line.decode() for line in lines if line]

    def end(self) -> None:
        """Have the run cleaned up, by force when it takes too long. Safe to call twice."""
        if self.pid == 0:
            return
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        deadline = Deadline.after(END_S)
        while not self.over and not deadline.passed:
            if select.select([self._events], [], [], deadline.left_s)[0]:
                self.read()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.pid = 0
        os.close(self._events)
        os.close(self._lifeline)


def _be_the_run(request: RunRequest, out: int, lifeline: int) -> None:
    """The whole life of the forked process."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)  # what a check prints is for whoever sees the worker's errors
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        asyncio.run(_performed(request, out, lifeline))
        code = 0
    except (asyncio.CancelledError, KeyboardInterrupt):
        code = 0
    finally:
        os._exit(code)


async def _performed(request: RunRequest, out: int, lifeline: int) -> None:
    loop = asyncio.get_running_loop()
    run = asyncio.ensure_future(performed(request, lambda event: _write(out, event)))
    loop.add_signal_handler(signal.SIGTERM, run.cancel)
    loop.add_reader(lifeline, run.cancel)  # it is never written to: it ends with the worker
    await run


def _write(out: int, event: events.AnyEvent) -> None:
    left = memoryview(msgspec.json.encode(event) + b"\n")
    with suppress(BrokenPipeError):  # the worker has gone, which also cancels the run
        while left:
            left = left[os.write(out, left) :]
