"""`firsthand author bug start`: a copy of a solution, in which a bug can be planted."""

from pathlib import Path

import click

from firsthand.cli.author_content import content_option


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--lab", "lab_id", required=True, metavar="LAB", help="The lab.")
@click.option("--lang", "language", required=True, metavar="L", help="The language of the solution.")
@content_option
def start(folder: Path, lab_id: str, language: str) -> int:
    """Copy a solution to a new folder, to plant a bug in the copy."""
    from firsthand.cli.screen import line, show
    from firsthand.core.errors import UsageError
    from firsthand.proof import patches
    from firsthand.proof.planting import solution_of
    from firsthand.study import invocation, library

    solution = solution_of(library.lab(lab_id), language)
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty.", advice="Name a folder that is not there yet.")
    patches.copy(solution, folder)
    again = invocation.spell("author", "bug", "new", "CHECK", "SLUG", "--lab", lab_id, "--lang", language, str(folder))
    show(
        [
            line(f"The {language} solution of {lab_id} is copied to {folder}. Plant one fault there, then:"),
            line((again, "code"), indent=4, verbatim=True),
        ]
    )
    return 0
