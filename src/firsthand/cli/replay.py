"""`firsthand replay`: runs a kept submission again with the same seed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand.core.errors import UsageError
from firsthand.core.verdicts import EXIT_CODES, Verdict

if TYPE_CHECKING:
    from firsthand.bench.report import Evidence
    from firsthand.bench.submission import Submission
    from firsthand.content.model import Lab
    from firsthand.core.results import Report


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--verbose", "-v", is_flag=True, help="Tell of each check, build and start.")
@click.option("--keep", is_flag=True, help="Leave the program of a failed run running until you press Enter.")
def replay(run: str, verbose: bool, keep: bool) -> int:
    """Run the submission that was kept with RUN again, with the same seed: your files as they were then."""
    from firsthand.bench.report import read_report
    from firsthand.cli.reporters import print_heading
    from firsthand.study import library
    from firsthand.study.kept import kept_run

    evidence = kept_run(run)
    before = read_report(evidence)
    lab = library.lab(before.lab)
    print_heading(lab.id, before.language, before.seed, sys.stdout)
    if before.lab_digest != lab.digest():
        print("note: The lab has changed since, so the outcome may differ for that reason alone.")
    from firsthand.bench.run import RunRequest
    from firsthand.cli.grading import Grading, grade

    stage, all_stages = scope(before, lab)
    workspace = _workspace(before.run, evidence)
    request = RunRequest(
        lab=lab,
        workspace=evidence.folder,
        language=before.language,
        seed=before.seed,
        stage=stage,
        all_stages=all_stages,
        submission=_submission(evidence, workspace),
    )
    report = grade(request, Grading(workspace, verbose=verbose, keep=keep, again=("replay", before.run), counts=False))
    return EXIT_CODES[report.verdict]


def scope(before: "Report", lab: "Lab") -> tuple[str, bool]:
    """What the run was asked for: its only stage ("" for all), and whether it went on after a failed one."""
    if len(before.stages) == 1 and len(lab.stages) > 1:
        return before.stages[0].id, False
    verdicts = [stage.verdict for stage in before.stages]
    bad = [i for i, v in enumerate(verdicts) if v not in (Verdict.PASSED, Verdict.SKIPPED)]
    went_on = bool(bad) and any(v is not Verdict.NOT_REACHED for v in verdicts[bad[0] + 1 :])
    return "", went_on


def _submission(evidence: "Evidence", workspace: Path) -> "Submission":
    from firsthand.bench.submission import load

    if not evidence.submission.is_file():
        raise UsageError(
            f"No submission was kept with run {evidence.folder.name}: there was nothing that could be read.",
            advice="Check your workspace again.",
        )
    return load(evidence.submission, workspace)  # its dependencies lie in the workspace, if it is still there


def _workspace(run_id: str, evidence: "Evidence") -> Path:
    """The workspace that the run was of, so that printed commands lead there; the kept run where it is gone."""
    from firsthand.study.memory import recall

    event = recall("run").run(run_id)
    folder = Path(str(event.data.get("folder", ""))) if event else evidence.folder
    return folder if folder.is_dir() else evidence.folder
