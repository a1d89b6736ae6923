"""Which real servers this machine has for labs, and how the warm bench is, for terminal and site alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firsthand.content.servers import KINDS
from firsthand.core.errors import ServerMissingError

if TYPE_CHECKING:
    from firsthand.bench.ports import ServerState
    from firsthand.bench.warm.protocol import Holder, Status


@dataclass(frozen=True)
class Offer:
    """What this machine has of a kind of server. One of `state` and `missing` is set."""

    kind: str
    title: str
    state: "ServerState | None"
    ready: bool
    """Whether the bench has started such a server, or knows how many are lent."""
    missing: str = ""
    advice: str = ""
    """How to get it."""
    install: str = ""
    """The command that installs it; empty where we know none."""

    @property
    def what(self) -> str:
        """Its name and version, or why there is none."""
        return f"{self.state.name} {self.state.version}" if self.state else f"{self.missing} {self.advice}"

    @property
    def where(self) -> str:
        """Where it comes from."""
        if self.state is None:
            return ""
        return "comes with Firsthand" if self.state.provider == "wheel" else "from your PATH"

    @property
    def how(self) -> str:
        """How it is now."""
        if self.state is None:
            return ""
        return state_words(self.state) if self.ready else "starts when a check asks for it"


async def bench() -> "Status | None":
    """How the warm bench is; None where none runs.

    Raises:
        WorldError: it does not answer.
    """
    from firsthand.bench.warm.client import ask
    from firsthand.bench.warm.protocol import AskStatus, Status

    found = await ask(AskStatus())
    return found if isinstance(found, Status) else None


def offers(found: "Status | None", kinds: Iterable[str] = KINDS) -> list[Offer]:
    """What there is of each kind; `found` is how the bench is."""
    from firsthand.bench.servers.offered import offered
    from firsthand.bench.servers.providers import install_command

    ready = {state.kind: state for state in found.servers} if found else {}
    made = []
    for kind in kinds:
        title = KINDS[kind].title
        try:
            made.append(Offer(kind, title, ready.get(kind) or offered(kind), kind in ready))
        except ServerMissingError as error:
            made.append(Offer(kind, title, None, False, error.message, error.advice, install_command(kind)))
    return made


def state_words(state: "ServerState") -> str:
    """How many leases are ready and lent, and the memory that they take."""
    words = [f"{state.warm} ready", f"{state.leased} in use"]
    if state.memory_bytes:
        words.append(memory_words(state.memory_bytes))
    return ", ".join(words)


def memory_words(size_bytes: int) -> str:
    """Memory as people read it."""
    return f"{size_bytes / 1024 / 1024:,.0f} MiB"


def bench_facts(found: "Status") -> list[tuple[str, str]]:
    """How the bench is, as names and words."""
    servers_bytes = sum(server.memory_bytes for server in found.servers)
    facts = [
        ("process", f"{found.pid}, for {span_words(found.seconds)}"),
        ("in use by", ", ".join(map(_holder, found.holders)) or "nobody"),
        ("ends", _end(found)),
        (
            "memory",
            f"{memory_words(found.own_memory_bytes)} itself, {memory_words(servers_bytes)} servers;"
            f" when idle at most {memory_words(found.idle_memory_bytes_max)} in all",
        ),
    ]
    return facts + [(server.kind, f"{server.name} {server.version}: {state_words(server)}") for server in found.servers]


def span_words(seconds: float) -> str:
    """A length of time, roughly."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _holder(holder: "Holder") -> str:
    leases = f"{holder.leases} {'lease' if holder.leases == 1 else 'leases'}"
    return f"{holder.what or 'somebody'} (process {holder.pid}, {leases}, for {span_words(holder.seconds)})"


def _end(found: "Status") -> str:
    if found.retired:
        return "when its last run is over: another version has taken its place, or it was told to stop"
    if found.idle_left_s is None:
        return f"when nobody used it for {span_words(found.idle_after_s)}"
    return f"in {span_words(found.idle_left_s)}, unless somebody uses it"
