"""Possible learners are drawn closed, weighed exactly, and renewed without leaving what prior and evidence say.

Every number here follows from a seed, so nothing can be right by luck on one day and wrong on another.
"""

import itertools

import numpy as np
import pytest
from benchmarks.learning.graphs import graph as random_graph
from numpy.typing import NDArray

from firsthand.learning import Graph
from firsthand.learning.placement.chance import Chance
from firsthand.learning.placement.evidence import GAP, is_plain, likelihoods, rating_table
from firsthand.learning.placement.look_ahead import Weighed, next_row
from firsthand.learning.placement.pool import PEOPLE_LATER, Pool
from firsthand.learning.placement.prior import KINDS
from firsthand.learning.placement.result import Answer, Outcome
from firsthand.learning.placement.shape import Shape

SMALL = random_graph(5, units=4, per_unit=4)
SHAPE = Shape.of(SMALL)
CHOICE = likelihoods("choice", plain=False)


def weighed(pool: Pool) -> Weighed:
    return Weighed(pool.states, pool.counted, pool.people.gappy, pool.evidence.held())


def known(pool: Pool) -> NDArray[np.float64]:
    return weighed(pool).marginals()


def test_the_raw_numbers_are_the_same_for_ever() -> None:
    chance = Chance(7, "test")

    assert chance.bytes(6).tolist() == [225, 73, 158, 86, 167, 246]
    assert chance.below(1_000, 4).tolist() == [697, 344, 973, 606]
    assert chance.bells(4).tolist() == [124, 28, -25, -35]


def test_numbers_spread_as_they_say() -> None:
    chance = Chance(1, "spread")
    bells, below, shares = chance.bells(100_000), chance.below(10, 100_000), chance.shares(100_000)

    assert abs(bells.mean() + 1) < 1
    assert 103 < bells.std() < 106
    assert np.bincount(below, minlength=10).min() > 9_600
    assert 0 <= shares.min() < shares.max() < 1


@pytest.mark.parametrize("seed", range(5))
def test_nobody_knows_what_stands_on_something_unknown(seed: int) -> None:
    pool = Pool(Shape.of(random_graph(seed)), seed)

    for row, parents in enumerate(pool.shape.parents):
        for parent in parents:
            assert not (pool.states[row] & ~pool.states[parent]).any()


def test_people_of_every_kind_know_anything_from_nearly_nothing_to_all() -> None:
    pool = Pool(Shape.of(random_graph(7)), 1)
    share = pool.states.mean(axis=0)

    assert [kind for kind, _ in pool.people.kinds()] == list(KINDS)
    for _, columns in pool.people.kinds():
        tenths = np.histogram(share[columns], bins=10, range=(0, 1))[0]
        assert tenths.min() > 0.03 * share[columns].size


def test_sums_of_weights_are_exact_whatever_their_order() -> None:
    pool = Pool(SHAPE, 1)
    for row in range(8):
        pool.weights = pool.weights * np.where(pool.states[row], 0.9, 0.123456789)
    counted = pool.counted
    shuffled = np.random.default_rng(1).permutation(counted)

    assert (counted == np.floor(counted)).all()
    assert counted.sum() < 2**24
    assert counted.cumsum()[-1] == shuffled.cumsum()[-1] == sum(int(w) for w in counted)


def test_moving_without_evidence_leaves_the_prior_as_it_was() -> None:
    pool = Pool(SHAPE, 1)
    before = known(pool)
    pool.renew(moves=40)

    assert pool.people.count == PEOPLE_LATER
    assert np.abs(known(pool) - before).max() < 0.045


@pytest.mark.parametrize("outcome", ["right", "wrong", "unsure"])
def test_moving_with_evidence_stays_at_what_weighing_alone_says(outcome: Outcome) -> None:
    pool = Pool(SHAPE, 1)
    pool.rate(((0, "solid"), (3, "never")))
    pool.answer(9, CHOICE[outcome])
    before = known(pool)
    pool.renew(moves=60)

    assert np.abs(known(pool) - before).max() < 0.04


