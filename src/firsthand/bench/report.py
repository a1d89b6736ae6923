"""Writes the evidence of a run - report, transcript, recorded wire, submission - and keeps the disk in bounds."""

import errno
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from firsthand.bench.failures import show_text
from firsthand.bench.submission import Submission
from firsthand.bench.wire import Recorder
from firsthand.core import events
from firsthand.core.errors import DiskFullError, UsageError, WorldError
from firsthand.core.limits import RUNS_BYTES_MAX, RUNS_KEPT_MAX
from firsthand.core.results import CheckResult, Report, decode, encode
from firsthand.core.verdicts import Verdict

RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4,8}")


def new_run_id() -> str:
    """An id that sorts by time: `20261122-143501-a3f95c07`, in UTC; many may begin in one second."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Evidence:
    """Where a run's evidence lies, or will."""

    folder: Path

    @property
    def report(self) -> Path:
        """The report, as JSON."""
        return self.folder / "report.json"

    @property
    def transcript(self) -> Path:
        """What happened, in words."""
        return self.folder / "transcript.txt"

    @property
    def wire(self) -> Path:
        """The recorded bytes, one record a line."""
        return self.folder / "wire" / "wire.jsonl"

    @property
    def submission(self) -> Path:
        """What was judged, as it was."""
        return self.folder / "submission.tar.gz"

    def paths(self) -> dict[str, str]:
        """The report's `evidence`, as text, which a path need not be."""
        return {
            name: show_text(str(getattr(self, name)), 4_096) for name in ("report", "transcript", "wire", "submission")
        }


def write_evidence(
    place: Evidence, report: Report, transcript: str, recorder: Recorder, submission: Submission | None
) -> None:
    """Write all evidence of a run; the report last and at once, so that a folder with a report is whole.

    Raises:
        WorldError: it cannot be written; nothing of this run is left behind.
    """
    try:
        place.folder.mkdir(parents=True)
    except OSError as error:
        raise _cannot_keep(place, error) from error
    try:
        place.wire.parent.mkdir()
        recorder.save(place.wire)
        place.transcript.write_text(transcript, encoding="utf-8", errors="backslashreplace")
        if submission is not None:
            submission.save(place.submission)
        unfinished = place.report.with_suffix(".part")
        unfinished.write_bytes(encode(report))
        unfinished.rename(place.report)
    except OSError as error:
        shutil.rmtree(place.folder, ignore_errors=True)
        raise _cannot_keep(place, error) from error


def _cannot_keep(place: Evidence, error: OSError) -> WorldError:
    what = f"The evidence of this run cannot be kept in {place.folder.parent}: {error.strerror}."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError(what, advice="Make room on the disk and run again.")
    return WorldError(what, advice="Mend the folder's permissions, or set FIRSTHAND_HOME.")


def transcript(happened: Iterable[events.AnyEvent], output: str, faults: Iterable[tuple[float, str]] = ()) -> str:
    """What happened in a run, in words, with the program's output at the end.

    `faults` is what checks did to the network and to servers, with seconds since the run began.
    """
    told = [(event.at, line) for event in happened for line in _WORDS[type(event)](event)]
    told += [(at, f"    ! {text}") for at, text in faults]
    lines = [f"{at:9.3f}  {line}" for at, line in sorted(told, key=lambda one: one[0])]
    return "\n".join([*lines, "", "What your program printed:", output.rstrip("\n") or "(nothing)", ""])


def runs(folder: Path) -> list[Evidence]:
    """The kept runs below a runs folder, newest first; folders without a report are not among them."""
    try:
        names = sorted((e.name for e in os.scandir(folder) if RUN_ID.fullmatch(e.name)), reverse=True)
    except FileNotFoundError:
        return []
    found = [Evidence(folder / name) for name in names]
    return [evidence for evidence in found if evidence.report.is_file()]


def read_report(evidence: Evidence) -> Report:
    """Read a kept report.

    Raises:
        UsageError: there is none, or it is damaged or of another version.
    """
    try:
        return decode(evidence.report.read_bytes())
    except OSError as error:
        raise UsageError(f"{evidence.report} cannot be read: {error.strerror}.") from None
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{evidence.report} is not a report that this version reads: {error}.",
            advice="Remove its folder, or update Firsthand if a newer version wrote it.",
        ) from None


def size_bytes(folder: Path) -> int:
    """What the regular files below a folder take, links not followed."""
    total = 0
    for here, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(here) / name).lstat().st_size
            except FileNotFoundError:  # another process freed it meanwhile
                continue
    return total


def retain(folder: Path, *, kept_max: int = RUNS_KEPT_MAX, bytes_max: int = RUNS_BYTES_MAX) -> list[Evidence]:
    """Remove the oldest runs above the limits; the newest is always kept. Returns what was removed."""
    removed, total = [], 0
    for count, evidence in enumerate(runs(folder), start=1):
        total += size_bytes(evidence.folder)
        if count > 1 and (count > kept_max or total > bytes_max):
            shutil.rmtree(evidence.folder, ignore_errors=True)
            removed.append(evidence)
    return removed


def _started(event: events.RunStarted) -> list[str]:
    return [f"run {event.run}: {event.lab}, {event.language or 'any language'}, seed {event.seed}, tier {event.tier}"]


def _stopped(event: events.ProgramStopped) -> list[str]:
    return [f"{event.process}.{event.instance} {event.how}, exit code {event.exit_code}"]


def _ready(event: events.ProgramStarted) -> list[str]:
    where = f" at {event.address}" if event.address else ""
    return [f"{event.process}.{event.instance} ready{where}, process {event.pid}, after {event.seconds:.3f} s"]


def _check(event: events.CheckFinished) -> list[str]:
    return [f"  {event.result.id}: {event.result.verdict}", *_why(event.result)]


def _why(result: CheckResult) -> list[str]:
    if not isinstance(result.failure, msgspec.Struct):
        return []
    failure = result.failure
    facts = {
        "rule": result.rule,
        "why": failure.message,
        "expected": failure.expected,
        "got": failure.got,
        "remark": failure.remark,
        "where": failure.where,
    }
    lines = [f"    {name:<9}{text}" for name, text in facts.items() if text]
    lines += [f"    {line}" for line in failure.detail.splitlines()]
    return lines + [f"    try      {command}" for command in failure.reproduce]


def _stage(event: events.StageFinished) -> list[str]:
    reason = f": {event.result.reason}" if event.result.reason else ""
    return [f"stage {event.result.id} {event.result.verdict}{reason}"]


def _finished(event: events.RunFinished) -> list[str]:
    reason = f": {event.report.reason}" if event.report.reason else ""
    words = [f"run {event.report.verdict}{reason}"]
    if event.report.verdict is Verdict.ERROR:
        words.append("nothing was lost: run again")
    return words


_WORDS: dict[type, Callable[..., list[str]]] = {
    events.RunStarted: _started,
    events.Notice: lambda e: [f"notice: {e.text}"],
    events.BuildStarted: lambda e: [f"build: {e.command}"],
    events.BuildFinished: lambda e: [f"built{' before' if e.cached else ''}, {e.seconds:.3f} s"],
    events.ProgramStarted: _ready,
    events.ProgramStopped: _stopped,
    events.StageStarted: lambda e: [f"stage {e.stage}: {e.title}, {e.checks} checks"],
    events.CheckStarted: lambda _: [],
    events.CheckFinished: _check,
    events.StageFinished: _stage,
    events.RunFinished: _finished,
}
