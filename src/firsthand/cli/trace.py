"""`firsthand trace`: shows the recorded conversation of a run, on all doors."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand.cli.arguments import CHECK, DOOR, in_workspace
from firsthand.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firsthand.bench.report import Evidence
    from firsthand.bench.wire import Record
    from firsthand.cli.heading import Failures

LINES_READ_MAX = 400
"""A longer conversation is shown on a terminal as an overview first."""


@click.command()
@click.argument("run", required=False, default="", metavar="[RUN]")
@click.option("--check", default="", metavar="CHECK", type=CHECK, help="Only what was said in the time of this check.")
@click.option("--only", default="", metavar="NAME", type=DOOR, help="Only this server, peer or process: postgres, web.")
@click.option("--all", "everything", is_flag=True, help="All of it: nothing folded, also where it is long.")
@click.option(
    "--har", "har_file", default="", metavar="FILE", help="Write HTTP as HAR for a browser's tools; - prints."
)
@click.option("--pcapng", default="", metavar="FILE", help="Write all of it as packets, for Wireshark.")
@in_workspace
def trace(
    run: str, check: str, only: str, everything: bool, har_file: str, pcapng: str, workspace: Path | None
) -> None:
    """Read what was said in RUN to your program, and by it to its servers: the last run, unless told.

    What is alike is one line with its count. On a terminal a long conversation is first shown as an overview, a line
    for each check.
    """
    from firsthand.study import workspace as workspaces
    from firsthand.study.kept import kept_run

    place = None if run else (workspaces.found(workspace) if workspace else workspaces.find())
    evidence = kept_run(run, place.folder if place else None)
    records = _narrowed(_records(evidence), check, only)
    if har_file:
        _write_har(records, har_file, evidence)
    if pcapng:
        _write_pcapng(records, pcapng, evidence)
    if not har_file and not pcapng:
        _print(records, evidence, check, everything=everything)


def only_of_check(records: "list[Record]", check: str) -> "list[Record]":
    """The notes of a check's time, and the connections on which something was said then, as a whole."""
    connections = {r.conn for r in records if r.check == check}
    return [r for r in records if (r.conn in connections if r.conn else r.check == check)]


def only_of_door(records: "list[Record]", door: str) -> "list[Record]":
    """The notes and connections of one door; `web` means all copies of web."""
    from firsthand.study.steps import family

    names = {r.door for r in records if door in (r.door, family(r.door))}
    connections = {r.conn for r in records if r.kind == "open" and r.door in names}
    return [r for r in records if (r.conn in connections if r.conn else r.door in names)]


def _narrowed(records: "list[Record]", check: str, only: str) -> "list[Record]":
    if check:
        records = only_of_check(records, check)
        if not records:
            raise UsageError(f'Nothing was recorded for a check "{check}" in this run.', advice="Check its name.")
    if only:
        known = sorted({r.door for r in records if r.door})
        records = only_of_door(records, only)
        if not records:
            there = f"There is: {', '.join(known)}." if known else ""
            raise UsageError(f'Nothing was said to "{only}" in this run.', advice=there)
    return records


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


def _print(records: "list[Record]", evidence: "Evidence", check: str, *, everything: bool) -> None:
    from firsthand.cli.screen import fancy, show

    if not records:
        print(f"Nothing was said in run {evidence.folder.name}.")
    failed = _failures(evidence)
    several = _is_sequence(records)
    text = list(_lines(records, check, failed, colour=fancy(sys.stdout), fold=not everything))
    if len(text) > LINES_READ_MAX and sys.stdout.isatty() and not everything and not check:
        from firsthand.cli.overview import overview

        show(overview(records, evidence.folder.name, len(text), failed))
        return
    for each in text:
        print(each)
    if several and sys.stdout.isatty() and not check:
        _tell_more(evidence.folder.name)


def _tell_more(run: str) -> None:
    from firsthand.cli.screen import BLANK, line, show
    from firsthand.study import invocation

    more = (("One of them, byte for byte:  ", ("--only", "web")), ("Nothing folded:  ", ("--all",)))
    show([BLANK, *(line(what, (invocation.spell("trace", run, *w), "code"), verbatim=True) for what, w in more)])


def _lines(records: "list[Record]", check: str, failed: "Failures", *, colour: bool, fold: bool) -> "Iterator[str]":
    from firsthand.cli.conversation import lines
    from firsthand.cli.sequence import sequence
    from firsthand.study.steps import steps

    if not _is_sequence(records):
        return lines(records, colour=colour, check=check, failed=failed)
    wanted = (step for step in steps(records) if not check or step.check == check)
    return sequence(wanted, colour=colour, fold=fold, failed=failed)


def _is_sequence(records: "list[Record]") -> bool:
    """Whether it is shown as a sequence on all doors; where only one process speaks HTTP, it is byte for byte."""
    from firsthand.bench.wire import HTTP
    from firsthand.study.steps import family

    opened = [r for r in records if r.kind == "open"]
    return len({family(r.door) for r in opened}) > 1 or any(r.protocol != HTTP for r in opened)


def _failures(evidence: "Evidence") -> "Failures":
    from firsthand.bench.report import read_report
    from firsthand.core.verdicts import Verdict

    try:
        report = read_report(evidence)
    except UsageError:  # the wire can be read without it
        return {}
    return {(s.id, c.id): c.message for s in report.stages for c in s.checks if c.verdict is Verdict.FAILED}


def _write_har(records: "list[Record]", file: str, evidence: "Evidence") -> None:
    import json

    from firsthand.study.har import har

    text = json.dumps(har(records, started=_started(evidence)), indent=1) + "\n"
    if file == "-":
        sys.stdout.write(text)
    else:
        _write(file, text.encode())


def _write_pcapng(records: "list[Record]", file: str, evidence: "Evidence") -> None:
    from firsthand.study.pcapng import pcapng

    _write(file, pcapng(records, started=_started(evidence)))


def _started(evidence: "Evidence") -> datetime:
    from firsthand.bench.report import read_report

    return datetime.fromisoformat(read_report(evidence).started)


def _write(file: str, data: bytes) -> None:
    try:
        Path(file).write_bytes(data)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.", advice="Name another file.") from None
    print(f"Written: {file}")
