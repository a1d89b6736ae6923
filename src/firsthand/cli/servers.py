"""`firsthand servers`: which real servers labs can have on this machine, and what is ready now."""

import asyncio
from typing import TYPE_CHECKING

import click

from firsthand.cli.lazy import LazyCommands

if TYPE_CHECKING:
    from firsthand.cli.screen import Line
    from firsthand.study.servers import Offer


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


async def _table() -> "list[Line]":
    from firsthand.cli.screen import line
    from firsthand.study.servers import bench, offers

    rows = offers(await bench())
    there = [row for row in rows if row.state]
    first = max(len(row.kind) for row in rows)
    second, third = (max((len(text) for text in column), default=0) for column in _columns(there))
    return [
        line(
            ("✓ ", "good") if row.state else ("✗ ", "bad"),
            (f"{row.kind:<{first}}  ", "strong"),
            f"{row.what:<{second}}  {row.where:<{third}}  {row.how}" if row.state else row.what,
            verbatim=True,
        )
        for row in rows
    ]


def _columns(rows: "list[Offer]") -> tuple[list[str], list[str]]:
    return [row.what for row in rows], [row.where for row in rows]
