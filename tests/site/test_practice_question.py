"""A question on a page or inside a lesson: asked, answered, explained, kept once, whatever is sent."""

import pytest
from answering import RIGHT, filled, hidden, options, page_of, steps

pytestmark = pytest.mark.usefixtures("small_content")

SCRIPT = "<script>alert(1)</script>"


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_answer_of_every_kind_is_told_with_its_reason_and_kept(client, learned, name) -> None:
    address = f"/question/{name}/"

    told = client.post(address, filled(page_of(client, address), RIGHT[name])).content.decode()

    assert "Right." in told
    assert "Not right." not in told
    (kept,) = learned.data("answer")
    assert (kept["question"], kept["result"], kept["purpose"]) == (name, "right", "lesson")
    assert kept["given"] == RIGHT[name]
    assert kept["kind"] == ("choice" if name == "WAY-01.1" else "short")


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("WAY-01.1", "the second wrong one", ["It is the second wrong one.", "the right one", "Because it is."]),
        ("WAY-02.1", "no", ["yes", "We asked for yes."]),
        ("WAY-03.1", "5", ["Count them."]),
        ("WAY-04.1", ["beta", "alpha", "gamma"], ["As in the alphabet."]),
        ("WAY-05.1", "a+", ["[0-9]+", "Digits, one or more."]),
    ],
)
def test_a_wrong_answer_says_why_and_what_is_right(client, learned, name, given, words) -> None:
    address = f"/question/{name}/"

    told = client.post(address, filled(page_of(client, address), given)).content.decode()

    assert "Not right." in told
    for word in words:
        assert word in told
    assert [answer["result"] for answer in learned.data("answer")] == ["wrong"]


def test_i_do_not_know_is_an_answer_that_leads_to_the_lesson(client, learned) -> None:
    told = client.post("/question/WAY-02.1/", filled(page_of(client, "/question/WAY-02.1/"), None)).content.decode()

    assert "Good to know." in told
    assert 'href="/lesson/way/which-way/"' in told
    assert [(answer["result"], answer["given"]) for answer in learned.data("answer")] == [("unsure", "")]


def test_a_skill_that_was_learned_before_is_reviewed_by_it(client, learned) -> None:
    learned.read("way/which-way", days_ago=9)

    client.post("/question/WAY-01.1/", filled(page_of(client, "/question/WAY-01.1/"), "the right one"))

    assert [answer["purpose"] for answer in learned.data("answer")] == ["review"]
    assert [(review["competency"], review["grade"]) for review in learned.data("review")] == [("WAY-01", "good")]


def test_the_same_form_sent_twice_counts_once_and_says_so(client, learned) -> None:
    form = filled(page_of(client, "/question/WAY-02.1/"), "yes")

    client.post("/question/WAY-02.1/", form)
    again = client.post("/question/WAY-02.1/", {**form, "given": "no"}).content.decode()

    assert "shown and not counted" in again
    assert "Not right." in again
    assert [answer["result"] for answer in learned.data("answer")] == ["right"]


def test_it_can_be_answered_again_and_then_its_options_lie_otherwise(client, learned) -> None:
    first = page_of(client, "/question/WAY-01.1/")
    client.post("/question/WAY-01.1/", filled(first, "the right one"))
    second = page_of(client, "/question/WAY-01.1/")
    client.post("/question/WAY-01.1/", filled(second, "the first wrong one"))

    assert sorted(options(first)) == sorted(options(second))
    assert hidden(first)["token"] != hidden(second)["token"]
    assert "You answered it right on" in second
    assert [answer["result"] for answer in learned.data("answer")] == ["right", "wrong"]


@pytest.mark.parametrize(
    ("name", "form", "words"),
    [
        ("WAY-01.1", {}, "Choose one of the answers"),
        ("WAY-01.1", {"given": SCRIPT}, "none of the options"),
        ("WAY-02.1", {"given": "  "}, "Nothing was typed"),
        ("WAY-02.1", {"given": "y" * 501}, "too long"),
        ("WAY-03.1", {"given": "four"}, "not a number"),
        ("WAY-04.1", {"step": ["alpha", "beta", "gamma"], "place": ["1", "1", "2"]}, "a place of its own, from 1 to 3"),
        ("WAY-04.1", {"step": ["alpha", "beta"], "place": ["1", "2", "3"]}, "a place of its own"),
        ("WAY-04.1", {"step": [SCRIPT, "beta", "gamma"], "place": ["1", "2", "3"]}, "Name each step once"),
        ("WAY-05.1", {"given": "(unclosed"}, "not a regular expression"),
    ],
)
def test_what_cannot_be_an_answer_is_asked_again_and_not_counted(client, learned, name, form, words) -> None:
    answer = client.post(f"/question/{name}/", {"token": "0", **form})

    page = answer.content.decode()
    assert words in page
    assert "It was not counted." in page
    assert SCRIPT not in page
    assert learned.events == []