def test_a_pool_that_hardly_anybody_is_left_of_finds_its_way_back() -> None:
    """Everybody is thrown away but those who explain the answers worst. (Who is of which kind stays as it is.)"""
    pool = Pool(SHAPE, 1)
    top = SHAPE.size - 1
    for _ in range(2):
        pool.answer(top, CHOICE["right"])
    honest = known(pool)
    pool.weights = np.where(pool.states.sum(axis=0) == pool.states.sum(axis=0).min(), 1.0, 0.0)
    assert known(pool)[top] < 0.2
    pool.renew(moves=300)

    assert pool.effective > 0.9 * PEOPLE_LATER
    assert known(pool)[top] > 0.6
    assert np.abs(known(pool) - honest).max() < 0.2


def test_one_answer_is_weighed_as_bayes_says() -> None:
    pool = Pool(Shape.of(Graph({"A": "u"}, {})), 1)
    pool.people.gappy[:] = False
    pool.states[0] = np.arange(pool.people.count) % 2 == 0
    pool.answer(0, CHOICE["right"])
    not_known, held = CHOICE["right"]

    assert known(pool)[0] == pytest.approx(held / (held + not_known), abs=1e-4)


@pytest.mark.parametrize("outcome", ["right", "wrong", "unsure"])
def test_an_answer_of_one_with_gaps_says_more_of_what_was_asked_than_of_what_stands_on_it(outcome: Outcome) -> None:
    pool = Pool(Shape.of(Graph({"A": "u", "B": "u"}, {"B": ["A"]})), 1)
    pool.people.gappy[:] = True
    pool.states[:] = True
    pool.answer(0, CHOICE[outcome])
    not_known, held = CHOICE[outcome]

    asked = (1 - GAP) * held / ((1 - GAP) * held + GAP * not_known)
    assert known(pool) == pytest.approx([asked, 1 - GAP], abs=1e-6)


def test_every_model_of_an_answer_is_a_distribution() -> None:
    for kind, plain in itertools.product(("choice", "short"), (False, True)):
        for side in (0, 1):
            assert sum(found[side] for found in likelihoods(kind, plain).values()) == pytest.approx(1)


def test_i_do_not_know_is_taken_for_unused_after_three_wrong_answers() -> None:
    wrong, right, unsure = Answer("A", "wrong"), Answer("A", "right"), Answer("A", "unsure")

    assert not is_plain([wrong, right, wrong])
    assert is_plain([wrong, right, wrong, wrong])
    assert not is_plain([wrong, wrong, wrong, unsure])


def test_a_rating_leans_with_the_share_that_is_known() -> None:
    never, solid = rating_table("never", 10), rating_table("solid", 10)

    assert (np.diff(never) < 0).all()
    assert (np.diff(solid) > 0).all()


def test_the_question_that_is_chosen_leaves_the_least_doubt() -> None:
    """Against the definition, worked out with every question and every outcome by itself."""
    pool = Pool(SHAPE, 3)
    pool.answer(5, CHOICE["right"])
    weights, gappy = pool.counted.astype(np.float64), pool.people.gappy
    chances = pool.states * np.where(gappy, pool.evidence.held()[:, None], 1.0)

    def doubt(row: int) -> float:
        left = 0.0
        for not_known, held in CHOICE.values():
            part = weights * (not_known + (held - not_known) * chances[row])
            p = chances @ part / part.sum()
            p[row] = held * (chances[row] @ weights) / part.sum()
            left += part.sum() / weights.sum() * (p * (1 - p)).sum()
        return left

    best = min(range(SHAPE.size), key=lambda row: (round(doubt(row), 5), row))

    assert next_row(weighed(pool), np.arange(SHAPE.size), CHOICE) == best
