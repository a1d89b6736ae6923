"""The possible learners with their weights: weighed by evidence, and renewed when too few of them still count."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from firsthand.learning.placement.chance import Chance
from firsthand.learning.placement.evidence import Evidence, Likelihood
from firsthand.learning.placement.prior import (
    BARS,
    GAPPY,
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

PEOPLE = 8_184
"""How many are drawn. Numbers of people go by eights (see _overwrite), those drawn by twelves too (see SHARES)."""
PEOPLE_LATER = 1_536
"""How many are kept when they are renewed: fewer, but each of them counts."""
PEOPLE_MIN = 264
CELLS_MAX = 6_000_000
CELLS_LATER_MAX = 400_000
"""People times competencies: on big graphs there are fewer people, and they move less often."""
EFFECTIVE_MIN = 0.25
"""Below which share of people of equal weight they are renewed."""
MOVES = 16
MOVES_RATED = 24
"""The same while ratings are taken, for every UNITS_AT_ONCE units."""
MOVES_MIN = 4
MOVES_SIZE = 500
"""The number of competencies from which on people move less often."""
MOVES_OUTSIDE = 64
"""Of 256 moves, how many leave all units as they are."""
UNITS_AT_ONCE = 5
UNITS_MOVED = 4
"""How many units are drawn anew at once. A single one is accepted nine times in ten: too timid."""
TOTAL = 2.0**24
WEIGHT_MIN = 1e-100
"""Where the greatest weight is below, all are raised: a tiny graph may never need to renew anybody."""


class Pool:
    """Possible learners of one graph. Renewing depends on the seed and on how many times it was done before."""

    def __init__(self, shape: Shape, seed: int) -> None:
        """Draw everybody."""
        self.shape = shape
        self.seed = seed
        size = max(1, shape.size)
        count = max(PEOPLE_MIN, min(PEOPLE, CELLS_MAX // size) // 24 * 24)
        self._later = max(PEOPLE_MIN, min(PEOPLE_LATER, CELLS_LATER_MAX // size) // 8 * 8)
        ends = tuple(count * sum(SHARES[: k + 1]) // sum(SHARES) for k in range(3))
        chance = Chance(seed, "people")
        self.people: People = draw(shape, chance, ends)
        level = levels(shape, self.people, self.people.own.copy())
        self.bars = Bars.of(self.people, level, chance)
        self.states: States = level <= self.bars.height(self.people, self.people.bar)
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
        for begin in range(0, len(ratings), UNITS_AT_ONCE):
            part = ratings[begin : begin + UNITS_AT_ONCE]
            self.evidence = self.evidence.rated(part)
            self.weights = self.weights * self._explained(Evidence(self.shape).rated(part))
            if self.effective < EFFECTIVE_MIN * self._later:
                self.renew(self._moves(MOVES_RATED))

    def answer(self, row: int, likelihood: Likelihood) -> None:
        """Weigh by an answer."""
        self.evidence = self.evidence.answered(row, likelihood)
        self.weights = self.weights * self._explained(Evidence(self.shape).answered(row, likelihood))
        if (heaviest := self.weights.max()) < WEIGHT_MIN:
            self.weights = self.weights / heaviest
        if self.effective < EFFECTIVE_MIN * self._later:
            self.renew(self._moves(MOVES))

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

    def _explained(self, evidence: Evidence) -> NDArray[np.float64]:
        return evidence.of(self.states, self.people.trusty, self.people.gappy)

    def _moves(self, count: int) -> int:
        return max(MOVES_MIN, count * MOVES_SIZE // max(MOVES_SIZE, self.shape.size))

    def renew(self, moves: int) -> None:
        """Give the likely more room than the unlikely, then let everybody drift to where the evidence allows."""
        self.renewals += 1
        chance = Chance(self.seed, f"renewal {self.renewals}")
        columns = self._spread(chance)
        self.people = self.people.taken(columns)
        self.states = self.states.take(columns, axis=1)
        self.weights = np.ones(len(columns))
        explains = self._explained(self.evidence)
        for _ in range(moves):
            self._move(chance, explains)

    def _spread(self, chance: Chance) -> NDArray[np.int64]:
        """Columns in proportion to their weights (systematic resampling)."""
        count = min(self.people.count, self._later)
        steps = np.cumsum(self.counted.astype(np.int64))
        marks = ((np.arange(count) + float(chance.shares(1)[0])) * (float(steps[-1]) / count)).astype(np.int64)
        return np.searchsorted(steps, marks, side="right").astype(np.int64)

    def _move(self, chance: Chance, explains: NDArray[np.float64]) -> None:
        """Draw a few units of everybody anew; who then explains the evidence less well mostly stays as before.

        The draws are independent of each other and steps along the bars are as likely up as down, so this keeps the
        prior, and whether a move is accepted depends on the evidence alone (Metropolis-Hastings).
        """
        people, shape = self.people, self.shape
        units = [int(u) for u in np.argsort(chance.words(len(shape.units)), kind="stable")[:UNITS_MOVED]]
        rows = np.concatenate([shape.members[unit] for unit in units])
        inside = chance.bytes(people.count) >= MOVES_OUTSIDE
        unit, own = self._units_anew(chance, units, rows, inside)
        tried = replace(self._rest_anew(chance, inside), own=people.own.copy())
        tried.own[rows] = own
        states = levels(shape, people, tried.own) <= self.bars.height(people, tried.bar)
        after = self.evidence.of(states, tried.trusty, tried.gappy)
        accepted = chance.shares(people.count) * explains < after
        _overwrite(self.states, states, accepted)
        people.unit[units] = np.where(accepted, unit, people.unit[units])
        people.own[rows] = np.where(accepted, own, people.own[rows])
        people.bar = np.where(accepted, tried.bar, people.bar)
        people.trusty = np.where(accepted, tried.trusty, people.trusty)
        people.gappy = np.where(accepted, tried.gappy, people.gappy)
        explains[accepted] = after[accepted]

    def _units_anew(
        self, chance: Chance, units: list[int], rows: NDArray[np.int64], inside: NDArray[np.bool_]
    ) -> tuple[Levels, Levels]:
        """Units drawn anew, one half of the time whole, else some of their competencies."""
        people = self.people
        unit, steps = fresh(self.shape, chance, people, units)
        whole = inside & (chance.bytes(people.count) < 128)
        unit = np.where(whole, unit, people.unit[units])
        some = whole | (inside & (chance.bytes(len(rows), people.count) < 96))
        of_row = np.repeat(np.arange(len(units)), [len(self.shape.members[one]) for one in units])
        return unit, np.where(some, unit[of_row] + steps, people.own[rows])

    def _rest_anew(self, chance: Chance, inside: NDArray[np.bool_]) -> People:
        """The others: a little further or less far on, perhaps with other ratings and gaps."""
        people = self.people
        bar = people.bar + chance.bells(people.count)
        bar = np.where(bar < 0, -1 - bar, bar)
        bar = np.where(bar >= BARS, 2 * BARS - 1 - bar, bar)
        other = ~inside & (chance.bytes(people.count) < 64)
        return replace(
            people,
            bar=np.where(inside, people.bar, bar),
            trusty=np.where(other, chance.bytes(people.count) >= MISTRUST, people.trusty),
            gappy=np.where(other, chance.bytes(people.count) < GAPPY, people.gappy),
        )


def _overwrite(states: States, others: States, columns: NDArray[np.bool_]) -> None:
    """Copy some columns, eight people at a time: ten times as fast as by a mask."""
    mask = (columns * np.uint8(255)).view(np.uint64)
    into = states.view(np.uint64)
    into ^= (into ^ others.view(np.uint64)) & mask
