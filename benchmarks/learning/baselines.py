"""What a placement without a model would do: binary search along chains of prerequisites."""

from collections.abc import Callable, Iterator

from firsthand.learning import Graph


def chains(graph: Graph) -> list[list[str]]:
    """The graph cut into chains, always the longest that is left: each competency stands on the one before it."""
    left = set(graph.order)
    found: list[list[str]] = []
    while left:
        best: dict[str, list[str]] = {}
        for one in graph.order:
            if one in left:
                below = (best[p] for p in graph.prerequisites[one] if p in left)
                best[one] = [*max(below, key=len, default=[]), one]
        found.append(max(best.values(), key=len))
        left -= set(found[-1])
    return found


def binary_search(graph: Graph, is_right: Callable[[str], bool]) -> Iterator[frozenset[str]]:
    """What is taken for known before the first question and after each.

    Every answer is believed: a right one vouches for all that it stands on, another rules out all above it.
    """
    known: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    yield known
    for chain in chains(graph):
        while open_ones := [c for c in chain if c not in known and c not in unknown]:
            middle = open_ones[len(open_ones) // 2]
            if is_right(middle):
                known |= graph.foundation([middle]) - unknown
            else:
                unknown |= graph.dependents([middle]) - known
            yield known
    while True:
        yield known
