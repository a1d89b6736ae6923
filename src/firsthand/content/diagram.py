"""Draws a diagram made of box-drawing characters as SVG: the same picture that a terminal shows, in lines and curves.

The drawing knows no colours: it takes the colour of the text around it, and style sheets may address its classes
`diagram`, `diagram-box`, `diagram-line`, `diagram-head` and `diagram-text`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape

CELL_WIDTH, CELL_HEIGHT = 9.0, 19.0
"""Of one character, in pixels at the natural size."""
FONT_SIZE = 15.0
"""A monospaced character is 0.6 of it wide, which is a cell."""
BASELINE = 5.2
"""How far below the middle of a cell its text stands."""
MARGIN = 10.0
HEAD_LENGTH, HEAD_HALF = 9.0, 4.6
"""Of an arrow head, and half its width."""
BEFORE_LINE = 1.2
"""So far before a line an arrow ends that points at it."""
FONTS = "ui-monospace, 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace"

Side = Literal["up", "right", "down", "left"]

_STEP: dict[Side, tuple[int, int]] = {"up": (0, -1), "right": (1, 0), "down": (0, 1), "left": (-1, 0)}
_OPPOSITE: dict[Side, Side] = {"up": "down", "right": "left", "down": "up", "left": "right"}


def _sides(letters: str) -> frozenset[Side]:
    names: dict[str, Side] = {"u": "up", "r": "right", "d": "down", "l": "left"}
    return frozenset(names[letter] for letter in letters)


_ARMS: dict[str, frozenset[Side]] = {
    character: _sides(letters)
    for letters, characters in {
        "rl": "─━┄┅┈┉╌╍",
        "ud": "│┃┆┇┊┋╎╏",
        "rd": "┌┏╭",
        "dl": "┐┓╮",
        "ur": "└┗╰",
        "ul": "┘┛╯",
        "urd": "├┣",
        "udl": "┤┫",
        "rdl": "┬┳",
        "url": "┴┻",
        "urdl": "┼╋",
    }.items()
    for character in characters
}
_DASHED = frozenset("┄┅┈┉╌╍┆┇┊┋╎╏")
_ROUND = frozenset("╭╮╰╯")
_HEADS: dict[str, Side] = {"▲": "up", "▶": "right", "▼": "down", "◀": "left"}
_CORNERS = frozenset("┌┏╭┐┓╮└┗╰┘┛╯")
_UPRIGHT = frozenset("│┃┆┇┊┋╎╏├┣┤┫┼╋▲▶▼◀")
"""What the left and the right border of a box may be made of."""
_LEVEL = "[─━┄┅┈┉╌╍┬┳┴┻┼╋▲▶▼◀]"
_TOP = re.compile(rf"(?:{_LEVEL}+ [^\u2500-\u257f]+ )?{_LEVEL}+")
"""The upper border may have a title in it."""
_BOTTOM = re.compile(f"{_LEVEL}+")
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class _Stroke:
    """A straight piece along one axis: across at `at` from `start` to `end`, or down."""

    across: bool
    dashed: bool
    at: float
    start: float
    end: float


def drawn(text: str, sentence: str) -> str:
    """The SVG of a drawing, to be put into a page as it is; `sentence` is its text alternative."""
    grid = _Grid(text)
    width, height = grid.columns * CELL_WIDTH + 2 * MARGIN, grid.rows * CELL_HEIGHT + 2 * MARGIN
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    strokes = list(_joined(grid.strokes()))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="diagram" role="img" {size}>',
        f"<title>{_safe(sentence)}</title>",
        *_group("diagram-box", 'fill="currentColor" fill-opacity="0.06"', grid.boxes()),
        *_lines("", (*map(_path, (s for s in strokes if not s.dashed)), *grid.curves())),
        *_lines(' stroke-dasharray="4 4"', map(_path, (s for s in strokes if s.dashed))),
        *_group("diagram-head", 'fill="currentColor" fill-opacity="0.8"', _whole_path(grid.heads())),
        *_group("diagram-text", f'fill="currentColor" font-family="{FONTS}" font-size="{FONT_SIZE:g}"', grid.words()),
        "</svg>",
    ]
    return "\n".join(parts)


class _Grid:
    """The characters by column and row, and what they are in the picture."""

    def __init__(self, text: str) -> None:
        lines = [_NOT_IN_XML.sub("\ufffd", line.expandtabs(1)).rstrip() for line in text.split("\n")]
        filled = [number for number, line in enumerate(lines) if line]
        lines = lines[filled[0] : filled[-1] + 1] if filled else [""]
        indent = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
        self._lines = [line[indent:] for line in lines]
        self.rows = len(self._lines)
        self.columns = max(1, *map(len, self._lines))

    def strokes(self) -> Iterator[_Stroke]:
        """The arms of all line characters, and the shafts of arrow heads; a line that meets another reaches it."""
        for x, y, character in self._cells():
            for side in _ARMS.get(character, ()):
                yield from self._arm(x, y, side, character)
            if character in _HEADS:
                yield from self._shaft(x, y, _HEADS[character])

    def curves(self) -> Iterator[str]:
        """The round corners."""
        r = CELL_WIDTH / 2
        for x, y, character in self._cells():
            if character in _ROUND:
                cx, cy = _middle(x, y)
                sides = _ARMS[character]
                across = r if "right" in sides else -r
                down = r if "down" in sides else -r
                yield f"M{cx:g} {cy + down:g}Q{cx:g} {cy:g} {cx + across:g} {cy:g}"

    def heads(self) -> Iterator[str]:
        """The arrow heads as triangles."""
        for x, y, character in self._cells():
            if character in _HEADS:
                side = _HEADS[character]
                dx, dy = _STEP[side]
                tx, ty = self._tip(x, y, side)
                bx, by = tx - dx * HEAD_LENGTH, ty - dy * HEAD_LENGTH
                one, other = (bx - dy * HEAD_HALF, by + dx * HEAD_HALF), (bx + dy * HEAD_HALF, by - dx * HEAD_HALF)
                yield f"M{tx:g} {ty:g}L{one[0]:g} {one[1]:g}L{other[0]:g} {other[1]:g}Z"

    def words(self) -> Iterator[str]:
        """Everything else, in pieces that are two spaces or a line apart; each is as wide as its cells in any font."""
        for y, line in enumerate(self._lines):
            text = "".join(" " if c in _ARMS or c in _HEADS else c for c in line)
            for piece in re.finditer(r"\S+(?: \S+)*", text):
                x, (_, cy) = MARGIN + piece.start() * CELL_WIDTH, _middle(0, y)
                length = f'textLength="{len(piece[0]) * CELL_WIDTH:g}" lengthAdjust="spacingAndGlyphs"'
                yield f'<text x="{x:g}" y="{cy + BASELINE:g}" {length} xml:space="preserve">{escape(piece[0])}</text>'

    def boxes(self) -> Iterator[str]:
        """Closed rectangles, the outer ones first; their borders may carry a title, joints and arrow heads."""
        for x, y, character in self._cells():
            if character in "┌┏╭":
                found = self._box(x, y)
                if found:
                    (x1, y1), (x2, y2) = _middle(x, y), _middle(*found)
                    radius = f' rx="{CELL_WIDTH / 2:g}"' if character in _ROUND else ""
                    yield f'<rect x="{x1:g}" y="{y1:g}" width="{x2 - x1:g}" height="{y2 - y1:g}"{radius}/>'

    def _box(self, x: int, y: int) -> tuple[int, int] | None:
        """The lower right corner of the rectangle whose upper left one is here."""
        x2 = next((at for at in range(x + 1, self.columns) if self._at(at, y) in _CORNERS), x)
        y2 = next((at for at in range(y + 1, self.rows) if self._at(x, at) in _CORNERS), y)
        corners = self._at(x2, y) + self._at(x, y2) + self._at(x2, y2)
        if x2 == x or y2 == y or not re.fullmatch("[┐┓╮][└┗╰][┘┛╯]", corners):
            return None
        whole = _TOP.fullmatch(self._lines[y], x + 1, x2) and _BOTTOM.fullmatch(self._lines[y2], x + 1, x2)
        sides = all(self._at(at, row) in _UPRIGHT for at in (x, x2) for row in range(y + 1, y2))
        return (x2, y2) if whole and sides else None

    def _arm(self, x: int, y: int, side: Side, character: str) -> Iterator[_Stroke]:
        dashed = character in _DASHED
        inset = CELL_WIDTH / 2 if character in _ROUND else 0.0
        yield from _stroke(x, y, side, inset, self._reach(x, y, side), dashed=dashed)

    def _shaft(self, x: int, y: int, side: Side) -> Iterator[_Stroke]:
        """From where the arrow comes to the back of its head."""
        back = _OPPOSITE[side]
        dx, dy = _STEP[back]
        behind = self._at(x + dx, y + dy)
        if behind not in _ARMS:
            return
        (cx, cy), (tx, ty) = _middle(x, y), self._tip(x, y, side)
        head = abs(tx - cx) + abs(ty - cy) - HEAD_LENGTH
        yield from _stroke(x, y, back, -head, self._reach(x, y, back), dashed=behind in _DASHED)

    def _reach(self, x: int, y: int, side: Side) -> float:
        """How far from the middle of this cell a line goes: to its edge, or on to the line that it meets."""
        dx, dy = _STEP[side]
        half = CELL_WIDTH / 2 if dx else CELL_HEIGHT / 2
        arms = _ARMS.get(self._at(x + dx, y + dy))
        return half if arms is None or _OPPOSITE[side] in arms else 2 * half

    def _tip(self, x: int, y: int, side: Side) -> tuple[float, float]:
        """The point of an arrow head: at the edge of its cell, or before the line that it points at."""
        dx, dy = _STEP[side]
        half = CELL_WIDTH / 2 if dx else CELL_HEIGHT / 2
        reach = self._reach(x, y, side)
        reach = reach - BEFORE_LINE if reach > half else half
        cx, cy = _middle(x, y)
        return cx + dx * reach, cy + dy * reach

    def _cells(self) -> Iterator[tuple[int, int, str]]:
        for y, line in enumerate(self._lines):
            for x, character in enumerate(line):
                if character in _ARMS or character in _HEADS:
                    yield x, y, character

    def _at(self, x: int, y: int) -> str:
        line = self._lines[y] if 0 <= y < self.rows else ""
        return line[x] if 0 <= x < len(line) else " "


def _middle(x: int, y: int) -> tuple[float, float]:
    return MARGIN + (x + 0.5) * CELL_WIDTH, MARGIN + (y + 0.5) * CELL_HEIGHT


def _stroke(x: int, y: int, side: Side, begin: float, reach: float, *, dashed: bool) -> Iterator[_Stroke]:
    dx, dy = _STEP[side]
    cx, cy = _middle(x, y)
    middle, at = (cx, cy) if dx else (cy, cx)
    ends = sorted((middle + (dx + dy) * begin, middle + (dx + dy) * reach))
    if ends[0] < ends[1]:
        yield _Stroke(bool(dx), dashed, at, ends[0], ends[1])


def _joined(strokes: Iterable[_Stroke]) -> Iterator[_Stroke]:
    """The same lines in as few strokes as may be."""
    last: _Stroke | None = None
    for stroke in sorted(strokes, key=lambda s: (s.across, s.dashed, s.at, s.start, s.end)):
        same = last and (last.across, last.dashed, last.at) == (stroke.across, stroke.dashed, stroke.at)
        if last and same and stroke.start <= last.end:
            last = _Stroke(last.across, last.dashed, last.at, last.start, max(last.end, stroke.end))
            continue
        if last:
            yield last
        last = stroke
    if last:
        yield last


def _path(stroke: _Stroke) -> str:
    if stroke.across:
        return f"M{stroke.start:g} {stroke.at:g}H{stroke.end:g}"
    return f"M{stroke.at:g} {stroke.start:g}V{stroke.end:g}"


def _lines(more: str, pieces: Iterable[str]) -> list[str]:
    look = f'fill="none" stroke="currentColor" stroke-width="1.5" stroke-opacity="0.7" stroke-linecap="round"{more}'
    return [f'<path class="diagram-line" {look} d="{d}"/>'] if (d := "".join(pieces)) else []


def _whole_path(pieces: Iterable[str]) -> list[str]:
    return [f'<path d="{d}"/>'] if (d := "".join(pieces)) else []


def _group(name: str, look: str, pieces: Iterable[str]) -> list[str]:
    inside = list(pieces)
    return [f'<g class="{name}" {look}>', *inside, "</g>"] if inside else []


def _safe(text: str) -> str:
    return escape(_NOT_IN_XML.sub("\ufffd", text))
