"""What the two ways to show a recorded wire share: colours, and the headings of stages and checks."""

from collections.abc import Callable, Iterator, Mapping

from firsthand.bench.failures import show_text

GAP_SHOWN_S = 0.1
"""A silence of this length is worth a line."""

Paint = Callable[[str, str], str]
"""Colours a text for what it is."""
Failures = Mapping[tuple[str, str], str]
"""Why checks failed, by stage and check."""

_CODES = {
    "sent": "36",
    "received": "32",
    "remark": "33",
    "fault": "33;1",
    "failed": "31",
    "heading": "1",
    "strong": "1",
    "quiet": "2",
}


def painted(colour: bool) -> Paint:
    """Colours as a terminal understands them, or none."""

    def paint(kind: str, text: str) -> str:
        return f"\x1b[{_CODES[kind]}m{text}\x1b[0m" if colour and text else text

    return paint


def heading(where: tuple[str, str], paint: Paint, failed: Failures) -> Iterator[str]:
    """The stage and check that the next lines are about; of one that failed, with why."""
    text = show_text(" · ".join(part for part in where if part))
    if where in failed:
        yield paint("failed", f"✗ {text}")
        yield from (paint("failed", f"  {row}") for row in failed[where].splitlines())
    elif text:
        yield paint("heading", text)
