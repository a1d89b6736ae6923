"""The plain tier: own sessions, limits and deadlines for one's own code on one's own machine. It hides nothing."""

import asyncio
import contextlib
import errno
import os
import resource
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Literal

from firsthand.bench.ports import Address, Command, Listener, Output, Stopped, Tier
from firsthand.bench.sandbox import processes, sockets
from firsthand.bench.sandbox.output import Drain, Feed, KeptOutput
from firsthand.bench.sandbox.program_user import ProgramUser
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import StartError, WorldError
from firsthand.core.limits import (
    KILL_S,
    MIB,
    OUTPUT_HEAD_BYTES,
    OUTPUT_TAIL_BYTES,
    PROGRAM_FILE_BYTES_MAX,
    PROGRAM_OPEN_FILES_MAX,
    STOP_GRACE_S,
)
from firsthand.core.results import LimitInForce

WRAPPER = 'ulimit -c 0; ulimit -f "$1"; ulimit -n "$2"; shift 2; exec "$@"'
"""Sets limits between fork and exec, where Python code of a threaded process must not run; exec keeps the pid."""
ULIMIT_FILE_UNIT_BYTES = 512

_open_sandboxes: set["PlainSandbox"] = set()
_first_pids: set[int] = set()
"""The pids that a Popen of ours will reap; every other dead child of a foreign session is an adopted orphan."""


