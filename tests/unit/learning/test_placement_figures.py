"""A few simulated learners are placed as well as the figures promise; seeded, so that it comes out the same each time.

The figures themselves come from `python -m benchmarks.learning`, with many more learners.
"""

from itertools import pairwise

import pytest
from benchmarks.learning.baselines import binary_search, chains
from benchmarks.learning.graphs import graph
from benchmarks.learning.learners import KINDS, learner
from benchmarks.learning.trials import Setting, Tally, run

LEARNERS = 10
GROUND = graph(7)


@pytest.fixture(scope="module")
def placed() -> Tally:
    return run(Setting("as it is"), GROUND, 7, LEARNERS)


def test_graphs_are_as_big_as_dense_and_as_deep_as_the_figures_say() -> None:
    for seed in (7, 11, 21):
        ground = graph(seed)
        assert len(ground.order) == 200
        assert len(set(ground.units.values())) == 20
        assert 1.3 <= sum(map(len, ground.prerequisites.values())) / 200 <= 1.5
        assert 17 <= max(ground.depths.values()) <= 24


def test_learners_are_mixed_as_the_figures_say_and_only_those_with_holes_are_not_closed() -> None:
    many = [learner(GROUND, 7, number) for number in range(100)]

    assert {kind: sum(one.kind == kind for one in many) for kind in KINDS} == {k: n for k, (n, _) in KINDS.items()}
    for one in many:
        assert GROUND.is_closed(one.known) or one.kind == "holes"
    assert not all(GROUND.is_closed(one.known) for one in many)


def test_ten_learners_are_placed_well_and_better_the_more_they_answer(placed: Tally) -> None:
    right = [placed.after[mark].accuracy for mark in (0, 10, 20, 30)]

    assert right == sorted(right)
    assert right[2] >= 92
    assert placed.after[20].recall >= 79


def test_the_product_would_have_stopped_in_time(placed: Tally) -> None:
    assert len(placed.all_questions) == LEARNERS
    assert all(6 <= count <= 25 for count in placed.all_questions)
    assert max(placed.questions["newcomer"]) <= 8


def test_looking_ahead_is_better_than_asking_at_random_and_than_searching_chains(placed: Tally) -> None:
    randomly = run(Setting("random", chooser="random"), GROUND, 7, LEARNERS)
    searched = run(Setting("search", chooser="binary-search"), GROUND, 7, LEARNERS)

    assert placed.after[20].accuracy >= randomly.after[20].accuracy + 2
    assert placed.after[20].accuracy >= searched.after[20].accuracy + 10


def test_chains_hold_every_competency_once_and_each_stands_on_the_one_before() -> None:
    found = chains(GROUND)

    assert sorted(c for chain in found for c in chain) == sorted(GROUND.order)
    assert all(a in GROUND.prerequisites[b] for chain in found for a, b in pairwise(chain))
    assert [len(chain) for chain in found] == sorted(map(len, found), reverse=True)


def test_binary_search_finds_a_closed_learner_who_never_errs() -> None:
    truth = GROUND.foundation(GROUND.order[60:120:7])
    states = binary_search(GROUND, lambda competency: competency in truth)

    assert [next(states) for _ in range(len(GROUND.order) + 1)][-1] == truth
