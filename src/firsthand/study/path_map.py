"""The path as a map: its units in order of study, what each stands on, what is there today, and how far one came."""

from collections.abc import Mapping
from dataclasses import dataclass

from firsthand.content.model import Course, Lab, LearningPath, PlannedLab, Unit
from firsthand.learning.mastery import Mastery, Status


@dataclass(frozen=True)
class UnitOnMap:
    """A unit, and what the map tells of it."""

    unit: Unit
    number: int
    """Its place in the order of study, from 1."""
    after: tuple[Unit, ...]
    """What it stands on, without what those stand on themselves."""
    planned: tuple[PlannedLab, ...]
    courses: tuple[Course, ...]
    proven: int
    """Competencies shown beyond doubt: by a lab, or by questions where only questions are asked."""
    under_way: int
    """Competencies that are taught, known or shown in part."""

    @property
    def minutes(self) -> int:
        """The estimated time for all of it."""
        return sum(c.minutes for c in self.unit.competencies)

    @property
    def beyond(self) -> bool:
        """Whether it goes beyond the source article."""
        return not self.unit.topic


@dataclass(frozen=True)
class PathMap:
    """The whole map."""

    path: LearningPath
    units: tuple[UnitOnMap, ...]
    mastered: Mapping[str, Mastery]

    @property
    def begun(self) -> bool:
        """Whether there is any progress to be shown."""
        return any(each.proven or each.under_way for each in self.units)

    def labs(self) -> list[Lab]:
        """The labs that are there."""
        return [lab for each in self.units for lab in each.unit.labs]


def path_map(path: LearningPath, mastered: Mapping[str, Mastery]) -> PathMap:
    """The map of a path for a learner who has mastered this much of it."""
    units = {unit.id: unit for unit in path.units}
    below: dict[str, set[str]] = {}
    found = []
    for number, unit in enumerate(path.units, 1):
        states = [_standing(mastered[c.id].status, asked_only=c.proof == "question") for c in unit.competencies]
        found.append(
            UnitOnMap(
                unit=unit,
                number=number,
                after=tuple(units[name] for name in _nearest(unit, units, below)),
                planned=tuple(lab for lab in path.planned if lab.unit == unit.id),
                courses=tuple(course for course in path.courses if unit.id in course.units),
                proven=states.count("proven"),
                under_way=states.count("under way"),
            )
        )
    return PathMap(path, tuple(found), mastered)


def _standing(status: Status, *, asked_only: bool) -> str:
    if status is Status.PROVEN or (asked_only and status is Status.SHOWN):
        return "proven"
    return "open" if status is Status.OPEN else "under way"


def _nearest(unit: Unit, units: Mapping[str, Unit], below: dict[str, set[str]]) -> list[str]:
    """What a unit requires, without what those require already."""
    there = [name for name in unit.requires if name in units]
    return [name for name in there if not any(name in _below(other, units, below) for other in there)]


def _below(name: str, units: Mapping[str, Unit], known: dict[str, set[str]]) -> set[str]:
    if name not in known:
        known[name] = set()  # a circle, which the linter tells, must not make us run in one
        required = [one for one in units[name].requires if one in units]
        known[name] = {one for direct in required for one in (direct, *_below(direct, units, known))}
    return known[name]
