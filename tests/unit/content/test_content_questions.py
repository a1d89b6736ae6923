"""Questions are shown, taken and graded the same everywhere, and no answer can hang or mislead the grader."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from build_cases import GOOD
from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand.content import questions
from firsthand.content.load import load
from firsthand.content.question import Option, Question
from firsthand.content.questions import grade, problem, reason, shuffled, solution
from firsthand.content.reading_planned import read_planned
from firsthand.content.reading_questions import read_questions
from firsthand.core.errors import RetryableError


def question(kind, **parts):
    return Question("NET-01.1", "NET-01", kind, 0.5, "What?", "So.", "net", Path("questions.toml"), 1, **parts)


CHOICE = question(
    "choice",
    options=(
        Option("one", True, "Yes, one."),
        Option("two", False, "Two is more."),
        Option("three", False, "Three is many."),
        Option("four", False, "Four is too many."),
    ),
)
ORDER = question("order", steps=("socket", "bind", "listen", "accept"))
HEX = question("pattern", must_match=("0xff", "0x00"), must_not_match=("0xf", "ff"), example="^0x[0-9a-f]{2}$")


def number(answer, tolerance=0.0):
    return question("number", answer=answer, tolerance=tolerance)


def token(*answers, fold_case=False):
    return question("token", answers=answers, fold_case=fold_case)


def test_a_choice_is_shown_in_an_order_of_its_seed_and_nothing_is_lost():
    orders = {shuffled(CHOICE, seed) for seed in range(200)}

    assert all(sorted(order) == ["four", "one", "three", "two"] for order in orders)
    assert len(orders) == 24, "every order comes up"
    assert shuffled(CHOICE, 7) == shuffled(CHOICE, 7)


def test_two_questions_of_one_seed_are_not_shuffled_alike():
    other = replace(CHOICE, id="NET-01.2")
    assert [shuffled(CHOICE, seed) for seed in range(20)] != [shuffled(other, seed) for seed in range(20)]


def test_steps_are_never_shown_in_the_right_order():
    orders = [shuffled(ORDER, seed) for seed in range(500)]

    assert ORDER.steps not in orders
    assert all(sorted(order) == sorted(ORDER.steps) for order in orders)


def test_what_is_typed_has_nothing_to_shuffle():
    assert [shuffled(each, 1) for each in (number(4), token("PUT"), HEX)] == [(), (), ()]


def test_of_a_choice_the_text_of_the_right_option_is_right_whatever_the_order():
    assert grade(CHOICE, "one")
    assert not grade(CHOICE, "two")
    assert problem(CHOICE, "five") == "That is none of the options."
    assert not grade(CHOICE, "five")


def test_the_reason_is_that_of_the_option_that_was_chosen():
    assert reason(CHOICE, "three") == "Three is many."
    assert reason(CHOICE) == "So."


@pytest.mark.parametrize("typed", ["4", " 4 ", "4.0", "4.", "+4", "4e0", "3.6", "4,4"])
def test_a_number_is_right_within_its_tolerance_however_it_is_written(typed):
    assert grade(number(4.0, 0.5), typed)


@pytest.mark.parametrize("typed", ["4.6", "3.4", "-4", "5"])
def test_a_number_outside_its_tolerance_is_wrong(typed):
    assert problem(number(4.0, 0.5), typed) == ""
    assert not grade(number(4.0, 0.5), typed)


@pytest.mark.parametrize(
    "typed", ["1,048,576", "1 048 576", "1_048_576", "1'048'576", "1\u00a0048\u00a0576", "1048576"]
)
def test_thousands_may_be_grouped(typed):
    assert grade(number(1048576.0), typed)


def test_a_decimal_comma_and_a_real_minus_are_understood():
    assert grade(number(0.5), "0,5")
    assert grade(number(0.5), ".5")
    assert grade(number(-2.0), "\u22122")


@pytest.mark.parametrize("typed", ["four", "4 ms", "4..0", "--4", "nan", "inf", "1e9999", "0x4", "٤x"])
def test_what_is_no_number_is_asked_again(typed):
    assert problem(number(4.0), typed).startswith("That is not a number.")
    assert not grade(number(4.0), typed)


@pytest.mark.parametrize("typed", ["PUT", " PUT\n", "`PUT`", '"PUT"', "'PUT'"])
def test_a_token_is_right_with_quotes_and_space_around_it(typed):
    assert grade(token("PUT", "PATCH"), typed)


def test_the_case_of_a_token_matters_unless_the_question_says_otherwise():
    assert not grade(token("PUT"), "put")
    assert grade(token("PUT", fold_case=True), "put")


def test_a_token_that_is_composed_otherwise_is_the_same():
    assert grade(token("caf\u00e9"), "cafe\u0301")
    assert grade(token("git commit"), "git   commit")


def test_steps_are_right_in_one_order_only():
    assert grade(ORDER, ORDER.steps)
    assert grade(ORDER, list(ORDER.steps))
    assert not grade(ORDER, ("bind", "socket", "listen", "accept"))


@pytest.mark.parametrize("steps", [("socket",), ("socket", "socket", "listen", "accept"), "socket", ()])
def test_an_order_names_every_step_once(steps):
    assert problem(ORDER, steps) == "Name each step once."
    assert not grade(ORDER, steps)


def test_a_pattern_must_match_what_it_must_and_nothing_else():
    assert grade(HEX, "^0x[0-9a-f]{2}$")
    assert grade(HEX, "0x..")
    assert not grade(HEX, "f")
    assert not grade(HEX, "0x0")


def test_what_is_no_pattern_is_asked_again_with_what_is_wrong_with_it():
    assert problem(HEX, "0x[").startswith("That is not a regular expression: unterminated character set")
    assert problem(HEX, "a{99999999999}").startswith("That is not a regular expression: ")
    assert not grade(HEX, "0x[")


def test_a_pattern_that_would_never_end_is_wrong_in_time_and_the_reason_says_why(monkeypatch):
    monkeypatch.setattr(questions, "PATTERN_CPU_S", 1)
    slow = replace(HEX, must_match=("a" * 60 + "b",))

    assert problem(slow, "(a+)+$") == ""
    assert not grade(slow, "(a+)+$")
    assert reason(slow, "(a+)+$").startswith("On one of these texts your expression does not end")


def test_a_pattern_that_takes_all_memory_is_wrong(monkeypatch):
    monkeypatch.setattr(questions, "PATTERN_BYTES_MAX", 64 * 1024 * 1024)
    greedy = replace(HEX, must_match=("a" * 400_000,))
    assert not grade(greedy, "((((a|b)*)*)*)*c")


def test_a_machine_that_is_too_busy_is_not_the_learners_fault(monkeypatch):
    monkeypatch.setattr(questions, "PATTERN_WALL_S", 0.0)
    with pytest.raises(RetryableError, match="too busy"):
        grade(HEX, "never tried before")


def test_a_pattern_that_was_tried_is_not_tried_again(monkeypatch):
    assert grade(HEX, "^0x[0-9a-f]+[0-9a-f]$")
    monkeypatch.setattr(questions.subprocess, "run", None)
    assert grade(HEX, "^0x[0-9a-f]+[0-9a-f]$")


@pytest.mark.parametrize("asked", [CHOICE, number(4), token("PUT"), HEX])
def test_nothing_and_far_too_much_are_asked_again(asked):
    assert problem(asked, "  \n") == "Nothing was typed."
    assert problem(asked, "x" * 501) == "That is too long for an answer: at most 500 characters."
    assert not grade(asked, "")


@settings(deadline=None)
@given(st.one_of(st.text(max_size=600), st.lists(st.text(max_size=9), max_size=5)))
def test_no_answer_makes_grading_fall_over(answer):
    for asked in (CHOICE, number(4), token("PUT"), ORDER):
        if problem(asked, answer):
            assert not grade(asked, answer)
        else:
            assert grade(asked, answer) in (True, False)


def test_the_solution_of_every_kind_is_graded_as_right():
    asked = [CHOICE, number(4.25), number(-1e6), number(1048576), token("PUT"), HEX]

    assert all(grade(each, solution(each)) for each in asked)
    assert grade(ORDER, solution(ORDER).splitlines())
    assert solution(token("accept", "accept4")) == "accept or accept4"


def test_questions_are_read_with_all_that_their_kind_says():
    catalogue = load([GOOD / "main", GOOD / "company"])
    choice, count, call, calls, pattern = catalogue.questions()

    assert [q.id for q in (choice, count, call, calls, pattern)] == [
        "NET-01.1", "NET-02.1", "NET-02.2", "NET-02.3", "NET-03.1",
    ]  # fmt: skip
    assert (choice.unit, choice.line, choice.difficulty) == ("net", 3, 0.3)
    assert "**no page opens**" in choice.ask
    assert choice.why == "Mail uses the internet too, so the internet is there."
    assert (count.answer, count.tolerance, call.fold_case) == (4.0, 0.5, True)
    assert grade(call, "ACCEPT")
    assert grade(calls, ("socket", "bind", "listen", "accept"))
    assert grade(pattern, pattern.example)


def test_reading_all_content_reads_no_questions_and_no_plan_before_they_are_asked_for():
    catalogue = load([GOOD / "main"])
    (path,) = catalogue.paths

    assert not {"questions", "planned"} & (set(vars(path)) | {key for unit in path.units for key in vars(unit)})
    assert path.units[0].questions
    assert path.units[0].questions is path.units[0].questions


@pytest.mark.parametrize(("page", "place"), [("questions", "units/net/questions.toml"), ("backbone", "planned.toml")])
def test_the_examples_of_the_authors_guide_are_right(page, place, tmp_path):
    guide = Path(__file__).parents[3] / f"docs/author/{page}.md"
    (example,) = [text for text in re.findall(r"^```toml\n(.*?)^```$", guide.read_text(encoding="utf-8"), re.M | re.S)
                  if text.startswith("schema")]  # fmt: skip
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(example, encoding="utf-8")
    found = []
    if page == "questions":
        (read,) = read_questions(file.parent, "net", found.append)
        assert grade(read.question, "Send the same request again")
    else:
        assert [each.lab.id for each in read_planned(tmp_path, found.append).labs] == ["net-byo-dns"]
    assert found == []
