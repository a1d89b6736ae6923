"""Answers to questions, for terminal and site alike: what one comes to, what is kept of it, and what to say of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from firsthand import __version__
from firsthand.content.model import Lesson
from firsthand.content.question import Question
from firsthand.content.questions import grade, reason, solution
from firsthand.history import Event, Kind
from firsthand.learning.learner import Purpose
from firsthand.learning.placement.result import Kind as AskedAs
from firsthand.learning.placement.result import Outcome
from firsthand.learning.review import grade_of
from firsthand.study.outlook import Outlook

Append = Callable[[Kind, dict[str, Any]], Event]
AppendAll = Callable[[Kind, list[dict[str, Any]]], list[Event]]


@dataclass(frozen=True)
class Reply:
    """What was answered, and what it came to."""

    given: str | list[str]
    result: Outcome


UNSURE = Reply("", "unsure")
"""The learner said "I don't know"."""


@dataclass(frozen=True)
class Explained:
    """What to say of an answer."""

    result: Outcome
    why: str
    """Of a right or wrong answer: why it is so. Markdown, as the next two are."""
    right: str
    """A right answer, its lines being the steps of an order; empty where the learner's own was right."""
    why_right: str
    """Why that one is right, where `why` does not say so already."""
    lessons: tuple[Lesson, ...]
    """What to read, unless it was right."""


def replied(question: Question, given: str | list[str]) -> Reply:
    """The answer graded; `problem` has nothing against it.

    Raises:
        RetryableError: the machine was too busy to try a regular expression.
    """
    return Reply(given, "right" if grade(question, given) else "wrong")


def asked_as(question: Question) -> AskedAs:
    """How likely a guess is right, in a placement's words."""
    return "choice" if question.kind == "choice" else "short"


def keep_answer(append: Append, question: Question, reply: Reply, purpose: Purpose, placement: str = "") -> None:
    """Keep an answer.

    Raises:
        HistoryError: the history cannot be used now.
    """
    told = {
        "question": question.id,
        "competency": question.competency,
        "given": reply.given,
        "result": reply.result,
        "purpose": purpose,
        "placement": placement,
        "kind": asked_as(question),
        "grader": __version__,
    }
    append("answer", told)


def keep_practice(append: Append, here: Outlook, question: Question, reply: Reply) -> None:
    """Keep an answer outside a placement: with a review when the skill was learned before.

    Raises:
        HistoryError: the history cannot be used now.
    """
    known = question.competency in here.memories
    keep_answer(append, question, reply, "review" if known else "lesson")
    if known:
        grade = grade_of(reply.result)
        append("review", {"competency": question.competency, "grade": grade, "question": question.id})


def explained(here: Outlook, question: Question, reply: Reply) -> Explained:
    """What to say of an answer: whether it was right, why, and where to read on."""
    if reply.result == "right":
        return Explained("right", reason(question, reply.given), "", "", ())
    why = "" if reply.result == "unsure" else reason(question, reply.given)
    why_right = "" if why == reason(question) else reason(question)
    unit = here.units.get(question.unit)
    lessons = (lesson for lesson in (unit.lessons if unit else ()) if question.competency in lesson.teaches)
    return Explained(reply.result, why, solution(question), why_right, tuple(lessons))
