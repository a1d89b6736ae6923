"""Says when enough was asked."""

from collections.abc import Iterable

QUESTIONS_MIN = 6
QUESTIONS_MAX = 25
ERROR_MAX = 0.06


def expected_error(probabilities: Iterable[float]) -> float:
    """Which share is expected on the wrong side of even odds."""
    doubts = [min(p, 1 - p) for p in probabilities]
    return sum(doubts) / len(doubts) if doubts else 0.0


def is_enough(questions: int, error: float) -> bool:
    """Whether to stop after so many questions with such an expected error."""
    return questions >= QUESTIONS_MAX or (questions >= QUESTIONS_MIN and error <= ERROR_MAX)
