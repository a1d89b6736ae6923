"""Lints content: every mistake in all roots at once, each with file, line and what to do."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from firsthand.content.findings import Finding, Kind
from firsthand.content.glossary import read_glossary
from firsthand.content.reading import PathRead, read_paths
from firsthand.content.reading_labs import LabRead
from firsthand.content.reading_planned import read_planned
from firsthand.content.reading_questions import read_questions
from firsthand.content.roots import holds_paths, solutions_of
from firsthand.content.rules.bugs import check_bugs
from firsthand.content.rules.ids import check_ids, know, lessons_in
from firsthand.content.rules.labs import check_lab
from firsthand.content.rules.lessons import check_lessons, check_terms
from firsthand.content.rules.prerequisites import check_prerequisites
from firsthand.content.rules.proofs import check_planned, check_proofs
from firsthand.content.rules.questions import check_question_ids, check_questions

__all__ = ["Finding", "Kind", "lint"]

_HIDES_CHECKS = {Kind.PYTHON_SYNTAX, Kind.MISSING_FILE, Kind.NOT_UTF8}
"""After one of these in a checks.py we do not know all checks, so that what depends on them would be told wrongly."""

_HIDES_IDS = {Kind.SYNTAX, Kind.MISSING_FILE, Kind.NOT_UTF8}

_HIDES_PROOFS = {"path.toml", "unit.toml", "lab.toml", "planned.toml", "questions.toml"}
"""While one of these cannot be read whole we do not know all that proves something."""


def lint(roots: Sequence[Path]) -> list[Finding]:
    """All mistakes in these roots, by file and line; an empty list when there is none.

    What one root names may be in another, so roots that belong together are given together.
    """
    found: list[Finding] = []
    paths: list[PathRead] = []
    for root in dict.fromkeys(roots):
        if not holds_paths(root):
            advice = "A content folder holds paths: <folder>/<path>/path.toml."
            found.append(Finding(root, 0, "There is no path in this folder.", advice, Kind.MISSING_FILE))
        paths += read_paths(root, partial(solutions_of, root), found.append)
    labs = [(lab, _is_whole(lab, found)) for path in paths for unit in path.units for lab in unit.labs]
    plans = [plan for path in paths if (plan := read_planned(path.path.folder, found.append)) is not None]
    units = [unit.unit for path in paths for unit in path.units]
    questions = [(unit, read_questions(unit.folder, unit.id, found.append)) for unit in units]
    asked = [read for _, reads in questions for read in reads]
    readable = not any(finding.file.name in _HIDES_PROOFS for finding in found)
    known = know(paths, complete=not any(_hides_ids(finding) for finding in found))
    check_ids(paths, known, found.append)
    check_lessons(lessons_in(paths), found.append)
    check_terms([term for path in paths for term in read_glossary(path.path.folder, found.append)], found.append)
    check_prerequisites(paths)
    check_planned(plans, [path.path for path in paths], known, found.append)
    check_question_ids(asked, found.append)
    for unit, reads in questions:
        check_questions(unit, reads, known)
    if readable:
        check_proofs(known, [lab for lab, _ in labs], plans, asked, found.append)
    for lab, whole in labs:
        check_lab(lab, known, whole, found.append)
        check_bugs(lab, whole, found.append)
    return sorted(set(found))


def _hides_ids(finding: Finding) -> bool:
    """Whether a file that declares ids could not be read, so that not every id that seems unknown is."""
    return finding.file.name in ("path.toml", "unit.toml") and finding.kind in _HIDES_IDS


def _is_whole(lab: LabRead, found: Sequence[Finding]) -> bool:
    hidden = {finding.file for finding in found if finding.kind in _HIDES_CHECKS}
    stages = lab.lab.stages
    return bool(stages) and all(stage.id and _is_known(stage.folder / "checks.py", hidden) for stage in stages)


def _is_known(checks: Path, hidden: set[Path]) -> bool:
    return checks not in hidden and checks.is_file() and bool(checks.read_bytes().strip())
