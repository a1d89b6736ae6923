"""`firsthand author`: the commands of those who write labs, each imported only when it is called."""

import click

from firsthand.cli.lazy import LazyCommands


@click.group(
    cls=LazyCommands,
    no_args_is_help=True,
    entries={
        "new": ("firsthand.cli.author_new", "new", "Make a small lab of your own that proves green."),
        "preview": ("firsthand.cli.author_preview", "preview", "See content as learners see it, reloading on change."),
        "lint": ("firsthand.cli.author_lint", "lint", "List all mistakes in the content."),
        "prove": ("firsthand.cli.author_prove", "prove", "Show that the graders of labs are right."),
        "bug": ("firsthand.cli.author_bug", "bug", "Plant bugs, and keep them planted."),
    },
)
def author() -> None:
    """Make, lint and prove labs."""
