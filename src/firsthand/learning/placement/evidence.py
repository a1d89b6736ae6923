"""How likely an answer or a self-rating is for somebody who knows the competency, and for somebody who does not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from firsthand.learning.placement.prior import States
from firsthand.learning.placement.result import Answer, Kind, Outcome, Rating
from firsthand.learning.placement.shape import Shape

SLIP = 0.1
GUESS: Mapping[Kind, float] = {"choice": 0.25, "short": 0.05}
OWNS_UP = 0.5
"""How often one who does not know says so, where "I don't know" is used at all."""
DOUBTS = 0.03
"""How often one who knows says "I don't know"."""
WRONG_BEFORE_PLAIN = 3
GAP = 0.2
"""How much is missing of what somebody with gaps would know otherwise."""

OUTCOMES: tuple[Outcome, ...] = ("right", "wrong", "unsure")
Likelihood = tuple[float, float]
"""For one who does not know, for one who does."""


def likelihoods(kind: Kind, plain: bool) -> dict[Outcome, Likelihood]:
    """What each outcome says. `plain`: this learner never says "I don't know", so that a wrong answer says more."""
    guess = GUESS[kind]
    if plain:
        return {"right": (guess, 1 - SLIP), "wrong": (1 - guess, SLIP)}
    return {
        "right": ((1 - OWNS_UP) * guess, 1 - SLIP),
        "wrong": ((1 - OWNS_UP) * (1 - guess), SLIP - DOUBTS),
        "unsure": (OWNS_UP, DOUBTS),
    }


def is_plain(answers: Sequence[Answer]) -> bool:
    """Whether "I don't know" was never used in spite of three wrong answers: then it is taken for never used at all."""
    outcomes = [a.outcome for a in answers]
    return "unsure" not in outcomes and outcomes.count("wrong") >= WRONG_BEFORE_PLAIN


WEIGHT = 0.8
_RATED: Mapping[Rating, tuple[float, float, float]] = {
    "never": (0.65, 0.25, 0.10),
    "some": (0.25, 0.45, 0.30),
    "solid": (0.10, 0.30, 0.60),
}
"""How often a unit is rated so by those who know nothing, half and all of it; in between on straight lines."""


def rating_table(rating: Rating, size: int) -> NDArray[np.float64]:
    """By how many of `size` competencies are known: how likely the rating is, damped because people err alike."""
    nothing, half, everything = _RATED[rating]
    shares = (k / size for k in range(size + 1))
    lines = (
        nothing + (half - nothing) * 2 * s if s < 0.5 else half + (everything - half) * (2 * s - 1) for s in shares
    )
    return np.array([round(p**WEIGHT, 9) for p in lines])


@dataclass(frozen=True)
class Evidence:
    """The answers and ratings that were weighed so far."""

    shape: Shape
    answers: tuple[tuple[int, Likelihood], ...] = ()
    """Each with its row."""
    ratings: tuple[tuple[NDArray[np.int64], NDArray[np.float64]], ...] = ()
    """The rows of each unit rated, and how likely its rating is by how many of them are known."""

    def answered(self, row: int, likelihood: Likelihood) -> "Evidence":
        """With an answer more."""
        return replace(self, answers=(*self.answers, (row, likelihood)))

    def rated(self, ratings: Iterable[tuple[int, Rating]]) -> "Evidence":
        """With more units rated."""
        members = self.shape.members
        more = ((members[unit], rating_table(rating, len(members[unit]))) for unit, rating in ratings)
        return replace(self, ratings=(*self.ratings, *more))

    def held(self) -> NDArray[np.float64]:
        """How likely those with gaps know each competency that they would know without, by the last answer on it."""
        found = np.full(self.shape.size, 1 - GAP)
        for row, (not_known, known) in self.answers:
            found[row] = (1 - GAP) * known / (GAP * not_known + (1 - GAP) * known)
        return found

    def of(self, states: States, trusty: NDArray[np.bool_], gappy: NDArray[np.bool_]) -> NDArray[np.float64]:
        """How well each of the states explains all of it, for people whose ratings can be trusted and who have gaps."""
        found = np.ones(states.shape[1])
        for rows, table in self.ratings:
            found *= table[states[rows].sum(axis=0, dtype=np.int16)]
        if self.ratings:
            found = np.where(trusty, found, prod([_NOTHING] * len(self.ratings)))
        if self.answers:
            asked = [row for row, _ in self.answers]
            not_known, known = np.array([likelihood for _, likelihood in self.answers]).T[:, :, None]
            whole = np.where(gappy, GAP * not_known + (1 - GAP) * known, known)
            found *= np.where(states[asked], whole, not_known).prod(axis=0)
        return found


_NOTHING = round((1 / 3) ** WEIGHT, 9)
"""A rating that means nothing."""
