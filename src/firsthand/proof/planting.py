"""Plants a new bug: turns an edited copy of a solution into a patch of the right name."""

import re
from pathlib import Path

from firsthand.content.findings import nearest
from firsthand.content.model import Lab
from firsthand.core.errors import UsageError, WorldError
from firsthand.proof import patches
from firsthand.proof.plan import SLUG, Bug


def solution_of(lab: Lab, language: str) -> Path:
    """The folder of a lab's solution.

    Raises:
        UsageError: there is none in this language.
    """
    if lab.solutions_folder is None:
        raise UsageError(f"The solutions of {lab.id} are not installed here.", advice="Work in a clone of the content.")
    if language not in lab.solutions():
        there = ", ".join(lab.solutions()) or "none"
        raise UsageError(f'The lab {lab.id} has no solution in "{language}".', advice=f"There is: {there}.")
    return lab.solutions_folder / "solutions" / language


def plant(lab: Lab, check: str, slug: str, language: str, edited: Path) -> Bug:
    """Write the patch that turns the solution into the edited copy, named after the check that has to catch it.

    Raises:
        UsageError: no such check or solution, a slug that is none, a bug of that name, or nothing was changed.
        WorldError: the patch cannot be written, or git is not here.
    """
    solution = solution_of(lab, language)
    checks = [c.id for stage in lab.stages for c in stage.checks]
    if check not in checks:
        close = nearest(check, checks)
        advice = f"Did you mean {close}?" if close else f"Its checks: {', '.join(checks)}."
        raise UsageError(f'The lab {lab.id} has no check "{check}".', advice=advice)
    if not re.fullmatch(SLUG, slug):
        raise UsageError(
            f'"{slug}" is no slug.', advice="Write small letters, digits and single hyphens: first-packet."
        )
    bug = Bug(language, check, slug, solution.parents[1] / "bugs" / language / f"{check}--{slug}.patch")
    if bug.patch.exists():
        raise UsageError(f"There is a bug {bug.name} in {language} already.", advice=f"Its file is {bug.patch}.")
    data = patches.make(solution, edited)
    if not data:
        raise UsageError(
            f"{edited} is the same as the {language} solution of {lab.id}.", advice="Change the copy, then try again."
        )
    try:
        bug.patch.parent.mkdir(parents=True, exist_ok=True)
        bug.patch.write_bytes(data)
    except OSError as error:
        raise WorldError(f"{bug.patch} cannot be written: {error.strerror}.") from None
    return bug
