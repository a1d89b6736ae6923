"""Possible learners: three kinds of people, each with a reason of its own why some things are known together.

Every possible learner gives every competency a *level*: how far one must have come to know it. Levels never fall along
the prerequisites, so "known is what lies at or below one's bar" is always closed: nobody knows what stands on something
unknown. All numbers are whole, so every machine draws the same people.

- able: the level is the competency's own or the highest of its prerequisites. Ability decides; units differ.
- path: the own step is added to the highest level of the prerequisites. Studied in some order, so far and no further.
- specialist: the level is the own or the lowest of its followers. Some units are known deeply, with all they stand on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from firsthand.learning.placement.chance import Chance
from firsthand.learning.placement.shape import Shape

Levels = NDArray[np.signedinteger]
States = NDArray[np.bool_]
"""A row for each competency in the graph's order, a column for each possible learner."""

SD = 104
"""The standard deviation of Chance.bells: one step on the scale of levels."""
DEPTH = 5 * SD
"""By how much the deepest competency is harder than one that stands on nothing, for the able and for specialists."""
WAITS = np.array([round(-SD / 4 * log(1 - (k + 0.5) / 256)) for k in range(256)], np.int16)
"""Exponential waiting times, by a byte: whoever waits so at every competency studies in a random order."""
_DEPTH_OF_SHARE = np.array([share * DEPTH // 1024 for share in range(1025)], np.int16)
STRONG = -4 * SD
"""How much easier everything is for a specialist in a unit of the own field."""

KINDS = ("able", "path", "specialist")
SHARES = (5, 4, 3)
"""How many of twelve possible learners are of each kind."""
EARLY = 56
"""Of 256 possible learners, how many came an eighth of the way only."""
MISTRUST = 48
"""Of 256, how many whose self-rating means nothing."""
GAPPY = 64
"""Of 256, how many have gaps: single things that they forgot or never met, below others that they know."""
BARS = 1_024


@dataclass
class People:
    """Possible learners as independent draws, of which each may be made again by itself; one column a person.

    The kinds lie side by side, in the order of KINDS; `ends` says where each ends.
    """

    ends: tuple[int, ...]
    trait: Levels
    """How much units differ for the able; how many of 256 units are strong for specialists."""
    unit: Levels
    """Per unit: what is common to its competencies."""
    own: Levels
    """Per competency, with its unit's."""
    bar: NDArray[np.int64]
    """Which of the bars that are possible for the kind."""
    trusty: NDArray[np.bool_]
    """Whether the self-rating means anything."""
    gappy: NDArray[np.bool_]
    """Whether there are gaps in what is known."""

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.own.shape[1])

    def kinds(self) -> list[tuple[str, slice]]:
        """Each kind with its columns."""
        return [(kind, slice(a, b)) for kind, (a, b) in zip(KINDS, pairwise((0, *self.ends)), strict=True)]

    def taken(self, columns: NDArray[np.int64]) -> "People":
        """These people only, some perhaps several times; `columns` rise, so that the kinds stay side by side."""
        return People(
            tuple(int(np.searchsorted(columns, end)) for end in self.ends),
            self.trait[columns],
            self.unit.take(columns, axis=1),
            self.own.take(columns, axis=1),
            self.bar[columns],
            self.trusty[columns],
            self.gappy[columns],
        )


def draw(shape: Shape, chance: Chance, ends: tuple[int, ...]) -> People:
    """New people, as many of each kind as `ends` says."""
    count = ends[-1]
    people = People(
        ends,
        np.zeros(count, np.int16),
        np.zeros((len(shape.units), count), shape.dtype),
        np.zeros((shape.size, count), shape.dtype),
        chance.below(BARS, count),
        chance.bytes(count) >= MISTRUST,
        chance.bytes(count) < GAPPY,
    )
    for kind, columns in people.kinds():
        people.trait[columns] = _TRAITS[kind](chance, columns.stop - columns.start)
    for unit, rows in enumerate(shape.members):
        people.unit[[unit]], steps = fresh(shape, chance, people, [unit])
        people.own[rows] = people.unit[unit] + steps
    return people


def fresh(shape: Shape, chance: Chance, people: People, units: Sequence[int]) -> tuple[Levels, Levels]:
    """Everybody's draw for these units, and for each of their competencies beside it."""
    depth = _DEPTH_OF_SHARE[shape.depth[np.concatenate([shape.members[unit] for unit in units])]]
    unit = np.empty((len(units), people.count), shape.dtype)
    steps = np.empty((len(depth), people.count), shape.dtype)
    for kind, columns in people.kinds():
        trait = people.trait[columns]
        unit[:, columns] = _UNIT[kind](chance, trait, len(units))
        steps[:, columns] = _STEPS[kind](chance, len(trait), depth[:, None])
    return unit, steps


def levels(shape: Shape, people: People, own: Levels) -> Levels:
    """How far each person must come for each competency; written over `own`."""
    for kind, columns in people.kinds():
        _LEVELS[kind](shape, own[:, columns])
    return own


@dataclass(frozen=True)
class Bars:
    """How far people of each kind may have come: bars of equal chance, found from people newly drawn."""

    of_kind: Levels

    @classmethod
    def of(cls, people: People, level: Levels, chance: Chance) -> "Bars":
        """Up to a competency that was drawn by lot, so that all shares of the graph are about equally likely."""
        found = np.zeros((len(KINDS), BARS), level.dtype)
        if level.size:
            till = level[chance.below(len(level), people.count), np.arange(people.count)]
            least = level.min(axis=0)
            height = np.where(chance.bytes(people.count) < EARLY, least + (till - least) // 8, till)
            for number, (_, columns) in enumerate(people.kinds()):
                steps = np.sort(height[columns])
                if len(steps):
                    found[number] = steps[np.arange(BARS) * len(steps) // BARS]
        return cls(found)

    def height(self, people: People, bar: NDArray[np.int64]) -> Levels:
        """Everybody's bar as a level."""
        found = np.empty(people.count, self.of_kind.dtype)
        for number, (_, columns) in enumerate(people.kinds()):
            found[columns] = self.of_kind[number, bar[columns]]
        return found


def _no_trait(_chance: Chance, count: int) -> Levels:
    return np.zeros(count, np.int16)


def _differing(chance: Chance, count: int) -> Levels:
    return 1 + chance.below(3, count).astype(np.int16)


def _fields(chance: Chance, count: int) -> Levels:
    return 16 + chance.below(80, count).astype(np.int16)


_TRAITS = {"able": _differing, "path": _no_trait, "specialist": _fields}


_UNIT: Mapping[str, Callable[[Chance, Levels, int], Levels]] = {
    "able": lambda chance, trait, units: chance.bells(units, len(trait)) * trait,
    "path": lambda chance, trait, units: WAITS[chance.bytes(units, len(trait))] // 2,
    "specialist": lambda chance, trait, units: np.where(chance.bytes(units, len(trait)) < trait, STRONG, 0),
}


def _harder_with_depth(chance: Chance, people: int, depth: Levels) -> Levels:
    return depth + chance.bells(len(depth), people) // 2


def _waits(chance: Chance, people: int, depth: Levels) -> Levels:
    return WAITS[chance.bytes(len(depth), people)]


_STEPS = {"able": _harder_with_depth, "path": _waits, "specialist": _harder_with_depth}


def _highest(shape: Shape, level: Levels) -> None:
    for row, parents in enumerate(shape.parents):
        for parent in parents:
            np.maximum(level[row], level[parent], out=level[row])


def _summed(shape: Shape, level: Levels) -> None:
    for row, parents in enumerate(shape.parents):
        if parents:
            best = level[parents[0]]
            for parent in parents[1:]:
                best = np.maximum(best, level[parent])
            level[row] += best


def _lowest(shape: Shape, level: Levels) -> None:
    for row in range(shape.size - 1, -1, -1):
        for child in shape.children[row]:
            np.minimum(level[row], level[child], out=level[row])


_LEVELS = {"able": _highest, "path": _summed, "specialist": _lowest}
