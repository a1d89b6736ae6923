"""The pages for people who never programmed: who is led to them, and what waits until they are read."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from firsthand.content.model import LearningPath, Lesson
from firsthand.learning.graph import Graph
from firsthand.learning.learner import Learner
from firsthand.learning.mastery import Mastery, Status
from firsthand.learning.steps import Step

_KNOWS = frozenset({Status.KNOWN, Status.SHOWN, Status.PASSED, Status.PROVEN})


@dataclass(frozen=True)
class OnRamp:
    """What somebody who never programmed reads first."""

    ahead: tuple[Lesson, ...]
    """Its pages that are not read yet, in their order; at least one."""
    programming: frozenset[str]
    """The competencies for which one must be able to program."""

    def steps(self) -> list[Step]:
        """To read its pages, one after the other."""
        return [
            Step(_name(page), "learn", page.unit.upper(), page.title, page.unit, page.minutes, before, (), (page.id,))
            for page, before in zip(self.ahead, ((), *((_name(page),) for page in self.ahead)), strict=False)
        ]

    def before(self, step: Step) -> Step:
        """The step, waiting for the on-ramp's end where it needs programming."""
        if not self.waits_for_it(step):
            return step
        return msgspec.structs.replace(step, requires=(*step.requires, _name(self.ahead[-1])))

    def waits_for_it(self, step: Step) -> bool:
        """Whether a step needs programming: every lab is taken to, for its checks drive what one has written."""
        return step.kind == "lab" or not self.programming.isdisjoint(step.competencies)


def on_ramp(path: LearningPath, learner: Learner, found: Mapping[str, Mastery]) -> OnRamp | None:
    """The on-ramp of a learner who never programmed; None for all others, and for who has read it.

    Never programmed: said so of its unit in the last placement - or, unasked, began to read it -
    and knows nothing of it.
    """
    pages = [lesson for unit in path.units for lesson in unit.lessons if lesson.on_ramp]
    ahead = tuple(page for page in pages if page.id not in learner.lessons)
    if not ahead:
        return None
    unit = pages[0].unit
    own = [c.id for each in path.units if each.id == unit for c in each.competencies]
    if any(found[name].status in _KNOWS for name in own) or not _is_new_to_it(learner, unit, len(pages) > len(ahead)):
        return None
    return OnRamp(ahead, Graph.of(path).dependents(own) | frozenset(own))


def _name(page: Lesson) -> str:
    return f"learn:{page.id}"


def _is_new_to_it(learner: Learner, unit: str, began: bool) -> bool:
    last = learner.open_placement or learner.placed
    rating = last.ratings.get(unit) if last is not None else None
    return rating == "never" or (rating is None and began)
