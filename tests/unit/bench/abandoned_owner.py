"""A firsthand that is killed in the middle: `abandoned_owner.py TEMP RUN PYTHON` claims the folder of a run, starts a
program that ignores SIGTERM and a daemon without a mark that stands in the folder, prints their pids and dies."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from firsthand.bench.ports import Command
from firsthand.bench.sandbox import open_sandbox
from firsthand.bench.sandbox.processes import descendants
from firsthand.bench.sandbox.sweep import claim_folder
from firsthand.core.deadlines import Deadline, until

DEAF = "import signal; signal.alarm(30); signal.signal(15, signal.SIG_IGN); print('up', flush=True); signal.pause()"
DAEMON = "import os; os.fork() and os._exit(0); os.setsid(); os.execve({0!r}, [{0!r}, '-c', {1!r}], dict())"


async def main(temp: str, run: str, python: str) -> None:
    """Start both and die."""
    place = claim_folder(Path(temp), run)
    sandbox = open_sandbox(place)
    for code, cwd in ((DEAF, Path("/")), (DAEMON.format(python, DEAF), place)):
        program = await sandbox.spawn(Command([python, "-c", code], cwd, {}))

        async def up(output=program.stdout) -> bool:  # type: ignore[no-untyped-def]
            return b"up" in output.data()

        assert await until(up, Deadline.after(20))
    print(*(proc.pid for proc in descendants(os.getpid()).values() if not proc.ended), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


asyncio.run(main(*sys.argv[1:]))
