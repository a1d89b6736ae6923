"""Catches a check that blocks the event loop: an author's mistake which would otherwise hang the run."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

TICK_S = 0.25
BLOCKED_TICKS_MAX = 12
"""Alarms in a row without the loop having come round. A process that is not scheduled gets its missed alarms as
one, so a busy machine is not taken for a blocked loop."""


class LoopBlockedError(BaseException):
    """The check blocks the event loop: it waits or computes without `await`."""


class _Guard:
    def __init__(self) -> None:
        self.users = 0
        self.silent_ticks = 0
        self.before: object = None
        self.timer = (0.0, 0.0)

    def alarm(self, _number: int, _frame: FrameType | None) -> None:
        self.silent_ticks += 1
        if self.silent_ticks > BLOCKED_TICKS_MAX:
            self.silent_ticks = 0
            raise LoopBlockedError

    async def beat(self) -> None:
        while True:
            self.silent_ticks = 0
            await asyncio.sleep(TICK_S / 2)


_guard = _Guard()


def own_work_goes_on() -> None:
    """Work of ours that a check asked for, such as reading much of the wire, is not the check's mistake."""
    _guard.silent_ticks = 0


@contextmanager
def loop_guarded() -> Iterator[None]:
    """While this holds, a loop that does not come round for about three seconds raises LoopBlockedError where it is.

    Works in the main thread of a POSIX process; elsewhere it guards nothing, and the run's deadline has to do.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    beat = asyncio.ensure_future(_guard.beat())
    if _guard.users == 0:
        _guard.silent_ticks = 0
        _guard.before = signal.signal(signal.SIGALRM, _guard.alarm)
        _guard.timer = signal.setitimer(signal.ITIMER_REAL, TICK_S, TICK_S)
    _guard.users += 1
    try:
        yield
    finally:
        beat.cancel()
        _guard.users -= 1
        if _guard.users == 0:
            signal.setitimer(signal.ITIMER_REAL, *_guard.timer)
            signal.signal(signal.SIGALRM, _guard.before)  # type: ignore[arg-type]  # what signal() gave
