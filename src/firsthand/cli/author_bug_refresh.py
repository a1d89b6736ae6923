"""`firsthand author bug refresh`: makes patches fit solutions that have changed."""

from typing import TYPE_CHECKING

import click

from firsthand.cli.author_content import content_option

if TYPE_CHECKING:
    from firsthand.cli.screen import Style
    from firsthand.proof.refresh import State


@click.command()
@click.argument("lab_id", metavar="[LAB]", default="")
@content_option
def refresh(lab_id: str) -> int:
    """Mend the patches of a lab, or of all labs, after a solution changed.

    A patch that still applies is kept. One that does not is tried with less context, then merged from the commit that
    it was made from, and written anew. Those that no longer apply are named and left untouched; then it exits with 1.
    """
    from firsthand.cli.screen import line, show
    from firsthand.proof.plan import planted_bugs
    from firsthand.proof.refresh import refresh as mend
    from firsthand.study import library

    styles: dict[State, Style] = {"kept": "dim", "rewritten": "warn", "lost": "bad"}
    words: dict[State, str] = {"kept": "kept", "rewritten": "rewritten", "lost": "no longer applies"}
    counts: dict[State, int] = dict.fromkeys(words, 0)
    for lab in [library.lab(lab_id)] if lab_id else library.catalogue().labs():
        for bug in planted_bugs(lab)[0]:
            done = mend(bug, bug.patch.parents[2] / "solutions" / bug.language)
            counts[done.state] += 1
            name = f"{lab.id} {bug.language}/{bug.name}"
            show([line((f"{words[done.state]:<18}", styles[done.state]), f"{name}: {done.how}", verbatim=True)])
    show([line(", ".join(f"{counts[state]} {words[state]}" for state in words) + ".")])
    if counts["rewritten"]:
        show([line("Look at what was rewritten, and prove the lab again: a fault may mean something else now.")])
    return 1 if counts["lost"] else 0
