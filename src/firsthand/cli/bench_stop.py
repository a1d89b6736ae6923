"""`firsthand bench stop`: ends the bench and its servers."""

import asyncio

import click

STOP_S = 60.0
"""How long servers may take to end."""


@click.command()
@click.option("--now", is_flag=True, help="Cancel the runs that go on, instead of letting them finish.")
def stop(now: bool) -> None:
    """End the bench and its servers. Runs that go on are finished first; new ones get a new bench."""
    asyncio.run(_stop(now=now))


async def _stop(*, now: bool) -> None:
    from firsthand.bench.warm import client
    from firsthand.bench.warm.protocol import AskStatus, Status
    from firsthand.cli.screen import line, show
    from firsthand.core.errors import WorldError

    found = await client.ask(AskStatus())
    if not isinstance(found, Status):
        show([line("No bench runs.")])
        return
    waits_for = [] if now else [holder.what or f"process {holder.pid}" for holder in found.holders]
    ended = await client.stop(now=now, within_s=0.0 if waits_for else STOP_S)
    if ended:
        show([line(("✓ ", "good"), "The bench and its servers have ended.")])
    elif waits_for:
        show([line(f"The bench ends when those who use it have finished: {', '.join(waits_for)}.")])
    else:
        raise WorldError(f"The bench (process {found.pid}) has not ended.", advice="Its servers may take a while.")
