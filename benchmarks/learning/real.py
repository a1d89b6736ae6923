"""The real path, and which of its competencies have a question."""

from firsthand.content.load import load
from firsthand.content.roots import default_roots
from firsthand.learning import Graph


def real_path() -> tuple[Graph, dict[str, frozenset[str]]]:
    """The back end path's graph; by name, sets of competencies that have a question, the last as the bank is today."""
    catalogue = load(default_roots())
    path = next(path for path in catalogue.paths if path.id == "backend")
    graph = Graph.of(path)
    first = frozenset(c.id for unit in path.units for c in unit.competencies if c.tier == 1)
    bank = frozenset(question.competency for question in catalogue.questions()) & frozenset(graph.units)
    return graph, {
        f"one for each of {len(graph.units)}": frozenset(graph.units),
        f"one for each of the {len(first)} of tier 1": first,
        f"the bank as it is: {len(bank)} have one": bank,
    }
