"""`firsthand hint`: shows the next hint for what failed, and records that it was read."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand.cli.arguments import CHECK, in_workspace
from firsthand.core.errors import UsageError
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.cli.screen import Line
    from firsthand.content.model import CheckDeclaration, Lab
    from firsthand.study.workspace import Workspace


@click.command()
@click.argument("check", required=False, default="", type=CHECK)
@in_workspace
def hint(check: str, workspace: Path | None) -> None:
    """Read the next hint for CHECK: the first one that failed in the last run here, unless told."""
    from firsthand.cli.screen import show
    from firsthand.study import library
    from firsthand.study import workspace as workspaces
    from firsthand.study.memory import recall, remember

    place = workspaces.found(workspace)
    lab = library.lab(place.lab)
    declared = _declared(lab, check or _failed_last(place))
    read = recall("hint").hints_read(lab.id, declared.id)
    if not declared.hints:
        raise UsageError(
            f"There are no hints for {declared.id}.",
            advice=f"{invocation.spell('brief', workspace=place.folder)} shows what is asked for.",
        )
    if read < len(declared.hints):
        remember("hint", {"lab": lab.id, "check": declared.id, "number": read + 1})
        show(_words(declared, read, read + 1, place.folder))
    else:
        show(_words(declared, 0, len(declared.hints), place.folder))


def _words(declared: "CheckDeclaration", first: int, last: int, folder: Path) -> "list[Line]":
    """The hints from `first` (from 0) up to `last`, under the rule that they are about."""
    from firsthand.cli.screen import BLANK, line

    total = len(declared.hints)
    lines = [line((declared.rule, "strong"))]
    for number in range(first, last):
        lines += [BLANK, line((f"Hint {number + 1} of {total}: ", "good"), declared.hints[number])]
    left = total - last
    if left:
        more = f"{left} more: {invocation.spell('hint', workspace=folder)}"
    else:
        more = f"That was the last one. {invocation.spell('solution', '--give-up', workspace=folder)} shows a solution."
    return [*lines, BLANK, line((more, "dim"), verbatim=True)]


def _declared(lab: "Lab", check_id: str) -> "CheckDeclaration":
    from firsthand.content.findings import nearest

    checks = {check.id: check for stage in lab.stages for check in stage.checks}
    if check_id in checks:
        return checks[check_id]
    close = nearest(check_id, list(checks))
    meant = f"Did you mean {close}? " if close else ""
    raise UsageError(f'The lab {lab.id} has no check "{check_id}".', advice=f"{meant}A run names those that fail.")


def _failed_last(place: "Workspace") -> str:
    """The first check that failed in the workspace's last run."""
    from firsthand.study.memory import recall

    check = invocation.spell("check", workspace=place.folder)
    last = recall("run").last_run(place.folder)
    if last is None:
        raise UsageError("Nothing was checked here yet, so there is nothing to hint at.", advice=f"First: {check}.")
    failed = last.data.get("failed_check")
    if not isinstance(failed, str) or not failed:
        raise UsageError(
            "No check failed in the last run here.",
            advice=f"Name a check to read its hints, or check again: {check}.",
        )
    return failed
