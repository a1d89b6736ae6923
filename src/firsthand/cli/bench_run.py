"""`firsthand bench run`: runs the bench here instead of in the background."""

import os

import click


@click.command()
def run() -> None:
    """Run the bench here until Ctrl-C, for example to keep it for as long as you work. It prints what goes wrong.

    It ends by itself too when nobody used it for 15 minutes (FIRSTHAND_BENCH_IDLE_S, in seconds).
    """
    from firsthand.bench.warm.boot import serve_here
    from firsthand.bench.warm.version import version
    from firsthand.cli.screen import line, show

    def told(socket: object) -> None:
        show([line(("✓ ", "good"), f"The bench runs here: process {os.getpid()}, {socket}. Press Ctrl-C to end it.")])

    serve_here(version(), told)
    show([line("The bench has ended.")])
