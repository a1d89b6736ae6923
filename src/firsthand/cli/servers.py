"""`firsthand servers`: which real servers labs can have on this machine, and what is ready now."""

import asyncio
from typing import TYPE_CHECKING

import click

from firsthand.cli.lazy import LazyCommands

if TYPE_CHECKING:
    from firsthand.bench.ports import ServerState
    from firsthand.cli.screen import Line


@click.group(
    cls=LazyCommands,
    invoke_without_command=True,
    entries={
        "start": ("firsthand.cli.servers_start", "start", "Have one ready before a check asks for it."),
        "stop": ("firsthand.cli.servers_stop", "stop", "End one that nobody uses."),
        "install": ("firsthand.cli.servers_install", "install", "Print the command that installs one."),
    },
)
@click.pass_context
def servers(context: click.Context) -> None:
    """See which real servers labs can have on this machine, where each comes from, and what is ready now."""
    if context.invoked_subcommand is None:
        from firsthand.cli.screen import show

        show(asyncio.run(_table()))


def memory_words(size_bytes: int) -> str:
    """Memory as people read it."""
    return f"{size_bytes / 1024 / 1024:,.0f} MiB"


def state_words(state: "ServerState") -> str:
    """How many leases are ready and lent, and the memory that they take."""
    words = [f"{state.warm} ready", f"{state.leased} in use"]
    if state.memory_bytes:
        words.append(memory_words(state.memory_bytes))
    return ", ".join(words)


async def _table() -> "list[Line]":
    from firsthand.bench.servers.offered import offered
    from firsthand.bench.warm.client import ask
    from firsthand.bench.warm.protocol import AskStatus, Status
    from firsthand.cli.screen import line
    from firsthand.content.servers import KINDS
    from firsthand.core.errors import ServerMissingError

    found = await ask(AskStatus())
    ready = {state.kind: state for state in found.servers} if isinstance(found, Status) else {}
    rows: list[tuple[str, str, str]] = []
    for kind in KINDS:
        try:
            state = ready.get(kind) or offered(kind)
        except ServerMissingError as error:
            rows.append((f"{error.message} {error.advice}", "", ""))
            continue
        where = "comes with Firsthand" if state.provider == "wheel" else "from your PATH"
        how = state_words(state) if kind in ready else "starts when a check asks for it"
        rows.append((f"{state.name} {state.version}", where, how))
    first, second, third = (max(map(len, column)) for column in (KINDS, *_columns(rows)))
    return [
        line(
            ("✓ ", "good") if where else ("✗ ", "bad"),
            (f"{kind:<{first}}  ", "strong"),
            f"{what:<{second}}  {where:<{third}}  {how}" if where else what,
            verbatim=True,
        )
        for kind, (what, where, how) in zip(KINDS, rows, strict=True)
    ]


def _columns(rows: list[tuple[str, str, str]]) -> tuple[list[str], list[str]]:
    """What stands in the second and the third column, of those rows that have both."""
    there = [row for row in rows if row[1]] or [("", "", "")]
    return [row[0] for row in there], [row[1] for row in there]
