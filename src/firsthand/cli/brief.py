"""`firsthand brief`: shows what a stage asks for."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand.cli.arguments import LAB, STAGE, in_workspace

if TYPE_CHECKING:
    from firsthand.content.model import Lab, Stage


@click.command()
@click.argument("stage", required=False, default="", type=STAGE)
@click.option("--lab", default="", metavar="LAB", type=LAB, help="The lab, where you are in no workspace.")
@in_workspace
def brief(stage: str, lab: str, workspace: Path | None) -> None:
    """Read what STAGE asks for: an id or a number; the first that you have not passed yet, unless told."""
    from firsthand.cli.screen import markdown
    from firsthand.study import invocation, library
    from firsthand.study import workspace as workspaces

    place = None if lab else workspaces.found(workspace)
    found = library.lab(place.lab if place else lab)
    wanted = library.stage(found, stage) if stage else _first_ahead(found, place.folder if place else None)
    markdown(invocation.spelt(text(found, wanted), workspace=place.folder if place else None))


def text(lab: "Lab", stage: "Stage") -> str:
    """The brief of a stage under a heading that says where in the lab it stands."""
    body = stage.brief().strip("\n")
    title = f"# Stage {stage.number} of {len(lab.stages)}: {stage.title}"
    first, _, rest = body.partition("\n")
    # A brief may begin with its own title: one is enough.
    return f"{title}\n\n{rest.lstrip() if first.startswith('# ') else body}\n"


def _first_ahead(lab: "Lab", folder: Path | None) -> "Stage":
    from firsthand.study.memory import recall

    passed = recall("run").standing(lab.id, folder).stages
    return next((stage for stage in lab.stages if stage.id not in passed), lab.stages[-1])
