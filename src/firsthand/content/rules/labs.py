"""Labs: what one promises, it keeps: competencies, environment, starters, stages, briefs and hints."""

from collections.abc import Sequence
from pathlib import Path

from firsthand.content.builds import read_builds
from firsthand.content.checks_source import parse_python
from firsthand.content.findings import Finding, Kind, Report, nearest
from firsthand.content.model import REPOSITORIES_SCRIPT, CheckDeclaration, Lab, Stage
from firsthand.content.reading_labs import LabRead, stage_folders
from firsthand.content.rules.ids import Known, tell_folder, tell_unknown_competencies, unknown_competency
from firsthand.content.rules.proofs import tell_what_proves_nothing
from firsthand.content.source import Table, read_text

HINTS_MAX = 3


def check_lab(read: LabRead, known: Known, whole: bool, report: Report) -> None:
    """All that can be said of one lab without its bugs.

    Args:
        whole: whether all its checks could be read; else what depends on knowing them all is left out.
    """
    lab = read.lab
    tell_folder(read.table, "lab", lab.id, lab.folder)
    _port(read)
    _languages(lab, report)
    _repositories(lab, report)
    _extra_stage_folders(lab, report)
    if (lab.folder / "kit.py").is_file():
        parse_python(lab.folder / "kit.py", report)
    if lab.is_about("tests"):
        for language in lab.starters():
            read_builds(lab.folder, language, report)
    tell_unknown_competencies(read.table, "proves", lab.proves, known)
    for stage, table, hints in zip(lab.stages, read.stage_tables, read.hint_tables, strict=True):
        _stage(stage, table, hints, whole, report)
        for check in stage.checks:
            _what_a_check_proves(check, lab, known, report)
    _what_the_lab_proves(read, known, whole)
    if whole and read.starter_table is not None:
        _starter(lab, read.starter_table)


def _port(read: LabRead) -> None:
    lab = read.lab
    told = any(v.name == "PORT" and v.kind == "port" for v in lab.environment)
    if lab.is_about("program") and lab.ready != "alive" and not told:
        message = f'A program that is ready by "{lab.ready}" must be told its port, and there is no PORT.'
        advice = 'Write PORT = { kind = "port", about = "..." } under [environment], or ready = "alive".'
        read.table.tell(Kind.NO_PORT, message, "environment", advice=advice)


def _languages(lab: Lab, report: Report) -> None:
    def tell(kind: Kind, folder: Path, message: str, advice: str) -> None:
        report(Finding(folder, 0, message, advice, kind))

    starters, solutions = lab.starters(), lab.solutions()
    if not starters:
        tell(Kind.STARTER_MISSING, lab.folder, "The lab has no starter.", "Make starters/<language>/.")
    homes = [lab.folder / "starters" / name for name in starters]
    if lab.solutions_folder:
        homes += [lab.solutions_folder / "solutions" / name for name in solutions]
        for name in solutions:
            if starters and not {name, name.partition("-")[0]}.intersection(starters):
                home = lab.solutions_folder / "solutions" / name
                advice = f"Make starters/{name}/ without any part of the answer."
                tell(Kind.SOLUTION_WITHOUT_STARTER, home, f"There is a solution in {name} but no starter.", advice)
    if any(stage.subject == "program" for stage in lab.stages):
        for home in homes:
            if not (home / "Procfile").is_file():
                tell(Kind.NO_PROCFILE, home, "There is no Procfile.", "Write one, such as `web: python server.py`.")


def _repositories(lab: Lab, report: Report) -> None:
    homes = [lab.folder / "starters" / name for name in lab.starters()] if lab.repositories else []
    for home in homes:
        if not (home / REPOSITORIES_SCRIPT).is_file():
            message = f"There is no {REPOSITORIES_SCRIPT}, and the lab is about them."
            advice = "Write the script that makes them: docs/author/repositories.md."
            report(Finding(home, 0, message, advice, Kind.MISSING_FILE))


def _extra_stage_folders(lab: Lab, report: Report) -> None:
    used = {stage.folder for stage in lab.stages}
    for folder in stage_folders(lab.folder / "stages"):
        if folder not in used:
            message = f"The folder {folder.name} belongs to no stage of lab.toml."
            report(Finding(folder, 0, message, "Add a [[stage]] there, or remove the folder.", Kind.STAGE_FOLDER_EXTRA))