def executed(pid: int) -> bool:
    """Whether a program has got past our wrapper and runs its own command; true where the system cannot tell."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return True
    return WRAPPER.encode() not in arguments


class PlainProgram:
    """One started process and all that descends from it, found as our own descendants and by their mark."""

    def __init__(self, first: subprocess.Popen[bytes], command: Command, mark: tuple[str, str], user: int) -> None:
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
        return sum(not proc.ended for proc in self.tree().values())

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
        self.tree()
        self.release()
        how = "exited" if by_itself else "killed" if forced else "stopped"
        code = self.exit_code
        if code is None:
            raise WorldError(f"The process {self.pid} does not end, even by SIGKILL.", advice="Restart the machine.")
        return Stopped(how, code)

    async def _is_gone(self) -> bool:
        return not self._living()

    def _tree_by_memory(self) -> processes.Table:
        # Without a subreaper orphans go to process 1: those in its group, or seen below it before, are still known.
        everybody = processes.everybody()
        seen = [pid for pid, proc in everybody.items() if self._seen.get(pid) == proc.group]
        tree = processes.closure([*self.roots(everybody), *seen], everybody)
        self._seen.update((pid, proc.group) for pid, proc in tree.items())
        return tree

    def _living(self) -> list[processes.Proc]:
        return [proc for proc in self.tree().values() if not proc.ended]

    def _is_mine(self, proc: processes.Proc) -> bool:
        if proc.pid == self.pid:
            return self._first.returncode is None
        if self.pid in (proc.session, proc.group):
            return True
        return (
            processes.LINUX
            and proc.parent == os.getpid()
            and proc.pid not in _first_pids
            and processes.mark_of(proc.pid) == self._mark
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


class PlainSandbox:
    """Starts programs and bounds them by rlimits, counts and deadlines; `close` leaves nothing behind."""

    tier: Tier = "plain"

    def __init__(self, place: Path) -> None:
        """`place` is the run's folder; its name is the run's id, which every process carries as a mark."""
        self.place = place
        self.run = place.name
        self.user = ProgramUser.of_this_process()
        self._programs: list[PlainProgram] = []
        self._opened = _ticks_since_boot()
        self._open_files = _at_most(resource.RLIMIT_NOFILE, PROGRAM_OPEN_FILES_MAX)
        self._file_blocks = _at_most(resource.RLIMIT_FSIZE, PROGRAM_FILE_BYTES_MAX) // ULIMIT_FILE_UNIT_BYTES
        processes.adopt_orphans()
        _open_sandboxes.add(self)

    def limits(self) -> list[LimitInForce]:
        """What holds for every program started here, and by what means."""
        return [
            LimitInForce("open files of a process", str(self._open_files), "rlimit"),
            LimitInForce("size of a file", f"{self._file_blocks * ULIMIT_FILE_UNIT_BYTES // MIB} MiB", "rlimit"),
            LimitInForce("core dumps", "none", "rlimit"),
            LimitInForce("output kept", f"{OUTPUT_HEAD_BYTES:,} + {OUTPUT_TAIL_BYTES:,} bytes", "count"),
            LimitInForce("time to stop", f"{STOP_GRACE_S:g} s", "deadline"),
        ]

    def reachable(self, path: Path) -> bool:
        """Whether a program started here could read (and search) this path."""
        return self.user.reaches(path)

    def give(self, path: Path) -> None:
        """Make a folder of the run, with all that is in it, the program user's own."""
        self.user.give(path)

    async def spawn(self, command: Command) -> PlainProgram:
        """Start a program.

        Raises:
            StartError: the command is not there, or cannot be reached by the user that programs run as.
            WorldError: the system refused to start anything.
        """
        self._refuse_unusable(command)
        number = str(len(self._programs) + 1)
        limits = [str(self._file_blocks), str(self._open_files)]
        marks = {processes.RUN_MARK: self.run, processes.PROGRAM_MARK: number}
        program = PlainProgram(
            self._popen(command, ["/bin/sh", "-c", WRAPPER, "firsthand", *limits, *command.argv], marks),
            command,
            (self.run, number),
            self.user.user,
        )
        self._programs.append(program)
        return program

    async def close(self) -> int:
        """Kill all that was ever started here; returns how many processes had to be killed."""
        forced = await processes.end_all(self._left, Deadline.after(KILL_S))
        for program in self._programs:
            # Safe to call for one that was stopped; for others it takes the exit code and lets the pipes go.
            await program.stop(0)
        reap_adopted(processes.descendants(os.getpid()))
        _open_sandboxes.discard(self)
        return forced

    def _left(self) -> processes.Table:
        """All that is left of this run: by its mark, by its trees, and strays that nobody else can have started."""
        everybody = processes.everybody()
        below = processes.closure([os.getpid()], everybody, with_roots=False)
        roots = processes.marked(self.run, everybody)
        for program in self._programs:
            roots.update(program.roots(below) if processes.LINUX else program.tree())
        if _open_sandboxes == {self}:
            roots.update(pid for pid, proc in below.items() if self._is_stray(proc))
        reap_adopted(below)
        return processes.closure(roots, everybody)

    def _is_stray(self, proc: processes.Proc) -> bool:
        """Whether it is an orphan that came down to us and has wiped its mark.

        Our own helpers stay in our session; nothing that was started here can ever enter it.
        """
        return (
            processes.LINUX
            and proc.parent == os.getpid()
            and proc.session != os.getsid(0)
            and proc.started >= self._opened
            and not processes.mark_of(proc.pid)[0]
        )

    def _refuse_unusable(self, command: Command) -> None:
        binary = Path(command.argv[0])
        if not binary.is_file():
            raise StartError(f"The command {binary} is not there.", advice="Install it, or mend the Procfile's line.")
        if not self.reachable(binary) and not self._executable_unread(binary):
            whom = f"the user that programs run as (number {self.user.user})" if self.user.switched else "you"
            raise StartError(
                f"The command {binary} may not be started by {whom}.",
                advice="Give execute permission to it and to the folders above it, or install it for everybody.",
            )
        if not command.cwd.is_dir():
            raise StartError(f"The folder {command.cwd} is not there.", advice="Check again from your workspace.")

    def _executable_unread(self, binary: Path) -> bool:
        # A file of mode 711 starts, though it cannot be read.
        return not self.user.switched and os.access(binary, os.X_OK)

    def _popen(self, command: Command, argv: list[str], marks: dict[str, str]) -> subprocess.Popen[bytes]:
        switch = self.user.switched
        try:
            return subprocess.Popen(
                argv,
                cwd=command.cwd,
                env={**command.env, **self._home(command), **marks},
                stdin=subprocess.DEVNULL if command.stdin is None else subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if command.merge_output else subprocess.PIPE,
                start_new_session=True,
                umask=0o022,
                bufsize=0,
                user=self.user.user if switch else None,
                group=self.user.group if switch else None,
                extra_groups=() if switch else None,
            )
        except OSError as error:
            if error.errno == errno.E2BIG:
                raise StartError("The command's arguments and environment are too long for this system.") from error
            whom = f" as user number {self.user.user}" if switch else ""
            raise WorldError(
                f"This system refuses to start a program{whom}: {error.strerror}.",
                advice="Firsthand need not be root: run it as a plain user." if switch else "Close some programs.",
            ) from error

    def _home(self, command: Command) -> dict[str, str]:
        """A home of the run's own, where the one in the environment is out of the program's reach."""
        home = command.env.get("HOME")
        if not self.user.switched or (home and self.reachable(Path(home))):
            return {}
        own = self.place / "home"
        if not own.exists():
            own.mkdir(mode=0o700)
            self.give(own)
        return {"HOME": str(own)}


def reap_adopted(table: processes.Table) -> None:
    """Take note of the deaths of orphans that came down to us, each by its own pid.

    Only foreign sessions are looked at: children that others in this process started stay theirs to wait for.
    """
    if not processes.LINUX:
        return
    me, session = os.getpid(), os.getsid(0)
    for proc in table.values():
        if proc.ended and proc.parent == me and proc.session != session and proc.pid not in _first_pids:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(proc.pid, os.WNOHANG)


def _at_most(kind: int, wanted: int) -> int:
    """The limit that we may set: what we want, or less where a hard limit is in force already."""
    hard = resource.getrlimit(kind)[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def _ticks_since_boot() -> int:
    if not processes.LINUX:
        return 0
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK"))
