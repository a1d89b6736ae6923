"""`firsthand path`: the map in words, as data and as a picture."""

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand.cli.path_svg import CARD_HEIGHT, CARD_WIDTH, GLYPH_WIDTH, PAD, drawing
from firsthand.content.load import default_roots, load
from firsthand.learning.learner import Learner
from firsthand.learning.mastery import mastery
from firsthand.study.path_layout import layout
from firsthand.study.path_map import PathMap, path_map

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def whole() -> PathMap:
    path = load(default_roots()).paths[0]
    return path_map(path, mastery(path, Learner(datetime.now(UTC))))


def with_progress(whole: PathMap, **progress: tuple[int, int]) -> PathMap:
    """The map of somebody who proved, and is on the way to, so many competencies of these units."""
    units = []
    for each in whole.units:
        proven, under_way = progress.get(each.unit.id, (0, 0))
        units.append(replace(each, proven=proven, under_way=under_way))
    return replace(whole, units=tuple(units))


def row_of(out: str, code: str) -> str:
    """The row of a unit in the printed map."""
    (row,) = [line for line in out.splitlines() if re.match(rf" *\d+ +{code} ", line)]
    return row


def test_every_unit_is_listed_in_order_of_study_with_what_it_stands_on(place) -> None:
    done = place.call("path")

    assert done.code == 0, done.err
    rows = [line.split() for line in done.out.splitlines() if re.match(r" *\d+ +[A-Z0-9]{2,3} ", line)]
    assert [row[0] for row in rows] == [str(n) for n in range(1, 26)]
    assert [row[1] for row in rows][:7] == ["SH", "NET", "LNG", "GIT", "WEB", "SQL", "API"]
    assert "NET, LNG" in row_of(done.out, "WEB")
    assert "25 units in order of study, 250 skills." in done.out


def test_what_goes_beyond_the_source_path_is_marked(place) -> None:
    marked = [line.split()[1] for line in place.call("path").out.splitlines() if "¹" in line][:-1]
    assert marked == ["SH", "CIC", "OBS", "SCH", "AIB"]


def test_labs_that_are_there_and_planned_ones_are_told_apart(place, whole) -> None:
    net = row_of(place.call("path").out, "NET")
    unit = next(each for each in whole.units if each.unit.id == "net")

    assert f"{len(unit.unit.labs)} ({len(unit.planned)} planned)" in net
    assert len(unit.unit.labs) + len(unit.planned) == 6


def test_progress_is_shown_once_there_is_some(place) -> None:
    assert "under way" not in place.call("path").out
    place.history().append("course", {"course": "how-does-the-internet-work", "state": "done", "seconds": 6120})
    net = row_of(place.call("path").out, "NET")
    assert net.endswith("▒·········  3 under way")
    data = json.loads(place.call("path", "--json", "-").out)
    assert [unit["under_way"] for unit in data["units"] if unit["id"] == "net"] == [3]


def test_one_unit_is_shown_with_its_skills_courses_and_labs(place) -> None:
    done = place.call("path", "NET")

    assert done.code == 0, done.err
    assert "covers the source path's topic Internet basics" in done.out
    assert "· NET-11  implement HTTP/1.1" in done.out
    assert "◔" not in done.out, "nothing was taught yet"
    assert "professional · proved by net-byo-http · 5 h · stands on NET-05, NET-10" in done.out
    assert re.search(r"net-byo-dns +Build your own DNS server: NET-08 +planned", done.out)
    assert "https://www.youtube.com/watch?v=zN8YNNHcaZc" in done.out
    assert "begin net-byo-http" in done.out


def test_a_unit_without_labs_offers_none(place) -> None:
    done = place.call("path", "lrn")
    assert "nothing: begin at any time" in done.out
    assert "Begin one" not in done.out


def test_a_unit_that_is_not_there_is_answered_with_the_nearest(place) -> None:
    done = place.call("path", "sqll")
    assert done.code == 2
    assert 'There is no unit "sqll".' in done.err
    assert "Did you mean sql?" in done.err


def test_the_map_as_data_holds_every_competency_with_what_it_stands_on(place) -> None:
    data = json.loads(place.call("path", "--json", "-").out)
    competencies = {c["id"]: c for unit in data["units"] for c in unit["competencies"]}

    assert (data["schema"], data["path"], len(data["units"]), len(competencies)) == (1, "backend", 25, 250)
    assert competencies["NET-03"]["requires"] == ["NET-02", "LNG-03"]
    assert all(one in competencies for c in competencies.values() for one in c["requires"])
    labs = [lab["id"] for unit in data["units"] for lab in unit["labs"] + unit["planned_labs"]]
    assert len(set(labs)) == len(labs) >= 106


def test_a_file_that_cannot_be_written_is_told(place) -> None:
    done = place.call("path", "--svg", "no/such/folder/path.svg")
    assert done.code == 2
    assert "cannot be written" in done.err


def test_the_picture_is_a_picture_with_a_text_alternative(place) -> None:
    done = place.call("path", "--svg", "path.svg")

    assert done.out == "The map of 25 units is drawn in path.svg.\n"
    root = ET.parse(place.folder / "path.svg").getroot()  # our own
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "Back End Developer: the map of the path"
    assert "5. Server frameworks stands on Internet basics, Programming for servers: 10 skills." in desc.text
    assert "1. Shell, OS, tools can be begun at any time, goes beyond the source path: 7 skills." in desc.text


