"""The real path, and which of its competencies have a question."""

from firsthand.content.load import load
from firsthand.content.roots import default_roots
from firsthand.learning import Graph


def real_path() -> tuple[Graph, frozenset[str]]:
    """The back end path's graph, and the competencies that can be asked about today."""
    catalogue = load(default_roots())
    path = next(path for path in catalogue.paths if path.id == "backend")
    return Graph.of(path), frozenset(question.competency for question in catalogue.questions())
