"""`firsthand labs`: lists the labs, what they prove, and where the learner stands."""

from typing import TYPE_CHECKING

import click

from firsthand.cli.columns import show_columns
from firsthand.cli.screen import line, show
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.content.model import Lab
    from firsthand.study.memory import Standing

HEADINGS = ("lab", "title", "proves", "time", "languages", "you")


@click.command()
def labs() -> None:
    """List the labs, what they prove and where you stand."""
    from firsthand.study.library import catalogue
    from firsthand.study.memory import recall

    content = catalogue()
    found, planned = content.labs(), len(content.planned())
    past = recall("began", "run")
    rows = [_row(lab, past.standing(lab.id)) for lab in found]
    if not rows:
        show([line("There are no labs in these content folders.")])
        return
    show_columns(HEADINGS, rows, wraps=("title", "proves", "languages"), roomy=("languages",))
    show([line("Begin one: ", (invocation.spell("begin", found[0].id), "code"), verbatim=True)])
    if planned:
        more = f"{planned} more {'is' if planned == 1 else 'are'} planned. See what they will be: "
        show([line((more, "dim"), (invocation.spell("path"), "code"), verbatim=True)])


def state_words(lab: "Lab", standing: "Standing") -> str:
    """Where the learner stands, in words."""
    if standing.passed:
        return "✓ passed"
    done = sum(stage.id in standing.stages for stage in lab.stages)
    if done or standing.began:
        return f"{done} of {len(lab.stages)} stages"
    return "not begun"


def time_words(minutes: int) -> str:
    """A length of time as one plans it."""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, (f"{hours} h" if hours else "", f"{rest} min" if rest else "")))


def _row(lab: "Lab", standing: "Standing") -> tuple[str, ...]:
    proves = ", ".join(lab.proves)
    languages = ", ".join(lab.starters())
    return (lab.id, lab.title, proves, time_words(lab.minutes), languages, state_words(lab, standing))
