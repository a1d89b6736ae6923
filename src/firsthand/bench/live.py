"""Starts a program as a check would and leaves it to the learner: same environment, stable port, no deadlines."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firsthand.bench.doors.door import Tell, open_door
from firsthand.bench.ports import Address
from firsthand.bench.program.instance import Instance
from firsthand.bench.program.readiness import exit_words
from firsthand.bench.report import new_run_id
from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.bench.submission import snapshot
from firsthand.bench.world import World
from firsthand.content.model import Lab
from firsthand.core.deadlines import machine_factor, now_s
from firsthand.core.events import Emit
from firsthand.core.randomness import Rng

STABLE_SEED = 0
"""Gives a workspace the same ports at every start."""


@dataclass(frozen=True)
class Live:
    """What is told while a program is left to its learner; each is called at once and must not block."""

    emit: Emit
    ready: Callable[[Address | None, dict[str, Path]], None]
    """It is ready: where to talk to it, and its folders by environment variable."""
    exchange: Tell
    """Something was asked and answered: by the program's client, or by the program of a server or peer."""
    output: Callable[[bytes], None]


def kept_folders(lab: Lab, workspace: Path, worlds: Path) -> Path:
    """Where the folders of this workspace's program are kept between runs."""
    return worlds / f"{lab.id}-{hashlib.sha256(os.fsencode(workspace)).hexdigest()[:12]}"


async def live(
    lab: Lab, workspace: Path, told: Live, until: asyncio.Event, *, cache: Path, temp: Path, folders: Path, fresh: bool
) -> str:
    """Run the program until `until` is set or it ends by itself; returns how it ended, or nothing when asked to.

    `folders` keeps its data from one run to the next; `fresh` empties it first.

    Raises:
        SubjectError: there is no usable Procfile, the build fails, or it does not start.
        WorldError: the system refuses.
    """
    if fresh:
        remove_folder(folders)
    began = now_s()
    world = World(
        lab=lab,
        run=new_run_id(),
        seed=STABLE_SEED,
        factor=machine_factor(),
        workspace=workspace,
        emit=told.emit,
        clock=lambda: round(now_s() - began, 6),
        cache=cache,
        temp=temp,
        folders=folders,
    )
    try:
        await world.open(snapshot(workspace))
        return await _serve(world, told, until)
    finally:
        await world.close()


async def _serve(world: World, told: Live, until: asyncio.Event) -> str:
    for around in world.surroundings.doors.values():
        around.follow(told.exchange)
    folders = {v.name: found.path for v in world.lab.environment if (found := world.folder(v.name))}
    if not world.app.instances:
        told.ready(None, folders)
        await until.wait()
        return ""
    first = world.app.instances[0]
    door = None
    if first.address is not None:
        port = world.free_port("door/web")
        rng = Rng(world.seed, world.lab.id)
        door = await open_door(first.name, first.address, world.recorder, rng=rng, port=port)
        door.follow(told.exchange)
    try:
        told.ready(door.address if door else None, folders)
        first.program.stdout.follow(told.output)
        return await _ended(first, until)
    finally:
        if door is not None:
            await door.close()


async def _ended(first: Instance, until: asyncio.Event) -> str:
    asked = asyncio.ensure_future(until.wait())
    ends = asyncio.ensure_future(first.program.wait())
    try:
        await asyncio.wait([asked, ends], return_when=asyncio.FIRST_COMPLETED)
        return "" if asked.done() else exit_words(ends.result())
    finally:
        asked.cancel()
        ends.cancel()
