"""A placement: asks what tells most, and says what a learner knows. Its state is its list of answers."""

from collections.abc import Collection, Mapping
from typing import get_args

import numpy as np

from firsthand.learning.graph import Graph
from firsthand.learning.placement.evidence import is_plain, likelihoods
from firsthand.learning.placement.look_ahead import Weighed, next_row
from firsthand.learning.placement.pool import Pool
from firsthand.learning.placement.result import Answer, Kind, Outcome, Rating, Result, result_of
from firsthand.learning.placement.shape import Shape
from firsthand.learning.placement.stopping import expected_error, is_enough

INFERRED_DOUBT = 0.02
"""How much is taken from what was inferred and not asked, however sure the model is: to skip something that is missing
costs a learner more than to prove something that is known."""


class Placement:
    """Finds out in few questions what a learner knows already.

    The same graph, seed, ratings and answers in the same order give the same next question and the same probabilities
    on every machine, so a caller keeps the answers and gives them again to go on where the learner left.

        placement = Placement(graph, seed=7)
        placement.rate({"net": "solid", "sql": "never"})
        while (competency := placement.next()) is not None:
            placement.answer(competency, ask(competency))
        print(placement.result().known)
    """

    def __init__(self, graph: Graph, seed: int, askable: Collection[str] | None = None, stop: bool = True) -> None:
        """`askable`: the competencies that have a question, all unless given; others are known from those around them.

        `stop=False` goes on past the own stopping rule, until everything askable was asked. Raises ValueError where
        `askable` names something that is not in the graph.
        """
        self.graph = graph
        self.seed = seed
        self.askable = frozenset(graph.order if askable is None else askable)
        self.stop = stop
        self.answers: tuple[Answer, ...] = ()
        self.ratings: dict[str, Rating] = {}
        self._row = {c: row for row, c in enumerate(graph.order)}
        self._shape = Shape.of(graph)
        self._plain = False
        if strangers := sorted(self.askable - self._row.keys()):
            raise ValueError(f"not in the graph: {', '.join(strangers)}")
        self._start = Pool(self._shape, seed)
        self._pool = self._start.copy()

    def rate(self, ratings: Mapping[str, Rating]) -> None:
        """What the learner says about units, before or between questions; units left out say nothing.

        Raises ValueError for a unit that is not in the graph and for a rating that does not exist.
        """
        for unit, rating in ratings.items():
            if unit not in self._shape.units:
                raise ValueError(f"no such unit: {unit}")
            if rating not in get_args(Rating):
                raise ValueError(f"no such rating: {rating}")
        self.ratings = {**self.ratings, **ratings}
        self._start = Pool(self._shape, self.seed)
        number = {unit: k for k, unit in enumerate(self._shape.units)}
        self._start.rate(tuple(sorted((number[unit], rating) for unit, rating in self.ratings.items())))
        self._refit()

    def next(self) -> str | None:
        """The competency to ask about next, the same until it is answered; None when enough was asked."""
        asked = {a.competency for a in self.answers}
        rows = [row for c, row in self._row.items() if c in self.askable and c not in asked]
        if not rows or (self.stop and is_enough(len(self.answers), self.probabilities().values())):
            return None
        outcomes = likelihoods("choice", self._plain)
        return self.graph.order[next_row(self._weighed, np.array(rows), outcomes)]

    def answer(self, competency: str, outcome: Outcome, kind: Kind = "choice") -> None:
        """What the learner answered; also to a question that was not asked for here, or a second one on the same.

        `kind` is how the question was asked, which says how often a guess is right. Raises ValueError for a competency
        that is not in the graph and for an outcome or kind that does not exist.
        """
        if competency not in self._row:
            raise ValueError(f"not in the graph: {competency}")
        if outcome not in get_args(Outcome):
            raise ValueError(f"no such outcome: {outcome}")
        if kind not in get_args(Kind):
            raise ValueError(f"no such kind of question: {kind}")
        self.answers = (*self.answers, Answer(competency, outcome, kind))
        if is_plain(self.answers) is self._plain:
            self._weigh(self.answers[-1])
        else:
            self._refit()

    def probabilities(self) -> dict[str, float]:
        """How likely the learner knows each competency, in the graph's order.

        Never less than for what stands on it, but where one of the two was asked: an answer may show a gap.
        """
        asked = {answer.competency for answer in self.answers}
        found = zip(self.graph.order, self._weighed.marginals(), strict=True)
        return {c: float(p) * (1.0 if c in asked else 1.0 - INFERRED_DOUBT) for c, p in found}

    @property
    def assumes_guessing(self) -> bool:
        """Whether "I don't know" was not used in spite of three wrong answers, so that all are read as guesses."""
        return self._plain

    @property
    def expected_error(self) -> float:
        """Which share of all competencies the probabilities would put on the wrong side of 0.5."""
        return expected_error(self.probabilities().values())

    def result(self) -> Result:
        """What is known, what to learn, and what to prove, from what was answered so far."""
        return result_of(self.probabilities(), len(self.answers), self.expected_error)

    @property
    def _weighed(self) -> Weighed:
        pool = self._pool
        return Weighed(pool.states, pool.counted, pool.people.gappy, pool.evidence.held())

    def _weigh(self, answer: Answer) -> None:
        self._pool.answer(self._row[answer.competency], likelihoods(answer.kind, self._plain)[answer.outcome])

    def _refit(self) -> None:
        self._plain = is_plain(self.answers)
        self._pool = self._start.copy()
        for answer in self.answers:
            self._weigh(answer)
