"""Placements under way, kept warm by the process: to weigh all answers again takes ten times as long as one more."""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

from firsthand.learning import Placement
from firsthand.learning.learner import Placed
from firsthand.study.outlook import Outlook
from firsthand.study.placing import Progress, going_on, progress

WARM_MAX = 4
"""Placements kept at once: each holds some megabytes."""


@dataclass
class Standing:
    """Where a placement stands after so many answers."""

    placed: Placed
    placement: Placement = field(repr=False)

    @cached_property
    def competency(self) -> str | None:
        """What to ask about now; None when enough was asked."""
        return self.placement.next()

    @cached_property
    def progress(self) -> Progress:
        """How far it is."""
        return progress(self.placement)


_warm: OrderedDict[str, Standing] = OrderedDict()
_turn = Lock()
"""A placement changes while it weighs an answer, and requests come in threads."""


def standing(here: Outlook, placed: Placed) -> Standing:
    """Where this placement stands, by the answers in the history, wherever they were given."""
    with _turn:
        found = _warm.pop(placed.id, None)
        if found is None or not _goes_on(here, found, placed):
            found = Standing(placed, going_on(here, placed))
        elif len(found.placed.answers) < len(placed.answers):
            for answered in placed.answers[len(found.placed.answers) :]:
                if answered.competency in here.competencies:
                    found.placement.answer(answered.competency, answered.result, answered.kind)
            found = Standing(placed, found.placement)
        _warm[placed.id] = found
        while len(_warm) > WARM_MAX:
            _warm.popitem(last=False)
        # Both are worked out before another request may add an answer.
        assert found.progress.number
        assert found.competency is None or found.competency in here.questions
        return found


def _goes_on(here: Outlook, found: Standing, placed: Placed) -> bool:
    """Whether what is kept warm is an earlier state of this placement, on the same content."""
    before, placement = found.placed, found.placement
    same = placement.graph == here.graph and placement.askable == frozenset(here.questions)
    said = placed.answers[: len(before.answers)] == before.answers
    return same and said and before.seed == placed.seed and before.ratings == placed.ratings
