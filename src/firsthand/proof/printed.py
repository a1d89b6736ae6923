"""Compares what a run block of a lesson printed with what its page says it prints."""

import re
from itertools import zip_longest
from pathlib import Path

from firsthand.bench.failures import show_text
from firsthand.content.blocks import Block
from firsthand.content.findings import Finding, Kind

ANYTHING = "…"
"""In the page it stands for any characters of a line."""
SHOWN_LINES_MAX = 60
SHOWN_CHARACTERS_MAX = 200

_NOTHING = "(nothing more)"


def difference(page: Path, said: Block, printed: str) -> Finding | None:
    """Where the output block is not what was printed; None when it is. Spaces at the ends of lines do not count."""
    expected, got = _lines(said.text), _lines(printed)
    pairs = zip_longest(expected, got)
    at = next((at for at, (one, other) in enumerate(pairs) if not _is_same(one, other)), None)
    if at is None:
        return None
    wanted = _shown(expected[at]) if at < len(expected) else _NOTHING
    found = _shown(got[at]) if at < len(got) else _NOTHING
    message = f"The run prints something else here.\nexpected: {wanted}\ngot:      {found}"
    return Finding(page, said.line + 1 + at, message, f"It prints:\n{shown(printed)}", Kind.RUN_OUTPUT)


def shown(printed: str) -> str:
    """What was printed, cut where it is longer than anybody reads."""
    lines = _lines(printed)
    more = [f"[... {len(lines) - SHOWN_LINES_MAX} more lines ...]"] if len(lines) > SHOWN_LINES_MAX else []
    return "\n".join([*map(_shown, lines[:SHOWN_LINES_MAX]), *more]) if lines else "(nothing)"


def _lines(text: str) -> list[str]:
    return text.rstrip().split("\n") if text.strip() else []


def _is_same(expected: str | None, got: str | None) -> bool:
    if expected is None or got is None:
        return False
    pattern = ".*".join(map(re.escape, expected.rstrip().split(ANYTHING)))
    return re.fullmatch(pattern, got.rstrip(), re.DOTALL) is not None


def _shown(line: str) -> str:
    return show_text(line.rstrip(), SHOWN_CHARACTERS_MAX)
