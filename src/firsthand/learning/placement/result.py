"""What goes into a placement and what comes out of it, in words that need no numpy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["right", "wrong", "unsure"]
"""unsure: the learner chose "I don't know"."""
Rating = Literal["never", "some", "solid"]
"""What a learner says about a unit before any question: never did it, did some of it, is solid."""
Kind = Literal["choice", "short"]
"""choice: one of four, guessed right one time in four. short: typed, guessed right one time in twenty."""
Group = Literal["known", "learn", "prove"]

KNOWN_MIN = 0.8
LEARN_MAX = 0.2


@dataclass(frozen=True)
class Answer:
    """One answer: all that a placement remembers of a question."""

    competency: str
    outcome: Outcome
    kind: Kind = "choice"


@dataclass(frozen=True)
class Result:
    """What the answers say, in three groups; within a group what comes first in the graph comes first.

    It says what need not be taught and proves nothing.
    """

    known: tuple[str, ...]
    """Probability 0.8 or more: teaching may be skipped."""
    prove: tuple[str, ...]
    """In between: worth a try at a lab or a question before it is learned."""
    learn: tuple[str, ...]
    """Probability 0.2 or less."""
    probabilities: Mapping[str, float]
    questions: int
    """How many answers it rests on."""
    expected_error: float
    """Which share of all competencies it expects to have on the wrong side of 0.5."""

    def group(self, competency: str) -> Group:
        """The group of one competency. Raises KeyError for one that is not in the graph."""
        return group_of(self.probabilities[competency])

    def corrected(self, groups: Mapping[str, Group]) -> "Result":
        """The same with the learner's own word for some competencies; the probabilities stay what they were.

        Raises ValueError for one that is not in the graph.
        """
        if strangers := sorted(groups.keys() - self.probabilities.keys()):
            raise ValueError(f"not in the graph: {', '.join(strangers)}")
        word = {c: groups.get(c, self.group(c)) for c in self.probabilities}
        return _grouped(word, self.probabilities, self.questions, self.expected_error)


def group_of(probability: float) -> Group:
    """The group that a probability puts a competency in."""
    if probability >= KNOWN_MIN:
        return "known"
    return "learn" if probability <= LEARN_MAX else "prove"


def result_of(probabilities: Mapping[str, float], questions: int, expected_error: float) -> Result:
    """The result for these probabilities, whose order is the graph's."""
    word = {c: group_of(p) for c, p in probabilities.items()}
    return _grouped(word, probabilities, questions, expected_error)


def _grouped(
    word: Mapping[str, Group], probabilities: Mapping[str, float], questions: int, expected_error: float
) -> Result:
    def those(group: Group) -> tuple[str, ...]:
        return tuple(c for c in probabilities if word[c] == group)

    return Result(those("known"), those("prove"), those("learn"), probabilities, questions, expected_error)
