"""The map: one picture of all units with what they stand on, how far one is, where one is and what is next."""

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest

from firsthand.learning.learner import Learner
from firsthand.learning.mastery import mastery
from firsthand.site.path.picture import CARD_HEIGHT, CARD_WIDTH, drawn, ground, stands, title_lines
from firsthand.study import library
from firsthand.study.path_map import path_map

BYTES_MAX = 100 * 1024
SVG = re.compile(r'<svg class="map map-(\w+)".*?</svg>', re.DOTALL)


def page_of(client, address: str = "/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def pictures(page: str) -> dict[str, ET.Element]:
    return {found[1]: ET.fromstring(found[0].replace("&nbsp;", " ")) for found in SVG.finditer(page)}


def labels(picture: ET.Element) -> list[str]:
    return [link.get("aria-label") or "" for link in picture.iter("a")]


@pytest.mark.parametrize("name", ["wide", "tall"])
def test_every_unit_of_the_path_is_a_link_in_order_of_study(client, name) -> None:
    picture = pictures(page_of(client))[name]

    assert [link.get("href") for link in picture.iter("a")] == [f"/unit/{u.id}/" for u in library.path().units]
    assert [label.partition(".")[0] for label in labels(picture)] == [str(n) for n in range(1, 26)]


def test_a_label_says_what_the_picture_shows(client, learned) -> None:
    learned.planned().watched("how-does-the-internet-work").read("net/the-journey-of-a-url")

    (net,) = [label for label in labels(pictures(page_of(client))["wide"]) if "Internet basics" in label[:30]]
    assert "17 skills: " in net
    assert "under way" in net
    assert "1 of 1 course watched" in net
    assert "Stands on Shell, OS, tools" in net
    assert "You are here" in net


def test_what_goes_beyond_the_article_is_marked_in_picture_and_words(client) -> None:
    page = page_of(client)
    beyond = [link.get("href") for link in pictures(page)["wide"].iter("a") if "beyond" in link.get("class").split()]

    assert beyond == [f"/unit/{unit}/" for unit in ("sh", "cic", "obs", "sch", "aib")]
    assert page_of(client, "/list/").count("beyond the article") == 5
    assert "goes beyond the article" in page


def test_the_page_is_light(client, learned) -> None:
    learned.planned().placed({c.id: 0.9 for unit in library.path().units for c in unit.competencies})

    assert len(client.get("/").content) <= BYTES_MAX


def test_a_newcomer_finds_three_doors_and_no_plan(client) -> None:
    page = page_of(client)

    assert "Start here" in page
    assert 'href="/start/"' in page
    assert 'href="/lesson/backend/what-back-end-development-is/"' in page
    assert 'href="#map"' in page
    assert page.count('id="map"') == 1
    assert "Next for you" not in page


def test_who_has_begun_is_told_what_is_next_and_where_they_are(client, learned) -> None:
    learned.planned().read("sh/files-by-typing")
    page = page_of(client)

    assert "Next for you" in page
    assert "Start here" not in page
    assert "Your goal: a first job" in page
    assert page.count("You are here</text>") == 2, "once in each picture"


def test_what_is_due_is_counted_where_it_belongs(client, learned) -> None:
    learned.planned().answered("NET-01.1", days_ago=60)
    page = page_of(client)

    assert "1 to review today" in page
    assert next(label for label in labels(pictures(page)["wide"]) if "1 due for review" in label).startswith("2. ")


def test_the_list_says_the_same_in_words(client, learned) -> None:
    learned.planned().read("net/the-journey-of-a-url")
    page = page_of(client, "/list/")

    for unit in library.path().units:
        assert f'<a href="/unit/{unit.id}/"><bdi>' in page
    assert "17 skills: 1 under way" in page
    assert "stands on " in page


def test_the_small_path_is_drawn_with_its_progress(client, small_content, learned) -> None:
    learned.ran("talk-greeting", "greets", "counts", whole=True, skills=("TLK-01",))
    learned.answered("WAY-01.1").answered("WAY-02.1")
    picture = pictures(page_of(client))["wide"]

    assert any("Talking" in label and "1 skill: 1 under way" in label for label in labels(picture))
    assert any("stroke-dasharray" in ring.attrib for ring in picture.iter("circle"))


def test_names_in_any_script_are_escaped_and_shown(client, small_content) -> None:
    file = small_content / "small/units/way/unit.toml"
    text = file.read_text()
    file.write_text(
        text.replace("Finding the way", "<b>الطريق</b> 道路 דרך").replace("Who knows", "<script>x</script>")
    )
    page = page_of(client) + page_of(client, "/list/") + page_of(client, "/unit/way/")

    assert "<b>" not in page
    assert "<script>x" not in page
    assert "&lt;b&gt;الطريق&lt;/b&gt; 道路 דרך" in page
    assert all(picture is not None for picture in pictures(page).values())


@pytest.mark.parametrize("tall", [False, True])
def test_no_card_lies_on_another_or_leaves_the_picture(tall) -> None:
    path = library.path()
    joined, beside = drawn(path_map(path, mastery(path, Learner.of([], _now()))).units)
    plan = ground(stands(joined), tall=tall, beside=len(beside))
    spots = [*plan.spots.values(), *plan.beside]

    assert len(spots) == 25
    assert [each.unit.id for each in beside] == ["lrn"]
    for one, other in combinations(spots, 2):
        assert abs(one.x - other.x) >= CARD_WIDTH or abs(one.y - other.y) >= CARD_HEIGHT
    for spot in spots:
        assert 0 <= spot.x <= plan.width - CARD_WIDTH
        assert 0 <= spot.y <= plan.height - CARD_HEIGHT


def _now():
    from datetime import UTC, datetime

    return datetime.now(UTC)


@pytest.mark.parametrize("tall", [False, True])
def test_no_line_runs_through_a_card(tall) -> None:
    path = library.path()
    joined, _ = drawn(path_map(path, mastery(path, Learner.of([], _now()))).units)
    plan = ground(stands(joined), tall=tall)

    for line in plan.lines:
        for x, y in _points(line.d):
            inside = [
                name
                for name, spot in plan.spots.items()
                if spot.x + 1 < x < spot.x + CARD_WIDTH - 1 and spot.y + 1 < y < spot.y + CARD_HEIGHT - 1
            ]
            assert inside == [], f"{line.start} to {line.end}"


def _points(d: str) -> list[tuple[float, float]]:
    """Points on a path of M, C and L, close to each other."""
    numbers = [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", d)]
    at, points = (numbers[0], numbers[1]), []
    rest = re.findall(r"([CL])([^CLM]+)", d)
    for kind, text in rest:
        n = [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", text)]
        ends = [at, *zip(n[::2], n[1::2], strict=True)]
        for step in range(21):
            t = step / 20
            weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3] if kind == "C" else [1 - t, t]
            points.append(tuple(sum(w * e[i] for w, e in zip(weights, ends, strict=True)) for i in (0, 1)))
        at = ends[-1]
    return points


def test_what_a_unit_stands_on_lights_up_with_it() -> None:
    path = library.path()
    joined, _ = drawn(path_map(path, mastery(path, Learner.of([], _now()))).units)
    plan = ground(stands(joined), tall=False)
    below, numbers = plan.ways["web"]

    assert below == ("sh", "net", "lng")
    assert {(plan.lines[n].start, plan.lines[n].end) for n in numbers} == {
        ("sh", "net"),
        ("sh", "lng"),
        ("net", "web"),
        ("lng", "web"),
    }


def test_long_titles_are_wrapped_and_cut() -> None:
    assert title_lines("Observability & reliability") == ["Observability", "& reliability"]
    assert title_lines("SQL") == ["SQL"]
    assert title_lines("A" * 60)[0].endswith("…")
    assert len(title_lines("one two three four five six seven eight")) == 2


def test_light_and_dark_are_kept_and_lead_back(client) -> None:
    first = client.post("/theme/", headers={"Referer": "http://127.0.0.1/list/"})
    assert first.headers["Location"] == "http://127.0.0.1/list/"
    assert 'data-theme="dark"' in page_of(client)
    client.post("/theme/")
    assert 'data-theme="light"' in page_of(client)


def test_a_theme_never_leads_to_another_site(client) -> None:
    assert client.post("/theme/", headers={"Referer": "http://evil.example/"}).headers["Location"] == "/"
