"""A placement under way, for terminal and site alike: it begins, goes on, ends, and puts skills into three groups."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from firsthand.content.model import Unit
from firsthand.core.randomness import new_seed
from firsthand.learning.learner import Placed
from firsthand.learning.placement.result import Group, Rating, group_of
from firsthand.learning.placement.stopping import QUESTIONS_MAX, QUESTIONS_MIN
from firsthand.study.outlook import Outlook

if TYPE_CHECKING:
    from firsthand.learning import Placement
    from firsthand.study.answering import Append, AppendAll

GROUPS: Mapping[Group, tuple[str, str]] = {
    "known": ("Known", "teaching is skipped"),
    "prove": ("Prove it", "try it before you learn it"),
    "learn": ("Learn", "begin at the beginning"),
}
"""The groups of a result in the order in which they are shown, what they are called and what they mean."""


@dataclass(frozen=True)
class Progress:
    """How far a placement is."""

    number: int
    """Of the question that is asked now, from 1."""
    at_most: int
    certain: float | None
    """From 0 to 1, where enough was answered to say so: a rating of oneself is no evidence yet."""

    @property
    def part(self) -> float:
        """Of the questions that there are at most, how much is answered: from 0 to 1."""
        return (self.number - 1) / self.at_most


def begin(append: "Append", seed: int | None = None) -> Placed:
    """A new placement, kept at once.

    Raises:
        HistoryError: nothing can be kept now.
    """
    placed = Placed(uuid.uuid4().hex[:12], new_seed() if seed is None else seed, datetime.now(UTC))
    append("placement", {"id": placed.id, "event": "began", "seed": placed.seed, "result": None})
    return placed


def keep_ratings(append_all: "AppendAll", placed: Placed, ratings: Mapping[str, Rating]) -> None:
    """Keep what the learner says about units.

    Raises:
        HistoryError: nothing can be kept now.
    """
    append_all("rating", [{"unit": u, "rating": rating, "placement": placed.id} for u, rating in ratings.items()])


def going_on(here: Outlook, placed: Placed, ratings: Mapping[str, Rating] | None = None) -> "Placement":
    """The placement as it stands after its ratings and answers; content may have lost some of what they are about."""
    from firsthand.learning import Placement

    placement = Placement(here.graph, placed.seed, askable=here.questions.keys())
    told = placed.ratings if ratings is None else ratings
    placement.rate({unit: rating for unit, rating in told.items() if unit in here.units})
    for answered in placed.answers:
        if answered.competency in here.competencies:
            placement.answer(answered.competency, answered.result, answered.kind)
    return placement


def progress(placement: "Placement") -> Progress:
    """How far it is."""
    number = len(placement.answers) + 1
    certain = max(0.0, 1 - 2 * placement.expected_error) if number > QUESTIONS_MIN else None
    return Progress(number, max(QUESTIONS_MAX, number), certain)


def end(append: "Append", placed: Placed, placement: "Placement") -> None:
    """Keep the result.

    Raises:
        HistoryError: nothing can be kept now.
    """
    probabilities = {c: round(p, 4) for c, p in placement.probabilities().items()}
    append("placement", {"id": placed.id, "event": "ended", "seed": placed.seed, "result": probabilities})


def grouped(here: Outlook, placed: Placed) -> dict[Group, list[str]]:
    """The competencies of the path in their groups, with the learner's corrections, in order of study."""
    groups: dict[Group, list[str]] = {group: [] for group in GROUPS}
    for competency in here.competencies:
        groups[group_now(here, placed, competency)].append(competency)
    return groups


def group_now(here: Outlook, placed: Placed, competency: str) -> Group:
    """The group of a competency: the learner's own word, else what the placement says."""
    corrected = here.learner.own_word(competency)
    return corrected.group if corrected else group_of(placed.probabilities.get(competency, 0.0))


def by_unit(here: Outlook, competencies: Iterable[str]) -> tuple[list[Unit], list[tuple[Unit, list[str]]]]:
    """The units that these competencies hold whole, and the others with those of theirs that are among them."""
    among, whole, parts = set(competencies), [], []
    for unit in here.units.values():
        own = [c.id for c in unit.competencies if c.id in among]
        if own and len(own) == len(unit.competencies):
            whole.append(unit)
        elif own:
            parts.append((unit, own))
    return whole, parts


def compact(competencies: Iterable[str]) -> str:
    """Ids in few words: `NET-01` to `NET-04` and `NET-09` are `NET-01 to 04, 09`."""
    by_code: dict[str, list[int]] = {}
    for competency in competencies:
        code, _, number = competency.rpartition("-")
        by_code.setdefault(code, []).append(int(number))
    return "; ".join(f"{code}-{', '.join(_runs(sorted(numbers)))}" for code, numbers in by_code.items())


def _runs(numbers: list[int]) -> list[str]:
    starts = [numbers[0], *(b for a, b in pairwise(numbers) if b != a + 1)]
    ends = [*(a for a, b in pairwise(numbers) if b != a + 1), numbers[-1]]
    return [
        f"{first:02}" if first == last else f"{first:02}{', ' if last == first + 1 else ' to '}{last:02}"
        for first, last in zip(starts, ends, strict=True)
    ]
