"""`firsthand runs`: lists the runs that are kept, newest first."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from firsthand.cli.card import SIGNS
from firsthand.cli.screen import Line, line, show
from firsthand.core.errors import UsageError
from firsthand.core.verdicts import Verdict
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.bench.report import Evidence
    from firsthand.core.results import Report


@click.command()
def runs() -> None:
    """List the runs that are kept, newest first."""
    from firsthand.bench.report import runs as kept_runs
    from firsthand.study.kept import runs_folder

    kept = kept_runs(runs_folder())
    if not kept:
        show([line("No run is kept yet.")])
        return
    show(_line(evidence) for evidence in kept)
    trace, replay = invocation.spell("trace", kept[0].folder.name), invocation.spell("replay", kept[0].folder.name)
    show([line(), line((f"{trace}   {replay}", "dim"), verbatim=True)])


def size_words(size: int) -> str:
    """A number of bytes as people read it."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} KiB"
    return f"{size / 1024 / 1024:.1f} MiB"


def _line(evidence: "Evidence") -> Line:
    from firsthand.bench.report import read_report, size_bytes

    name, size = evidence.folder.name, size_words(size_bytes(evidence.folder))
    try:
        report = read_report(evidence)
    except UsageError as error:
        return line((f"{name}  ", "strong"), (f"cannot be read: {error.message}", "warn"), verbatim=True)
    sign, style = SIGNS[report.verdict]
    when = datetime.fromisoformat(report.started).astimezone()
    return line(
        (f"{name}  ", "strong"),
        (f"{sign} {report.verdict.on_screen:<13}", style),
        f"  {report.lab}  {_stages(report)} stages  seed {report.seed:<10}  {when:%d %b %H:%M}",
        (f"  {size}", "dim"),
        verbatim=True,
    )


def _stages(report: "Report") -> str:
    passed = sum(stage.verdict is Verdict.PASSED for stage in report.stages)
    return f"{passed}/{len(report.stages)}"
