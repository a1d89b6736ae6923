"""`firsthand bench`: the process that keeps servers warm for checks, each command imported only when it is called."""

import click

from firsthand.cli.lazy import LazyCommands


@click.group(
    cls=LazyCommands,
    no_args_is_help=True,
    entries={
        "status": ("firsthand.cli.bench_status", "status", "See whether it runs, who uses it, and what it holds."),
        "stop": ("firsthand.cli.bench_stop", "stop", "End it, and its servers."),
        "run": ("firsthand.cli.bench_run", "run", "Run it here, until Ctrl-C."),
    },
)
def bench() -> None:
    """Look after the process that keeps servers ready for your checks.

    It starts by itself when a lab needs a server, and ends when nobody used it for 15 minutes.
    """
