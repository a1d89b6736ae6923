"""The possible learners with their weights: weighed by evidence, and renewed when too few of them still count."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from firsthand.learning.placement.chance import Chance
from firsthand.learning.placement.evidence import Evidence, Likelihood
from firsthand.learning.placement.prior import SHARES, People, Shape, States, draw, known
from firsthand.learning.placement.result import Rating

Weights = NDArray[np.float32]
"""Whole numbers that come to less than 2**24, so that sums of them are exact in whatever order they are made."""

PEOPLE = 8_192
PEOPLE_LATER = 2_048
CELLS_MAX = 12_000_000
EFFECTIVE_MIN = 0.25
MOVES = 4
MOVES_RATED = 24
TOTAL = 2.0**24


class Pool:
    """Possible learners of one graph. Renewing depends on the seed and on how many times it was done before."""

    def __init__(self, shape: Shape, seed: int) -> None:
        """Draw everybody."""
        self.shape = shape
        self.seed = seed
        count = max(512, min(PEOPLE, CELLS_MAX // max(1, shape.size)) // 12 * 12)
        ends = tuple(count * sum(SHARES[: k + 1]) // 12 for k in range(3))
        self.people: People = draw(shape, Chance(seed, "people"), ends)
        self.states: States = known(shape, self.people)
        self.weights: NDArray[np.float64] = np.ones(count)
        self.evidence = Evidence()
        self.renewals = 0

    def copy(self) -> "Pool":
        """Another pool with the same people, who may go another way."""
        other = object.__new__(Pool)
        other.__dict__.update(self.__dict__)
        return other

    def rate(self, ratings: tuple[tuple[int, Rating], ...]) -> None:
        """Weigh by the ratings, a few units at a time so that enough people are left at every step."""
        for begin in range(0, len(ratings), 5):
            self.evidence = replace(self.evidence, ratings=ratings[: begin + 5])
            part = Evidence(ratings=ratings[begin : begin + 5])
            self.weights = self.weights * part.of(self.shape, self.states, self.people.trusty)
            if self.effective < EFFECTIVE_MIN * self.people.count:
                self._renew(MOVES_RATED // 4)

    def answer(self, row: int, likelihood: Likelihood) -> None:
        """Weigh by an answer."""
        self.evidence = replace(
            self.evidence, rows=(*self.evidence.rows, row), answers=(*self.evidence.answers, likelihood)
        )
        self.weights = self.weights * np.where(self.states[row], likelihood[1], likelihood[0])
        if self.effective < EFFECTIVE_MIN * min(self.people.count, PEOPLE_LATER):
            self._renew(MOVES)

    @property
    def counted(self) -> Weights:
        """The weights as whole numbers."""
        whole = np.floor(self.weights * (2.0**39 / self.weights.max()))
        counted: Weights = np.floor(whole * (TOTAL / whole.sum())).astype(np.float32)
        return counted

    @property
    def effective(self) -> float:
        """How many people of equal weight would say as much as these do."""
        weights = self.counted.astype(np.float64)
        return float(weights.sum() ** 2 / (weights * weights).sum())

    def _renew(self, moves: int) -> None:
        """Give the likely more room than the unlikely, then let everybody drift to where the evidence allows."""
        self.renewals += 1
        chance = Chance(self.seed, f"renewal {self.renewals}")
        self.people = self.people.taken(self._spread(chance))
        self.states = known(self.shape, self.people)
        self.weights = np.ones(self.people.count)
        for _ in range(moves):
            self._move(chance)

    def _spread(self, chance: Chance) -> NDArray[np.int64]:
        """Columns in proportion to their weights (systematic resampling)."""
        count = min(self.people.count, PEOPLE_LATER)
        steps = np.cumsum(self.counted.astype(np.int64))
        marks = ((np.arange(count) + float(chance.shares(1)[0])) * (float(steps[-1]) / count)).astype(np.int64)
        return np.searchsorted(steps, marks, side="right").astype(np.int64)

    def _move(self, chance: Chance) -> None:
        """Draw a part of everybody anew; who explains the evidence less well for it mostly stays as before.

        A part is one unit with its competencies, or how far one has come and whether one's ratings mean anything. The
        parts are independent, so this keeps the prior, and the acceptance is the evidence alone (Metropolis-Hastings).
        """
        old, shape = self.people, self.shape
        new = draw(shape, chance, old.ends)
        part = chance.below(len(shape.units) * 5 // 4 + 1, old.count)
        in_unit = shape.unit[:, None] == part
        far = part >= len(shape.units)
        tried = People(
            np.where(in_unit, new.own, old.own),
            np.where(np.arange(len(shape.units))[:, None] == part, new.unit, old.unit),
            np.where(far, new.till, old.till),
            np.where(far, new.early, old.early),
            np.where(far, new.trusty, old.trusty),
            old.ends,
        )
        states = known(shape, tried)
        before = self.evidence.of(shape, self.states, old.trusty)
        after = self.evidence.of(shape, states, tried.trusty)
        yes = chance.shares(old.count) * before < after
        self.people = People(
            np.where(yes, tried.own, old.own),
            np.where(yes, tried.unit, old.unit),
            np.where(yes, tried.till, old.till),
            np.where(yes, tried.early, old.early),
            np.where(yes, tried.trusty, old.trusty),
            old.ends,
        )
        self.states = np.where(yes, states, self.states)
