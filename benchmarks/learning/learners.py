"""Simulated learners, made step by step as people learn; on purpose not as the product's prior draws its own.

The product's prior gives every competency a level and everybody a bar. Here nothing has a level: learners walk through
the graph and learn, or fail to learn, one competency after the other.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from firsthand.learning import Graph, Outcome, Rating

SLIP = 0.10
GUESS = 0.25
UNSURE = 0.60
RATINGS: tuple[Rating, ...] = ("never", "some", "solid")
RATED = ((0.10, (70, 22, 8)), (0.70, (25, 50, 25)), (math.inf, (10, 25, 65)))
"""Up to which share of a unit known: per cent of ratings never, some, solid."""


@dataclass(frozen=True)
class Learner:
    """Somebody who knows something; `chance` is where the answers' luck comes from."""

    kind: str
    known: frozenset[str]
    chance: Random

    def answers(self, competency: str, unsure: float = UNSURE) -> Outcome:
        """What this learner says to a choice of four. `unsure`: how often "I don't know" where it is so."""
        if competency in self.known:
            return "wrong" if self.chance.random() < SLIP else "right"
        if self.chance.random() < unsure:
            return "unsure"
        return "right" if self.chance.random() < GUESS else "wrong"

    def rates(self, graph: Graph) -> dict[str, Rating]:
        """What this learner says about every unit, with the noise of people."""
        found: dict[str, Rating] = {}
        for unit, members in by_unit(graph).items():
            share = sum(c in self.known for c in members) / len(members)
            weights = next(w for top, w in RATED if share < top or (share <= top and top == 0.70))
            found[unit] = self.chance.choices(RATINGS, weights)[0]
        return found

    def rates_at_random(self, graph: Graph) -> dict[str, Rating]:
        """Ratings that mean nothing."""
        return {unit: self.chance.choice(RATINGS) for unit in by_unit(graph)}


def by_unit(graph: Graph) -> dict[str, list[str]]:
    """The competencies of each unit, in the graph's order."""
    found: dict[str, list[str]] = {}
    for competency in graph.order:
        found.setdefault(graph.units[competency], []).append(competency)
    return found


def able(graph: Graph, chance: Random) -> set[str]:
    """Comes to each competency in turn and gets it with a probability that ability, unit and difficulty decide."""
    ability = chance.gauss(0.6, 1.6)
    liking = {unit: chance.gauss(0, 0.7) for unit in by_unit(graph)}
    deepest = max(graph.depths.values()) or 1
    known: set[str] = set()
    for one in graph.order:
        hard = 3.0 * graph.depths[one] / deepest - 2.5 + Random(f"difficulty {one}").gauss(0, 0.6)
        odds = 1.7 * (ability + liking[graph.units[one]] - hard)
        if known.issuperset(graph.prerequisites[one]) and chance.random() < 1 / (1 + math.exp(-odds)):
            known.add(one)
    return known


def path(graph: Graph, chance: Random, low: float = 0.05, high: float = 0.95) -> set[str]:
    """Studies one ready competency after the other, mostly on in the same unit, until the time is over."""
    return _studied(graph, chance, round(chance.uniform(low, high) * len(graph.order)), 0.7)


def specialist(graph: Graph, chance: Random) -> set[str]:
    """Went deep in two to five units and learned what that needs; beyond it a little here and there."""
    units = by_unit(graph)
    known: set[str] = set()
    for unit in chance.sample(sorted(units), min(len(units), chance.randint(2, 5))):
        members = units[unit]
        known |= graph.foundation(members[: round(chance.uniform(0.6, 1.0) * len(members))])
    return _studied(graph, chance, len(known) + round(chance.uniform(0, 0.1) * len(graph.order)), 0.3, known)


def newcomer(graph: Graph, chance: Random) -> set[str]:
    """Has seen next to nothing."""
    return _studied(graph, chance, chance.randint(0, max(1, len(graph.order) * 4 // 100)), 0.5)


def holes(graph: Graph, chance: Random) -> set[str]:
    """One of the others who forgot, or never met, single things below what is known."""
    whole = chance.choice((able, path, specialist))(graph, chance)
    share = chance.uniform(0.05, 0.20)
    return {c for c in sorted(whole) if chance.random() >= share}


def _studied(graph: Graph, chance: Random, count: int, on: float, begun: set[str] | None = None) -> set[str]:
    known = set(begun or ())
    last = ""
    while len(known) < min(count, len(graph.order)):
        ready = graph.ready(known)
        same = [c for c in ready if graph.units[c] == last]
        one = chance.choice(same if same and chance.random() < on else ready)
        known.add(one)
        last = graph.units[one]
    return known


KINDS: dict[str, tuple[int, Callable[[Graph, Random], set[str]]]] = {
    "able": (30, able),
    "path": (25, path),
    "specialist": (20, specialist),
    "newcomer": (15, newcomer),
    "holes": (10, holes),
}
"""Of a hundred learners so many, made so."""


def learner(graph: Graph, seed: int, number: int) -> Learner:
    """The learner with this number: of every twenty the same mixture."""
    chance = Random(f"learner {seed} {number}")
    place = (number * 37) % 100
    for kind, (share, make) in KINDS.items():
        if place < share:
            return Learner(kind, frozenset(make(graph, chance)), chance)
        place -= share
    raise AssertionError("the shares come to a hundred")
