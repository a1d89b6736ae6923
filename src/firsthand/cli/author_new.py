"""`firsthand author new`: a small lab of one's own that proves green, to be changed into what one wants."""

from pathlib import Path

import click

from firsthand.cli.author_content import content_option


@click.command()
@click.argument("lab_id", metavar="LAB_ID")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option("--unit", default="", metavar="ID", help="The new unit that it belongs to; else what LAB_ID begins with.")
@content_option
def new(lab_id: str, folder: Path, unit: str) -> int:
    """Make a small lab of your own that proves green, in an empty folder.

    The folder becomes a content folder with one unit and one lab of two stages, with everything a lab has. Change it
    piece by piece into the lab that you want; lint and prove tell when something no longer fits.
    """
    from firsthand.cli.screen import BLANK, line, show
    from firsthand.proof.template import default_unit, make_lab
    from firsthand.study import invocation, library

    files = make_lab(lab_id, unit or default_unit(lab_id), folder, library.catalogue())
    lab = next(file.parent for file in files if file.name == "lab.toml")
    invocation.remember_content((*invocation.content_folders(), folder))
    show(
        [
            line(f"{len(files)} files are written; the lab is in {lab}."),
            BLANK,
            line("Show that it has no mistakes, and that its graders are right:"),
            line((invocation.spell("author", "lint"), "code"), indent=4, verbatim=True),
            line((invocation.spell("author", "prove", lab_id), "code"), indent=4, verbatim=True),
        ]
    )
    return 0
