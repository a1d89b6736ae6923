"""Says when enough was asked."""

from collections.abc import Iterable
from math import fsum

QUESTIONS_MIN = 6
QUESTIONS_MAX = 25
ERROR_MAX = 0.07
ERROR_OF_NOTHING = 0.025
ERROR_OF_KNOWN = 0.22
"""Who knows little is asked until that little is found: the expected error must be small beside it as well."""


def expected_error(probabilities: Iterable[float]) -> float:
    """Which share is expected on the wrong side of even odds."""
    doubts = [min(p, 1 - p) for p in probabilities]
    return fsum(doubts) / len(doubts) if doubts else 0.0


def is_enough(questions: int, probabilities: Iterable[float]) -> bool:
    """Whether to stop after so many questions that left these probabilities."""
    found = list(probabilities)
    if questions < QUESTIONS_MIN or not found:
        return False
    known = fsum(found) / len(found)
    small = expected_error(found) <= min(ERROR_MAX, ERROR_OF_NOTHING + ERROR_OF_KNOWN * known)
    return small or questions >= QUESTIONS_MAX
