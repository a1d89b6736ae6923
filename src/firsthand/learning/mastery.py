"""How far each competency is mastered, and why: evidence added up as log-odds. A proof stays; only freshness fades."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import exp, log

from firsthand.content.model import LearningPath
from firsthand.learning.evidence import OWN_WORD_SOURCE, QUESTION_SOURCE, Evidence, evidence
from firsthand.learning.learner import Learner
from firsthand.learning.placement.result import Group, group_of

PROVEN_MIN = 0.95
BEGINNING = 0.35
"""How likely somebody of whom nothing was seen holds a competency."""
PLACED_MIN, PLACED_MAX = 0.15, 0.90
"""A placement neither rules a competency out nor comes near to proving it."""


class Status(StrEnum):
    """How far a learner has come with a competency; a later one is more."""

    OPEN = "open"
    TAUGHT = "taught"
    """A lesson or a course on it was finished, or a question on it was answered right."""
    KNOWN = "known"
    """As far as a placement, or the learner's own word, tells: teaching may be skipped."""
    SHOWN = "shown"
    """By questions, with 95 % certainty."""
    PASSED = "passed"
    """A lab on it was passed, but 95 % certainty is not reached: an answer or two are missing."""
    PROVEN = "proven"
    """A lab on it was passed, and it is 95 % certain."""


@dataclass(frozen=True)
class Seen:
    """A piece of evidence, and how certain the competency is with it and all before."""

    evidence: Evidence
    probability: float


@dataclass(frozen=True)
class Mastery:
    """How far one competency is mastered, and by what."""

    competency: str
    status: Status
    probability: float
    beginning: float
    """What it was before the evidence: a placement's, or that of somebody of whom nothing was seen."""
    placed: datetime | None
    """When a placement told the beginning."""
    seen: tuple[Seen, ...]
    group: Group | None
    """What the placement or the learner says of it; None without either."""

    @property
    def proved(self) -> datetime | None:
        """When the first lab on it was passed."""
        return next((each.evidence.at for each in self.seen if each.evidence.proof), None)

    @property
    def taught(self) -> datetime | None:
        """When the first lesson or course on it was finished."""
        return next((each.evidence.at for each in self.seen if each.evidence.taught), None)

    @property
    def needs_teaching(self) -> bool:
        """Whether it is to be learned: nothing taught or showed it, and nobody says that it is known."""
        return self.status is Status.OPEN

    @property
    def by_halves(self) -> bool:
        """Whether it may well be known: worth a try before it is learned."""
        return self.status is Status.OPEN and self.group == "prove"


def mastery(path: LearningPath, learner: Learner) -> dict[str, Mastery]:
    """The mastery of every competency of the path, in order of study."""
    found = evidence(path, learner)
    return {c.id: judged(c.id, found.get(c.id, []), learner) for unit in path.units for c in unit.competencies}


def judged(competency: str, of_it: Iterable[Evidence], learner: Learner) -> Mastery:
    """The mastery of one competency, by its evidence in order and the learner's last placement."""
    placed = learner.placed
    p = placed.probabilities.get(competency) if placed else None
    beginning = BEGINNING if p is None else min(PLACED_MAX, max(PLACED_MIN, p))
    group = None if p is None else group_of(p)
    if said := learner.own_word(competency):
        group = said.group
    seen, probability = [], beginning
    for each in of_it:
        probability = after(probability, each)
        seen.append(Seen(each, probability))
    status = _status([each.evidence for each in seen], probability, group)
    told = placed.ended if placed and p is not None else None
    return Mastery(competency, status, probability, beginning, told, tuple(seen), group)


def after(probability: float, seen: Evidence) -> float:
    """How certain a competency is with one more piece of evidence."""
    learned = probability + (1 - probability) * seen.learned
    odds = log(learned / (1 - learned)) + seen.weight
    # Certainty has an end, so that no number of old answers outweighs new ones for ever.
    return 1 / (1 + exp(-max(-ODDS_MAX, min(ODDS_MAX, odds))))


ODDS_MAX = 6.0
"""Log-odds; 99.75 %."""


def _status(of_it: list[Evidence], probability: float, group: Group | None) -> Status:
    if any(each.proof for each in of_it):
        return Status.PROVEN if probability >= PROVEN_MIN else Status.PASSED
    if probability >= PROVEN_MIN and any(each.answered for each in of_it):
        return Status.SHOWN
    if group == "known":
        return Status.KNOWN
    return Status.TAUGHT if _is_taught(of_it) else Status.OPEN


def _is_taught(of_it: list[Evidence]) -> bool:
    """Whether it needs no teaching now: it was taught, or a question was answered right and none wrong since, and the
    learner did not say since that they want to learn it."""
    taught = answered = False
    for each in of_it:
        if each.source == OWN_WORD_SOURCE:
            taught, answered = taught and each.weight >= 0, answered and each.weight >= 0
        elif each.taught:
            taught = True
        elif each.source.startswith(QUESTION_SOURCE):
            answered = each.answered
    return taught or answered
