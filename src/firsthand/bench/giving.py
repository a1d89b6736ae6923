"""Gives a check what it asks for by the types of its parameters, and lets go of it afterwards."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from firsthand.bench.clients.http import Http
from firsthand.bench.conversations import Wire
from firsthand.bench.doors.door import Door
from firsthand.bench.folders import Folder
from firsthand.bench.loading import LoadedCheck
from firsthand.bench.peers import Peer
from firsthand.bench.ports import Address
from firsthand.bench.program.app import App
from firsthand.bench.surroundings import Surroundings
from firsthand.bench.wire import Recorder
from firsthand.content.model import Lab
from firsthand.content.servers import KINDS
from firsthand.core.deadlines import Deadline
from firsthand.core.errors import ContentError, RetryableError
from firsthand.core.randomness import Rng

if TYPE_CHECKING:
    from firsthand.bench.clients.repo import Repo
    from firsthand.bench.program.suites.suite import Suite

SUITE = ("firsthand.bench.program.suites.suite", "Suite")
REPO = ("firsthand.bench.clients.repo", "Repo")
QUERIES = ("firsthand.bench.clients.queries", "Queries")
CLIENTS = {
    "postgres": ("firsthand.bench.clients.postgres", "Postgres"),
    "redis": ("firsthand.bench.clients.redis", "Redis"),
    "rabbitmq": ("firsthand.bench.clients.rabbitmq", "Rabbit"),
    "mariadb": ("firsthand.bench.clients.mariadb", "Mariadb"),
    "nginx": ("firsthand.bench.clients.nginx", "Nginx"),
    "dns": ("firsthand.bench.clients.dns", "Dns"),
}
"""Module and class of what checks speak to a server with. Imported for labs that have the server, since drivers are
slow to import."""


class Doors(dict[str, Door]):
    """The doors of a run by name: `doors["postgres"].cut(after_bytes=100)`."""


class Peers(dict[str, Peer]):
    """The peers of a run by name: `peers["alpha"].hits`. What a check makes of them ends with it."""

    def reproduce(self) -> list[str]:
        """No commands: a peer is spoken to by whom is judged."""
        return []

    async def restore(self) -> None:
        """Make every peer as it was at first.

        Raises:
            RetryableError: one cannot listen again.
        """
        for peer in self.values():
            try:
                await peer.restore()
            except OSError as error:
                raise RetryableError(f"The back end {peer.name} could not listen again: {error.strerror}.") from None

    async def close(self) -> None:
        """They go on until the run is over."""


class World(Protocol):
    """What a check's parameters are made from."""

    lab: Lab
    recorder: Recorder
    factor: float
    seed: int
    surroundings: Surroundings
    suite: "Suite | None"

    @property
    def repositories(self) -> "Mapping[str, Repo]":
        """Those that stages judge, by folder, as far as they were opened."""
        ...

    @property
    def app(self) -> App:
        """The learner's program."""
        ...

    @property
    def runs_program(self) -> bool:
        """Whether there is a program at all; the subject may be a configuration or SQL."""
        ...

    def front(self) -> tuple[Address, str]:
        """Where HTTP requests go, and what that is called on the wire."""
        ...

    def folder(self, variable: str) -> Folder | None:
        """The folder that this environment variable names, if the lab declares one."""
        ...

    def text_of(self, file: str) -> str:
        """What stands in this file of the submission."""
        ...


@dataclass
class Given:
    """What one check was given, so that its last words can be asked for and its connections closed."""

    deadline: Deadline | None = None
    """Its own; there once the program runs, just before it begins."""
    arguments: dict[str, Any] = field(default_factory=dict)
    http: list[Http] = field(default_factory=list)
    clients: list[Any] = field(default_factory=list)
    repo: "Repo | None" = None

    def reproduce(self) -> list[str]:
        """Commands that ask its servers again what it asked them last."""
        return [command for client in self.clients for command in client.reproduce()]

    async def restore(self) -> None:
        """Bring back every server that the check left down.

        Raises:
            RetryableError: one does not start.
        """
        for client in self.clients:
            await client.restore()

    async def close(self) -> None:
        """Close the connections of its clients."""
        for client in self.clients:
            await client.close()


