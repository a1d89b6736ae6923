"""Shows a page part by part: prose, code with what it prints set apart, files by their names, diagrams as they are."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from firsthand.cli.screen import console, fancy, markdown
from firsthand.content.blocks import Block, Part, Prose

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

INDENT = "    "
_LEXERS = {"js": "javascript", "sh": "bash"}


def show_page(title: str, parts: Sequence[Part], stream: TextIO | None = None) -> None:
    """Print a page under its title: with colour on a terminal, as plain Markdown when piped."""
    out = stream or sys.stdout
    if not _is_titled(parts):
        parts = [Prose(f"# {title}\n", 0), *parts]
    if fancy(out):
        _print(parts, out)
    else:
        print("\n\n".join(map(_plain, parts)), file=out)
    out.flush()


def _is_titled(parts: Sequence[Part]) -> bool:
    return bool(parts) and isinstance(parts[0], Prose) and parts[0].text.lstrip().startswith("# ")


def _plain(part: Part) -> str:
    if isinstance(part, Prose):
        return part.text.strip("\n")
    fence = "````" if "```" in part.text else "```"
    language = part.language if part.kind in ("code", "run", "file") else ""
    return "\n\n".join([*_captions(part), f"{fence}{language}\n{part.text}{fence}"])


def _captions(block: Block) -> list[str]:
    """What the words behind a fence mean to a reader."""
    if block.kind == "file":
        return [f"The file `{block.file}`:"]
    return [f"This ends with exit code {block.exit_code}:"] if block.exit_code else []


def _print(parts: Sequence[Part], out: TextIO) -> None:
    terminal = console(out)
    for part in parts:
        if isinstance(part, Prose):
            markdown(part.text, out)
        else:
            for caption in _captions(part):
                markdown(caption, out)
            _print_block(part, terminal)
        terminal.print()


def _print_block(block: Block, terminal: "Console") -> None:
    from rich.text import Text

    before = f"{INDENT}│ " if block.kind == "output" else INDENT
    rows = [Text(row) for row in block.text.splitlines()] if block.kind in ("output", "diagram") else _coloured(block)
    for row in rows:
        terminal.print(Text.assemble((before, "dim"), row), soft_wrap=True)


def _coloured(block: Block) -> "list[Text]":
    from rich.syntax import Syntax

    lexer = _LEXERS.get(block.language, block.language or "text")
    coloured = Syntax("", lexer, theme="ansi_dark", background_color="default").highlight(block.text)
    coloured.rstrip()
    return list(coloured.split("\n"))
