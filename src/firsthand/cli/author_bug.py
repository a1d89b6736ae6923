"""`firsthand author bug`: plant bugs, and keep them planted when a solution changes."""

import click

from firsthand.cli.lazy import LazyCommands


@click.group(
    cls=LazyCommands,
    no_args_is_help=True,
    entries={
        "start": (
            "firsthand.cli.author_bug_start",
            "start",
            "Copy a solution to a folder, to plant a bug in the copy.",
        ),
        "new": (
            "firsthand.cli.author_bug_new",
            "new",
            "Make a bug from an edited copy, and see which check catches it.",
        ),
        "refresh": ("firsthand.cli.author_bug_refresh", "refresh", "Mend the patches after a solution changed."),
    },
)
def bug() -> None:
    """Plant bugs, and keep them planted when a solution changes."""
