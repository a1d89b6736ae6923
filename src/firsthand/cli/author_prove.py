"""`firsthand author prove`: runs every solution, starter and planted bug, and says what is not as promised."""

import sys
from typing import TYPE_CHECKING, cast

import click

from firsthand.cli.author_content import content_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firsthand.content.model import Lab
    from firsthand.proof.judge import Judgement
    from firsthand.proof.plan import Kind, Plan, Selection

_ONLY = ("solutions", "starters", "bugs")


@click.command()
@click.argument("labs", nargs=-1, metavar="[LAB]...")
@click.option(
    "--repeat", type=click.IntRange(1, 1000), default=1, metavar="N", help="Run each N times, with new seeds."
)
@click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="Runs at once; as many as cores unless told.")
@click.option("--json", "json_to", metavar="FILE", help="Write the proof as JSON to a file, or to standard output: -")
@click.option("--only", multiple=True, type=click.Choice(_ONLY), help="Only these; may be given several times.")
@click.option("--lang", "languages", multiple=True, metavar="L", help="Only programs in this language.")
@click.option("--bug", "bugs", multiple=True, metavar="NAME", help="Only this bug, such as keeps_body--first-packet.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), metavar="N", help="The seed of the first run of each.")
@click.option("--missing-ok", is_flag=True, help="Do not fail for what this machine lacks, such as a language.")
@content_option
def prove(
    labs: tuple[str, ...],
    json_to: str | None,
    repeat: int,
    jobs: int | None,
    missing_ok: bool,
    seed: int | None,
    **only: tuple[str, ...],
) -> int:
    """Show that the graders of labs are right; of all labs unless some are named.

    Every solution has to pass, every starter to fail as declared, and every planted bug to be caught first by the check
    it names. Exits with 1 when anything is not as promised.
    """
    from firsthand.cli.author_output import STANDARD_OUTPUT, expect_writable, write_json
    from firsthand.cli.author_table import proof_lines
    from firsthand.cli.screen import show
    from firsthand.core.deadlines import now_s
    from firsthand.proof.judge import as_json
    from firsthand.proof.plan import plan_lab

    selection = _selection(**only)
    plans = [plan_lab(lab, repeats=repeat, selection=selection, seed=seed) for lab in _labs(labs)]
    _refuse_nothing(plans, selection)
    expect_writable(json_to)
    began = now_s()
    judgements = _judged(plans, jobs)
    show(
        proof_lines(judgements, now_s() - began, missing_ok=missing_ok),
        sys.stderr if json_to == STANDARD_OUTPUT else sys.stdout,
    )
    if json_to:
        write_json(json_to, as_json(judgements))
    return 1 if any(not (f.missing and missing_ok) for j in judgements for f in j.findings) else 0


def _judged(plans: "Sequence[Plan]", jobs: int | None) -> "list[Judgement]":
    from firsthand.cli.author_progress import progress
    from firsthand.proof.judge import judge
    from firsthand.proof.perform import default_jobs, perform_plans

    with progress(plans, sys.stderr) as watch:
        outcomes = perform_plans(plans, jobs=jobs or default_jobs(), watch=watch)
    return [judge(plan, done) for plan, done in zip(plans, outcomes, strict=True)]


def _labs(names: tuple[str, ...]) -> "list[Lab]":
    from firsthand.core.errors import UsageError
    from firsthand.study import library

    if names:
        return [library.lab(name) for name in dict.fromkeys(names)]
    labs = list(library.catalogue().labs())
    if not labs:
        raise UsageError("There is no lab to prove.", advice="`firsthand author new LAB_ID DIR` makes one.")
    return labs


def _selection(only: tuple[str, ...], languages: tuple[str, ...], bugs: tuple[str, ...]) -> "Selection":
    from firsthand.proof.plan import KINDS, Selection

    kinds = tuple(cast("Kind", name.removesuffix("s")) for name in only) or (("bug",) if bugs else KINDS)
    return Selection(kinds, languages, bugs)


def _refuse_nothing(plans: "Sequence[Plan]", selection: "Selection") -> None:
    """A proof that would run nothing at all is a slip of the pen, not a success."""
    from firsthand.content.findings import nearest
    from firsthand.core.errors import UsageError

    names = [bug.name for plan in plans for bug in plan.bugs]
    for wanted in selection.bugs:
        if wanted not in names:
            close = nearest(wanted, names)
            advice = f"Did you mean {close}?" if close else "A bug is called <check>--<slug>, as its file is."
            raise UsageError(f'There is no bug "{wanted}" here.', advice=advice)
    if not selection.whole and not any(plan.subjects for plan in plans):
        where = f" in {' or '.join(selection.languages)}" if selection.languages else ""
        raise UsageError(f"There is nothing{where} to run here.", advice="Leave out --only, --lang or --bug.")
