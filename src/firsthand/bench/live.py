"""Starts a program as a check would and leaves it to the learner: same environment, stable port, no deadlines."""

import asyncio
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from firsthand.bench.doors.door import Tell, open_door
from firsthand.bench.ports import KEPT, Address, Lease, Leases
from firsthand.bench.program.app import WORKER
from firsthand.bench.program.instance import Instance
from firsthand.bench.program.readiness import exit_words
from firsthand.bench.report import new_run_id
from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.bench.servers.dns_programs import PROGRAMS
from firsthand.bench.submission import snapshot
from firsthand.bench.world import World
from firsthand.content.model import Lab
from firsthand.content.servers import KINDS
from firsthand.core.deadlines import machine_factor, now_s
from firsthand.core.events import Emit
from firsthand.core.randomness import Rng

STABLE_SEED = 0
"""Gives a workspace the same ports at every start."""


@dataclass(frozen=True)
class AtHand:
    """A server that stands beside the program, as its learner can reach it."""

    kind: str
    title: str
    """Its name and version."""
    variable: str
    """The variable by which the program finds it; empty where there is none."""
    url: str
    """What that variable holds; else host:port."""
    kept: bool
    """Whether its data is there again the next time."""
    site: str = ""
    """The URL of its own pages for a browser, with user and password, if it has any."""


@dataclass(frozen=True)
class Ready:
    """What can be talked to."""

    address: Address | None
    """Of the program, or of nginx where its configuration is the subject."""
    folders: dict[str, Path]
    """The program's folders by environment variable."""
    servers: tuple[AtHand, ...]
    peers: dict[str, str]
    """Where the peers of the program answer, by environment variable."""


@dataclass(frozen=True)
class Live:
    """What is told while a program is left to its learner; each is called at once and must not block."""

    emit: Emit
    ready: Callable[[Ready], None]
    exchange: Tell
    """Something was asked and answered: by the program's client, or by the program of a server or peer."""
    output: Callable[[bytes], None]


def kept_folders(lab: Lab, workspace: Path, worlds: Path) -> Path:
    """Where the folders of this workspace's program are kept between runs."""
    return worlds / f"{lab.id}-{hashlib.sha256(os.fsencode(workspace)).hexdigest()[:12]}"


async def live(
    lab: Lab,
    workspace: Path,
    told: Live,
    until: asyncio.Event,
    *,
    cache: Path,
    temp: Path,
    folders: Path,
    fresh: bool,
    leases: Leases | None = None,
    language: str = "",
) -> str:
    """Run the program until `until` is set or it ends by itself; returns how it ended, or nothing when asked to.

    `folders` keeps its data from one run to the next; `fresh` empties it first. `leases` lends the lab's servers.

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
        leases=leases,
        language=language,
    )
    try:
        await world.open(snapshot(workspace, lab.repositories))
        return await _serve(world, told, until)
    finally:
        await world.close()


async def _serve(world: World, told: Live, until: asyncio.Event) -> str:
    for around in world.surroundings.doors.values():
        around.follow(told.exchange)
    if not world.runs_program or not world.app.instances:
        told.ready(_ready(world, world.front()[0] if "nginx" in world.surroundings.lent else None))
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
        told.ready(_ready(world, door.address if door else None))
        if world.has_worker:
            await world.app.start(WORKER)
        for instance in world.app.instances:
            instance.program.stdout.follow(told.output)
        return await _ended(world.app.instances, until)
    finally:
        if door is not None:
            await door.close()


def _ready(world: World, address: Address | None) -> Ready:
    around = world.surroundings
    variables = around.environment()
    servers = []
    for kind, lease in around.lent.items():
        if kind == "dns":
            servers += _name_servers(lease)
            continue
        variable = KINDS[kind].variable
        url = variables.get(variable, str(lease.address))
        site = lease.inside.get("management", "")
        title = f"{lease.server.name} {lease.server.version}"
        servers.append(AtHand(kind, title, variable, url, KEPT in lease.features, site))
    folders = {v.name: found.path for v in world.lab.environment if (found := world.folder(v.name))}
    peers = {use.variable: variables[use.variable] for use in world.lab.peers}
    return Ready(address, folders, tuple(servers), peers)


def _name_servers(lease: Lease) -> list[AtHand]:
    """Each of them; they are told of by the addresses of their doors, so that what is asked is seen."""
    found = []
    for name, text in lease.inside.items():
        address, _, version = text.partition(" ")
        found.append(AtHand("dns", f"{PROGRAMS[name].title} {version}", "", address, kept=False))
    return found


async def _ended(instances: Sequence[Instance], until: asyncio.Event) -> str:
    """Wait until the learner has had enough, or one of the processes ends by itself; how it did."""
    asked = asyncio.ensure_future(until.wait())
    ends = [asyncio.ensure_future(instance.program.wait()) for instance in instances]
    try:
        await asyncio.wait([asked, *ends], return_when=asyncio.FIRST_COMPLETED)
        return "" if asked.done() else next(exit_words(end.result()) for end in ends if end.done())
    finally:
        for waiting in (asked, *ends):
            waiting.cancel()
