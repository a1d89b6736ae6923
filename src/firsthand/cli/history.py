"""`firsthand history`: lists what happened, and takes it from one machine to another as JSON lines."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, get_args

import click

from firsthand.core.errors import UsageError
from firsthand.history.event import Kind
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.cli.screen import Line
    from firsthand.history import Event

LISTED = 20


@click.group(invoke_without_command=True)
@click.option("--last", type=click.IntRange(1), default=LISTED, show_default=True, help="List so many events.")
@click.option("--kind", type=click.Choice(get_args(Kind)), help="Only events of this kind.")
@click.pass_context
def history(ctx: click.Context, last: int, kind: Kind | None) -> None:
    """See what you did, newest last; export it, and import it elsewhere.

    All that Firsthand knows about you is in this list, in one file of yours. Nothing leaves your machine by itself.
    """
    if ctx.invoked_subcommand is None:
        _list(last, kind)


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
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        with unfinished.open("wb") as out:
            count = past.export(out)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(file)  # whole or not at all: half a history would look like one
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise UsageError(f"{file} cannot be written: {error.strerror}.", advice="Name another file.") from None
    print(f"{count} events written to {file}.")


@history.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--skip-damaged", is_flag=True, help="Pass over lines that are no events, instead of importing nothing.")
def import_(file: Path, skip_damaged: bool) -> None:
    """Take in what `firsthand history export` wrote to FILE on another machine; - reads standard input.

    The two histories become one: what is known already is passed over, so importing twice does no harm.
    """
    from firsthand.history import History
    from firsthand.study.carrying import bring_in

    try:
        with _opened(file) as lines:
            brought = bring_in(History.open(), lines, skip_damaged=skip_damaged)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", advice="Name a file that was exported.") from None
    print(brought.words)


def _opened(file: Path) -> IO[bytes]:
    return os.fdopen(os.dup(0), "rb") if str(file) == "-" else file.open("rb")


def _list(last: int, kind: Kind | None) -> None:
    from firsthand.cli.screen import line, show
    from firsthand.history import History

    events = list(History.open().read(kinds=[kind] if kind else None))
    if not events:
        what = f"Nothing of the kind {kind} is in your history." if kind else "Your history is empty."
        show([line(what, " Begin with: ", (invocation.spell("place"), "code"))])
        return
    if len(events) > last:
        show([line((f"The last {last} of {len(events)} events:", "dim"))])
    show(_line(event) for event in events[-last:])


def _line(event: "Event") -> "Line":
    from firsthand.cli.screen import line
    from firsthand.study.telling import event_words

    at = event.time.astimezone()
    return line((f"{at.day:>2} {at:%b %Y %H:%M}  ", "dim"), (f"{event.kind:<10}", "strong"), event_words(event))
