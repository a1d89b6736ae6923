"""Looks at the system's processes: who descends from whom, whose mark they carry; and kills what is found."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from firsthand.core.deadlines import Deadline, ticks

LINUX = sys.platform == "linux"
RUN_MARK = "FIRSTHAND_RUN"
PROGRAM_MARK = "FIRSTHAND_PROGRAM"
"""Environment variables of every process that we start: the run's id, and the program's number within it."""

LOOKS_MAX = 50
"""So often we look again, as long as each look finds somebody new, alive or dead."""
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Proc:
    """One process as the system describes it. `started` is in clock ticks since boot, 0 where it is not known."""

    pid: int
    parent: int
    group: int
    session: int
    state: str
    started: int

    @property
    def ended(self) -> bool:
        """It is dead and only waits to be reaped."""
        return self.state in ("Z", "X")


Table = dict[int, Proc]


@cache
def adopt_orphans() -> bool:
    """Make this process the parent of every orphan below it, so that a daemon cannot leave; Linux only."""
    if not LINUX:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) == 0


def look(pid: int) -> Proc | None:
    """The process with this pid, or None when there is none. Linux only."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = text[text.rindex(b")") + 2 :].split()
    return Proc(pid, int(fields[1]), int(fields[2]), int(fields[3]), fields[0].decode(), int(fields[19]))


def stands_still(pid: int) -> bool:
    """Whether no thread of this process runs on: a stop signal reaches each only a moment after it was sent."""
    if not LINUX:
        proc = everybody().get(pid)
        return proc is None or proc.ended or proc.state.startswith("T")
    try:
        threads = [look(int(task.name)) for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return True
    return all(thread is None or thread.ended or thread.state in "Tt" for thread in threads)


def everybody() -> Table:
    """All processes of the system that we may see."""
    if not LINUX:
        return _everybody_by_ps()
    with os.scandir("/proc") as entries:
        pids = [int(e.name) for e in entries if e.name.isdigit()]
    return {proc.pid: proc for proc in map(look, pids) if proc}


def descendants(root: int, *, thorough: bool = False) -> Table:
    """All processes below `root`, without itself.

    The quick way asks the kernel for each one's children, which may miss some while they come and go; `thorough`
    reads the table of all processes.
    """
    if not thorough and _has_children_files():
        return _descendants_by_children(root)
    return closure([root], everybody(), with_roots=False)


def closure(roots: Iterable[int], table: Table, *, with_roots: bool = True) -> Table:
    """The roots and all that descends from them within the table."""
    roots = set(roots)
    children: dict[int, list[int]] = {}
    for proc in table.values():
        children.setdefault(proc.parent, []).append(proc.pid)
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in seen:
            seen.add(pid)
            waiting += children.get(pid, ())
    if not with_roots:
        seen -= roots
    return {pid: table[pid] for pid in seen if pid in table}


def mark_of(pid: int) -> tuple[str, str]:
    """The run and the program that a process was started for; empty texts when it carries no mark. Linux only."""
    try:
        block = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return "", ""
    if RUN_MARK.encode() not in block:
        return "", ""
    pairs = dict(entry.partition(b"=")[::2] for entry in block.split(b"\0"))
    run, program = pairs.get(RUN_MARK.encode(), b""), pairs.get(PROGRAM_MARK.encode(), b"")
    return os.fsdecode(run), os.fsdecode(program)


def file_limit_of(pid: int) -> int:
    """The largest file in bytes that a process may write; 0 when it is gone or has no such limit. Linux only.

    Limits stay through fork, setsid and exec, and are told at any moment; the environment is empty during an exec.
    """
    try:
        lines = Path(f"/proc/{pid}/limits").read_bytes().splitlines()
    except OSError:
        return 0
    found = next((line.split()[4] for line in lines if line.startswith(b"Max file size")), b"")
    return int(found) if found.isdigit() else 0


def marked(run: str, table: Table) -> set[int]:
    """The processes of the table that carry the mark of this run; Linux only, else none."""
    return {pid for pid, proc in table.items() if LINUX and not proc.ended and mark_of(pid)[0] == run}


def working_in(folder: Path, table: Table) -> set[int]:
    """The processes of the table whose working folder is this one or below it; Linux only, else none."""
    found: set[int] = set()
    place = os.path.realpath(folder)
    for pid in table if LINUX else ():
        with contextlib.suppress(OSError):
            cwd = str(Path(f"/proc/{pid}/cwd").readlink()).removesuffix(" (deleted)")
            if cwd == place or cwd.startswith(place + "/"):
                found.add(pid)
    return found


def send(procs: Collection[Proc], number: signal.Signals) -> None:
    """Send a signal once to the groups of these processes; who is gone is gone.

    A group gets it in one step, so that its members cannot fork away in between, and once: many programs take a second
    SIGTERM as an order to drop everything.
    """
    never = {0, 1, os.getpgrp()}
    for group in {proc.group for proc in procs} - never:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
    for proc in procs:
        if proc.group in never:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(proc.pid, number)


async def end_all(find: Callable[[], Table], deadline: Deadline) -> int:
    """Kill what `find` finds until it finds nobody alive; returns how many processes were killed.

    All are stopped before the first is killed, so that none can replace another.
    """
    killed: set[tuple[int, int]] = set()
    known: set[tuple[int, int, bool]] = set()
    async for _ in ticks(deadline):
        living, all_found = _freeze(find, known)
        if not living and all_found:
            break
        send(living, signal.SIGKILL)
        killed.update((proc.pid, proc.started) for proc in living)
    return len(killed)


def _freeze(find: Callable[[], Table], known: set[tuple[int, int, bool]]) -> tuple[list[Proc], bool]:
    """Stop all who live; returns them, and whether nobody can have been missed.

    Who died during a look may have left a child that was born too late for it: somebody newly dead has us look again.
    """
    living: list[Proc] = []
    for _ in range(LOOKS_MAX):
        found = find().values()
        living = [proc for proc in found if not proc.ended]
        new = {(proc.pid, proc.started, proc.ended) for proc in found} - known
        if not new:
            return living, True
        send([proc for proc in living if (proc.pid, proc.started, False) in new], signal.SIGSTOP)
        known |= new
    return living, False


@cache
def _has_children_files() -> bool:
    return LINUX and Path(f"/proc/self/task/{os.getpid()}/children").exists()


def _descendants_by_children(root: int) -> Table:
    found: Table = {}
    waiting = _children_of(root)
    while waiting:
        pid = waiting.pop()
        if pid not in found and (proc := look(pid)):
            found[pid] = proc
            waiting += _children_of(pid)
    return found


def _children_of(pid: int) -> list[int]:
    children: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208  # hot: asked at each look of a start
    except OSError:
        return children
    for thread in threads:
        with contextlib.suppress(OSError):
            children += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_bytes().split())
    return children


def _everybody_by_ps() -> Table:
    # Written for macOS by its manual, which has no /proc; not tried there. Sessions are not told, groups stand in.
    listed = subprocess.run(["ps", "-axo", "pid=,ppid=,pgid=,stat="], capture_output=True, text=True, check=False)
    table: Table = {}
    for line in listed.stdout.splitlines():
        fields = line.split()
        if len(fields) == 4:
            pid, parent, group = map(int, fields[:3])
            table[pid] = Proc(pid, parent, group, group, fields[3][0], 0)
    return table
