"""The zygote: a single-threaded process with the clients imported, which forks a process for each run."""

import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NoReturn

FORKS = sys.platform == "linux"
"""macOS may kill who forks without exec and then touches its frameworks; there each run's process is started anew."""
MODULES = (
    "firsthand.bench.warm.performer",
    "firsthand.bench.sandbox.plain",
    "firsthand.bench.submission.archive",
    "firsthand.content.digest",
    "firsthand.lab",
)
"""What runs of labs with servers import, beside the clients of all servers: 0.5 s, once."""
DESCRIPTORS = 4
"""A run's process gets: the client, its channel to the daemon, standard output and standard error."""

_BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
_BOOT += "from firsthand.bench.warm.performer import main; main([int(n) for n in sys.argv[2:]])"


class Zygote:
    """The daemon's end of its zygote."""

    def __init__(self, pid: int, channel: socket.socket) -> None:
        """`channel` tells of the zygote's end by its own end."""
        self.pid = pid
        self.channel = channel

    @classmethod
    def fork(cls, let_go: Callable[[], None]) -> "Zygote":
        """Fork the zygote off this single-threaded process; `let_go` closes there what it must not have."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            let_go()
            _live(theirs)
        theirs.close()
        return cls(pid, ours)

    def begin(self, descriptors: Sequence[int]) -> None:
        """Have a process forked that gets copies of these descriptors: client, channel, standard output and error.

        Raises:
            OSError: the zygote is gone.
        """
        assert len(descriptors) == DESCRIPTORS, "a run's process gets these and no others"
        socket.send_fds(self.channel, [b"."], list(descriptors))

    def close(self) -> None:
        """Let it end, and take note of that."""
        self.channel.close()
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _live(orders: socket.socket) -> NoReturn:
    """Fork processes until the daemon is gone. They outlive us, and notice that themselves by their channels."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a terminal's Ctrl-C is for the daemon, which ends us
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system reaps: nobody asks how a run's process ended
    if FORKS:
        _import_ahead()
    while True:
        data, descriptors, _, _ = socket.recv_fds(orders, 1, DESCRIPTORS)
        if not data:
            os._exit(0)
        if len(descriptors) == DESCRIPTORS:
            _begin(orders, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _import_ahead() -> None:
    from firsthand.bench.giving import CLIENTS  # not at the top: the daemon imports us, and needs none of it

    for module in (*MODULES, *(module for module, _ in CLIENTS.values())):
        with suppress(ImportError):  # a lab that needs it will say so
            importlib.import_module(module)
    gc.freeze()  # so that no collection in a run's process copies the pages that it shares with us


def _begin(orders: socket.socket, descriptors: list[int]) -> None:
    if not FORKS:
        boot = [sys.executable, "-c", _BOOT, json.dumps(sys.path), *map(str, descriptors)]
        subprocess.Popen(boot, pass_fds=descriptors, start_new_session=True)
        return
    if os.fork() == 0:
        orders.close()
        os.setsid()
        from firsthand.bench.warm.performer import main

        main(descriptors)
