"""Draws the map of the path as an SVG picture: units as cards, from left to right, joined to what they stand on."""

from html import escape
from typing import TYPE_CHECKING

from firsthand.study.path_layout import Layout, layout

if TYPE_CHECKING:
    from firsthand.study.path_map import PathMap, UnitOnMap

CARD_WIDTH, CARD_HEIGHT = 148, 82
COLUMN_GAP, ROW_GAP, LINE_GAP = 46, 16, 30
MARGIN, HEAD_HEIGHT, LEGEND_HEIGHT = 28, 74, 56
PAD = 11
"""Inside a card, from its edge to its text."""
GLYPH_WIDTH = 0.57
"""The width of an average letter, as a share of its size; generous, because fonts differ."""

STYLE = """
  text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #1f2328; }
  .paper { fill: #ffffff; stroke: #d0d7de; }
  .head { font-size: 21px; font-weight: 650; }
  .soft { font-size: 12px; fill: #59636e; }
  .card { fill: #f6f8fa; stroke: #8c959f; stroke-width: 1.2; }
  .beyond { stroke-dasharray: 4 3; fill: #ffffff; }
  .whole { stroke: #1a7f37; stroke-width: 2; }
  .code { font-size: 13px; font-weight: 700; }
  .number { font-size: 11px; fill: #59636e; text-anchor: end; }
  .title { font-size: 11.5px; }
  .count { font-size: 10px; fill: #59636e; }
  .bar { fill: #d8dee4; }
  .proven { fill: #1a7f37; }
  .way { fill: #7cb7f0; }
  .line { fill: none; stroke: #8c959f; stroke-width: 1.5; }
  .tip { fill: #8c959f; }
"""


def drawing(whole: "PathMap") -> str:
    """The picture, with a text alternative that says the same."""
    beside = [each for each in whole.units if _is_beside(each, whole)]
    cards = [each for each in whole.units if each not in beside]
    drawn = {each.unit.id for each in cards}
    before = {each.unit.id: [one.id for one in each.after if one.id in drawn] for each in cards}
    plan = layout([*before], before, node_gap=CARD_HEIGHT + ROW_GAP, line_gap=CARD_HEIGHT / 2 + LINE_GAP)
    width = max([*plan.columns.values(), 2]) * (CARD_WIDTH + COLUMN_GAP) + CARD_WIDTH + 2 * MARGIN
    lowest = [y + CARD_HEIGHT for y in plan.heights.values()]
    lowest += [y + CARD_HEIGHT / 2 for passes in plan.passes.values() for y in passes]
    bottom = HEAD_HEIGHT + MARGIN + max(lowest, default=0.0)
    height = bottom + (CARD_HEIGHT / 2 + 2 * ROW_GAP if beside else 0) + LEGEND_HEIGHT + MARGIN
    parts = [*_paper(whole, width, height), *(_line(plan, *line) for line in plan.passes)]
    for each in cards:
        parts += _card(each, *_corner(plan, each.unit.id))
    for number, each in enumerate(beside):
        share = (width - 2 * MARGIN + COLUMN_GAP) / len(beside)
        parts += _band(each, MARGIN + number * share, bottom + 2 * ROW_GAP, share - COLUMN_GAP)
    parts += _legend(whole, height - LEGEND_HEIGHT)
    return "\n".join([*parts, "</svg>", ""])


def _is_beside(each: "UnitOnMap", whole: "PathMap") -> bool:
    """Whether a unit stands on nothing and nothing on it, so that it is studied beside all others."""
    needed = {one.id for other in whole.units for one in other.after}
    return not each.after and len(whole.units) > 1 and each.unit.id not in needed


