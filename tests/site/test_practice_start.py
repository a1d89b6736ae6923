"""Start here: rated, asked question by question, stopped at any time, and the result put right by the learner."""

import re
import threading

import pytest
from answering import RIGHT, another_home, filled, hidden, options, page_of, terminal
from django.test import Client

from firsthand.content.questions import shuffled
from firsthand.site.practice.placements import WARM_MAX, standing
from firsthand.study import library
from firsthand.study.outlook import outlook

pytestmark = pytest.mark.usefixtures("small_content")


def begin(client: Client, **ratings: str) -> None:
    """Rate the units, and go on to the questions."""
    form = {**hidden(page_of(client, "/start/")), **(ratings or {"skip": "yes"})}
    assert client.post("/start/", form).url == "/start/question/"


def answer(client: Client, answers: dict) -> str:
    """Answer the question that is asked now; returns its id."""
    page = page_of(client, "/start/question/")
    name = re.search(r'id="ask-([\w.-]+)"', page)[1]
    client.post("/start/question/", filled(page, answers.get(name)))
    return name


def answer_all(client: Client, answers: dict) -> list[str]:
    """Answer until the result is there; returns the ids of what was asked."""
    asked = []
    while client.get("/start/question/").status_code == 200:
        asked.append(answer(client, answers))
        assert len(asked) <= 25
    return asked


def asked_in(learned) -> list[tuple[str, str]]:
    return [(each["question"], each["result"]) for each in learned.data("answer") if each["purpose"] == "placement"]


def typed_for(question_id: str, seed: int, answers: dict) -> str:
    """What a learner types in the terminal for the same answer."""
    given = answers.get(question_id)
    question = next(q for q in library.catalogue().questions() if q.id == question_id)
    if given is None:
        return ""
    shown = shuffled(question, seed)
    if question.kind == "order":
        return " ".join(str(shown.index(step) + 1) for step in given)
    return str(shown.index(given) + 1) if shown else given


def test_a_newcomer_is_asked_to_rate_every_unit_and_may_skip_it(client) -> None:
    page = page_of(client, "/start/")

    assert page.count('value="never" checked') == 2
    assert page.count('role="radiogroup"') == 2
    assert "Skip this" in page


def test_ratings_are_kept_as_in_the_terminal(client, learned) -> None:
    begin(client, way="solid", talk="some")

    assert [(each["unit"], each["rating"]) for each in learned.data("rating")] == [("way", "solid"), ("talk", "some")]
    (began,) = learned.data("placement")
    assert {each["placement"] for each in learned.data("rating")} == {began["id"]}


def test_units_that_nobody_rated_were_never_done(client, learned) -> None:
    begin(client, way="some")

    assert [each["rating"] for each in learned.data("rating")] == ["some", "never"]


def test_skipping_the_rating_says_nothing_and_asks_at_once(client, learned) -> None:
    begin(client)

    assert learned.data("rating") == []
    assert "Question 1" in page_of(client, "/start/question/")


def test_a_rating_that_does_not_exist_changes_nothing(client, learned) -> None:
    told = client.post("/start/", {"way": "<b>guru</b>", "after": ""})

    assert told.status_code == 400
    assert "is no rating of Finding the way" in told.content.decode()
    assert "<b>guru" not in told.content.decode()
    assert learned.events == []


def test_beginning_twice_by_one_form_begins_once(client, learned) -> None:
    form = {**hidden(page_of(client, "/start/")), "way": "some"}

    client.post("/start/", form)
    client.post("/start/", form)

    assert [each["event"] for each in learned.data("placement")] == ["began"]
    assert len(learned.data("rating")) == 2


def test_a_whole_placement_ends_with_three_groups_and_what_to_do_next(client, learned) -> None:
    begin(client, way="some", talk="never")

    asked = answer_all(client, RIGHT)

    assert sorted(asked) == sorted(RIGHT)
    assert [each["event"] for each in learned.data("placement")] == ["began", "ended"]
    page = page_of(client, "/start/")
    assert "Where you stand" in page
    for title in ("Known", "Prove it", "Learn"):
        assert title in page
    assert 'href="/plan/"' in page
    assert 'href="/next/"' in page
    assert "what you can do is proved by labs" in page


def test_progress_says_which_question_and_nothing_of_certainty_before_enough_was_asked(client) -> None:
    begin(client)

    first = page_of(client, "/start/question/")
    answer(client, {})
    second = page_of(client, "/start/question/")

    assert "Question 1 <" in first
    assert "Question 2 <" in second
    assert "of at most 25" in second
    assert 'value="0.000"' in first
    assert 'value="0.040"' in second
    assert "certain" not in second


def test_it_may_be_stopped_at_any_time_with_a_result(client, learned) -> None:
    begin(client)
    answer(client, {})

    told = client.post("/start/question/", {"enough": "yes"})

    assert told.url == "/start/result/"
    assert [each["event"] for each in learned.data("placement")] == ["began", "ended"]
    assert "After 1 question," in page_of(client, "/start/result/")


def test_going_back_and_answering_again_is_told_kindly_and_not_counted(client, learned) -> None:
    begin(client)
    page = page_of(client, "/start/question/")
    form = filled(page, None)

    client.post("/start/question/", form)
    again = client.post("/start/question/", form)

    assert again.status_code == 200
    assert "it was not counted again" in again.content.decode()
    assert "Question 2 <" in again.content.decode()
    assert len(asked_in(learned)) == 1


