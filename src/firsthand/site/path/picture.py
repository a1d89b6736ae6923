"""Where each unit's card and each line of the map goes; it follows from the path alone and is computed once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from firsthand.study.path_layout import Layout, layout
from firsthand.study.path_map import UnitOnMap

CARD_WIDTH, CARD_HEIGHT = 160, 66
MARGIN_X, MARGIN_Y = 2, 14
"""Around all cards; the flag above a card stands in it."""
WIDE_GAP, WIDE_ROW_GAP, WIDE_NODES_MAX = 40, 27, 5
TALL_GAP, TALL_ROW_GAP, TALL_NODES_MAX = 44, 12, 4
LINE_SPACE, LINES_SPACE = 14, 20
"""Between a card and a line that passes it, and between two lines."""
PICTURES_KEPT_MAX = 16
GLYPH_WIDTH = 0.56
"""The width of an average letter, as a share of its size; generous, because fonts differ."""
TITLE_SIZE = 13.5
TITLE_ROOM = 108
TITLE_LINES_MAX = 2

Stands = tuple[tuple[str, tuple[str, ...]], ...]
"""Every unit that is drawn, in order of study, with those that it stands on directly."""


@dataclass(frozen=True)
class Spot:
    """The upper left corner of a card."""

    x: float
    y: float


@dataclass(frozen=True)
class Line:
    """A line from a unit to one that stands on it, as the `d` of a path."""

    start: str
    end: str
    d: str


@dataclass(frozen=True)
class Ground:
    """A picture without what a learner did: its size, the place of each card, and the lines."""

    width: float
    height: float
    spots: dict[str, Spot]
    beside: tuple[Spot, ...]
    """Places for what is studied beside all others, where no line passes: along the first column."""
    lines: tuple[Line, ...]
    ways: dict[str, tuple[tuple[str, ...], tuple[int, ...]]]
    """For each unit all that it stands on, directly or not, and the numbers of the lines of that way."""


def drawn(units: Iterable[UnitOnMap]) -> tuple[list[UnitOnMap], list[UnitOnMap]]:
    """The units that are joined by lines, and those that are studied beside all others."""
    units = list(units)
    needed = {one.id for each in units for one in each.after}
    beside = [each for each in units if not each.after and each.unit.id not in needed and len(units) > 1]
    return [each for each in units if each not in beside], beside


def stands(units: Sequence[UnitOnMap]) -> Stands:
    """What stands on what among these."""
    there = {each.unit.id for each in units}
    return tuple((each.unit.id, tuple(one.id for one in each.after if one.id in there)) for each in units)


@lru_cache(maxsize=PICTURES_KEPT_MAX)
def ground(of: Stands, *, tall: bool, beside: int = 0) -> Ground:
    """The picture of these units: from left to right, or from the top down for narrower screens."""
    before = dict(of)
    across = CARD_WIDTH if tall else CARD_HEIGHT
    plan = layout(
        [*before],
        before,
        node_gap=across + (TALL_ROW_GAP if tall else WIDE_ROW_GAP),
        line_gap=across / 2 + LINE_SPACE,
        lines_gap=LINES_SPACE,
        column_nodes_max=TALL_NODES_MAX if tall else WIDE_NODES_MAX,
    )
    lines = tuple(Line(start, end, _path(plan, start, end, tall=tall)) for start, end in plan.passes)
    spots = {name: _spot(plan, name, tall=tall) for name in before}
    furthest = [height for passes in plan.passes.values() for height in passes]
    breadth = max([*plan.heights.values(), *(height - across / 2 for height in furthest)], default=0.0) + across
    length = (max(plan.columns.values(), default=0) + 1) * _pitch(tall=tall) - (TALL_GAP if tall else WIDE_GAP)
    apart = _beside(plan, beside, breadth, tall=tall)
    breadth = max([breadth, *(aside + across for aside in apart)])
    width, height = (breadth, length) if tall else (length, breadth)
    ways = {name: _way(name, before, lines) for name in before}
    places = tuple(_at(0, aside, tall=tall) for aside in apart)
    return Ground(round(width + 2 * MARGIN_X, 1), round(height + 2 * MARGIN_Y, 1), spots, places, lines, ways)


def title_lines(title: str) -> list[str]:
    """A title in lines that fit a card; what does not fit stays on the last one and is cut."""
    letters = int(TITLE_ROOM / (TITLE_SIZE * GLYPH_WIDTH))
    lines: list[str] = []
    for word in title.split():
        if lines and (len(f"{lines[-1]} {word}") <= letters or len(lines) == TITLE_LINES_MAX):
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [line if len(line) <= letters + 2 else line[:letters].rstrip() + "…" for line in lines]


def _beside(plan: Layout, many: int, breadth: float, *, tall: bool) -> list[float]:
    """Where along the first column further cards go: at its end, or behind it where that is full."""
    across = CARD_WIDTH if tall else CARD_HEIGHT
    step = across + (TALL_ROW_GAP if tall else WIDE_ROW_GAP)
    behind = max((plan.heights[name] + step for name, column in plan.columns.items() if column == 0), default=0.0)
    first = max(behind, breadth - across - (many - 1) * step)
    return [round(first + number * step, 1) for number in range(many)]


def _pitch(*, tall: bool) -> float:
    return CARD_HEIGHT + TALL_GAP if tall else CARD_WIDTH + WIDE_GAP


def _spot(plan: Layout, name: str, *, tall: bool) -> Spot:
    return _at(plan.columns[name] * _pitch(tall=tall), plan.heights[name], tall=tall)


def _at(along: float, aside: float, *, tall: bool) -> Spot:
    x, y = (aside, along) if tall else (along, aside)
    return Spot(round(MARGIN_X + x, 1), round(MARGIN_Y + y, 1))


def _path(plan: Layout, start: str, end: str, *, tall: bool) -> str:
    """A line that goes straight past the cards of a column and bends between columns."""
    size, across = (CARD_HEIGHT, CARD_WIDTH) if tall else (CARD_WIDTH, CARD_HEIGHT)
    gap = TALL_GAP if tall else WIDE_GAP

    def at(along: float, aside: float) -> str:
        spot = _at(along, aside, tall=tall)
        return f"{spot.x:g} {spot.y:g}"

    middle = across / 2
    along = plan.columns[start] * _pitch(tall=tall) + size
    aside = middle + plan.heights[start]
    parts = [f"M{at(along, aside)}"]
    heights = [*plan.passes[start, end], plan.heights[end]]
    for number, height in enumerate(heights, 1):
        bend, aim = along + gap / 2, middle + height
        parts.append(f"C{at(bend, aside)} {at(bend, aim)} {at(along + gap, aim)}")
        along, aside = along + gap + size, aim
        if number < len(heights):
            parts.append(f"L{at(along, aside)}")
    return "".join(parts)


def _way(
    name: str, before: dict[str, tuple[str, ...]], lines: Sequence[Line]
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    below: set[str] = set()
    waiting = [name]
    while waiting:
        for one in before[waiting.pop()]:
            if one not in below:
                below.add(one)
                waiting.append(one)
    on_it = below | {name}
    numbers = tuple(n for n, line in enumerate(lines) if line.end in on_it)
    return tuple(one for one in before if one in below), numbers
