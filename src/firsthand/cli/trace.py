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


@click.command()
@click.argument("run", required=False, default="", metavar="[RUN]")
@click.option("--check", default="", metavar="CHECK", type=CHECK, help="Only what this check said and heard.")
@click.option("--har", "har_file", default="", metavar="FILE", help="Write it as HAR for a browser's tools; - prints.")
@in_workspace
def trace(run: str, check: str, har_file: str, workspace: Path | None) -> None:
    """Read what was said to your program in RUN, and what it answered: the last run, unless told."""
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
        _print(records, evidence)


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


def _print(records: "list[Record]", evidence: "Evidence") -> None:
    from firsthand.cli.conversation import lines
    from firsthand.cli.screen import fancy

    if not records:
        print(f"Nothing was said in run {evidence.folder.name}.")
    for each in lines(records, colour=fancy(sys.stdout)):
        print(each)


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
