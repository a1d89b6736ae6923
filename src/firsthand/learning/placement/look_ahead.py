"""Chooses the next question: the one after whose answer the fewest mistakes are to be expected."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from firsthand.learning.placement.evidence import GAP, Likelihood
from firsthand.learning.placement.pool import Weights
from firsthand.learning.placement.prior import States
from firsthand.learning.placement.result import Outcome

CANDIDATES = 24
"""How many questions are looked at closely: those nearest to even odds."""
_FINE = 2.0**30


def marginals(states: States, weights: Weights, gappy: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How likely each competency is known. All sums are exact, so it is the same on every machine."""
    whole, gaps = (states.astype(np.float32) @ np.column_stack([weights, weights * gappy])).astype(np.float64).T
    found: NDArray[np.float64] = (whole - GAP * gaps) / float(weights.sum(dtype=np.float64))
    return found


def next_row(states: States, weights: Weights, rows: NDArray[np.int64], outcomes: Mapping[Outcome, Likelihood]) -> int:
    """The best of `rows`; of equals the first in the graph's order."""
    chance = marginals(states, weights, np.zeros(len(weights), np.bool_))
    near = np.argsort(np.abs(chance[rows] - 0.5), kind="stable")[:CANDIDATES]
    rows = np.sort(rows[near])
    numbers = states.astype(np.float32)
    both = ((numbers[rows] * weights) @ numbers.T).astype(np.float64) / float(weights.sum(dtype=np.float64))
    left = np.zeros(len(rows), np.int64)
    for not_known, known in outcomes.values():
        happens = not_known * (1 - chance[rows]) + known * chance[rows]
        held = (not_known * chance + (known - not_known) * both) / happens[:, None]
        doubt = np.floor(held * (1 - held) * _FINE).astype(np.int64).sum(axis=1)
        left += np.floor(happens * doubt).astype(np.int64)
    return int(rows[np.argmin(left)])
