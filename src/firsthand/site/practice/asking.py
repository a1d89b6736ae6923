"""A question on a page: what is shown of it, and what a form that comes back answers."""

from dataclasses import dataclass, replace
from typing import Self

from django.http import QueryDict

from firsthand.content.question import Question
from firsthand.content.questions import problem, shuffled
from firsthand.core.errors import RetryableError
from firsthand.learning.learner import Answered, Learner
from firsthand.study.answering import UNSURE, Reply, replied

Given = str | list[str]

NOTHING_CHOSEN = "Choose one of the answers, or say that you don't know."
NO_ORDER = "Give each step a place of its own, from 1 to {}."


@dataclass(frozen=True)
class Step:
    """A step to be put in order, and the place that was given to it."""

    text: str
    place: str


@dataclass(frozen=True)
class Asked:
    """A question as a page shows it."""

    question: Question
    seed: int
    """Shuffles the options."""
    token: str
    """Names this asking: an answer to an older one is not counted again."""
    before: Answered | None = None
    """The last answer to it."""
    wrong: str = ""
    """Why what was sent is no answer; then `typed` is shown again."""
    typed: Given = ""
    places: tuple[str, ...] = ()
    """Of an order: the places that were given, in the order shown."""

    @classmethod
    def now(cls, learner: Learner, question: Question) -> Self:
        """The question for practice: its options lie in another order each time."""
        before = [each for each in learner.answers if each.question == question.id]
        return cls(question, len(before), str(len(before)), before[-1] if before else None)

    @property
    def options(self) -> tuple[str, ...]:
        """The options of a choice as they are shown."""
        return shuffled(self.question, self.seed)

    @property
    def steps(self) -> list[Step]:
        """The steps of an order as they are shown."""
        places = self.places or ("",) * len(self.question.steps)
        return [Step(text, place) for text, place in zip(self.options, places, strict=False)]

    @property
    def numbers(self) -> range:
        """The places of an order."""
        return range(1, len(self.question.steps) + 1)

    @property
    def hint(self) -> str:
        """What to type."""
        return {
            "number": "A number, without a unit.",
            "token": "One word or name, exactly.",
            "pattern": "A regular expression.",
        }.get(self.question.kind, "")

    def read(self, form: QueryDict) -> "Reply | Asked":
        """The answer that a form holds, or the question with what is wrong with it: then it is asked again."""
        if form.get("unsure"):
            return UNSURE
        given, wrong = self._given(form)
        wrong = wrong or problem(self.question, given)
        try:
            if not wrong:
                return replied(self.question, given)
        except RetryableError as error:
            wrong = str(error)
        return replace(self, wrong=wrong, typed=given, places=tuple(form.getlist("place")))

    def _given(self, form: QueryDict) -> tuple[Given, str]:
        if self.question.kind == "order":
            return self._ordered(form.getlist("step"), form.getlist("place"))
        given = form.get("given", "").replace("\r\n", "\n").strip()
        return given, NOTHING_CHOSEN if self.question.kind == "choice" and not given else ""

    def _ordered(self, steps: list[str], places: list[str]) -> tuple[Given, str]:
        wanted = [str(number) for number in self.numbers]
        if len(steps) != len(places) or sorted(places) != sorted(wanted):
            return [], NO_ORDER.format(len(wanted))
        by_place = dict(zip(places, (step.replace("\r\n", "\n") for step in steps), strict=True))
        return [by_place[place] for place in wanted], ""