def _paper(whole: "PathMap", width: float, height: float) -> list[str]:
    skills = sum(len(each.unit.competencies) for each in whole.units)
    proven = sum(each.proven for each in whole.units)
    facts = f"{len(whole.units)} units, {skills} skills" + (f", {proven} of them proven" if proven else "")
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-labelledby="map-title map-desc">',
        f'<title id="map-title">{escape(whole.path.title)}: the map of the path</title>',
        f'<desc id="map-desc">{escape(_in_words(whole))}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="paper" x="0.5" y="0.5" width="{width - 1:g}" height="{height - 1:g}" rx="14"/>',
        f'<text class="head" x="{MARGIN}" y="{MARGIN + 18}">{escape(whole.path.title)}</text>',
        f'<text class="soft" x="{MARGIN}" y="{MARGIN + 40}">{facts}. A line leads from a unit to those that stand on '
        "it; the numbers are the order of study.</text>",
    ]


def _in_words(whole: "PathMap") -> str:
    words = []
    for each in whole.units:
        after = (
            f" stands on {', '.join(one.title for one in each.after)}" if each.after else " can be begun at any time"
        )
        beyond = ", goes beyond the source path" if each.beyond else ""
        words.append(f"{each.number}. {each.unit.title}{after}{beyond}: {_count(each)}.")
    return " ".join(words)


def _count(each: "UnitOnMap") -> str:
    total = len(each.unit.competencies)
    if each.proven and each.under_way:
        return f"{each.proven} of {total} proven, {each.under_way} under way"
    return _short_count(each)


def _short_count(each: "UnitOnMap") -> str:
    """What a card has room for; the legend says what the plus is."""
    total = len(each.unit.competencies)
    if each.proven:
        return f"{each.proven} of {total} proven" + (f", +{each.under_way}" if each.under_way else "")
    if each.under_way:
        return f"{each.under_way} of {total} under way"
    return "1 skill" if total == 1 else f"{total} skills"


def _corner(plan: Layout, unit: str) -> tuple[float, float]:
    x = MARGIN + plan.columns[unit] * (CARD_WIDTH + COLUMN_GAP)
    return x, HEAD_HEIGHT + MARGIN + plan.heights[unit]


def _card(each: "UnitOnMap", x: float, y: float) -> list[str]:
    kind = "card" + (" beyond" if each.beyond else "") + (" whole" if _is_whole(each) else "")
    titles = _wrapped(each.unit.title, CARD_WIDTH - 2 * PAD, 11.5)
    lines = [
        f"<g><title>{escape(f'{each.unit.code} {each.unit.title}: {_count(each)}')}</title>",
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{CARD_WIDTH}" height="{CARD_HEIGHT}" rx="8"/>',
        f'<text class="code" x="{x + PAD:g}" y="{y + 20:g}">{escape(each.unit.code)}</text>',
        f'<text class="number" x="{x + CARD_WIDTH - PAD:g}" y="{y + 19:g}">{_mark(each)}</text>',
    ]
    for number, words in enumerate(titles):
        lines.append(f'<text class="title" x="{x + PAD:g}" y="{y + 35 + 13 * number:g}">{escape(words)}</text>')
    lines += _bar(each, x + PAD, y + CARD_HEIGHT - 26, CARD_WIDTH - 2 * PAD)
    lines.append(f'<text class="count" x="{x + PAD:g}" y="{y + CARD_HEIGHT - 8:g}">{_short_count(each)}</text></g>')
    return lines


def _band(each: "UnitOnMap", x: float, y: float, width: float) -> list[str]:
    """A low card as wide as the map, for what is studied beside it."""
    kind = "card" + (" beyond" if each.beyond else "") + (" whole" if _is_whole(each) else "")
    height = CARD_HEIGHT / 2
    words = f"{each.unit.title}: beside all the others"
    return [
        f"<g><title>{escape(f'{each.unit.code} {each.unit.title}: {_count(each)}')}</title>",
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8"/>',
        f'<text class="code" x="{x + PAD:g}" y="{y + 25:g}">{escape(each.unit.code)}</text>',
        f'<text class="title" x="{x + PAD + 48:g}" y="{y + 25:g}">{escape(words)}</text>',
        *_bar(each, x + width - PAD - 330, y + 17, CARD_WIDTH - 2 * PAD),
        f'<text class="count" x="{x + width - PAD - 190:g}" y="{y + 24:g}">{_count(each)}</text>',
        f'<text class="number" x="{x + width - PAD:g}" y="{y + 25:g}">{_mark(each)}</text></g>',
    ]


