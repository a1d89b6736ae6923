"""One process of a real server and all below it: started as an unprivileged user, watched, paused, ended for good."""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from firsthand.bench.sandbox import processes
from firsthand.bench.sandbox.output import Drain, KeptOutput
from firsthand.bench.servers.place import Place
from firsthand.core.deadlines import Deadline, machine_factor, ticks, until
from firsthand.core.errors import DiskFullError, RetryableError, WorldError
from firsthand.core.limits import KILL_S

SERVER_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LAST_WORDS_LINES = 8
PAUSE_S = 5.0
PORT_TRIES_MAX = 3
PORT_TAKEN = ("Address already in use", "address already in use", "eaddrinuse")
NO_SPACE = "No space left on device"

_WRAPPER = 'ulimit -c 0; exec "$@"'
_numbers = itertools.count(1)


class PortTakenError(RetryableError):
    """Somebody else listens on the port that was chosen for a server."""


class ServerProcess:
    """A started server. Its output is kept, head and tail; `stop` or `kill` leave no process of it behind."""

    def __init__(self, title: str, argv: Sequence[str | Path], cwd: Path, place: Place, env: Mapping[str, str]) -> None:
        """Start it; needs a running event loop. `cwd` is a folder of its own, and becomes its home.

        `title` is what people call it; `env` comes on top of a minimal environment.

        Raises:
            RetryableError: the system refused to start it.
        """
        self.title = title
        self.cwd = cwd
        self.output = KeptOutput()
        self.paused = False
        self._place = place
        self._number = f"server-{next(_numbers)}"
        self._first = self._popen([str(part) for part in argv], env)
        assert self._first.stdout is not None, "it is a pipe"
        self._drain = Drain(os.dup(self._first.stdout.fileno()), self.output)
        self._first.stdout.close()
        self.pid = self._first.pid

    @property
    def exit_code(self) -> int | None:
        """None while the first process runs; negative for a signal."""
        code = self._first.poll()
        if code is not None:
            self._drain.take_what_is_there()
        return code

    async def ready(self, asks: Callable[[], Awaitable[bool]], within_s: float) -> None:
        """Wait until `asks` is answered with yes; the time is stretched on a slow machine.

        Raises:
            PortTakenError: its port was taken.
            DiskFullError: there is no space left for its data.
            RetryableError: it ended, or did not become ready in time.
        """
        deadline = Deadline.after(within_s, machine_factor())
        async for _ in ticks(deadline):
            if self.exit_code is not None:
                raise self.failure(f"{self.title} ended while it started (exit code {self.exit_code}).")
            if await asks():
                return
        await self.kill()
        raise self.failure(f"{self.title} was not ready within {deadline.allowed_s:.0f} s.")

    def failure(self, message: str) -> WorldError:
        """The error that says this and what the server printed last."""
        words = self.output.tail(LAST_WORDS_LINES)
        if NO_SPACE in words:
            return DiskFullError(
                f"{self.title} has no space left for its data in {self._place.folder}.", advice="Make room there."
            )
        kind = PortTakenError if any(sign in words for sign in PORT_TAKEN) else RetryableError
        return kind(message, advice=f"Its last words:\n{words}" if words else "It printed nothing.")

    async def stop(self, number: signal.Signals = signal.SIGTERM, grace_s: float = 5.0) -> None:
        """Ask its first process to end, wait, and kill what is left."""
        self.resume()
        if self.exit_code is None:
            self._first.send_signal(number)
            await until(self._has_ended, Deadline.after(grace_s))
        await self.kill()

    async def kill(self) -> None:
        """End it and all below it at once, as a loss of power would."""
        seen: processes.Table = {}

        def tree() -> processes.Table:
            found = self._tree()
            seen.update(found)
            return found

        async def all_gone() -> bool:
            # Those below it take a moment longer; until then a restarted one would find its memory in use.
            return self.exit_code is not None and not any(map(_lives, seen.values()))

        self.paused = False
        find = tree if self.exit_code is None else self._family
        await processes.end_all(find, Deadline.after(KILL_S))
        if not await until(all_gone, Deadline.after(KILL_S)):
            raise WorldError(f"{self.title} (process {self.pid}) does not end, even by SIGKILL.")
        _reap(seen.keys() - {self.pid})
        self._drain.close()

    def send(self, number: signal.Signals) -> None:
        """Send this to its first process, if that lives."""
        if self.exit_code is None:
            self._first.send_signal(number)

    async def pause(self) -> None:
        """Stop it in its tracks: connections stay, and from now on nothing is answered.

        Raises:
            RetryableError: the system did not stop all its threads in time.
        """

        async def stands_still() -> bool:
            return all(map(processes.stands_still, self.pids()))

        self.paused = True
        self._signal_all(signal.SIGSTOP)
        if not await until(stands_still, Deadline.after(PAUSE_S, machine_factor())):
            raise RetryableError(f"{self.title} (process {self.pid}) does not stop for a pause.")

    def resume(self) -> None:
        """Let it go on after a pause."""
        if self.paused:
            self.paused = False
            self._signal_all(signal.SIGCONT)

    def pids(self) -> list[int]:
        """Its living processes, the first one first."""
        if self.exit_code is not None:
            return []
        below = processes.descendants(self.pid)
        return [self.pid, *(pid for pid, proc in below.items() if not proc.ended)]

    def memory_bytes(self) -> int:
        """Proportional share of memory of all its processes; 0 where the system does not tell."""
        return sum(map(_pss_bytes, self.pids()))

    async def _has_ended(self) -> bool:
        return self.exit_code is not None

    def _signal_all(self, number: signal.Signals) -> None:
        # The first one first, so that nobody is born in between.
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _tree(self) -> processes.Table:
        """Its first process, if that lives, and all below it."""
        if not processes.LINUX:
            return processes.closure([self.pid], processes.everybody()) if self.exit_code is None else {}
        first = processes.look(self.pid) if self.exit_code is None else None
        return {self.pid: first, **processes.descendants(self.pid)} if first else {}

    def _family(self) -> processes.Table:
        """All that is left of it: by its mark, and by its folder, since some servers wipe their mark. Takes 10 ms."""
        table = processes.everybody()
        roots = {pid for pid, proc in table.items() if not proc.ended and self._is_marked(pid)}
        roots |= processes.working_in(self.cwd, table)
        return processes.closure(roots - {os.getpid()}, table)

    def _is_marked(self, pid: int) -> bool:
        return processes.mark_of(pid) == (self._place.mark, self._number)

    def _popen(self, argv: list[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
        user = self._place.user
        marks = {processes.RUN_MARK: self._place.mark, processes.PROGRAM_MARK: self._number}
        try:
            return subprocess.Popen(
                ["/bin/sh", "-c", _WRAPPER, "firsthand", *argv],
                cwd=self.cwd,
                env={
                    "PATH": SERVER_PATH,
                    "HOME": str(self.cwd),
                    "TMPDIR": str(self.cwd),
                    "LC_ALL": "C",
                    **env,
                    **marks,
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,
                bufsize=0,
                user=user.user if user.switched else None,
                group=user.group if user.switched else None,
                extra_groups=() if user.switched else None,
            )
        except OSError as error:
            raise RetryableError(
                f"This system refuses to start {self.title}: {error.strerror}.", advice="Close some programs."
            ) from error


def _lives(proc: processes.Proc) -> bool:
    """Whether this very process, and not another one with its pid, is still there."""
    now = processes.look(proc.pid)
    return now is not None and now.started == proc.started and not now.ended


def _reap(pids: set[int]) -> None:
    """Take note of the deaths of orphans, which come to us where we adopt them, else to process 1."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _pss_bytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    return 0


async def run_tool(
    argv: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str], within_s: float, user: int | None = None
) -> tuple[int, str]:
    """Run a tool of a server to its end, as this user number where one is given; its exit code and all it printed.

    Raises:
        RetryableError: it did not end in time, or could not be started.
    """
    deadline = Deadline.after(within_s, machine_factor())
    tool = Path(argv[0]).name
    try:
        process = await asyncio.create_subprocess_exec(
            *map(str, argv),
            cwd=cwd,
            env={"PATH": SERVER_PATH, "LC_ALL": "C", **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else (),
        )
    except OSError as error:
        raise RetryableError(f"This system refuses to start {tool}: {error.strerror}.") from error
    try:
        async with asyncio.timeout(deadline.left_s):
            output, _ = await process.communicate()
    except TimeoutError:
        raise RetryableError(f"{tool} did not end within {deadline.allowed_s:.0f} s.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None, "it has ended"
    return process.returncode, output.decode("utf-8", "replace")
