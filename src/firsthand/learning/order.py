"""The order of study: each item after what it needs, what is urgent first, and at most two units at a time."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from firsthand.core.errors import ContentError

UNITS_AT_ONCE = 2


@dataclass(frozen=True)
class Item:
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
    urgent = _Walk(items, links, len(items)).order()
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


@dataclass
class _Walk:
    """Takes one ready item after another."""

    items: Sequence[Item]
    links: _Links
    units_max: int
    ready: dict[str, list[tuple[float, int, int]]] = field(default_factory=dict)
    """By unit a heap: deadline, minus what it unlocks, place in the list."""
    begun: dict[str, None] = field(default_factory=dict)
    """Units that were begun and have items left, in the order in which they were begun."""

    def order(self) -> list[Item]:
        missing = [len(needed) for needed in self.links.before]
        left: dict[str, int] = {}
        for number, item in enumerate(self.items):
            left[item.unit] = left.get(item.unit, 0) + 1
            if not missing[number]:
                self._offer(number)
        done = []
        while self.ready:
            number = self._take()
            item = self.items[number]
            done.append(item)
            self.begun[item.unit] = None
            left[item.unit] -= 1
            if not left[item.unit]:
                del self.begun[item.unit]
            for one in self.links.after[number]:
                missing[one] -= 1
                if not missing[one]:
                    self._offer(one)
        return done

    def _offer(self, number: int) -> None:
        key = (self.links.due[number], -self.links.unlocks[number], number)
        heapq.heappush(self.ready.setdefault(self.items[number].unit, []), key)

    def _take(self) -> int:
        # A unit that was begun but is stuck until another one goes on does not keep the others waiting.
        going_on = [unit for unit in self.begun if unit in self.ready]
        choice: Mapping[str, object] | list[str] = self.ready
        if len(going_on) >= self.units_max:
            choice = going_on[: self.units_max]
        unit = min(choice, key=lambda each: self.ready[each][0])
        heap = self.ready[unit]
        number = heapq.heappop(heap)[2]
        if not heap:
            del self.ready[unit]
        return number
