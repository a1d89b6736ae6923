"""The five protocols of the bench. Everything that runs, serves, relays or answers fits one of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

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


@dataclass(frozen=True)
class Lease:
    """One fresh environment of a server, lent to one run."""

    server: ServerUsed
    environment: Mapping[str, str]
    """The variables that lead a program to it, such as DATABASE_URL."""
    features: frozenset[str] = field(default_factory=frozenset)


class Server(Protocol):
    """A kind of real server, such as `postgres`."""

    kind: str

    async def lease(self, run: str) -> Lease:
        """Lend a fresh environment to a run."""
        ...

    async def release(self, lease: Lease) -> None:
        """Take it back; it is never lent again."""
        ...


class Peer(Protocol):
    """A scripted counterpart of ours, such as a back end behind nginx."""

    name: str
    address: Address

    async def close(self) -> None:
        """Stop answering."""
        ...
