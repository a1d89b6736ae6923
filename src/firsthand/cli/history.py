"""`firsthand history`: takes the learner's history out as JSON lines."""

import sys
from pathlib import Path

import click

from firsthand.core.errors import UsageError


@click.group()
def history() -> None:
    """Take your history with you."""


@history.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
def export(file: Path | None) -> None:
    """Write all events as JSON lines to FILE, or print them."""
    from firsthand.history import History

    past = History.open()
    if file is None:
        sys.stdout.flush()
        past.export(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    try:
        with file.open("wb") as out:
            count = past.export(out)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.", advice="Name another file.") from None
    print(f"{count} events written to {file}.")