@pytest.mark.parametrize("typed", [SCRIPT, "שלום", "\x1b[31mred", "漢字 'x' \"y\"", "a\x00b"])
def test_what_was_typed_is_shown_as_text_in_any_script(client, typed) -> None:
    told = client.post("/question/WAY-02.1/", {"token": "0", "given": typed}).content.decode()

    assert SCRIPT not in told
    assert 'dir="auto"' in told
    if typed.isalpha():
        assert typed in told


def test_places_that_were_given_stay_in_the_form_that_is_asked_again(client) -> None:
    form = filled(page_of(client, "/question/WAY-04.1/"), ["alpha", "beta", "gamma"])
    form["place"][0] = ""

    page = client.post("/question/WAY-04.1/", form).content.decode()

    assert page.count(" selected>") == 2
    assert steps(page) == form["step"]


def test_a_field_of_five_megabytes_is_refused_with_words(client, learned) -> None:
    answer = client.post("/question/WAY-02.1/", {"token": "0", "given": "y" * 5 * 1024 * 1024})

    assert answer.status_code == 413
    assert "That is too long" in answer.content.decode()
    assert learned.events == []


@pytest.mark.parametrize("name", ["WAY-99.1", "nonsense", "%00", "<script>", "a" * 300])
def test_a_question_that_does_not_exist_has_a_page_that_says_so(client, name) -> None:
    assert "There is no such page" in page_of(client, f"/question/{name}/", 404)
    assert client.post(f"/question/{name}/", {"given": "x"}).status_code == 404


def test_inside_a_page_only_the_part_is_swapped(client) -> None:
    part = client.get("/question/WAY-02.1/", headers={"HX-Request": "true"}).content.decode()
    told = client.post(
        "/question/WAY-02.1/", {**hidden(part), "given": "yes"}, headers={"HX-Request": "true"}
    ).content.decode()

    assert part.lstrip().startswith("<section")
    assert "<html" not in part + told
    assert 'class="question answered"' in told


def test_inside_a_lesson_the_result_leads_neither_back_nor_to_that_lesson(client) -> None:
    form = {"token": "0", "unsure": "yes", "back": "/lesson/way/which-way/"}

    inside = client.post("/question/WAY-02.1/", form, headers={"HX-Request": "true"}).content.decode()
    alone = client.post("/question/WAY-02.1/", {**form, "token": "1", "back": "/"}).content.decode()

    assert "Back to the page" not in inside
    assert "Read on" not in inside
    assert "Back to the page" in alone
    assert "Read on" in alone


def test_the_way_back_leads_to_a_page_of_ours_only(client) -> None:
    form = {"token": "0", "given": "yes"}

    ours = client.post("/question/WAY-02.1/", {**form, "back": "/lesson/way/which-way/"}).content.decode()
    others = client.post("/question/WAY-02.1/", {**form, "back": "https://elsewhere.test/"}).content.decode()

    assert 'href="/lesson/way/which-way/"' in ours
    assert "Back to the page" in ours
    assert "elsewhere.test" not in others


def test_markdown_in_questions_becomes_a_page_and_html_stays_text(client, small_content) -> None:
    file = small_content / "small/units/way/questions.toml"
    text = file.read_text().replace("Type yes.", "Type `yes`, <b>now</b>. [x](javascript:alert(1))")
    file.write_text(text)
    from firsthand.study import library

    library.forget()

    page = page_of(client, "/question/WAY-02.1/")

    assert "<code>yes</code>" in page
    assert "<b>now</b>" not in page
    assert 'href="javascript' not in page


def test_an_answer_that_cannot_be_kept_now_says_so(client, learned) -> None:
    form = filled(page_of(client, "/question/WAY-02.1/"), "yes")
    learned.history.path.parent.mkdir(parents=True, exist_ok=True)
    learned.history.path.write_bytes(b"no database at all " * 100)

    told = client.post("/question/WAY-02.1/", form)

    assert told.status_code == 503
    assert "is damaged" in told.content.decode()
