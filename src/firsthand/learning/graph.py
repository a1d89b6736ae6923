"""The competencies of a path and what stands on what: an acyclic graph, checked once, always in one order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Self

from firsthand.content.model import LearningPath
from firsthand.core.errors import ContentError


@dataclass(frozen=True)
class Graph:
    """Competencies in units, each with those that it stands on.

    `units` says for every competency in which unit it is, and so names all of them; `prerequisites` says what a
    competency stands on, and may leave out those that stand on nothing. The order of both mappings means nothing.
    Raises ContentError for a prerequisite that is no competency and for a cycle.
    """

    units: Mapping[str, str]
    prerequisites: Mapping[str, Iterable[str]]

    def __post_init__(self) -> None:
        """Sort everything, so that equal graphs behave alike, and refuse what cannot be studied."""
        units = {c: self.units[c] for c in sorted(self.units)}
        before = {c: tuple(sorted(set(self.prerequisites.get(c, ())))) for c in units}
        _refuse_unknown(units, self.prerequisites)
        object.__setattr__(self, "units", units)
        object.__setattr__(self, "prerequisites", before)
        object.__setattr__(self, "order", _order(before))

    order: tuple[str, ...] = field(init=False, compare=False)
    """All competencies, each after those that it stands on; those that are ready at once by id."""

    @classmethod
    def of(cls, path: LearningPath) -> Self:
        """The graph of a whole learning path."""
        competencies = [c for unit in path.units for c in unit.competencies]
        return cls({c.id: c.unit for c in competencies}, {c.id: c.requires for c in competencies})

    @cached_property
    def followers(self) -> dict[str, tuple[str, ...]]:
        """For every competency those that stand directly on it, by id."""
        found: dict[str, list[str]] = {c: [] for c in self.units}
        for competency, before in self.prerequisites.items():
            for one in before:
                found[one].append(competency)
        return {c: tuple(after) for c, after in found.items()}

    @cached_property
    def depths(self) -> dict[str, int]:
        """For every competency the length of the longest chain below it; 0 where it stands on nothing."""
        depths: dict[str, int] = {}
        for competency in self.order:
            depths[competency] = max((depths[one] + 1 for one in self.prerequisites[competency]), default=0)
        return depths

    def foundation(self, competencies: Iterable[str]) -> frozenset[str]:
        """These and all that they stand on, directly or not."""
        return self._closure(competencies, self.prerequisites)

    def dependents(self, competencies: Iterable[str]) -> frozenset[str]:
        """These and all that stand on them, directly or not."""
        return self._closure(competencies, self.followers)

    def is_closed(self, competencies: Iterable[str]) -> bool:
        """Whether nothing that these stand on is missing among them."""
        known = frozenset(competencies)
        return self.foundation(known) == known

    def ready(self, known: Iterable[str]) -> tuple[str, ...]:
        """What is not known and stands only on what is known, in the graph's order."""
        held = frozenset(known)
        return tuple(c for c in self.order if c not in held and held.issuperset(self.prerequisites[c]))

    def _closure(self, competencies: Iterable[str], steps: Mapping[str, Iterable[str]]) -> frozenset[str]:
        waiting = list(competencies)
        found: set[str] = set()
        while waiting:
            if (one := waiting.pop()) not in found:
                found.add(one)
                waiting.extend(steps[one])
        return frozenset(found)


def _refuse_unknown(units: Mapping[str, str], prerequisites: Mapping[str, Iterable[str]]) -> None:
    for competency in sorted(prerequisites):
        if competency not in units:
            raise ContentError(
                f"{competency} has prerequisites but is in no unit.",
                advice="Give the competency a unit, or take its prerequisites away.",
            )
        for one in sorted(prerequisites[competency]):
            if one not in units:
                raise ContentError(
                    f"{competency} stands on {one}, which does not exist.",
                    advice=f"Correct the id among the prerequisites of {competency}.",
                )


def _order(prerequisites: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    sorter = TopologicalSorter(prerequisites)
    try:
        sorter.prepare()
    except CycleError as error:
        chain = " needs ".join(reversed(error.args[1]))
        raise ContentError(
            f"The prerequisites run in a circle: {chain}.",
            advice="Nobody could ever begin there: take one of these prerequisites away.",
        ) from None
    found: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found += ready
        sorter.done(*ready)
    return tuple(found)
