"""`firsthand servers stop`: ends a server that nobody uses."""

import asyncio

import click

from firsthand.cli.arguments import SERVER


@click.command()
@click.argument("name", metavar="NAME", type=SERVER)
def stop(name: str) -> None:
    """End the server NAME, unless a run uses it. It starts again by itself when it is needed."""
    from firsthand.bench.warm.client import ask
    from firsthand.bench.warm.protocol import Cool
    from firsthand.cli.screen import line, show
    from firsthand.content.servers import KINDS

    ended = asyncio.run(ask(Cool(name)))
    if ended is None:
        show([line("No bench runs, so no server does.")])
    else:
        show([line(("✓ ", "good"), f"{KINDS[name].title} has ended.")])