def test_a_form_that_is_sent_twice_at_once_counts_once(client, learned) -> None:
    begin(client)
    form = filled(page_of(client, "/start/question/"), None)
    threads = [threading.Thread(target=client.post, args=("/start/question/", form)) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(asked_in(learned)) == 1


def test_a_form_of_a_placement_that_was_ended_elsewhere_leads_to_the_result(client, learned) -> None:
    begin(client)
    form = filled(page_of(client, "/start/question/"), None)
    client.post("/start/question/", {"enough": "yes"})

    late = client.post("/start/question/", form, follow=True)

    assert "Where you stand" in late.content.decode()
    assert asked_in(learned) == []


def test_what_cannot_be_an_answer_is_asked_again_and_not_counted(client, learned) -> None:
    begin(client)
    while 'type="radio"' not in (page := page_of(client, "/start/question/")):
        answer(client, {})
    before = len(asked_in(learned))

    told = client.post("/start/question/", {**hidden(page), "given": "<script>"})

    assert told.status_code == 422
    assert "none of the options" in told.content.decode()
    assert len(asked_in(learned)) == before


@pytest.mark.parametrize("answers", [{}, RIGHT, {"WAY-01.1": "the first wrong one", "WAY-02.1": "yes"}])
def test_the_same_seed_and_answers_ask_the_same_as_in_the_terminal(
    client, learned, answers, tmp_path, monkeypatch
) -> None:
    seed = 11
    learned.tell("placement", 0.01, id="by-page", event="began", seed=seed, result=None)
    for unit, rating in (("way", "some"), ("talk", "never")):
        learned.tell("rating", 0.01, unit=unit, rating=rating, placement="by-page")
    asked = answer_all(client, answers)
    by_page = asked_in(learned)
    told = learned.data("placement")[-1]["result"]

    another_home(monkeypatch, tmp_path / "terminal")
    typed = "".join(f"{typed_for(name, seed, answers)}\n" for name in asked)
    terminal("place", "--seed", str(seed), typed=f"\nway\n{typed}")

    assert asked_in(learned) == by_page
    assert learned.data("placement")[-1]["result"] == told


def test_options_lie_in_the_order_of_the_terminal(client, learned) -> None:
    learned.tell("placement", 0.01, id="one", event="began", seed=42, result=None)
    while "WAY-01.1" not in (page := page_of(client, "/start/question/")):
        answer(client, {})

    question = next(q for q in library.catalogue().questions() if q.id == "WAY-01.1")
    assert tuple(options(page)) == shuffled(question, 42)


def test_one_begun_in_the_terminal_goes_on_here_and_the_other_way_round(client, learned) -> None:
    terminal("place", typed="\nway\n\n")
    assert "Question 2 <" in page_of(client, "/start/")

    answer(client, {})

    assert "It goes on after 2 answers" in terminal("place", typed="\n")
    assert "Question 4 <" in page_of(client, "/start/")


def test_a_skill_is_corrected_by_the_learners_own_word(client, learned) -> None:
    begin(client)
    answer_all(client, {})
    page = page_of(client, "/start/result/?unit=way")
    assert page.count('name="WAY-01"') == 3

    told = client.post("/start/result/way/", {"WAY-01": "known", "WAY-02": "learn", "WAY-03": "nonsense"})

    assert told.url.endswith("#unit-way")
    corrected = [(each["competency"], each["group"]) for each in learned.data("corrected")]
    assert ("WAY-01", "known") in corrected
    assert all(group in ("known", "learn") for _, group in corrected)
    assert "Kept." in page_of(client, told.url)
    assert outlook().found["WAY-01"].status == "known"


def test_what_is_not_changed_is_not_kept_again(client, learned) -> None:
    begin(client)
    answer_all(client, {})

    client.post("/start/result/way/", {"all": "known"})
    client.post("/start/result/way/", {"all": "known"})

    assert len(learned.data("corrected")) == 5


@pytest.mark.parametrize("unit", ["nonsense", "WAY-01", "<script>"])
def test_a_correction_of_what_does_not_exist_is_refused_with_words(client, learned, unit) -> None:
    begin(client)
    answer_all(client, {})

    told = client.post(f"/start/result/{unit}/", {"all": "known"})

    assert told.status_code == 400
    assert "<script>" not in told.content.decode()
    assert learned.data("corrected") == []


def test_begin_anew_keeps_the_old_answers_and_the_old_result_until_it_ends(client, learned) -> None:
    begin(client)
    answer_all(client, RIGHT)

    form = hidden(page_of(client, "/start/?again=yes"))
    client.post("/start/", {**form, "skip": "yes"})

    assert [each["event"] for each in learned.data("placement")] == ["began", "ended", "began"]
    assert "A newer placement is not finished" in page_of(client, "/start/result/")
    assert "Question 1 <" in page_of(client, "/start/question/")


def test_without_any_question_one_is_led_to_the_plan(client, small_content) -> None:
    (small_content / "small/units/way/questions.toml").unlink()
    library.forget()

    page = page_of(client, "/start/")

    assert "begin with a plan" in page
    assert "On to the questions" not in page


def test_a_warm_placement_is_the_same_as_one_made_from_its_history(client, learned) -> None:
    begin(client, way="some", talk="some")
    for _ in range(3):
        answer(client, RIGHT)
    here = outlook()
    placed = here.learner.open_placement
    assert placed is not None

    warm = standing(here, placed)
    for number in range(WARM_MAX + 1):
        learned.tell("placement", 0, id=f"other-{number}", event="began", seed=number, result=None)
        other = outlook()
        standing(other, other.learner.placements[f"other-{number}"])
    cold = standing(here, placed)

    assert cold.placement is not warm.placement
    assert cold.placement.probabilities() == warm.placement.probabilities()
    assert cold.competency == warm.competency
