"""A process that has read pytest once and runs it for one plan after the other: reading it takes longest of all."""

import asyncio
import itertools
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from firsthand.bench.ports import Command, Program, Sandbox
from firsthand.core.errors import WorldError

SCRIPT = Path(__file__).parent / "pytest_jobs.py"


class PytestRunner:
    """Runs `pytest_jobs.py` in a sandbox. `start` before, `close` after everything else."""

    def __init__(self, place: Path, sandbox: Sandbox) -> None:
        """`place` is to be a folder of its own."""
        self._place = place
        self._sandbox = sandbox
        self._numbers = itertools.count(1)
        self._program: Program | None = None
        self._said = b""
        self._news = asyncio.Event()
        self._asking = -1
        self._ending: asyncio.Task[None] | None = None

    async def start(self, binary: Path, env: Mapping[str, str], within_s: float) -> bool:
        """Start it; returns whether this Python has pytest."""
        self._place.mkdir(parents=True)
        self._place.chmod(0o711)
        script, asked = self._place / SCRIPT.name, self._place / "asked"
        shutil.copy(SCRIPT, script)
        os.mkfifo(asked)
        self._asking = os.open(asked, os.O_RDWR)  # for reading, too: then opening it waits for nobody
        self._sandbox.give(self._place)
        self._program = await self._sandbox.spawn(Command([str(binary), str(script), str(asked)], self._place, env))
        self._program.stdout.follow(self._hear)
        self._ending = asyncio.create_task(self._tell_the_end(self._program))
        return await self._says("ready", within_s)

    async def perform(
        self, jobs: Sequence[Mapping[str, Any]], *, at_once: int, limit_s: float, within_s: float
    ) -> list[dict[str, Any]]:
        """What became of each of these jobs.

        Raises:
            WorldError: the process is gone, or did not do its work in this time.
        """
        place = self._place / str(next(self._numbers))
        place.mkdir()
        results = [place / f"{number}.json" for number in range(len(jobs))]
        placed = [{**job, "result": str(result)} for job, result in zip(jobs, results, strict=True)]
        plan = place / "plan.json"
        plan.write_text(json.dumps({"jobs": placed, "at_once": at_once, "limit_s": limit_s}), encoding="utf-8")
        self._sandbox.give(place)
        os.write(self._asking, f"{plan}\n".encode())
        if not await self._says(f"done {plan}", within_s):
            printed = self._program.stdout.tail() if self._program else ""
            raise WorldError(f"pytest could not be run. {printed}".strip(), advice="Run it again.")
        read = [json.loads(result.read_text(encoding="utf-8")) for result in results]
        await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
        return read

    async def close(self) -> None:
        """End it. Safe to call twice, and before `start`."""
        if self._asking >= 0:
            os.close(self._asking)
            self._asking = -1
        if self._program is not None:
            await self._program.stop(0)
        if self._ending is not None:
            await self._ending

    def _hear(self, piece: bytes) -> None:
        self._said += piece
        self._news.set()

    async def _tell_the_end(self, program: Program) -> None:
        await program.wait()
        self._news.set()

    async def _says(self, line: str, within_s: float) -> bool:
        """Whether it prints this line, in this time and before it ends."""
        assert self._ending is not None, "it was started"
        wanted = f"{line}\n".encode()
        try:
            async with asyncio.timeout(within_s):
                while wanted not in self._said and not self._ending.done():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return wanted in self._said
