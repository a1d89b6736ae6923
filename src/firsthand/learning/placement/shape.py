"""A graph as rows of arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firsthand.learning.graph import Graph

SHORT_MAX = 100
"""The longest chain, in steps, whose levels fit into 16 bits: no step is longer than 243 (prior.py, `_path`)."""


@dataclass(frozen=True)
class Shape:
    """Rows in the graph's order, units by name."""

    parents: tuple[tuple[int, ...], ...]
    children: tuple[tuple[int, ...], ...]
    units: tuple[str, ...]
    members: tuple[NDArray[np.int64], ...]
    """The rows of each unit."""
    depth: NDArray[np.int16]
    """Per competency, as a share of the greatest depth in 1024ths."""
    dtype: type[np.int16] | type[np.int32]
    """What holds the sum of all steps on the longest chain."""

    @classmethod
    def of(cls, graph: Graph) -> "Shape":
        """The graph's shape."""
        row = {c: i for i, c in enumerate(graph.order)}
        units = tuple(sorted(set(graph.units.values())))
        members = {u: [row[c] for c in graph.order if graph.units[c] == u] for u in units}
        deepest = max(graph.depths.values(), default=0) or 1
        return cls(
            tuple(tuple(row[p] for p in graph.prerequisites[c]) for c in graph.order),
            tuple(tuple(row[f] for f in graph.followers[c]) for c in graph.order),
            units,
            tuple(np.array(rows, np.int64) for rows in members.values()),
            np.array([graph.depths[c] * 1024 // deepest for c in graph.order], np.int16),
            np.int16 if deepest <= SHORT_MAX else np.int32,
        )

    @property
    def size(self) -> int:
        """How many competencies there are."""
        return len(self.parents)
