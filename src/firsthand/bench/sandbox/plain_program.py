"""One program of the plain tier: its tree found by descent and marks, its pipes drained, its end without survivors."""

import asyncio
import contextlib
import math
import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from firsthand.bench.ports import Address, Command, Listener, Output, Stopped
from firsthand.bench.sandbox import processes, sockets
from firsthand.bench.sandbox.output import Drain, Feed, KeptOutput
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import WorldError
from firsthand.core.limits import KILL_S

WRAPPER = 'ulimit -c 0; ulimit -f "$1"; ulimit -n "$2"; shift 2; exec "$@"'
"""Sets limits between fork and exec, where Python code of a threaded process must not run; exec keeps the pid."""
ULIMIT_FILE_UNIT_BYTES = 512

_first_pids: set[int] = set()
"""The pids that a Popen of ours will reap; every other dead child of a foreign session is an adopted orphan."""


def executed(pid: int) -> bool:
    """Whether a program has got past our wrapper and runs its own command; true where the system cannot tell."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return True
    return WRAPPER.encode() not in arguments


@dataclass(frozen=True)
class Mark:
    """By what the processes of a program are known, even those that left its session and wiped their environment."""

    run: str
    program: str
    file_blocks: int

    def is_on(self, pid: int) -> bool:
        """Whether this process carries it."""
        if processes.mark_of(pid) == (self.run, self.program):
            return True
        return processes.file_limit_of(pid) == self.file_blocks * ULIMIT_FILE_UNIT_BYTES


class PlainProgram:
    """One started process and all that descends from it, found as our own descendants and by their mark."""

    def __init__(self, first: subprocess.Popen[bytes], command: Command, mark: "Mark", user: int) -> None:
        """Takes over a process that was just started; needs a running event loop."""
        self.pid = first.pid
        kept = KeptOutput()
        kept_apart = kept if command.merge_output else KeptOutput()
        self.stdout: Output = kept
        self.stderr: Output = kept_apart
        self._first = first
        self._mark = mark
        self._user = user
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        self._stopping = asyncio.Lock()
        self._stopped: Stopped | None = None
        self._seen: dict[int, int] = {}
        self._drains = [
            Drain(os.dup(pipe.fileno()), output)
            for pipe, output in ((first.stdout, kept), (first.stderr, kept_apart))
            if pipe is not None
        ]
        self._feed = None
        if first.stdin is not None:
            self._feed = Feed(os.dup(first.stdin.fileno()), command.stdin or b"")
        for pipe in (first.stdin, first.stdout, first.stderr):
            if pipe is not None:
                pipe.close()
        _first_pids.add(self.pid)
        self._pidfd = -1
        self._watch()

    @property
    def exit_code(self) -> int | None:
        """None while the first process runs."""
        self._look()
        return self._first.returncode

    async def wait(self) -> int:
        """The exit code, once the first process has ended; its open pipes are not waited for."""
        await self._ended.wait()
        assert self._first.returncode is not None, "it has ended"
        return int(self._first.returncode)

    async def process_count(self) -> int:
        """How many processes live in its tree now."""
        return len(self._living())

    async def listeners(self) -> list[Listener]:
        """The TCP sockets on which it or a descendant listens; empty where the system cannot tell."""
        found = sockets.listening()
        if not found:
            return []
        held, hidden = sockets.inodes_of([self.pid, *self.tree()])
        # A program with file capabilities hides its descriptors; its user's sockets are all that can be told then.
        return [
            Listener(Address(entry.host, entry.port), held.get(entry.inode, self.pid))
            for entry in found
            if entry.inode in held or (hidden and entry.user == self._user)
        ]

    async def stop(self, grace_s: float) -> Stopped:
        """SIGTERM, wait, SIGKILL; then the whole tree is gone. Safe to call twice."""
        async with self._stopping:
            if self._stopped is None:
                self._stopped = await self._stop(grace_s)
            return self._stopped

    def tree(self, *, thorough: bool = False) -> processes.Table:
        """Its processes; some of them may have ended just now."""
        if not processes.LINUX:
            return self._tree_by_memory()
        below = processes.descendants(os.getpid(), thorough=thorough)
        tree = processes.closure(self.roots(below), below)
        reap_adopted(below)
        return tree

    def roots(self, table: processes.Table) -> list[int]:
        """Those of our descendants in the table from which its tree grows."""
        self._look()
        return [pid for pid, proc in table.items() if self._is_mine(proc)]

    def release(self) -> None:
        """Let pipes and descriptors go; for when the tree is gone."""
        self._look()
        for drain in self._drains:
            drain.close()
        if self._feed:
            self._feed.close()

    async def _stop(self, grace_s: float) -> Stopped:
        by_itself = self.exit_code is not None
        how: Literal["exited", "stopped", "killed"]
        deadline = Deadline.after(grace_s)
        if living := self._living():
            processes.send(living, signal.SIGTERM)
            # A process that is stopped (SIGSTOP) cannot follow a SIGTERM until it goes on.
            processes.send(living, signal.SIGCONT)
            await until(self._is_gone, deadline)
        forced = 0
        if self._living():
            forced = await processes.end_all(lambda: self.tree(thorough=True), Deadline.after(KILL_S))
        # A process whose main thread has ended looks dead, and can be waited for only when its other threads are gone.
        if not await until(self._is_reaped, deadline):
            forced += 1
            self._first.kill()
            await until(self._is_reaped, Deadline.after(KILL_S))
        self.tree()
        self.release()
        how = "exited" if by_itself else "killed" if forced else "stopped"
        code = self.exit_code
        if code is None:
            raise WorldError(f"The process {self.pid} does not end, even by SIGKILL.", advice="Restart the machine.")
        return Stopped(how, code)

    async def _is_gone(self) -> bool:
        return not self._living()

    async def _is_reaped(self) -> bool:
        return self.exit_code is not None

    def _tree_by_memory(self) -> processes.Table:
        # Without a subreaper orphans go to process 1: those in its group, or seen below it before, are still known.
        everybody = processes.everybody()
        seen = [pid for pid, proc in everybody.items() if self._seen.get(pid) == proc.group]
        tree = processes.closure([*self.roots(everybody), *seen], everybody)
        self._seen.update((pid, proc.group) for pid, proc in tree.items())
        return tree

    def _living(self) -> list[processes.Proc]:
        # A look may miss somebody born during it, and the dead of it are its only trace: "nobody" must be said twice.
        before = None
        for _ in range(processes.LOOKS_MAX):
            tree = self.tree()
            living = [proc for proc in tree.values() if not proc.ended]
            if living or tree.keys() == before:
                return living
            before = tree.keys()
        return list(tree.values())

    def _is_mine(self, proc: processes.Proc) -> bool:
        if proc.pid == self.pid:
            return self._first.returncode is None
        if self.pid in (proc.session, proc.group):
            return True
        return (
            processes.LINUX
            and proc.parent == os.getpid()
            and proc.pid not in _first_pids
            and self._mark.is_on(proc.pid)
        )

    def _watch(self) -> None:
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):
                self._pidfd = os.pidfd_open(self.pid)
                self._loop.add_reader(self._pidfd, self._look)
                return
        threading.Thread(target=self._wait_in_thread, name=f"wait for {self.pid}", daemon=True).start()

    def _wait_in_thread(self) -> None:
        self._first.wait()
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            self._loop.call_soon_threadsafe(self._look)

    def _look(self) -> None:
        if self._ended.is_set() or self._first.poll() is None:
            return
        self._ended.set()
        _first_pids.discard(self.pid)
        if self._pidfd >= 0:
            self._loop.remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = -1
        for drain in self._drains:
            drain.take_what_is_there()


def was_started_here(pid: int) -> bool:
    """Whether a child of ours comes from a sandbox: it has a lower limit than our own, which it cannot raise."""
    return 0 < processes.file_limit_of(pid) < (processes.file_limit_of(os.getpid()) or math.inf)


def reap_adopted(table: processes.Table) -> None:
    """Take note of the deaths of orphans that came down to us, each by its own pid.

    Children that others in this process started stay theirs to wait for.
    """
    if not processes.LINUX:
        return
    me, session = os.getpid(), os.getsid(0)
    for proc in table.values():
        adopted = proc.parent == me and proc.session != session and proc.pid not in _first_pids
        if proc.ended and adopted and was_started_here(proc.pid):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(proc.pid, os.WNOHANG)
