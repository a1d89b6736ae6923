"""Reviews on pages: due cards one by one, each told and kept once, and when nothing is due, when the next is."""

import html
import re

import pytest
from answering import RIGHT, filled, page_of, terminal

pytestmark = pytest.mark.usefixtures("small_content")

SCRIPT = "<script>alert(1)</script>"


def card(page: str) -> str:
    """The id of the question on a page."""
    found = re.search(r'id="ask-([\w.-]+)"', page)
    assert found, page
    return found[1]


@pytest.fixture
def due(learned):
    """Two skills were learned long ago, and every day is for study."""
    return learned.planned(hours=2).read("way/which-way", days_ago=60)


def test_due_cards_are_asked_one_by_one_until_none_is_left(client, due) -> None:
    asked = []
    while "left</span>" in (page := page_of(client, "/review/")):
        asked.append(card(page))
        told = client.post("/review/", filled(page, RIGHT[asked[-1]])).content.decode()
        assert "Right." in told
        assert "It comes back on " in told
        assert len(asked) <= 2

    assert sorted(asked) == ["WAY-01.1", "WAY-02.1"]
    assert "Done for today: 2 reviewed." in page
    assert sorted(each["competency"] for each in due.data("review")) == ["WAY-01", "WAY-02"]
    assert {each["purpose"] for each in due.data("answer")} == {"review"}


def test_the_last_card_leads_on_to_what_comes_next(client, due) -> None:
    first = page_of(client, "/review/")
    told = client.post("/review/", filled(first, None)).content.decode()
    last = client.post("/review/", filled(page_of(client, "/review/"), None)).content.decode()

    assert "Next card" in told
    assert 'href="/next/" data-next' in last


def test_what_was_missed_is_explained_with_its_lesson_and_comes_back_sooner(client, due) -> None:
    page = page_of(client, "/review/")
    name = card(page)

    told = client.post("/review/", filled(page, None)).content.decode()

    assert 'href="/lesson/way/which-way/"' in told
    assert "Right is:" in told
    assert [(each["grade"], each["question"]) for each in due.data("review")] == [("again", name)]


def test_a_review_that_is_sent_twice_counts_once(client, due) -> None:
    form = filled(page_of(client, "/review/"), None)

    client.post("/review/", form)
    again = client.post("/review/", form).content.decode()

    assert "shown and not counted" in again
    assert len(due.data("review")) == len(due.data("answer")) == 1


def test_what_is_reviewed_in_the_terminal_is_not_asked_here(client, due) -> None:
    assert "2 left" in page_of(client, "/review/")

    terminal("review", typed="\n\n")

    assert "Done for today: 2 reviewed." in page_of(client, "/review/")


def test_what_cannot_be_an_answer_is_asked_again_and_not_counted(client, due) -> None:
    form = filled(page_of(client, "/review/"), "") | {"given": SCRIPT * 100}

    told = client.post("/review/", form)

    assert told.status_code == 422
    assert "It was not counted." in told.content.decode()
    assert SCRIPT not in told.content.decode()
    assert due.data("answer") == []


def test_nothing_due_says_when_and_what_comes_back(client, learned) -> None:
    learned.planned(hours=2).answered("WAY-02.1", days_ago=0.01)

    page = page_of(client, "/review/")

    assert "Nothing to review today." in page
    assert re.search(r"Next on \w{3} \d+ \w{3}", page)
    assert "WAY-02" in page
    assert "Review ahead" in page


def test_what_is_due_later_can_be_reviewed_ahead(client, learned) -> None:
    learned.planned(hours=2).answered("WAY-02.1", days_ago=0.02).answered("WAY-03.1", days_ago=0.01)

    page = page_of(client, "/review/?ahead=10")
    told = client.post("/review/?ahead=10", filled(page, RIGHT[card(page)])).content.decode()

    assert len(learned.data("review")) == 1
    assert 'href="/review/?ahead=9"' in told


def test_a_round_ahead_has_an_end(client, learned) -> None:
    learned.planned(hours=2).answered("WAY-02.1", days_ago=0.01)

    page = page_of(client, "/review/?ahead=1")
    told = client.post("/review/?ahead=1", filled(page, "yes")).content.decode()

    assert 'href="/next/" data-next' in told


def test_skills_that_are_named_are_asked_in_their_order_though_nothing_is_due(client, learned) -> None:
    asked, address = [], "/review/?skill=way"
    while address:
        page = page_of(client, address)
        asked.append(card(page))
        told = client.post(address, filled(page, RIGHT[asked[-1]])).content.decode()
        found = re.search(r'href="(/review/\?[^"]*)" data-next', told)
        address = html.unescape(found[1]) if found else ""

    assert asked == [f"WAY-0{number}.1" for number in range(1, 6)]
    assert {each["purpose"] for each in learned.data("answer")} == {"lesson"}
    assert "no more questions on way" in page_of(client, "/review/?skill=way&at=5")


def test_a_skill_without_questions_says_so(client) -> None:
    assert "no more questions on TLK-01" in page_of(client, "/review/?skill=TLK-01")


@pytest.mark.parametrize("skill", ["nonsense", SCRIPT, "x" * 5000, "עברית"])
def test_a_skill_that_does_not_exist_has_a_page_that_says_so(client, skill) -> None:
    page = page_of(client, f"/review/?skill={skill}", 404)

    assert "There is no skill or unit" in page
    assert SCRIPT not in page


@pytest.mark.parametrize(
    "address", ["/review/?skill=way&at=-1", "/review/?skill=way&at=x", "/review/?ahead=99999999999"]
)
def test_nonsense_in_the_address_does_no_harm(client, due, address) -> None:
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("question", ["", "WAY-99.1", SCRIPT])
def test_an_answer_to_a_question_that_does_not_exist_is_not_kept(client, due, question) -> None:
    assert client.post("/review/", {"question": question, "given": "yes"}).status_code == 404
    assert due.data("answer") == []
