"""`firsthand bench status`: whether a bench runs, who uses it, and how much memory it has."""

import asyncio
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from firsthand.bench.warm.protocol import Status
    from firsthand.cli.screen import Line


@click.command()
def status() -> None:
    """See whether the bench runs, who uses it, when it ends by itself, and how much memory it has."""
    from firsthand.cli.screen import line, show
    from firsthand.study.servers import bench

    found = asyncio.run(bench())
    if found is not None:
        show(_lines(found))
    else:
        show([line("No bench runs. One starts by itself when a check needs a server.")])


def _lines(found: "Status") -> "list[Line]":
    from firsthand.cli.screen import line
    from firsthand.study.servers import bench_facts

    facts = bench_facts(found)
    width = max(len(name) for name, _ in facts)
    lines = [line(("✓ ", "good"), "The bench runs.")]
    return lines + [line(f"{name:<{width}}  ", fact, indent=2, verbatim=True) for name, fact in facts]
