"""The end of many processes: nobody escapes by being born while the others are looked at."""

import asyncio
import dataclasses
import subprocess
import sys

import pytest

from firsthand.bench.sandbox.processes import LINUX, Proc, Table, end_all, look
from firsthand.core.deadlines import Deadline

GENEROUS_S = 20.0


@pytest.mark.skipif(not LINUX, reason="reads /proc, which only Linux has")
def test_who_is_born_too_late_for_a_look_is_found_by_the_next() -> None:
    """A parent that forked and died during the look is seen dead, its child not at all."""
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
    born = look(child.pid)
    assert born is not None
    parent = dataclasses.replace(born, pid=born.pid - 1, started=born.started - 1, state="Z")
    looks: list[Table] = [{parent.pid: parent}]

    def find() -> Table:
        if looks:
            return looks.pop()
        now = look(child.pid)
        return {now.pid: now} if now else {}

    assert asyncio.run(end_all(find, Deadline.after(GENEROUS_S))) == 1
    assert child.wait(GENEROUS_S) == -9


def test_somebody_dead_whom_nobody_reaps_does_not_hold_us_up() -> None:
    looks = 0

    def find() -> Table:
        nonlocal looks
        looks += 1
        return {7: Proc(pid=7, parent=1, group=7, session=7, state="Z", started=1)}

    assert asyncio.run(end_all(find, Deadline.after(GENEROUS_S))) == 0
    assert looks == 2
