"""However a proof ends, it leaves no process and no folder behind."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from firsthand.bench.sandbox import processes
from firsthand.core.deadlines import Deadline, until
from proofs.machine import LAB, Author

WAIT_S = 30.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


@pytest.fixture
def endless(author: Author) -> Author:
    """An author whose first check waits for ever."""
    waits = "    import asyncio\n\n    await asyncio.Event().wait()\n"
    author.edit(
        "stages/01-hello/checks.py", "    for name in rng.tokens(3):\n", f"{waits}    for name in rng.tokens(3):\n"
    )
    author.edit("lab.toml", 'ready = "tcp"\n', 'ready = "tcp"\ncheck_s = 200\n')
    return author


def test_ctrl_c_ends_all_and_says_so(endless: Author) -> None:
    with _proving(endless) as proof:
        family = _family(proof)
        proof.send_signal(signal.SIGINT)
        assert proof.wait(WAIT_S) == 130
        assert "Interrupted." in proof.communicate()[1]
        assert _gone(family)
        assert endless.left_behind() == []


def test_a_second_ctrl_c_does_not_cut_the_cleaning_up_short(endless: Author) -> None:
    with _proving(endless) as proof:
        family = _family(proof)
        proof.send_signal(signal.SIGINT)
        while proof.poll() is None and _alive(family):
            proof.send_signal(signal.SIGINT)
            _wait_a_moment(proof)
        assert proof.wait(WAIT_S) == 130
        assert _gone(family)
        assert endless.left_behind() == []


def test_workers_end_by_themselves_when_the_proof_is_killed(endless: Author) -> None:
    with _proving(endless) as proof:
        family = _family(proof)
        proof.kill()
        proof.communicate()
        assert _gone(family)
    endless.edit("stages/01-hello/checks.py", "    await asyncio.Event().wait()\n", "")
    endless.call("prove", LAB, "--only", "starters", "--lang", "python")
    assert endless.left_behind() == [], "the next proof sweeps what a killed one left"


@contextmanager
def _proving(author: Author) -> Iterator[subprocess.Popen[str]]:
    proof = author.start("prove", LAB, "--only", "solutions", "--jobs", "2")
    try:
        yield proof
    finally:
        if proof.poll() is None:
            proof.kill()
        proof.communicate()


def _family(proof: subprocess.Popen[str]) -> set[tuple[int, int]]:
    """Workers and programs, once both solutions run, by pid and start time."""
    family: dict[int, processes.Proc] = {}

    async def runs() -> bool:
        family.update(processes.descendants(proof.pid, thorough=True))
        marked = [pid for pid in family if processes.mark_of(pid)[0]]
        return len(marked) >= 2

    assert asyncio.run(until(runs, Deadline.after(WAIT_S))), proof.poll()
    return {(p.pid, p.started) for p in family.values() if not p.ended}


def _gone(family: set[tuple[int, int]]) -> bool:
    async def gone() -> bool:
        return not _alive(family)

    return asyncio.run(until(gone, Deadline.after(WAIT_S)))


def _alive(family: set[tuple[int, int]]) -> list[int]:
    found = ((processes.look(pid), started) for pid, started in family)
    return [proc.pid for proc, started in found if proc and proc.started == started and not proc.ended]


def _wait_a_moment(proof: subprocess.Popen[str]) -> None:
    try:
        proof.wait(0.05)
    except subprocess.TimeoutExpired:
        return
