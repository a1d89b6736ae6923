"""Lays a graph out in columns, from left to right: each node right of what it stands on, with few crossing lines."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

NODES_MAX = 10_000
SWEEPS = 24
"""How often the columns are sorted and levelled by their neighbours; more changes nothing any more."""

Point = tuple[int, str]
"""A node, or where a line to a node passes through a column: `(column, name)`."""


@dataclass(frozen=True)
class Layout:
    """Where everything is: columns from 0, heights in the unit of the gaps, the topmost at 0."""

    columns: Mapping[str, int]
    heights: Mapping[str, float]
    passes: Mapping[tuple[str, str], tuple[float, ...]]
    """For each line the heights at which it passes the columns between its ends."""


def layout(
    nodes: Sequence[str],
    before: Mapping[str, Sequence[str]],
    *,
    node_gap: float,
    line_gap: float,
    lines_gap: float | None = None,
    column_nodes_max: int = NODES_MAX,
) -> Layout:
    """Lay out an acyclic graph (after Sugiyama): equal graphs, equal layouts.

    Args:
        nodes: in the order that is kept where the lines do not care.
        before: for each node those that it stands on.
        node_gap: between the middles of two nodes of a column.
        line_gap: between the middle of a node and a line that passes it.
        lines_gap: between two lines; half a line_gap unless told.
        column_nodes_max: how many nodes a column may have; who comes later goes into the next one.
    """
    columns: dict[str, int] = {}
    taken = Counter[int]()
    for name in nodes:
        _place(name, before, columns, taken, column_nodes_max)
    work = _Columns((node_gap, line_gap, line_gap / 2 if lines_gap is None else lines_gap))
    for name in nodes:
        work.add((columns[name], name))
    chains = {}
    for name in nodes:
        for one in before[name]:
            chains[one, name] = work.link(columns[one], one, columns[name], name)
    heights = work.levelled()
    return Layout(
        columns,
        {name: heights[columns[name], name] for name in nodes},
        {line: tuple(heights[point] for point in chain[1:-1]) for line, chain in chains.items()},
    )


def _place(
    name: str, before: Mapping[str, Sequence[str]], columns: dict[str, int], taken: Counter[int], nodes_max: int
) -> int:
    if name not in columns:
        column = max((_place(one, before, columns, taken, nodes_max) + 1 for one in before[name]), default=0)
        while taken[column] >= nodes_max:
            column += 1
        columns[name] = column
        taken[column] += 1
    return columns[name]


@dataclass
class _Columns:
    """The columns with their points in order from the top, and the lines between neighbouring columns."""

    gaps: tuple[float, float, float]
    """Between two nodes, a node and a line, two lines."""
    columns: list[list[Point]] = field(default_factory=list)
    left: dict[Point, list[Point]] = field(default_factory=dict)
    right: dict[Point, list[Point]] = field(default_factory=dict)
    passing: set[Point] = field(default_factory=set)
    """Points that are no nodes."""

    def add(self, point: Point) -> None:
        while len(self.columns) <= point[0]:
            self.columns.append([])
        self.columns[point[0]].append(point)
        self.left[point], self.right[point] = [], []

    def link(self, start: int, one: str, end: int, other: str) -> list[Point]:
        """Join two nodes, passing through every column between them; lines from one node share their way."""
        chain = [(start, one), *((column, f"{one} onwards") for column in range(start + 1, end)), (end, other)]
        for point in chain[1:-1]:
            if point not in self.passing:
                self.add(point)
                self.passing.add(point)
        for a, b in pairwise(chain):
            if b not in self.right[a]:
                self.right[a].append(b)
                self.left[b].append(a)
        return chain

    def levelled(self) -> dict[Point, float]:
        """Sort each column so that few lines cross, then give each point its height."""
        best, fewest = [list(column) for column in self.columns], self._crossings()
        for sweep in range(SWEEPS):
            self._sort(rightwards=sweep % 2 == 0)
            self._swap()
            if (crossings := self._crossings()) < fewest:
                best, fewest = [list(column) for column in self.columns], crossings
        self.columns = best
        heights: dict[Point, float] = {}
        for column in self.columns:
            heights.update(self._spread(column, [0.0] * len(column)))
        for sweep in range(SWEEPS):
            for column in self.columns if sweep % 2 == 0 else reversed(self.columns):
                wanted = [fmean([heights[n] for n in self.left[p] + self.right[p]] or [heights[p]]) for p in column]
                heights.update(self._spread(column, wanted))
        top = min(heights.values(), default=0.0)
        return {point: height - top for point, height in heights.items()}

    def _sort(self, *, rightwards: bool) -> None:
        neighbours = self.left if rightwards else self.right
        for column in self.columns if rightwards else reversed(self.columns):
            place = {p: i for each in self.columns for i, p in enumerate(each)}
            column.sort(key=lambda p: fmean([place[n] for n in neighbours[p]] or [place[p]]))

    def _swap(self) -> None:
        """Change neighbours of a column while fewer lines cross then."""
        for column in self.columns:
            for i in range(len(column) - 1):
                a, b = column[i], column[i + 1]
                if self._crossing(b, a) < self._crossing(a, b):
                    column[i], column[i + 1] = b, a

    def _crossing(self, above: Point, below: Point) -> int:
        """How many lines of these two cross when one stands above the other."""
        count = 0
        for neighbours, step in ((self.left, -1), (self.right, 1)):
            ends = neighbours[above], neighbours[below]
            if all(ends):
                place = {p: i for i, p in enumerate(self.columns[above[0] + step])}
                count += sum(place[a] > place[b] for a in ends[0] for b in ends[1])
        return count

    def _crossings(self) -> int:
        count = 0
        for column, following in pairwise(self.columns):
            place = {p: i for i, p in enumerate(following)}
            ends = [place[n] for p in column for n in sorted(self.right[p], key=place.__getitem__)]
            count += sum(a > b for i, a in enumerate(ends) for b in ends[i + 1 :])
        return count

    def _gap(self, a: Point, b: Point) -> float:
        return self.gaps[(a in self.passing) + (b in self.passing)]

    def _spread(self, column: list[Point], wanted: list[float]) -> dict[Point, float]:
        """The heights nearest to the wanted ones (least squares) that keep order and gaps, by pooling neighbours."""
        offsets = [0.0]
        for a, b in pairwise(column):
            offsets.append(offsets[-1] + self._gap(a, b))
        blocks: list[tuple[float, int]] = []
        for want, offset in zip(wanted, offsets, strict=False):
            block = (want - offset, 1)
            while blocks and blocks[-1][0] > block[0]:
                mean, size = blocks.pop()
                block = ((mean * size + block[0] * block[1]) / (size + block[1]), size + block[1])
            blocks.append(block)
        levels = [mean for mean, size in blocks for _ in range(size)]
        return {p: level + offset for p, level, offset in zip(column, levels, offsets, strict=False)}