def give(given: Given, deadline: Deadline, check: LoadedCheck, world: World) -> None:
    """Fill the arguments of a check.

    Raises:
        ContentError: it asks for what nobody can give, or what this lab does not have.
    """
    makers = {**_own_makers(given, deadline, check, world), **_server_makers(given, deadline, world)}
    for name, wanted in check.parameters.items():
        if wanted is Folder:
            given.arguments[name] = _folder(check, world, name)
        elif wanted in makers:
            given.arguments[name] = makers[wanted]()
        else:
            raise _nobody_can_give(check, name, wanted, [*makers, Folder])


def _own_makers(given: Given, deadline: Deadline, check: LoadedCheck, world: World) -> dict[type, Callable[[], Any]]:
    rng = Rng(world.seed, f"{world.lab.id}/{check.id}")

    def http() -> Http:
        address, door = world.front()
        client = Http(
            address, world.recorder, deadline=deadline, rng=rng.child("client"), door=door, factor=world.factor
        )
        given.http.append(client)
        return client

    def peers() -> Peers:
        found = Peers(around.peers)
        for peer in found.values():
            peer.forget()
        given.clients.append(found)
        return found

    around = world.surroundings
    return {
        **_repo_maker(given, check, world),
        **({type(world.suite): lambda: world.suite} if world.suite is not None else {}),
        Http: http,
        App: lambda: world.app,
        Rng: lambda: rng,
        Deadline: lambda: deadline,
        Wire: lambda: around.wire,
        Doors: lambda: Doors(around.doors),
        Peers: peers,
    }


def _repo_maker(given: Given, check: LoadedCheck, world: World) -> dict[type, Callable[[], Any]]:
    """The repository of the check's own stage, where that is what the stage judges."""
    stage = next((stage for stage in world.lab.stages if stage.folder == check.file.parent), None)
    if stage is None or stage.repository not in world.repositories:
        return {}
    given.repo = repo = world.repositories[stage.repository]
    repo.show()
    return {type(repo): lambda: repo}


def _server_makers(given: Given, deadline: Deadline, world: World) -> dict[type, Callable[[], Any]]:
    around = world.surroundings

    def maker(kind: str, client_class: Any) -> Callable[[], Any]:
        def make() -> Any:
            client = client_class(around.lent[kind], around.leases, around.doors.get(kind), deadline)
            given.clients.append(client)
            return client

        return make

    found: dict[type, Callable[[], Any]] = {}
    for kind in around.lent:
        module, name = CLIENTS[kind]
        client_class = getattr(importlib.import_module(module), name)
        found[client_class] = maker(kind, client_class)
    if world.lab.is_about("sql") and "postgres" in around.lent:
        from firsthand.bench.clients.postgres import Postgres
        from firsthand.bench.clients.queries import Queries

        found[Queries] = lambda: Queries(world.text_of, found[Postgres]())
    return found


def _nobody_can_give(check: LoadedCheck, name: str, wanted: type, known: list[type]) -> ContentError:
    wanted_name = getattr(wanted, "__name__", str(wanted))
    kind = next((kind for kind, (_, client) in CLIENTS.items() if client == wanted_name), "")
    advice = f"A check may ask for: {', '.join(sorted(t.__name__ for t in known))}."
    if kind:
        advice = f'Add "{kind}" to servers in lab.toml, or write needs = ["{kind}"] where {KINDS[kind].title} may miss.'
    return ContentError(
        f"{check.id} asks for `{name}: {wanted_name}`, which nobody can give.",
        file=check.file,
        line=check.line,
        advice=advice,
    )


def _folder(check: LoadedCheck, world: World, name: str) -> Folder:
    for variable in (f"{name.upper()}_DIR", name.upper()):
        folder = world.folder(variable)
        if folder is not None:
            return folder
    raise ContentError(
        f"{check.id} asks for the folder `{name}`, but the lab declares no {name.upper()}_DIR.",
        file=check.file,
        line=check.line,
        advice='Declare it in lab.toml: [environment] NAME_DIR = { kind = "folder", about = "..." }.',
    )
