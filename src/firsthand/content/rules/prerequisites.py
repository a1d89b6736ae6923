"""Prerequisites: no unit and no competency may, by way of others, require itself."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from firsthand.content.findings import Kind
from firsthand.content.reading import PathRead
from firsthand.content.source import Table

Wants = Mapping[str, tuple[Table, tuple[str, ...]]]
"""What each id requires, and the table that says so, in order of study."""


def check_prerequisites(paths: Sequence[PathRead]) -> None:
    """Tell each cycle, at the first of its members in order of study."""
    units: dict[str, tuple[Table, tuple[str, ...]]] = {}
    competencies: dict[str, tuple[Table, tuple[str, ...]]] = {}
    for read in (unit for path in paths for unit in path.units):
        units.setdefault(read.unit.id, (read.table, read.unit.requires))
        for competency, table in zip(read.unit.competencies, read.competency_tables, strict=True):
            competencies.setdefault(competency.id, (table, competency.requires))
    _tell_cycles(Kind.UNIT_CYCLE, "units", units)
    _tell_cycles(Kind.COMPETENCY_CYCLE, "competencies", competencies)


def _tell_cycles(kind: Kind, what: str, wants: Wants) -> None:
    order = list(wants)
    edges = {name: [w for w in wants[name][1] if w in wants] for name in order}
    while cycle := _cycle(edges):
        start = min(range(len(cycle)), key=lambda i: order.index(cycle[i]))
        cycle = [*cycle[start:], *cycle[:start]]
        first, wanted = cycle[0], cycle[1 % len(cycle)]
        table, requires = wants[first]
        message = f"These {what} require each other: {' requires '.join([*cycle, first])}."
        advice = "Nobody could ever begin: take one of these out."
        table.tell(kind, message, "requires", requires.index(wanted), advice=advice)
        edges[first] = [name for name in edges[first] if name != wanted]


def _cycle(edges: Mapping[str, Sequence[str]]) -> list[str]:
    """One cycle in which each requires the next and the last requires the first; empty when there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found[:0:-1]
    return []
