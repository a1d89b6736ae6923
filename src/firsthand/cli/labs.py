"""`firsthand labs`: lists the labs, what they prove, and where the learner stands."""

import sys
from typing import TYPE_CHECKING

import click

from firsthand.cli import invocation
from firsthand.cli.screen import console, fancy, line, show

if TYPE_CHECKING:
    from firsthand.cli.memory import Standing
    from firsthand.content.model import Lab

HEADINGS = ("lab", "title", "proves", "time", "languages", "you")


@click.command()
def labs() -> None:
    """List the labs, what they prove and where you stand."""
    from firsthand.cli.library import catalogue
    from firsthand.cli.memory import recall

    found = catalogue().labs()
    past = recall("began", "run")
    rows = [_row(lab, past.standing(lab.id)) for lab in found]
    if not rows:
        show([line("There are no labs in these content folders.")])
        return
    if fancy(sys.stdout):
        _show_table(rows)
    else:
        _print_columns(rows)
    show([line(), line("Begin one: ", (invocation.spell("begin", found[0].id), "code"), verbatim=True)])


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


def _show_table(rows: list[tuple[str, ...]]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False)
    for heading in HEADINGS:
        table.add_column(heading, no_wrap=heading in ("lab", "time", "you"))
    for row in rows:
        table.add_row(*row)
    console(sys.stdout).print(table)


def _print_columns(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in [HEADINGS, *rows]) for i in range(len(HEADINGS))]
    for row in [HEADINGS, *rows]:
        print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
