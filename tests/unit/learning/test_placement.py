"""A placement asks what tells most, gives the same answer everywhere, and survives whatever it is told."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from benchmarks.learning.graphs import graph as random_graph
from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand import learning
from firsthand.learning import Graph, Outcome, Placement
from firsthand.learning.placement.stopping import QUESTIONS_MAX, QUESTIONS_MIN

OUTCOMES: tuple[Outcome, ...] = ("right", "wrong", "unsure")
GRAPH = random_graph(7, units=6, per_unit=6)
CHAIN = Graph({f"C{k:02}": f"u{k // 5}" for k in range(30)}, {f"C{k:02}": [f"C{k - 1:02}"] for k in range(1, 30)})


def asked(placement: Placement, answer: Callable[[str], Outcome], count: int) -> list[str]:
    """Answers up to `count` questions and tells which they were."""
    questions: list[str] = []
    while len(questions) < count and (competency := placement.next()) is not None:
        questions.append(competency)
        placement.answer(competency, answer(competency))
    return questions


def test_the_public_surface_is_what_is_documented() -> None:
    assert learning.__all__[:2] == ["Graph", "Placement"]
    assert all(hasattr(learning, name) for name in learning.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Guess'"):
        _ = learning.Guess


def test_numpy_is_loaded_only_by_who_places() -> None:
    told = "print('numpy' in sys.modules)"
    code = f"import sys, firsthand.learning as l; l.Graph; {told}; l.Placement; {told}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", "True"]


def test_the_next_question_stays_until_it_is_answered_and_never_comes_again() -> None:
    placement = Placement(GRAPH, 3, stop=False)
    first = placement.next()
    assert placement.next() == first
    chance = Random(1)

    questions = asked(placement, lambda _: chance.choice(OUTCOMES), 1_000)

    assert sorted(questions) == sorted(GRAPH.order)
    assert placement.next() is None


def test_only_what_is_askable_is_asked_and_the_rest_is_known_from_it() -> None:
    askable = set(CHAIN.order[::4])
    placement = Placement(CHAIN, 3, askable=askable, stop=False)

    questions = asked(placement, lambda c: "right" if c < "C15" else "unsure", 100)

    found = placement.probabilities()
    assert set(questions) == askable
    assert found["C10"] > 0.8
    assert found["C26"] < 0.2


def test_nothing_askable_leaves_no_question() -> None:
    placement = Placement(GRAPH, 3, askable=[])

    assert placement.next() is None
    assert placement.result().questions == 0


def test_a_graph_of_one_and_a_graph_of_none_can_be_placed_on() -> None:
    one = Placement(Graph({"A": "u"}, {}), 1)
    assert asked(one, lambda _: "right", 10) == ["A"]
    assert one.probabilities()["A"] > 0.5
    none = Placement(Graph({}, {}), 1)
    assert none.next() is None
    assert none.result().known == ()


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda p: p.answer("X", "right"), "not in the graph: X"),
        (lambda p: p.answer("C01", "perhaps"), "no such outcome: perhaps"),
        (lambda p: p.answer("C01", "right", "essay"), "no such kind of question: essay"),
        (lambda p: p.rate({"nowhere": "some"}), "no such unit: nowhere"),
        (lambda p: p.rate({"u1": "expert"}), "no such rating: expert"),
        (lambda p: Placement(CHAIN, 1, askable=["C01", "X"]), "not in the graph: X"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(call: Callable[[Placement], object], told: str) -> None:
    placement = Placement(CHAIN, 1)
    before = placement.probabilities()

    with pytest.raises(ValueError, match=told):
        call(placement)

    assert placement.answers == ()
    assert placement.probabilities() == before


def test_the_same_answers_give_the_same_next_question_however_often_one_looked_in_between() -> None:
    looked, chance = Placement(GRAPH, 5, stop=False), Random(2)
    looked.rate({"u000": "solid", "u005": "never"})
    for _ in range(20):
        looked.probabilities()
        competency = looked.next()
        assert competency is not None
        looked.answer(competency, chance.choice(OUTCOMES))

    again = Placement(GRAPH, 5, stop=False)
    again.rate({"u005": "never"})
    again.rate({"u000": "solid"})
    for answer in looked.answers:
        again.answer(answer.competency, answer.outcome, answer.kind)

    assert again.probabilities() == looked.probabilities()
    assert again.next() == looked.next()


def test_rating_late_says_the_same_as_rating_first() -> None:
    first, late = Placement(GRAPH, 5), Placement(GRAPH, 5)
    first.rate({"u001": "solid"})
    for placement in (first, late):
        placement.answer(GRAPH.order[0], "right")
    late.rate({"u001": "solid"})

    assert late.probabilities() == first.probabilities()


PLACED = Path(__file__).with_name("placed.py")


@pytest.mark.parametrize(("hash_seed", "threads"), [("0", "1"), ("1", "2"), ("4711", "2")])
def test_every_process_and_machine_asks_the_same(hash_seed: str, threads: str) -> None:
    environment = {"PYTHONHASHSEED": hash_seed, "OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": str(PLACED.parents[3])}

    done = subprocess.run([sys.executable, PLACED], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == PLACED.with_suffix(".txt").read_text(encoding="utf-8")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(GRAPH.order), st.sampled_from(OUTCOMES)), max_size=30), st.integers(0, 9))
def test_whatever_is_answered_what_something_stands_on_is_known_at_least_as_likely_unless_one_was_asked(
    answers: list[tuple[str, Outcome]], seed: int
) -> None:
    placement = Placement(GRAPH, seed)
    for competency, outcome in answers:
        placement.answer(competency, outcome)
    found = placement.probabilities()

    assert list(found) == list(GRAPH.order)
    assert all(0 <= p <= 1 for p in found.values())
    told = {competency for competency, _ in answers}
    pairs = {(before, c) for c in GRAPH.order for before in GRAPH.prerequisites[c]}
    assert all(found[before] >= found[c] for before, c in pairs if before not in told and c not in told)


def test_who_answers_all_right_is_taught_nothing_and_who_knows_nothing_is_taught_all() -> None:
    expert, newcomer = Placement(GRAPH, 2), Placement(GRAPH, 2)
    asked(expert, lambda _: "right", 100)
    asked(newcomer, lambda _: "unsure", 100)

    assert len(expert.result().known) == len(GRAPH.order)
    assert len(newcomer.result().learn) == len(GRAPH.order)
    assert len(newcomer.answers) <= 8


def test_the_edge_of_a_chain_is_found() -> None:
    placement = Placement(CHAIN, 2, stop=False)
    asked(placement, lambda c: "right" if c < "C13" else "unsure", 12)
    found = placement.probabilities()

    assert sum(found[c] > 0.5 for c in CHAIN.order) in {12, 13, 14}


def test_a_gap_that_an_answer_shows_is_less_likely_known_than_what_stands_on_it() -> None:
    placement = Placement(CHAIN, 2)
    for competency in ("C08", "C12", "C16", "C20", "C24", "C28", "C29"):
        placement.answer(competency, "right")
    before = placement.probabilities()
    placement.answer("C05", "unsure")
    found = placement.probabilities()

    assert found["C05"] < before["C05"] - 0.1
    assert found["C05"] < found["C08"]
    assert found["C05"] < found["C04"]


def test_answers_that_contradict_each_other_end_in_doubt_and_not_in_a_crash() -> None:
    placement = Placement(CHAIN, 2, stop=False)
    for k, competency in enumerate(CHAIN.order[::-1]):
        placement.answer(competency, "right" if k % 2 else "wrong")
    for outcome in OUTCOMES * 10:
        placement.answer("C15", outcome)

    assert all(0 <= p <= 1 for p in placement.probabilities().values())
    assert placement.expected_error < 0.5
    assert placement.result().questions == 60


def test_a_thousand_answers_on_a_single_competency_do_not_wear_it_out() -> None:
    placement = Placement(Graph({"A": "u"}, {}), 1)
    for outcome in ("right", "unsure") * 500:
        placement.answer("A", outcome)

    assert 0 <= placement.probabilities()["A"] <= 1


def test_after_three_wrong_without_i_do_not_know_a_wrong_answer_says_more() -> None:
    """Until then it may be a slip of one who would have said so otherwise."""
    owns_up, never = Placement(CHAIN, 2, stop=False), Placement(CHAIN, 2, stop=False)
    owns_up.answer("C29", "unsure")
    never.answer("C29", "wrong")
    for competency in ("C27", "C25"):
        owns_up.answer(competency, "wrong")
        never.answer(competency, "wrong")
    plain = never.probabilities()
    never.answer("C28", "unsure")

    assert not owns_up.assumes_guessing
    assert not never.assumes_guessing
    assert plain != never.probabilities()


def test_three_wrong_in_a_row_are_taken_for_guessing_until_i_do_not_know_is_used() -> None:
    placement = Placement(CHAIN, 2)
    said = []
    for outcome in ("wrong", "right", "wrong", "wrong", "right", "unsure"):
        competency = placement.next()
        assert competency is not None
        placement.answer(competency, outcome)
        said.append(placement.assumes_guessing)

    assert said == [False, False, False, True, True, False]


def test_a_typed_answer_says_more_than_a_choice_of_four() -> None:
    choice, typed = Placement(CHAIN, 2), Placement(CHAIN, 2)
    choice.answer("C15", "right")
    typed.answer("C15", "right", "short")

    assert typed.probabilities()["C15"] > choice.probabilities()["C15"]


def test_a_self_rating_moves_its_unit_and_answers_overrule_it() -> None:
    silent, boasts = Placement(CHAIN, 2), Placement(CHAIN, 2)
    boasts.rate(dict.fromkeys(("u0", "u1", "u2", "u3", "u4", "u5"), "solid"))
    assert boasts.probabilities()["C20"] > silent.probabilities()["C20"] + 0.1

    asked(boasts, lambda _: "unsure", 25)

    assert max(boasts.probabilities().values()) < 0.2


def test_it_stops_after_six_to_twenty_five_questions_of_its_own_accord() -> None:
    counts = set()
    for seed in range(12):
        chance = Random(seed)
        counts.add(len(asked(Placement(random_graph(11), seed), lambda _, c=chance: c.choice(OUTCOMES), 1_000)))
    for outcome in OUTCOMES:
        counts.add(len(asked(Placement(random_graph(11), 1), lambda _, o=outcome: o, 1_000)))

    assert min(counts) == QUESTIONS_MIN
    assert max(counts) == QUESTIONS_MAX


def test_the_result_has_three_groups_that_the_learner_may_correct() -> None:
    placement = Placement(GRAPH, 2)
    asked(placement, lambda c: "right" if c < "U003" else "unsure", 100)
    result = placement.result()
    for competency, p in placement.probabilities().items():
        assert result.group(competency) == ("known" if p >= 0.8 else "learn" if p <= 0.2 else "prove")
    assert sorted([*result.known, *result.prove, *result.learn]) == sorted(GRAPH.order)

    corrected = result.corrected({result.known[0]: "learn"})

    assert result.known[0] in corrected.learn
    assert corrected.known == result.known[1:]
    assert corrected.probabilities == result.probabilities
    with pytest.raises(ValueError, match="not in the graph: X"):
        result.corrected({"X": "known"})