def _is_whole(each: "UnitOnMap") -> bool:
    return bool(each.unit.competencies) and each.proven == len(each.unit.competencies)


def _mark(each: "UnitOnMap") -> str:
    return f"✓ {each.number}" if _is_whole(each) else str(each.number)


def _bar(each: "UnitOnMap", x: float, y: float, width: float) -> list[str]:
    total = len(each.unit.competencies) or 1
    proven, touched = width * each.proven / total, width * (each.proven + each.under_way) / total
    bars = [f'<rect class="bar" x="{x:g}" y="{y:g}" width="{width:g}" height="6" rx="3"/>']
    if touched > proven:
        bars.append(f'<rect class="way" x="{x:g}" y="{y:g}" width="{touched:.5g}" height="6" rx="3"/>')
    if proven:
        bars.append(f'<rect class="proven" x="{x:g}" y="{y:g}" width="{proven:.5g}" height="6" rx="3"/>')
    return bars


def _line(plan: Layout, start: str, end: str) -> str:
    """A line that goes straight past columns and bends between them."""
    (x, y), (end_x, end_y) = _corner(plan, start), _corner(plan, end)
    middle = CARD_HEIGHT / 2
    x, y, tip = x + CARD_WIDTH, y + middle, end_x - 1
    path = [f"M {x:g} {y:.5g}"]
    for passed in plan.passes[start, end]:
        height = HEAD_HEIGHT + MARGIN + passed + middle
        path.append(_bend(x, y, x + COLUMN_GAP, height))
        x, y = x + COLUMN_GAP + CARD_WIDTH, height
        path.append(f"H {x:g}")
    path.append(_bend(x, y, tip - 5, end_y + middle))
    at = end_y + middle
    arrow = f'<path class="tip" d="M {tip:g} {at:.5g} l -7 -3.5 v 7 z"/>'
    return f'<path class="line" d="{" ".join(path)}"/>{arrow}'


def _bend(x: float, y: float, end_x: float, end_y: float) -> str:
    half = (end_x - x) / 2
    return f"C {x + half:g} {y:.5g} {end_x - half:g} {end_y:.5g} {end_x:g} {end_y:.5g}"


def _legend(whole: "PathMap", y: float) -> list[str]:
    x = float(MARGIN)
    items = []
    if whole.begun:
        items += [("proven", "proven by labs and questions"), ("way", "+ under way: taught, known or shown in part")]
    if any(each.beyond for each in whole.units):
        items += [("card", "a topic of the source path"), ("card beyond", "goes beyond it")]
    lines = []
    for kind, words in items:
        tall = 14 if kind.startswith("card") else 6
        lines.append(f'<rect class="{kind}" x="{x:g}" y="{y + 20 - tall / 2:g}" width="26" height="{tall}" rx="3"/>')
        lines.append(f'<text class="soft" x="{x + 34:g}" y="{y + 24:g}">{words}</text>')
        x += 34 + len(words) * 12 * GLYPH_WIDTH + 26
    return lines


def _wrapped(text: str, width: float, size: float) -> list[str]:
    """The text in lines of a width; two at most, the rest stays on the second."""
    letters = int(width / (size * GLYPH_WIDTH))
    first = ""
    words = text.split()
    while words and len(f"{first} {words[0]}".strip()) <= letters:
        first = f"{first} {words.pop(0)}".strip()
    return [line for line in (first, " ".join(words)) if line]
