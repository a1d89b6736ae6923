"""What the pages of practice write: answers, ratings, corrections - each once, however often a form is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from firsthand.content.model import Unit
from firsthand.learning.learner import Placed
from firsthand.learning.placement.result import Group, Rating
from firsthand.site.learner import Person
from firsthand.site.practice.asking import Asked
from firsthand.site.practice.placements import Standing, standing
from firsthand.study import placing
from firsthand.study.answering import Reply, keep_answer, keep_practice
from firsthand.study.outlook import Outlook

_turn = Lock()
"""A form that is sent twice at once is read by two threads: the second must see what the first has kept.

One process serves the site of a home (`site/seat.py`), so its lock is enough. Where several will serve many learners,
the token has to be compared in the transaction that appends.
"""


@dataclass(frozen=True)
class Kept:
    """What became of an answer."""

    reply: Reply
    stale: bool
    """It was answered before, in another window or a moment ago: this answer is shown and not counted."""


def practised(person: Person, asked: Asked, reply: Reply, token: str) -> Kept:
    """Keep an answer to a question of a lesson or a review, unless this asking was answered already.

    Raises:
        HistoryError: the history cannot be used now.
    """
    with _turn:
        now = _now(person)
        if Asked.now(now.learner, asked.question).token != token:
            return Kept(reply, stale=True)
        keep_practice(person.append, now, asked.question, reply)
    return Kept(reply, stale=False)


def begin_placement(person: Person, ratings: Mapping[str, Rating], after: str) -> None:
    """Begin a placement, or go on with the one that waits for its ratings. `after`: the last one that the form knew.

    Raises:
        HistoryError: the history cannot be used now.
    """
    with _turn:
        learner = _now(person).learner
        placed = learner.open_placement
        if last_placement(learner.placements) == after:
            waits = placed is not None and not placed.ratings and not placed.answers
            placed = placed if waits and placed is not None else placing.begin(person.append)
            placing.keep_ratings(person.append_all, placed, ratings)


def last_placement(placements: dict[str, Placed]) -> str:
    """The id of the placement that was begun last; "" before the first."""
    return next(reversed(placements), "")


def placement_asks(here: Outlook, now: Standing) -> Asked | None:
    """The question that a placement asks now: the same one in the terminal; None when enough was asked."""
    if now.competency is None:
        return None
    token = f"{now.placed.id}.{len(now.placed.answers)}"
    return Asked(here.question_for(now.competency), now.placed.seed, token)


def placed_answer(person: Person, asked: Asked, reply: Reply) -> bool:
    """Keep an answer of a placement, unless it was answered a moment ago; whether that was enough.

    Raises:
        HistoryError: the history cannot be used now.
    """
    with _turn:
        here = _now(person)
        placed = here.learner.open_placement
        if placed is None:
            return True
        now = placement_asks(here, standing(here, placed))
        if now is not None and now.token == asked.token:
            keep_answer(person.append, asked.question, reply, "placement", placed.id)
    return _ended_when_enough(person)


def _ended_when_enough(person: Person) -> bool:
    here = _now(person)
    placed = here.learner.open_placement
    if placed is not None and standing(here, placed).competency is None:
        end_placement(person)
        return True
    return placed is None


def end_placement(person: Person) -> None:
    """End the placement that is under way, if any, with what was answered.

    Raises:
        HistoryError: the history cannot be used now.
    """
    with _turn:
        here = _now(person)
        placed = here.learner.open_placement
        if placed is not None:
            placing.end(person.append, placed, standing(here, placed).placement)


def correct(person: Person, placed: Placed, unit: Unit, said: Mapping[str, Group]) -> int:
    """Keep the learner's own word for skills of a unit where it differs from what is shown; returns for how many.

    Raises:
        HistoryError: the history cannot be used now.
    """
    with _turn:
        here = _now(person)
        own = [c.id for c in unit.competencies]
        changed = [c for c in own if c in said and said[c] != placing.group_now(here, placed, c)]
        for competency in changed:
            person.append("corrected", {"competency": competency, "group": said[competency]})
    return len(changed)


def _now(person: Person) -> Outlook:
    """Where they stand by what is in the history at this moment."""
    return Person(person.history).outlook
