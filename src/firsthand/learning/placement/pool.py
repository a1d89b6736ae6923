"""The possible learners with their weights: weighed by evidence, and renewed when too few of them still count."""

import numpy as np
from numpy.typing import NDArray

from firsthand.learning.placement.chance import Chance
from firsthand.learning.placement.evidence import Evidence, Likelihood
from firsthand.learning.placement.prior import (
    BARS,
    MISTRUST,
    SHARES,
    Bars,
    Levels,
    People,
    States,
    draw,
    fresh,
    levels,
)
from firsthand.learning.placement.result import Rating
from firsthand.learning.placement.shape import Shape

Weights = NDArray[np.float32]
"""Whole numbers that come to less than 2**24, so that sums of them are exact in whatever order they are made."""

PEOPLE = 8_192
PEOPLE_LATER = 2_048
CELLS_MAX = 12_000_000
EFFECTIVE_MIN = 0.25
MOVES = 12
MOVES_RATED = 48
TOTAL = 2.0**24


class Pool:
    """Possible learners of one graph. Renewing depends on the seed and on how many times it was done before."""

    def __init__(self, shape: Shape, seed: int) -> None:
        """Draw everybody."""
        self.shape = shape
        self.seed = seed
        count = max(512, min(PEOPLE, CELLS_MAX // max(1, shape.size)) // 12 * 12)
        ends = tuple(count * sum(SHARES[: k + 1]) // 12 for k in range(3))
        chance = Chance(seed, "people")
        self.people: People = draw(shape, chance, ends)
        self.level: Levels = levels(shape, self.people, self.people.own.copy())
        self.bars = Bars.of(self.people, self.level, chance)
        self.states: States = self.level <= self.bars.height(self.people, self.people.bar)
        self.weights: NDArray[np.float64] = np.ones(count)
        self.evidence = Evidence(shape)
        self.renewals = 0

    def copy(self) -> "Pool":
        """Another pool with the same people, who may go another way."""
        other = object.__new__(Pool)
        other.__dict__.update(self.__dict__)
        return other

    def rate(self, ratings: tuple[tuple[int, Rating], ...]) -> None:
        """Weigh by the ratings, a few units at a time so that enough people are left at every step."""
        for begin in range(0, len(ratings), 5):
            part = ratings[begin : begin + 5]
            self.evidence = self.evidence.rated(part)
            self.weights = self.weights * Evidence(self.shape).rated(part).of(self.states, self.people.trusty)
            if self.effective < EFFECTIVE_MIN * self.people.count:
                self._renew(MOVES_RATED // 4)

    def answer(self, row: int, likelihood: Likelihood) -> None:
        """Weigh by an answer."""
        self.evidence = self.evidence.answered(row, likelihood)
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
        columns = self._spread(chance)
        self.people = self.people.taken(columns)
        self.level = self.level[:, columns]
        self.states = self.states[:, columns]
        self.weights = np.ones(len(columns))
        explains = self.evidence.of(self.states, self.people.trusty)
        for _ in range(moves):
            self._move_unit(chance, explains)
            self._move_bar(chance, explains)

    def _spread(self, chance: Chance) -> NDArray[np.int64]:
        """Columns in proportion to their weights (systematic resampling)."""
        count = min(self.people.count, PEOPLE_LATER)
        steps = np.cumsum(self.counted.astype(np.int64))
        marks = ((np.arange(count) + float(chance.shares(1)[0])) * (float(steps[-1]) / count)).astype(np.int64)
        return np.searchsorted(steps, marks, side="right").astype(np.int64)

    def _move_unit(self, chance: Chance, explains: NDArray[np.float64]) -> None:
        """Draw a unit of everybody anew, whole or in part; who then explains the evidence less well mostly stays.

        The draws are independent of each other, so this keeps the prior, and whether a move is accepted depends on the
        evidence alone (Metropolis-Hastings).
        """
        people, shape = self.people, self.shape
        everybody = np.arange(people.count)
        part = chance.below(len(shape.units), people.count)
        rows = shape.padded[:, part]
        unit, steps = fresh(shape, chance, people, rows)
        whole = chance.bytes(people.count) < 128
        unit = np.where(whole, unit, people.unit[part, everybody])
        some = whole | (chance.bytes(*rows.shape) < 96)
        own = people.own.copy()
        steps = np.where(some, unit + steps, own[rows, everybody])
        own[rows, everybody] = steps
        level = levels(shape, people, own)
        states = level <= self.bars.height(people, people.bar)
        after = self.evidence.of(states, people.trusty)
        yes = np.flatnonzero(chance.shares(people.count) * explains < after)
        people.unit[part[yes], yes] = unit[yes]
        people.own[rows[:, yes], yes] = steps[:, yes]
        self.level[:, yes] = level[:, yes]
        self.states[:, yes] = states[:, yes]
        explains[yes] = after[yes]

    def _move_bar(self, chance: Chance, explains: NDArray[np.float64]) -> None:
        """The same with how far everybody has come, by small steps, and whether the self-rating means anything."""
        people = self.people
        bar = people.bar + chance.bells(people.count)
        bar = np.where(bar < 0, -1 - bar, bar)
        bar = np.where(bar >= BARS, 2 * BARS - 1 - bar, bar)
        trusty = np.where(chance.bytes(people.count) < 64, chance.bytes(people.count) >= MISTRUST, people.trusty)
        states = self.level <= self.bars.height(people, bar)
        after = self.evidence.of(states, trusty)
        yes = np.flatnonzero(chance.shares(people.count) * explains < after)
        people.bar[yes] = bar[yes]
        people.trusty[yes] = trusty[yes]
        self.states[:, yes] = states[:, yes]
        explains[yes] = after[yes]
