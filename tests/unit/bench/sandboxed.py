"""A plain sandbox with the programs of this folder in it, and a look for survivors that shares no code with ours."""

import shutil
import sys
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from firsthand.bench.ports import Command, Program
from firsthand.bench.sandbox import open_sandbox
from firsthand.core.deadlines import Deadline, until

PYTHON = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
"""A Python that every user reaches, unlike one below somebody's home."""

PROGRAMS = Path(__file__).parent / "programs"
GENEROUS_S = 20.0


def survivors(run: str) -> list[int]:
    """The pids of all processes that carry the mark of this run."""
    mark = f"FIRSTHAND_RUN={run}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


class Inside:
    """An open sandbox, its folder, and a short way to start one of the programs."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.run = place.name
        self.sandbox = open_sandbox(place)

    def command(self, name: str, *args: str, port: int = 0, **changes: object) -> Command:
        """The command for `programs/<name>.py`."""
        env = {"PATH": "/usr/bin:/bin", "PORT": str(port), "HOME": "/nonexistent"}
        given = {"argv": [PYTHON, "-S", "-E", str(self.place / f"{name}.py"), *args], "cwd": self.place, "env": env}
        return Command(**{**given, **changes})  # type: ignore[arg-type]

    async def start(self, name: str, *args: str, port: int = 0, **changes: object) -> Program:
        """Start `programs/<name>.py`."""
        return await self.sandbox.spawn(self.command(name, *args, port=port, **changes))


@asynccontextmanager
async def inside() -> AsyncIterator[Inside]:
    """A sandbox in a folder that its programs reach; closed afterwards, and then nobody may have survived."""
    place = Path(tempfile.mkdtemp(prefix="firsthand-test-")) / uuid.uuid4().hex
    place.parent.chmod(0o711)
    place.mkdir(mode=0o711)
    for program in PROGRAMS.glob("*.py"):
        shutil.copy(program, place)
        (place / program.name).chmod(0o644)
    world = Inside(place)
    try:
        yield world
    finally:
        await world.sandbox.close()
        left = survivors(world.run)
        shutil.rmtree(place.parent)
    assert left == []


async def printed(program: Program, text: str) -> None:
    """Wait until the program has printed this."""

    async def seen() -> bool:
        return text.encode() in program.stdout.data()

    assert await until(seen, Deadline.after(GENEROUS_S)), f"it printed {program.stdout.tail()!r}"
