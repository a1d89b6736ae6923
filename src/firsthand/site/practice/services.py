"""What the pages of practice write: answers, the plan, corrections - each once, however often a form is sent."""

from dataclasses import dataclass
from threading import Lock

from firsthand.site.learner import Person
from firsthand.site.practice.asking import Asked
from firsthand.study.answering import Reply, keep_practice

_turn = Lock()
"""A form that is sent twice at once is read by two threads: the second must see what the first has kept."""


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
        now = Person(person.history).outlook
        if Asked.now(now.learner, asked.question).token != token:
            return Kept(reply, stale=True)
        keep_practice(person.append, now, asked.question, reply)
    return Kept(reply, stale=False)
