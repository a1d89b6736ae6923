"""Chooses the next question: the one after whose answer the fewest mistakes are to be expected."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firsthand.learning.placement.evidence import Likelihood
from firsthand.learning.placement.pool import Weights
from firsthand.learning.placement.prior import States
from firsthand.learning.placement.result import Outcome

CANDIDATES = 64
"""How many questions are looked at closely: those nearest to even odds."""
CANDIDATES_MIN = 24
PRODUCTS_MAX = 130_000_000
"""Questions times people times competencies: on big graphs fewer questions are looked at."""
_FINE = 2.0**30


@dataclass(frozen=True)
class Weighed:
    """Possible learners with their weights. All sums over them are exact, so they are the same on every machine."""

    states: States
    weights: Weights
    gappy: NDArray[np.bool_]
    held: NDArray[np.float64]
    """How likely those with gaps know each competency that they would know without (Evidence.held)."""

    def marginals(self) -> NDArray[np.float64]:
        """How likely each competency is known."""
        both = np.column_stack([self.weights, self.weights * self.gappy])
        whole, gaps = (self.states.astype(np.float32) @ both).astype(np.float64).T
        found: NDArray[np.float64] = (whole - gaps + gaps * self.held) / self._total
        return found

    def pairs(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """How likely each of `rows` is known together with each competency."""
        numbers = self.states.astype(np.float32)
        some = numbers[rows] * self.weights
        whole = (some @ numbers.T).astype(np.float64)
        gaps = (some[:, self.gappy] @ numbers[:, self.gappy].T).astype(np.float64)
        found: NDArray[np.float64] = (whole - gaps + gaps * self.held * self.held[rows][:, None]) / self._total
        found[np.arange(len(rows)), rows] = self.marginals()[rows]
        return found

    @property
    def _total(self) -> float:
        return float(self.weights.sum(dtype=np.float64))


def next_row(pool: Weighed, rows: NDArray[np.int64], outcomes: Mapping[Outcome, Likelihood]) -> int:
    """The best of `rows`; of equals the first in the graph's order."""
    chance = pool.marginals()
    count = max(CANDIDATES_MIN, min(CANDIDATES, PRODUCTS_MAX // pool.states.size))
    near = np.argsort(np.abs(chance[rows] - 0.5), kind="stable")[:count]
    rows = np.sort(rows[near])
    both = pool.pairs(rows)
    left = np.zeros(len(rows), np.int64)
    for not_known, known in outcomes.values():
        happens = not_known * (1 - chance[rows]) + known * chance[rows]
        held = (not_known * chance + (known - not_known) * both) / happens[:, None]
        doubt = np.floor(held * (1 - held) * _FINE).astype(np.int64).sum(axis=1)
        left += np.floor(happens * doubt).astype(np.int64)
    return int(rows[np.argmin(left)])
