"""Where to start, what comes next, what to review: pure functions over content and the learner's history."""

from typing import TYPE_CHECKING

from firsthand.learning.graph import Graph
from firsthand.learning.placement.result import Answer, Group, Kind, Outcome, Rating, Result

if TYPE_CHECKING:
    from firsthand.learning.placement.placement import Placement

__all__ = ["Graph", "Placement", "Result", "Answer", "Group", "Kind", "Outcome", "Rating"]


def __getattr__(name: str) -> object:
    """Load Placement when it is asked for: it needs numpy, which nobody else here does."""
    if name == "Placement":
        from firsthand.learning.placement.placement import Placement

        return Placement
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
