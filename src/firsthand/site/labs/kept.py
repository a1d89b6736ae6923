"""The runs that are kept, for pages: found by their whole id, read, and told where they cannot be read."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.http import Http404

from firsthand.bench.report import RUN_ID, Evidence, read_report
from firsthand.content.model import Lab
from firsthand.core.errors import UsageError
from firsthand.core.results import CheckResult, Report, StageResult
from firsthand.site.learner import Person
from firsthand.study.kept import runs_folder


@dataclass(frozen=True)
class Kept:
    """A kept run. One of `report` and `trouble` is set."""

    evidence: Evidence
    report: Report | None
    trouble: str

    @property
    def id(self) -> str:
        """Its name."""
        return self.evidence.folder.name

    def check(self, check_id: str) -> tuple[StageResult, CheckResult] | None:
        """A check of it, with its stage."""
        stages = self.report.stages if self.report else []
        return next(((s, c) for s in stages for c in s.checks if c.id == check_id), None)


def kept(person: Person, run_id: str) -> Kept:
    """The kept run of this id.

    Raises:
        Http404: there is none that is this learner's.
    """
    del person  # locally the folder of runs is theirs as a whole
    evidence = Evidence(runs_folder() / run_id)
    if not RUN_ID.fullmatch(run_id) or not evidence.report.is_file():
        raise Http404
    return read(evidence)


def read(evidence: Evidence) -> Kept:
    """The run with its report, or with why that cannot be read."""
    try:
        return Kept(evidence, read_report(evidence), "")
    except UsageError as error:
        return Kept(evidence, None, str(error))


def lab_of(report: Report | None, labs: tuple[Lab, ...]) -> Lab | None:
    """The lab that a run was about, if it is still there."""
    return next((lab for lab in labs if report and lab.id == report.lab), None)


def folder_there(text: str) -> Path | None:
    """The folder of this absolute name, if it is there. A history may come from anywhere, and name what cannot be."""
    folder = Path(text)
    with suppress(OSError, ValueError):
        if folder.is_absolute() and folder.is_dir():
            return folder
    return None
