"""`firsthand servers start`: has a server ready before a check asks for it."""

import asyncio

import click

from firsthand.cli.arguments import SERVER


@click.command()
@click.argument("name", metavar="NAME", type=SERVER)
def start(name: str) -> None:
    """Have the server NAME ready before a check asks for it. It ends with the bench, when that was idle for long."""
    from firsthand.bench.warm.client import warm
    from firsthand.cli.screen import line, show
    from firsthand.content.servers import KINDS

    asyncio.run(warm(name))
    show([line(("✓ ", "good"), f"{KINDS[name].title} is ready.")])
