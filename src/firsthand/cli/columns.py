"""Rows in columns: a table on a terminal, aligned text where the output is piped."""

import sys
from collections.abc import Collection, Sequence
from typing import TextIO

from firsthand.cli.screen import console, fancy

NARROW = 100
"""On a terminal with fewer characters in a line, columns that one can do without are left out."""


def show_columns(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[str] = (),
    wraps: Collection[str] = (),
    roomy: Collection[str] = (),
    piped: Collection[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Print rows under their headings.

    Args:
        right: headings of columns of numbers, which are set to the right.
        wraps: headings of columns whose text may be wrapped; all others are never cut.
        roomy: headings of columns that are left out on a narrow terminal.
        piped: headings of columns that are there only where no person reads.
        stream: standard output unless told.
    """
    out = stream or sys.stdout
    if fancy(out):
        hidden = {*piped, *(roomy if console(out).width < NARROW else ())}
        _show_table(headings, rows, right, wraps, hidden, out)
    else:
        _print(headings, rows, right, out)


def _show_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Collection[str],
    wraps: Collection[str],
    hidden: Collection[str],
    stream: TextIO,
) -> None:
    from rich import box
    from rich.table import Table

    terminal = console(stream)
    gap = 0 if terminal.width < NARROW else 1
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, gap, 0, 0))
    shown = [i for i, heading in enumerate(headings) if heading not in hidden]
    for i in shown:
        wrapped, to_the_right = headings[i] in wraps, headings[i] in right
        table.add_column(headings[i], justify="right" if to_the_right else "left", no_wrap=not wrapped)
    for row in rows:
        table.add_row(*(row[i] for i in shown))
    terminal.print(table)
    terminal.print()


def _print(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str], stream: TextIO) -> None:
    widths = [max(len(row[i]) for row in [headings, *rows]) for i in range(len(headings))]
    for row in [headings, *rows]:
        cells = [
            f"{cell:>{width}}" if heading in right else f"{cell:<{width}}"
            for heading, cell, width in zip(headings, row, widths, strict=True)
        ]
        print("  ".join(cells).rstrip(), file=stream)
    print(file=stream)
