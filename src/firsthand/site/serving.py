"""Serves the site until it is told to end, with a worker beside it, and leaves nothing of either."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvicorn

import firsthand
from firsthand.bench.warm.version import version, version_now
from firsthand.site.asgi import application
from firsthand.site.live import live
from firsthand.study import invocation

MARK = "firsthand"
"""What our answers call their server."""
WORKER_END_S = 10.0
"""How long the worker may take to end a run that goes on; longer than a program's own grace."""
WORKERS_MAX = 5
"""So many workers one after another, where each was killed, as by a machine without memory."""
CODE_LOOK_S = 2
"""How often the site looks whether the code on the disk is still that which it runs."""
_NEWS_BYTES = 4096
_WORKER = "import sys; sys.path.insert(0, sys.argv[1]); from firsthand.worker.local import main; sys.exit(main())"


class _Server(uvicorn.Server):
    """Lets pages that follow something end at once when the site does, also when its terminal is closed."""

    hung_up = False
    outdated = False

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ran = self._seen = version()

    async def look_at_code(self) -> None:
        """End once our code has been replaced, and has come to rest: an update writes many files."""
        now = await asyncio.to_thread(version_now)
        if now == self._seen != self._ran:
            self.outdated = self.should_exit = True
        self._seen = now

    def hang_up(self) -> None:
        """The terminal was closed."""
        self.hung_up = True
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        live.close()
        await super().shutdown(sockets)


def served(listener: socket.socket, ready: Callable[[], None], shutdown_s: int, *, follow_code: bool) -> int | None:
    """Serve until Ctrl-C, SIGTERM or SIGHUP; `ready` is called when pages can be asked for.

    Returns the exit code; None where it ended because our code was replaced, if that is to be followed.
    """
    config = uvicorn.Config(
        application,
        log_config=None,
        log_level="critical",
        lifespan="off",
        server_header=False,
        headers=[("server", MARK)],
        timeout_graceful_shutdown=shutdown_s,
        timeout_notify=CODE_LOOK_S,
    )
    server = _Server(config)
    config.callback_notify = server.look_at_code if follow_code else None
    signal.signal(signal.SIGTERM, _end_after_cleaning_up)
    try:
        worker = _Worker()
        try:
            asyncio.run(_serve(server, listener, worker, ready))
        finally:
            worker.end()
    except KeyboardInterrupt:  # uvicorn passes on what ended it
        return 0
    except SystemExit as end:
        return int(str(end.code))
    if server.hung_up:
        return 128 + signal.SIGHUP
    return None if server.outdated else 0


async def _serve(server: _Server, listener: socket.socket, worker: "_Worker", ready: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()

    def hear() -> None:
        heard = worker.heard
        if not os.read(heard, _NEWS_BYTES):
            loop.remove_reader(heard)
            if worker.replaced():
                loop.add_reader(worker.heard, hear)
        live.tell()

    live.wake_worker = worker.wake
    loop.add_reader(worker.heard, hear)
    loop.add_signal_handler(signal.SIGHUP, server.hang_up)
    loop.call_soon(ready)  # the socket listens already: who comes now waits for a moment
    await server.serve(sockets=[listener])


class _Worker:
    """The worker of this machine. It ends when its standard input does: also when we are killed."""

    def __init__(self) -> None:
        self._left = WORKERS_MAX
        self._begin()

    def _begin(self) -> None:
        content = os.pathsep.join([os.environ.get("FIRSTHAND_CONTENT", ""), *map(str, invocation.content_folders())])
        self._left -= 1
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _WORKER, str(Path(firsthand.__file__).parents[1])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_places(), "FIRSTHAND_CONTENT": content.strip(os.pathsep)},
            cwd="/",
            start_new_session=True,  # Ctrl-C is for us: the worker is told to end when we are done
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._told, self._heard = self._process.stdin, self._process.stdout

    @property
    def heard(self) -> int:
        """Where it says that pages can see something new; its end is the worker's."""
        return self._heard.fileno()

    def wake(self) -> None:
        """Tell it that a run waits."""
        with suppress(OSError, ValueError):  # it has ended
            os.write(self._told.fileno(), b"\n")

    def replaced(self) -> bool:
        """Let another one take the place of one that has ended, and do its runs anew; False after too many."""
        self.end()
        if self._left == 0:
            print("note: The worker ended again and again: runs wait until the site is started anew.", file=sys.stderr)
            return False
        self._begin()
        return True

    def end(self) -> None:
        """Tell it to end, and see that it does."""
        self._told.close()
        try:
            self._process.wait(WORKER_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._heard.close()


def _places() -> dict[str, str]:
    """The home as the worker, which stands elsewhere, finds it: one may be told from the folder one stands in."""
    home = os.environ.get("FIRSTHAND_HOME")
    return {"FIRSTHAND_HOME": str(Path(home).absolute())} if home else {}


def _end_after_cleaning_up(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)
