"""`firsthand bench status`: whether a bench runs, who uses it, and how much memory it has."""

import asyncio
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from firsthand.bench.warm.protocol import Holder, Status
    from firsthand.cli.screen import Line


@click.command()
def status() -> None:
    """See whether the bench runs, who uses it, when it ends by itself, and how much memory it has."""
    from firsthand.bench.warm.client import ask
    from firsthand.bench.warm.protocol import AskStatus, Status
    from firsthand.cli.screen import line, show

    found = asyncio.run(ask(AskStatus()))
    if isinstance(found, Status):
        show(_lines(found))
    else:
        show([line("No bench runs. One starts by itself when a check needs a server.")])


def _lines(found: "Status") -> "list[Line]":
    from firsthand.cli.screen import line
    from firsthand.cli.servers import memory_words, state_words

    servers_bytes = sum(server.memory_bytes for server in found.servers)
    facts = [
        ("process", f"{found.pid}, for {_span(found.seconds)}"),
        ("in use by", ", ".join(map(_holder, found.holders)) or "nobody"),
        ("ends", _end(found)),
        (
            "memory",
            f"{memory_words(found.own_memory_bytes)} itself, {memory_words(servers_bytes)} servers;"
            f" when idle at most {memory_words(found.idle_memory_bytes_max)} in all",
        ),
    ]
    facts += [(server.kind, f"{server.name} {server.version}: {state_words(server)}") for server in found.servers]
    width = max(len(name) for name, _ in facts)
    lines = [line(("✓ ", "good"), "The bench runs.")]
    return lines + [line(f"{name:<{width}}  ", fact, indent=2, verbatim=True) for name, fact in facts]


def _holder(holder: "Holder") -> str:
    leases = f"{holder.leases} {'lease' if holder.leases == 1 else 'leases'}"
    return f"{holder.what or 'somebody'} (process {holder.pid}, {leases}, for {_span(holder.seconds)})"


def _end(found: "Status") -> str:
    if found.retired:
        return "when its last run is over: another version has taken its place, or it was told to stop"
    if found.idle_left_s is None:
        return f"when nobody used it for {_span(found.idle_after_s)}"
    return f"in {_span(found.idle_left_s)}, unless somebody uses it"


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
