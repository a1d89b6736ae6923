"""`firsthand brief`: shows what a stage asks for."""

from pathlib import Path

import click

from firsthand.cli.arguments import LAB, STAGE, in_workspace


@click.command()
@click.argument("stage", required=False, default="", type=STAGE)
@click.option("--lab", default="", metavar="LAB", type=LAB, help="The lab, where you are in no workspace.")
@in_workspace
def brief(stage: str, lab: str, workspace: Path | None) -> None:
    """Read what STAGE asks for: an id or a number; the first that you have not passed yet, unless told."""
    from firsthand.cli.screen import markdown
    from firsthand.study import invocation, library
    from firsthand.study import workspace as workspaces
    from firsthand.study.briefs import first_ahead, text
    from firsthand.study.memory import recall

    place = None if lab else workspaces.found(workspace)
    found = library.lab(place.lab if place else lab)
    wanted = (
        library.stage(found, stage) if stage else first_ahead(found, recall("run"), place.folder if place else None)
    )
    markdown(invocation.spelt(text(found, wanted), workspace=place.folder if place else None))
