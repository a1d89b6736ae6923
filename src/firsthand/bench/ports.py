"""The five protocols of the bench. Everything that runs, serves, relays or answers fits one of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from firsthand.core.results import LimitInForce, ServerUsed

Tier = Literal["namespaces", "landlock", "plain"]


@dataclass(frozen=True)
class Address:
    """Where something listens. `host` is an IPv4 or IPv6 literal."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Command:
    """What to start: `argv[0]` is an absolute path, `env` is the whole environment."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    stdin: bytes | None = None
    """Written to standard input and then closed; without it standard input is empty."""
    merge_output: bool = True
    """Standard error goes into the same kept output as standard output; one-shot commands keep them apart."""
    umask: int = 0o022
    """The marks that new files of the program do not get unless it sets them itself."""


@dataclass(frozen=True)
class Stopped:
    """How a program ended. `exit_code` is negative for a signal, as in subprocess."""

    how: Literal["exited", "stopped", "killed"]
    exit_code: int


@dataclass(frozen=True)
class Listener:
    """A listening TCP socket of a program."""

    address: Address
    pid: int


class Output(Protocol):
    """What a stream carried: head and tail kept, the middle counted."""

    @property
    def total_bytes(self) -> int:
        """All bytes that came, kept or not."""
        ...

    def data(self) -> bytes:
        """Head and tail, with a line between that says how much was left out."""
        ...

    def tail(self, lines: int = 20) -> str:
        """The last lines as text that is safe to show (no escape sequences)."""
        ...

    def follow(self, tell: Callable[[bytes], None]) -> None:
        """Tell what is kept so far, and from now on every piece as it comes."""
        ...


class Program(Protocol):
    """One started process and all that descends from it."""

    pid: int
    stdout: Output
    stderr: Output

    @property
    def exit_code(self) -> int | None:
        """None while the first process runs."""
        ...

    async def wait(self) -> int:
        """The exit code, once the first process has ended; its open pipes are not waited for."""
        ...

    async def listeners(self) -> list[Listener]:
        """The TCP sockets on which it or a descendant listens; empty where the system cannot tell."""
        ...

    async def process_count(self) -> int:
        """How many processes live in its tree now, the first one included."""
        ...

    async def stop(self, grace_s: float) -> Stopped:
        """SIGTERM, wait, SIGKILL; then the whole tree is gone. Safe to call twice."""
        ...


class Sandbox(Protocol):
    """A tier: starts programs and bounds them. One per run; `close` leaves nothing behind."""

    tier: Tier

    def limits(self) -> list[LimitInForce]:
        """What holds for every program started here, and by what means."""
        ...

    def reachable(self, path: Path) -> bool:
        """Whether a program started here could read (and search) this path."""
        ...

    def give(self, path: Path) -> None:
        """Make a folder of the run, with all that is in it, the program user's own."""
        ...

    async def spawn(self, command: Command) -> Program:
        """Start a program.

        Raises:
            StartError: the system refused to start it.
        """
        ...

    async def close(self) -> int:
        """Kill all that was ever started here; returns how many processes had to be killed."""
        ...


class Door(Protocol):
    """A relay on the way to a program, server or peer: records, and can break the way."""

    name: str
    address: Address

    async def close(self) -> None:
        """Cut every connection and stop listening."""
        ...


Action = Literal["stop", "start", "restart", "kill", "pause", "resume", "reload"]
"""What can be done to a leased server. kill: at once, as by SIGKILL, and it stays down until `start`. pause: it keeps
its connections and answers nothing until `resume`. reload: it reads its configuration anew."""


KEPT = "kept"
"""The feature of a lease whose data stays where `Wanted.kept_in` says."""


IN_USE = "Stop the `firsthand run` that you started for this workspace elsewhere."
"""What to do when two want the same kept data at once."""


class Wanted(msgspec.Struct, frozen=True):
    """What a run asks a server for. Plain data: it crosses the warm bench's socket."""

    kind: str
    """Such as `postgres`."""
    run: str
    seed: int
    """The run's seed; the data seed is derived from it."""
    own: bool = False
    """An environment that no other lease shares: needed by checks that stop it or act as its superuser."""
    schema: str = ""
    """Absolute path of a file of SQL that the lab's database begins with."""
    data: str = ""
    """Absolute path of a Python file whose `statements(rng)` yields the SQL of generated data."""
    folder: str = ""
    """Absolute path of a laid-out submission that holds the learner's configuration (nginx, dns)."""
    files: list[str] = []
    """The files of it that matter, relative; the first is the one to start from."""
    variables: dict[str, str] = {}
    """What `${NAME}` stands for in the learner's configuration."""
    kept_in: str = ""
    """Absolute path of a folder where its data stays from one lease to the next; nowhere else unless told."""
    options: dict[str, str] = {}
    """What else this kind of server understands, from lab.toml's [server.KIND] options."""


