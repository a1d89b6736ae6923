"""The order of study: each item after what it needs, what is urgent first, and at most two units at a time."""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf

import msgspec

from firsthand.core.errors import ContentError

UNITS_AT_ONCE = 2
UNITS_WITHOUT_END = 10**6


class Item(msgspec.Struct, frozen=True, gc=False):
    """Something to do."""

    id: str
    unit: str
    minutes: int
    requires: tuple[str, ...] = ()
    """Ids of items that come before."""
    due: float = inf
    """Minutes of study from now after which it is late."""


def ordered(items: Sequence[Item]) -> list[Item]:
    """All items in the order in which to do them; those that are equal in everything keep their place.

    A deadline holds for all that an item needs, earlier by the time that is needed after it. Among what is ready the
    earliest deadline goes first, then what most other items stand on. Units that were begun are brought on before new
    ones, two at a time; where that would miss a deadline that can be met, the deadline counts.

    Raises:
        ContentError: items need each other in a circle.
    """
    links = _Links.of(items)
    tidy = _Walk(items, links, UNITS_AT_ONCE).order()
    late = lateness(tidy)
    if late <= 0:
        return tidy
    # By pulled-back deadlines alone, the greatest lateness is the least possible (Lawler, 1973).
    urgent = _Walk(items, links, UNITS_WITHOUT_END).order()
    return urgent if lateness(urgent) < late else tidy


def lateness(order: Iterable[Item]) -> float:
    """By how many minutes the most belated item misses its deadline; negative when all are in time, or none has one."""
    spent, worst = 0, -inf
    for item in order:
        spent += item.minutes
        worst = max(worst, spent - item.due)
    return worst


@dataclass(frozen=True)
class _Links:
    """What follows from the items' requirements, by place in the list."""

    before: list[list[int]]
    after: list[list[int]]
    due: list[float]
    """Deadlines, pulled back."""
    unlocks: list[int]
    """How many items stand on it, directly or not."""

    @classmethod
    def of(cls, items: Sequence[Item]) -> "_Links":
        place = {item.id: number for number, item in enumerate(items)}
        before = [[place[one] for one in item.requires if one in place] for item in items]
        after: list[list[int]] = [[] for _ in items]
        for number, needed in enumerate(before):
            for one in needed:
                after[one].append(number)
        due = [item.due for item in items]
        follow = [0] * len(items)
        for number in reversed(_topological(items, before, after)):
            bits = 0
            for one in after[number]:
                due[number] = min(due[number], due[one] - items[one].minutes)
                bits |= follow[one] | 1 << one
            follow[number] = bits
        return cls(before, after, due, [bits.bit_count() for bits in follow])


def _topological(items: Sequence[Item], before: list[list[int]], after: list[list[int]]) -> list[int]:
    missing = [len(needed) for needed in before]
    ready = [number for number, count in enumerate(missing) if not count]
    for number in ready:
        for one in after[number]:
            missing[one] -= 1
            if not missing[one]:
                ready.append(one)
    if len(ready) < len(items):
        stuck = sorted(items[number].id for number, count in enumerate(missing) if count)
        raise ContentError(f"These stand on each other in a circle, so none can be begun: {', '.join(stuck[:8])}.")
    return ready


_Key = tuple[float, int, int]
"""Deadline, minus what it unlocks, place in the list: the least goes first."""


@dataclass
class _Walk:
    """Takes one ready item after another."""

    items: Sequence[Item]
    links: _Links
    units_max: int
    ready: list[_Key] = field(default_factory=list)
    """A heap, also of some that were taken from their unit's."""
    ready_in: dict[str, list[_Key]] = field(default_factory=dict)
    """By unit a heap, also of some that were taken from the other one."""
    counts: Counter[str] = field(default_factory=Counter)
    """By unit how many are ready."""
    begun: dict[str, int] = field(default_factory=dict)
    """Units that were begun, with their place in that order."""
    going_on: set[str] = field(default_factory=set)
    """Units that were begun and have something ready. One that is stuck until another goes on keeps none waiting."""
    taken: set[int] = field(default_factory=set)

    def order(self) -> list[Item]:
        missing = [len(needed) for needed in self.links.before]
        for number in range(len(self.items)):
            if not missing[number]:
                self._offer(number)
        done: list[Item] = []
        while len(done) < len(self.items):
            number = self._take()
            done.append(self.items[number])
            for one in self.links.after[number]:
                missing[one] -= 1
                if not missing[one]:
                    self._offer(one)
        return done

    def _offer(self, number: int) -> None:
        unit = self.items[number].unit
        key = (self.links.due[number], -self.links.unlocks[number], number)
        heapq.heappush(self.ready, key)
        heapq.heappush(self.ready_in.setdefault(unit, []), key)
        self.counts[unit] += 1
        if unit in self.begun:
            self.going_on.add(unit)

    def _take(self) -> int:
        number = self._first()
        unit = self.items[number].unit
        self.taken.add(number)
        self.counts[unit] -= 1
        self.begun.setdefault(unit, len(self.begun))
        if self.counts[unit]:
            self.going_on.add(unit)
        else:
            self.going_on.discard(unit)
        return number

    def _first(self) -> int:
        if len(self.going_on) < self.units_max:
            return self._head(self.ready)[2]
        units = sorted(self.going_on, key=self.begun.__getitem__)[: self.units_max]
        return min(self._head(self.ready_in[unit]) for unit in units)[2]

    def _head(self, heap: list[_Key]) -> _Key:
        """The least of a heap that was not taken; there is one."""
        while heap[0][2] in self.taken:
            heapq.heappop(heap)
        return heap[0]
