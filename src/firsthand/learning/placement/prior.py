"""Draws possible learners: three kinds of people, each with a reason of its own why some things are known together.

Every possible learner gives every competency a *level*: how far one must have come to know it. Levels never fall along
the prerequisites, so "known is what lies at or below one's bar" is always closed: nobody knows what stands on something
unknown. All numbers are whole, so every machine draws the same people.

- able: the level is the competency's own or the highest of its prerequisites. Ability decides; units differ.
- path: the own step is added to the highest level of the prerequisites. Studied in some order, so far and no further.
- specialist: the level is the own or the lowest of its followers. Some units are known deeply, with all they stand on.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

from firsthand.learning.graph import Graph
from firsthand.learning.placement.chance import Chance

Levels = NDArray[np.int32]
States = NDArray[np.bool_]
"""A row for each competency in the graph's order, a column for each possible learner."""

SD = 104
"""The standard deviation of Chance.bells: one step on the scale of levels."""
_WAITS = np.array([round(-SD * log(1 - (k + 0.5) / 256)) for k in range(256)], np.int32)
"""Exponential waiting times, by a byte: whoever waits so at every competency studies in a random order."""


@dataclass(frozen=True)
class Shape:
    """A graph as rows of an array."""

    parents: tuple[tuple[int, ...], ...]
    children: tuple[tuple[int, ...], ...]
    unit: NDArray[np.int64]
    units: tuple[str, ...]
    depth: Levels
    """Each competency's depth, stretched so that the deepest has SHAPE_DEPTH."""

    @classmethod
    def of(cls, graph: Graph) -> "Shape":
        """Rows in the graph's order, units by name."""
        row = {c: i for i, c in enumerate(graph.order)}
        units = tuple(sorted(set(graph.units.values())))
        number = {u: i for i, u in enumerate(units)}
        deepest = max(graph.depths.values(), default=0) or 1
        return cls(
            tuple(tuple(row[p] for p in graph.prerequisites[c]) for c in graph.order),
            tuple(tuple(row[f] for f in graph.followers[c]) for c in graph.order),
            np.array([number[graph.units[c]] for c in graph.order], np.int64),
            units,
            np.array([graph.depths[c] * DEPTH // deepest for c in graph.order], np.int32),
        )

    @property
    def size(self) -> int:
        """How many competencies there are."""
        return len(self.parents)


DEPTH = 5 * SD
KINDS = ("able", "path", "specialist")
SHARES = (5, 4, 3)
"""How many of twelve possible learners are of each kind."""


@dataclass
class People:
    """Possible learners as independent draws, of which each part may be drawn again by itself; one column a person.

    The kinds lie side by side, in the order of KINDS; `ends` says where each ends.
    """

    own: Levels
    """Per competency."""
    unit: Levels
    """Per unit."""
    till: NDArray[np.int64]
    """Up to the level of which competency each has come."""
    early: NDArray[np.bool_]
    """Whether it came an eighth of this only."""
    trusty: NDArray[np.bool_]
    """Whether its self-rating means anything."""
    ends: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self.own.shape[1])

    def slices(self) -> list[tuple[str, slice]]:
        """Each kind with its columns."""
        return [(kind, slice(a, b)) for kind, (a, b) in zip(KINDS, pairwise((0, *self.ends)), strict=True)]

    def taken(self, columns: NDArray[np.int64]) -> "People":
        """These people only, some perhaps several times; `columns` rise, so that the kinds stay side by side."""
        ends = tuple(int(np.searchsorted(columns, end)) for end in self.ends)
        return People(
            self.own[:, columns],
            self.unit[:, columns],
            self.till[columns],
            self.early[columns],
            self.trusty[columns],
            ends,
        )


def draw(shape: Shape, chance: Chance, ends: tuple[int, ...]) -> People:
    """New people, as many of each kind as `ends` says."""
    count = ends[-1]
    own = np.empty((shape.size, count), np.int32)
    unit = np.empty((len(shape.units), count), np.int32)
    people = People(
        own,
        unit,
        chance.below(shape.size, count),
        chance.bytes(count) < EARLY,
        chance.bytes(count) >= MISTRUST,
        ends,
    )
    for kind, columns in people.slices():
        own[:, columns], unit[:, columns] = _DRAWS[kind](shape, chance, columns.stop - columns.start)
    return people


EARLY = 56
"""Of 256."""
MISTRUST = 48
"""Of 256."""


def _able(shape: Shape, chance: Chance, count: int) -> tuple[Levels, Levels]:
    spread = chance.below(3, count).astype(np.int32)
    own = shape.depth[:, None] + chance.bells(shape.size, count).astype(np.int32) // 2
    unit = chance.bells(len(shape.units), count).astype(np.int32) * (1 + spread)
    return own, unit


def _path(shape: Shape, chance: Chance, count: int) -> tuple[Levels, Levels]:
    own = _WAITS[chance.bytes(shape.size, count)]
    unit = _WAITS[chance.bytes(len(shape.units), count)] // 2
    return own, unit


def _specialist(shape: Shape, chance: Chance, count: int) -> tuple[Levels, Levels]:
    many = 16 + chance.below(80, count)
    own = shape.depth[:, None] + chance.bells(shape.size, count).astype(np.int32) // 2
    unit = np.where(chance.bytes(len(shape.units), count) < many, np.int32(-4 * SD), np.int32(0))
    return own, unit


_DRAWS = {"able": _able, "path": _path, "specialist": _specialist}


def known(shape: Shape, people: People) -> States:
    """What everybody knows."""
    level = people.own + people.unit[shape.unit]
    for kind, columns in people.slices():
        _LEVELS[kind](shape, level[:, columns])
    least = level.min(axis=0)
    bar = level[people.till, np.arange(people.count)]
    bar = np.where(people.early, least + (bar - least) // 8, bar)
    states: States = level <= bar
    return states


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
