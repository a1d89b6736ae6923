"""Folds steps of one shape into one, so that five hundred identical queries are a line with its count."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import TypeVar

from firsthand.study.steps import Step

APART_MAX = 5
"""Steps of one shape with others between them are folded where there are more of them."""

Key = tuple[object, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Fold:
    """A step, and those like it that are not shown."""

    steps: tuple[Step, ...]

    @property
    def first(self) -> Step:
        """The one that stands for all."""
        return self.steps[0]

    @property
    def alike(self) -> bool:
        """Whether the others say the same to the letter."""
        return all(step.text == self.first.text for step in self.steps)

    @property
    def different(self) -> int:
        """How many of them say something of their own."""
        return len({step.text for step in self.steps})

    @property
    def until(self) -> float:
        """When the last one was over, in seconds since the run began."""
        return max(step.ended for step in self.steps)

    @property
    def median_s(self) -> float:
        """How long the one in the middle took."""
        return median(step.ended - step.at for step in self.steps)

    @property
    def connections(self) -> int:
        """On how many connections it was said."""
        return len({step.connection for step in self.steps})


def folded(steps: Iterable[Step]) -> Iterator[Fold]:
    """Steps in order; those of one shape as one, at the place of the first, but never over a fault."""
    for faults, between in groupby(steps, key=lambda step: step.kind == "fault"):
        if faults:
            yield from (Fold((step,)) for step in between)
        else:
            yield from (Fold(tuple(same)) for same in gathered(list(between), _key))


def gathered(items: Sequence[T], key: Callable[[T], Key]) -> Iterator[list[T]]:
    """The items in order; neighbours of one key together, and, where there are many of a key, all at its first."""
    counts = Counter(map(key, items))
    apart: dict[Key, list[T]] = {}
    for item in items:
        apart.setdefault(key(item), []).append(item)
    shown: set[Key] = set()
    kept: list[list[T]] = []
    for item in items:
        own = key(item)
        if counts[own] <= APART_MAX:
            kept.append([item])
        elif own not in shown:
            shown.add(own)
            kept.append(apart[own])
    for _, same in groupby(kept, key=lambda group: key(group[0])):
        yield [item for group in same for item in group]


def _key(step: Step) -> Key:
    return (step.kind, step.door, step.shape, step.ok, step.stage, step.check)
