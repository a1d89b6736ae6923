"""`firsthand trace`: shows the recorded conversation of a run."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand.cli.arguments import CHECK, in_workspace
from firsthand.core.errors import UsageError

if TYPE_CHECKING:
    from firsthand.bench.report import Evidence
    from firsthand.bench.wire import Record
    from firsthand.cli.screen import Line

LINES_READ_MAX = 400
"""A longer conversation is shown on a terminal as an overview first."""


@click.command()
@click.argument("run", required=False, default="", metavar="[RUN]")
@click.option("--check", default="", metavar="CHECK", type=CHECK, help="Only what this check said and heard.")
@click.option("--all", "everything", is_flag=True, help="All of it, also where that is too long to be read.")
@click.option("--har", "har_file", default="", metavar="FILE", help="Write it as HAR for a browser's tools; - prints.")
@in_workspace
def trace(run: str, check: str, everything: bool, har_file: str, workspace: Path | None) -> None:
    """Read what was said to your program in RUN, and what it answered: the last run, unless told.

    On a terminal a long conversation is first shown as an overview, a line for each check.
    """
    from firsthand.cli import workspace as workspaces
    from firsthand.cli.kept import kept_run

    place = None if run else (workspaces.found(workspace) if workspace else workspaces.find())
    evidence = kept_run(run, place.folder if place else None)
    records = _records(evidence)
    if check:
        records = only_of_check(records, check)
        if not records:
            raise UsageError(f'Nothing was recorded for a check "{check}" in this run.', advice="Check its name.")
    if har_file:
        _write_har(records, har_file, evidence)
    else:
        _print(records, evidence, whole=bool(everything or check))


def only_of_check(records: "list[Record]", check: str) -> "list[Record]":
    """The records of the connections that a check opened, and its notes."""
    connections = {r.conn for r in records if r.kind == "open" and r.check == check}
    return [r for r in records if (r.conn in connections if r.conn else r.check == check)]


def _records(evidence: "Evidence") -> "list[Record]":
    import msgspec

    from firsthand.bench.wire import load

    try:
        return list(load(evidence.wire))
    except OSError as error:
        raise UsageError(f"The recorded wire {evidence.wire} cannot be read: {error.strerror}.") from None
    except msgspec.DecodeError as error:
        raise UsageError(
            f"The recorded wire {evidence.wire} is damaged: {error}.", advice="Run the check again for a new one."
        ) from None


def _print(records: "list[Record]", evidence: "Evidence", *, whole: bool) -> None:
    from firsthand.cli.conversation import lines
    from firsthand.cli.screen import fancy, show

    if not records:
        print(f"Nothing was said in run {evidence.folder.name}.")
    text = list(lines(records, colour=fancy(sys.stdout)))
    if len(text) > LINES_READ_MAX and sys.stdout.isatty() and not whole:
        show(_overview(records, evidence.folder.name, len(text)))
        return
    for each in text:
        print(each)


def _overview(records: "list[Record]", run: str, length: int) -> "list[Line]":
    """A line for each check: how often it knocked, and how much was said in both directions."""
    from firsthand.cli import invocation
    from firsthand.cli.screen import BLANK, line

    talked: dict[tuple[str, str], list[int]] = {}
    checks = {r.conn: (r.stage, r.check) for r in records if r.kind == "open"}
    for record in records:
        if record.conn in checks:
            counts = talked.setdefault(checks[record.conn], [0, 0, 0])
            counts[0] += record.kind == "open"
            counts[1] += len(record.data) + record.left_out if record.kind == "sent" else 0
            counts[2] += len(record.data) + record.left_out if record.kind == "received" else 0
    width = max(len(check) for _, check in talked)
    shown, before = [], ""
    for (stage, check), (knocked, sent, received) in talked.items():
        if stage != before:
            shown.append(line((stage, "strong")))
            before = stage
        times = "connection " if knocked == 1 else "connections"
        words = f"{check:<{width}}  {knocked:>4} {times}  → {sent:>9,} bytes  ← {received:>10,} bytes"
        shown.append(line(words, indent=2, verbatim=True))
    example = next(iter(talked))[1]
    one, everything = (invocation.spell("trace", run, *words) for words in (("--check", example), ("--all",)))
    return [
        *shown,
        BLANK,
        line("One of them:  ", (one, "code"), verbatim=True),
        line(f"All {length:,} lines:  ", (everything, "code"), verbatim=True),
    ]


def _write_har(records: "list[Record]", file: str, evidence: "Evidence") -> None:
    import json
    from datetime import datetime

    from firsthand.bench.report import read_report
    from firsthand.cli.har import har

    started = datetime.fromisoformat(read_report(evidence).started)
    text = json.dumps(har(records, started=started), indent=1) + "\n"
    if file == "-":
        sys.stdout.write(text)
        return
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.", advice="Name another file.") from None
    print(f"Written: {file}")