def _stage(stage: Stage, table: Table, hints: Table | None, whole: bool, report: Report) -> None:
    if not stage.folder.is_dir():
        return
    empty = {name for name in ("brief.md", "checks.py", "hints.toml") if _is_empty(stage.folder / name, report)}
    if whole and not stage.checks and "checks.py" not in empty:
        table.tell(Kind.STAGE_WITHOUT_CHECK, f'The stage "{stage.id}" has no check.', advice="Write one in checks.py.")
    if not (stage.folder / "hints.toml").is_file():
        advice = "Write one to three hints for each check."
        report(Finding(stage.folder, 0, "The stage has no hints.toml.", advice, Kind.MISSING_FILE))
    if hints is not None and "hints.toml" not in empty:
        _hints(stage, hints, whole, report)


def _is_empty(file: Path, report: Report) -> bool:
    if not file.is_file() or file.read_bytes().strip():
        if file.suffix == ".md" and file.is_file():  # the others were read, and told, as what they are
            read_text(file, report)
        return False
    report(Finding(file, 0, f"{file.name} is empty.", "Write it.", Kind.EMPTY_FILE))
    return True


def _hints(stage: Stage, hints: Table, whole: bool, report: Report) -> None:
    ids = [check.id for check in stage.checks]
    for name in hints.names():
        if name not in ids and whole:
            close = nearest(name, ids)
            advice = f"Did you mean {close}?" if close else f"Its checks are {', '.join(ids)}."
            hints.tell(Kind.HINTS_UNKNOWN_CHECK, f"This stage has no check {name}.", name, advice=advice)
    for check in stage.checks:
        if not hints.has(check.id):
            message = f"The check {check.id} has no hints in hints.toml."
            advice = "Write one to three, from a nudge to the way."
            report(Finding(check.file, check.line, message, advice, Kind.CHECK_WITHOUT_HINTS))
        elif len(check.hints) > HINTS_MAX or hints.is_empty_list(check.id):
            message = f"{check.id} has {len(check.hints)} hints; expected 1 to {HINTS_MAX}."
            hints.tell(Kind.HINTS_COUNT, message, check.id)


def _what_a_check_proves(check: CheckDeclaration, lab: Lab, known: Known, report: Report) -> None:
    for name in check.proves:
        message, advice = unknown_competency(name, known)
        if message:
            report(Finding(check.file, check.line, message, advice, Kind.UNKNOWN_COMPETENCY))
        elif name not in lab.proves:
            message = f"{check.id} proves {name}, which lab.toml does not name under proves."
            report(
                Finding(check.file, check.line, message, "Add it there, or take it out here.", Kind.PROVES_UNDECLARED)
            )


def _what_the_lab_proves(read: LabRead, known: Known, whole: bool) -> None:
    covered = {name for stage in read.lab.stages for name in stage.proves}
    tell_what_proves_nothing(read.table, read.lab.proves, known)
    for position, name in enumerate(read.lab.proves):
        if whole and name in known.competencies and name not in covered:
            message = f"The lab proves {name}, but no check does."
            advice = f'Write proves="{name}" at the check that shows it.'
            read.table.tell(Kind.LAB_PROVES_UNCOVERED, message, "proves", position, advice=advice)


def _starter(lab: Lab, table: Table) -> None:
    promise = lab.starter
    stage = next((s for s in lab.stages if s.id == promise.stage), None)
    homes = {check.id: s.id for s in lab.stages for check in s.checks}
    if promise.stage and stage is None:
        _tell_promise(table, Kind.STARTER_STAGE, "stage", promise.stage, [s.id for s in lab.stages])
    if promise.check and promise.check not in homes:
        _tell_promise(table, Kind.STARTER_CHECK, "check", promise.check, list(homes))
    elif promise.check and stage is not None and homes[promise.check] != stage.id:
        message = f'The check {promise.check} is not in the stage "{stage.id}" but in "{homes[promise.check]}".'
        table.tell(Kind.STARTER_CHECK, message, "check")


def _tell_promise(table: Table, kind: Kind, what: str, name: str, known_ids: Sequence[str]) -> None:
    close = nearest(name, list(known_ids))
    advice = f"Did you mean {close}?" if close else f"There are: {', '.join(known_ids)}."
    table.tell(
        kind, f'An unchanged starter is said to fail at the {what} "{name}", which is not there.', what, advice=advice
    )
