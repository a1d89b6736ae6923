"""The plain tier: own sessions, limits and deadlines for one's own code on one's own machine. It hides nothing."""

import errno
import itertools
import os
import resource
import signal
import subprocess
import threading
import time
from pathlib import Path

from firsthand.bench.ports import Command, Tier
from firsthand.bench.sandbox import processes
from firsthand.bench.sandbox.plain_program import (
    ULIMIT_FILE_UNIT_BYTES,
    WRAPPER,
    Mark,
    PlainProgram,
    reap_adopted,
    was_started_here,
)
from firsthand.bench.sandbox.program_user import ProgramUser
from firsthand.core.deadlines import Deadline
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

LIMIT_MARKS_MAX = 100_000
"""So many programs in a row have a file size limit of their own, a block apart: a mark that no exec can wipe."""

SIGNALS_HEARD = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
"""What a program is sent to ask something of it; it meets them as they are by default."""

_numbers = itertools.count()
_open_sandboxes: set["PlainSandbox"] = set()


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
        _let_programs_hear()
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
        blocks = self._file_blocks - 1 - next(_numbers) % min(LIMIT_MARKS_MAX, self._file_blocks - 1)
        mark = Mark(self.run, str(len(self._programs) + 1), blocks)
        limits = [str(blocks), str(self._open_files)]
        marks = {processes.RUN_MARK: mark.run, processes.PROGRAM_MARK: mark.program}
        program = PlainProgram(
            self._popen(command, ["/bin/sh", "-c", WRAPPER, "firsthand", *limits, *command.argv], marks),
            command,
            mark,
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

        Other children of ours have our own limits; what was started here has lower ones and cannot raise them.
        """
        return (
            processes.LINUX
            and proc.parent == os.getpid()
            and proc.session != os.getsid(0)
            and proc.started >= self._opened
            and was_started_here(proc.pid)
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
                umask=command.umask,
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


def _at_most(kind: int, wanted: int) -> int:
    """The limit that we may set: what we want, or less where a hard limit is in force already."""
    hard = resource.getrlimit(kind)[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def _let_programs_hear() -> None:
    """Ignore by a handler the signals that this process ignores, such as one begun by nohup or in the background.

    A program inherits what is ignored, and a shell cannot even change it; a handler is forgotten by exec.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    for number in SIGNALS_HEARD:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def _ticks_since_boot() -> int:
    if not processes.LINUX:
        return 0
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK"))
