"""Lines to be shown: plain text where the output is piped, with colour and wrapping on a terminal."""

import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Style = Literal["", "good", "bad", "warn", "dim", "strong", "code", "title"]

_RICH_STYLES: dict[Style, str] = {
    "": "",
    "good": "green",
    "bad": "red",
    "warn": "yellow",
    "dim": "dim",
    "strong": "bold",
    "code": "cyan",
    "title": "bold underline",
}

WIDTH_MAX = 110
"""Text is not wrapped wider than one can read."""


@dataclass(frozen=True)
class Line:
    """One line of text in pieces of one style each."""

    parts: tuple[tuple[str, Style], ...]
    indent: int = 0
    verbatim: bool = False
    """Never wrapped: commands and bytes."""

    @property
    def plain(self) -> str:
        """The line without styles."""
        return (" " * self.indent + "".join(text for text, _ in self.parts)).rstrip()


def line(*parts: str | tuple[str, Style], indent: int = 0, verbatim: bool = False) -> Line:
    """A line from plain and styled pieces."""
    return Line(tuple((p, "") if isinstance(p, str) else p for p in parts), indent, verbatim)


BLANK = line()


def fancy(stream: TextIO) -> bool:
    """Whether a stream is a terminal that wants colour and movement."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def show(lines: Iterable[Line], stream: TextIO | None = None) -> None:
    """Print lines, on standard output unless told."""
    out = stream or sys.stdout
    if fancy(out):
        terminal = console(out)
        for each in lines:
            print_rich(terminal, each)
    else:
        for each in lines:
            print(each.plain, file=out)
    out.flush()


def markdown(text: str, stream: TextIO | None = None) -> None:
    """Print Markdown: rendered on a terminal, as it is when piped."""
    out = stream or sys.stdout
    if fancy(out):
        from rich.markdown import Markdown

        console(out).print(Markdown(text))
    else:
        print(text.rstrip("\n"), file=out)
    out.flush()


def console(stream: TextIO) -> "Console":
    """The terminal behind a stream, by rich."""
    from rich.console import Console

    return Console(file=stream, highlight=False, width=min(shutil.get_terminal_size().columns, WIDTH_MAX))


def print_rich(terminal: "Console", each: Line) -> None:
    """Print one line with its styles."""
    terminal.print(rendered(each), soft_wrap=each.verbatim)


def rendered(each: Line) -> "RenderableType":
    """The line as rich prints it; a wrapped line keeps its indent."""
    from rich.padding import Padding
    from rich.text import Text

    text = Text.assemble(*((piece, _RICH_STYLES[style]) for piece, style in each.parts))
    if each.verbatim or not text:
        return Text(" " * each.indent) + text
    return Padding(text, (0, 0, 0, each.indent), expand=False)
