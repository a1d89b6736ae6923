"""What a question is; it is read by reading_questions.py, asked and graded by questions.py."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

QuestionKind = Literal["choice", "number", "token", "order", "pattern"]
"""choice: one of four. number: typed, within a tolerance. token: a word typed exactly. order: steps put in order.
pattern: a regular expression typed, which must match some texts and no others."""


@dataclass(frozen=True)
class Option:
    """One answer of a choice, and why it is right or wrong."""

    text: str
    right: bool
    why: str


@dataclass(frozen=True)
class Question:
    """A quiz item that tests one competency. What its kind does not use is empty."""

    id: str
    """Such as `NET-01.1`; never changes its meaning, never re-used."""
    competency: str
    kind: QuestionKind
    difficulty: float
    """The share, 0 to 1, of those who hold the competency's prerequisites that we expect to err."""
    ask: str
    """Markdown."""
    why: str
    """Why the right answer is right. Of a choice: the reason of the right option."""
    unit: str
    file: Path
    line: int
    options: tuple[Option, ...] = ()
    """choice: in file order; show them as `questions.shuffled` tells."""
    answer: float = 0.0
    """number: what is right, give or take `tolerance`."""
    tolerance: float = 0.0
    answers: tuple[str, ...] = ()
    """token: each of them is right."""
    fold_case: bool = False
    """token: whether the case of letters does not matter."""
    steps: tuple[str, ...] = ()
    """order: in the right order."""
    must_match: tuple[str, ...] = ()
    must_not_match: tuple[str, ...] = ()
    example: str = ""
    """pattern: one that is right, to be shown afterwards."""
