"""A drawing of box-drawing characters becomes an SVG that reads in light and dark, and in any font."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.content.diagram import BEFORE_LINE, CELL_HEIGHT, CELL_WIDTH, MARGIN, drawn

SVG = "{http://www.w3.org/2000/svg}"
BOX = "┌────┐\n│ ab │\n└────┘"
DRAWING = "─│┌┐└┘├┤┬┴┼╭╮╰╯┄┆◀▶▲▼━┃ \nab<&\"'"


def picture(text: str, sentence: str = "A picture.") -> ElementTree.Element:
    return ElementTree.fromstring(drawn(text, sentence))


def strokes(text: str, *, dashed: bool = False) -> set[str]:
    """The straight strokes and curves of a drawing, each as it stands in a path."""
    paths = [p for p in picture(text).iter(f"{SVG}path") if p.get("class") == "diagram-line"]
    return {
        piece
        for p in paths
        if (p.get("stroke-dasharray") is not None) == dashed
        for piece in re.findall("M[^M]+", p.attrib["d"])
    }


def boxes(text: str) -> int:
    return len(list(picture(text).iter(f"{SVG}rect")))


def middle(column: int, row: int) -> tuple[float, float]:
    return MARGIN + (column + 0.5) * CELL_WIDTH, MARGIN + (row + 0.5) * CELL_HEIGHT


def test_a_box_is_four_strokes_that_meet_in_its_corners():
    (left, top), (right, bottom) = middle(0, 0), middle(5, 2)

    assert strokes(BOX) == {
        f"M{left:g} {top:g}H{right:g}",
        f"M{left:g} {bottom:g}H{right:g}",
        f"M{left:g} {top:g}V{bottom:g}",
        f"M{right:g} {top:g}V{bottom:g}",
    }


def test_text_is_as_wide_as_its_cells_in_any_font():
    text = picture("┌────────────┐\n│ two words  │\n│ x   apart  │\n└────────────┘").iter(f"{SVG}text")

    found = [(t.text, float(t.attrib["x"]), float(t.attrib["textLength"])) for t in text]

    assert found == [
        ("two words", MARGIN + 2 * CELL_WIDTH, 9 * CELL_WIDTH),
        ("x", MARGIN + 2 * CELL_WIDTH, CELL_WIDTH),
        ("apart", MARGIN + 6 * CELL_WIDTH, 5 * CELL_WIDTH),
    ]


def test_the_picture_is_told_in_words_and_takes_its_colours_from_around_it():
    svg = drawn("╭──╮\n│ab│┄┄▶\n╰──╯", "A & B")

    assert 'role="img"' in svg
    assert "<title>A &amp; B</title>" in svg
    assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg)) == {"none", "currentColor"}
    assert not re.search(r"style|\bid=|#|rgb|url\(", svg), "the site's policy lets no styles through, and ids collide"


def test_an_arrow_ends_just_before_the_line_it_points_at_and_its_shaft_begins_at_the_line_it_comes_from():
    svg = picture("│──▶│")
    head = next(svg.iter(f"{SVG}g")).find(f"{SVG}path")
    (first, y), (last, _) = middle(0, 0), middle(4, 0)

    assert head is not None
    assert head.attrib["d"].startswith(f"M{last - BEFORE_LINE:g} {y:g}L")
    across = next(stroke for stroke in strokes("│──▶│") if "H" in stroke)
    assert across.startswith(f"M{first:g} {y:g}H"), "from the middle of the upright line"
    assert float(across.partition("H")[2]) < last


@pytest.mark.parametrize("arrow", ["─▶", "◀─", "│\n▼", "▲\n│"])
def test_an_arrow_into_the_open_has_one_shaft_and_one_head(arrow):
    svg = picture(arrow)

    assert len(strokes(arrow)) == 1
    assert len([g for g in svg.iter(f"{SVG}g") if g.get("class") == "diagram-head"]) == 1


def test_dashes_are_a_path_of_their_own():
    assert strokes("┄┄┄\n───") == {f"M{MARGIN:g} {middle(0, 1)[1]:g}H{MARGIN + 3 * CELL_WIDTH:g}"}
    assert strokes("┄┄┄\n───", dashed=True) == {f"M{MARGIN:g} {middle(0, 0)[1]:g}H{MARGIN + 3 * CELL_WIDTH:g}"}


def test_round_corners_are_curves():
    assert len([s for s in strokes("╭──╮\n│  │\n╰──╯") if "Q" in s]) == 4


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (BOX, 1),
        ("╭─ title ──╮\n│          │\n╰──────────╯", 1),
        ("┌──┬──┐\n│  │  │\n├──┼──┤\n└──┴──┘", 1),
        ("┌──────┐\n│┌────┐│\n││    ││\n│└────┘│\n└──────┘", 2),
        ("┌──┐  ┌──┐\n│  │─▶│  │\n└──┘  └──┘", 2),
        ("┌── C ── D ──┐\n┤            ├\n└── E ───────┘", 0),
        ("┌──┐\n│   \n└──┘", 0),
        ("┌──\n│", 0),
    ],
    ids=[
        "plain",
        "with a title",
        "divided",
        "one in another",
        "two",
        "branches",
        "open at the right",
        "a corner alone",
    ],
)
def test_closed_rectangles_and_nothing_else_have_a_ground(text, count):
    assert boxes(text) == count


def test_what_is_around_the_drawing_is_left_out():
    assert drawn("\n\n    ab\n      c\n\n", "x") == drawn("ab\n  c", "x")


def test_signs_of_markup_are_only_text():
    words = [t.text for t in picture("<b>&\x00\x1b", "</title><script>").iter(f"{SVG}text")]

    assert words == ["<b>&\ufffd\ufffd"]
    assert picture("", "</title><script>").findtext(f"{SVG}title") == "</title><script>"


@given(st.text(), st.text())
def test_any_text_is_drawn(text, sentence):
    assert picture(text, sentence).tag == f"{SVG}svg"


@given(st.text(alphabet=DRAWING, max_size=200))
def test_any_drawing_is_drawn_within_its_frame(text):
    svg = picture(text)
    width, height = float(svg.attrib["width"]), float(svg.attrib["height"])

    for piece in strokes(text) | strokes(text, dashed=True):
        x, y = map(float, re.match(r"M(\S+) ([\d.]+)", piece).groups())
        assert 0 <= x <= width
        assert 0 <= y <= height
    assert len(list(svg.iter(f"{SVG}rect"))) <= text.count("┌") + text.count("╭")