def test_the_picture_asks_for_nothing_from_outside(whole) -> None:
    picture = drawing(whole)
    assert re.findall(r"https?://[^\"']+", picture) == ["http://www.w3.org/2000/svg"]
    assert "<script" not in picture


def test_no_card_lies_on_another_and_no_text_leaves_its_card(whole) -> None:
    busy = with_progress(whole, **{each.unit.id: (10, 12) for each in whole.units})
    root = ET.fromstring(drawing(busy))  # our own
    cards = [
        (float(r.get("x")), float(r.get("y"))) for r in root.iter(f"{SVG}rect") if r.get("height") == str(CARD_HEIGHT)
    ]

    assert len(cards) == 24, "lrn is a band"
    for (x, y), (other_x, other_y) in combinations(cards, 2):
        assert abs(x - other_x) >= CARD_WIDTH or abs(y - other_y) >= CARD_HEIGHT
    sizes = {"title": 11.5, "count": 10}
    for group in root.iter(f"{SVG}g"):
        card = group.find(f"{SVG}rect")
        for text in group.findall(f"{SVG}text"):
            if card.get("height") == str(CARD_HEIGHT) and text.get("class") in sizes:
                width = len(text.text) * sizes[text.get("class")] * GLYPH_WIDTH
                assert width <= CARD_WIDTH - PAD, text.text


def test_the_picture_shows_progress_by_words_and_bars(whole) -> None:
    picture = drawing(with_progress(whole, sh=(7, 0), net=(12, 3), sql=(0, 3)))

    assert "19 of them proven" in picture
    assert "✓ 1</text>" in picture
    for words in ("7 of 7 proven", "12 of 17 proven, +3", "3 of 24 under way", "12 of 17 proven, 3 under way"):
        assert words in picture
    assert picture.count('class="proven"') == 3, "two bars and the legend"
    assert "of them proven" not in drawing(whole)


def test_names_cannot_break_the_picture(whole) -> None:
    first = whole.units[0]
    odd = replace(first, unit=replace(first.unit, title='<b> & "quotes" </b>'))
    root = ET.fromstring(drawing(replace(whole, units=(odd, *whole.units[1:]))))
    assert any((title.text or "").startswith('SH <b> & "quotes" </b>') for title in root.iter(f"{SVG}title"))


def test_a_path_of_one_unit_can_be_drawn(whole) -> None:
    lonely = replace(whole, units=whole.units[:1])
    assert "SH" in drawing(lonely)


def test_the_same_map_is_drawn_the_same(whole) -> None:
    assert drawing(whole) == drawing(whole)


def graphs():
    """Acyclic graphs: each node may stand on earlier ones."""
    edges = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), max_size=30)
    return st.tuples(st.integers(1, 15), edges)


@settings(deadline=None, max_examples=60)
@given(graphs(), st.integers(1, 6))
def test_in_any_layout_nodes_are_right_of_what_they_stand_on_and_apart(graph, nodes_max) -> None:
    count, edges = graph
    names = [f"n{i}" for i in range(count)]
    before = {name: sorted({names[a] for a, b in edges if a < b == i}) for i, name in enumerate(names)}
    plan = layout(names, before, node_gap=10, line_gap=6, column_nodes_max=nodes_max)

    assert max(Counter(plan.columns.values()).values()) <= nodes_max
    for name in names:
        assert all(plan.columns[one] < plan.columns[name] for one in before[name])
    columns: dict[int, list[float]] = {}
    for name in names:
        columns.setdefault(plan.columns[name], []).append(plan.heights[name])
    for heights in columns.values():
        assert all(b - a >= 10 - 1e-6 for a, b in pairwise(sorted(heights)))
    for (start, end), passes in plan.passes.items():
        assert len(passes) == plan.columns[end] - plan.columns[start] - 1
        for offset, height in enumerate(passes, 1):
            nodes = columns.get(plan.columns[start] + offset, [])
            assert all(abs(height - node) >= 6 - 1e-6 for node in nodes), "no line runs through a node"


def test_few_lines_cross_in_our_own_map(whole) -> None:
    before = {each.unit.id: [one.id for one in each.after] for each in whole.units}
    plan = layout(list(before), before, node_gap=98, line_gap=71)
    straight = [
        (plan.columns[b], plan.heights[b], plan.heights[a]) for a in before for b in before[a] if not plan.passes[b, a]
    ]
    crossing = sum(
        (one[1] - other[1]) * (one[2] - other[2]) < 0 for one, other in combinations(straight, 2) if one[0] == other[0]
    )
    assert crossing <= 4


def test_labs_says_how_many_more_are_planned_and_a_planned_one_cannot_be_begun(place, whole) -> None:
    assert f"{len(whole.path.planned)} more are planned." in place.call("labs").out
    planned = whole.path.planned[0]
    done = place.call("begin", planned.id)
    assert done.code == 2
    assert f'The lab "{planned.id}" ({planned.title}) is planned and not there yet.' in done.err
    assert f"path {planned.unit}" in done.err
