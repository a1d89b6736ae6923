"""`firsthand author bug new`: makes a bug from an edited copy of a solution, and runs it once."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from firsthand.cli.author_content import content_option

if TYPE_CHECKING:
    from firsthand.cli.screen import Line
    from firsthand.proof.judge import Judgement
    from firsthand.proof.plan import Bug


@click.command()
@click.argument("check", metavar="CHECK")
@click.argument("slug", metavar="SLUG")
@click.argument("edited", metavar="EDITED_DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--lab", "lab_id", required=True, metavar="LAB", help="The lab.")
@click.option("--lang", "language", required=True, metavar="L", help="The language of the solution.")
@content_option
def new(check: str, slug: str, edited: Path, lab_id: str, language: str) -> int:
    """Make a bug from an edited copy of a solution, and see which check catches it.

    CHECK is the check that has to catch it first; SLUG says in a few words what is wrong, such as first-packet-only. A
    slug that begins with `absent` leaves the feature of the check's stage out. Exits with 1 when another check catches
    it, or none; the patch is written all the same.
    """
    from firsthand.cli.screen import show
    from firsthand.proof.judge import judge
    from firsthand.proof.perform import perform_plans
    from firsthand.proof.plan import Selection, plan_lab
    from firsthand.proof.planting import plant
    from firsthand.study import library

    lab = library.lab(lab_id)
    bug = plant(lab, check, slug, language, edited)
    plan = plan_lab(lab, selection=Selection(("bug",), (language,), (bug.name,)))
    (outcomes,) = perform_plans([plan], jobs=1, watch=lambda _plan, _outcome: None)
    judgement = judge(plan, outcomes)
    show(_lines(bug, judgement))
    return 1 if judgement.findings else 0


def _lines(bug: "Bug", judgement: "Judgement") -> "list[Line]":
    from firsthand.cli.author_output import near
    from firsthand.cli.screen import line
    from firsthand.study import invocation

    lines = [line(f"Written: {near(bug.patch)}", verbatim=True)]
    if not judgement.findings:
        (outcome,) = next(iter(judgement.outcomes.values()))
        caught = f"Caught first by {outcome.check} in stage {outcome.stage}, as it should be:"
        return [*lines, line((caught, "good")), line(outcome.message, indent=4)]
    for finding in judgement.findings:
        lines.append(line((f"Warning: {finding.what[:1].lower()}{finding.what[1:]}", "warn")))
        again = invocation.spell(*finding.again) if finding.again else ""
        lines.append(line((f"With seed {finding.seeds[0]}: {again}" if again else "", "dim"), indent=4, verbatim=True))
    advice = "Plant the fault so that only this rule is broken, or name the check that should catch it; then remove the"
    return [*lines, line(f"{advice} patch and make it again.")]