class Lease(msgspec.Struct, frozen=True):
    """One fresh environment of a server, lent to one run. Plain data: it crosses the warm bench's socket."""

    id: str
    """Names it for whoever lent it; never re-used."""
    server: ServerUsed
    address: Address
    """Where the real server listens; a door leads here."""
    environment: dict[str, str]
    """The variables that lead a program to it, such as DATABASE_URL; `{host}` and `{port}` stand for the door's, and
    `{replica}` for host and port of the door before the replica."""
    inside: dict[str, str] = {}
    """What only checks are told, such as the URL of an account that may look at everything."""
    features: list[str] = []
    """What it can do beyond its kind, such as `superuser` or `restart`."""
    data_seed: int = 0
    """The seed of its generated data."""
    replica: Address | None = None
    """Where a second server listens that follows the first; it has a door of its own, `postgres.replica`."""

    def environment_at(self, address: Address, replica: Address | None = None) -> dict[str, str]:
        """Its variables, leading to this address, and to this one of the replica; to the replica itself unless told."""
        host = f"[{address.host}]" if ":" in address.host else address.host
        follower = str(replica or self.replica)
        return {
            name: text.replace("{host}", host).replace("{port}", str(address.port)).replace("{replica}", follower)
            for name, text in self.environment.items()
        }


class ServerState(msgspec.Struct, frozen=True):
    """What a server keeps ready now."""

    kind: str
    name: str
    version: str
    provider: str
    """`wheel` or `PATH`."""
    running: bool
    warm: int
    """Leases that are ready to be claimed."""
    leased: int
    memory_bytes: int
    """Proportional share of memory (PSS) of all its processes; 0 where the system does not tell."""
    pids: list[int] = []


class Server(Protocol):
    """A kind of real server, such as `postgres`. One object owns all of that kind in one process.

    Leases are ready soon because `keep` made them ahead; `lease` makes one when none is ready.
    """

    kind: str

    async def lease(self, wanted: Wanted) -> Lease:
        """Lend a fresh environment to a run.

        Raises:
            SubjectError: the learner's configuration is refused by the server, with file and line.
            ContentError: the lab's own schema or data is.
            ServerMissingError: there is no such server on this machine.
            RetryableError: it did not start.
        """
        ...

    async def release(self, lease: Lease) -> None:
        """Take it back; it is never lent again. Returns at once; what is left is dropped later."""
        ...

    async def act(self, lease: Lease, action: Action) -> None:
        """Do this to the leased server, and return when it is done (a started one is ready then).

        Raises:
            WorldError: this lease does not have the feature.
            SubjectError: a reloaded configuration is refused.
        """
        ...

    async def lost(self, lease: Lease) -> str:
        """Why the leased server can no longer answer although nobody asked for that; empty while all is well."""
        ...

    async def keep(self) -> None:
        """Make ahead what is likely to be asked for next, replace what died, drop what was released. Called often."""
        ...

    def state(self) -> ServerState:
        """What there is now."""
        ...

    async def close(self) -> None:
        """End all of its processes and remove all of its folders."""
        ...


class Leases(Protocol):
    """Where a run gets its servers: those of this process (bench.servers) or of the warm bench (bench.warm)."""

    async def lease(self, wanted: Wanted) -> Lease:
        """As `Server.lease`, of the kind that is wanted."""
        ...

    async def release(self, lease: Lease) -> None:
        """As `Server.release`."""
        ...

    async def act(self, lease: Lease, action: Action) -> None:
        """As `Server.act`."""
        ...

    async def lost(self, lease: Lease) -> str:
        """As `Server.lost`."""
        ...

    async def close(self) -> None:
        """Let go of everything that was leased here."""
        ...


class Peer(Protocol):
    """A scripted counterpart of ours, such as a back end behind nginx."""

    name: str
    address: Address

    async def close(self) -> None:
        """Stop answering."""
        ...
