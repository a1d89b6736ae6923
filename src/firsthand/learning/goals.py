"""What a learner wants to reach: a first job, the whole path, some units, or some labs."""

from collections.abc import Iterable
from dataclasses import dataclass

from firsthand.content.findings import nearest
from firsthand.content.model import LearningPath
from firsthand.core.errors import UsageError

FIRST_JOB = "first-job"
WHOLE_PATH = "path"


@dataclass(frozen=True)
class Goal:
    """A goal that was read against a path."""

    text: str
    """As it is kept: `first-job`, `path`, or ids of units and labs joined by commas."""
    words: str
    """As it is shown."""
    targets: frozenset[str]
    """The competencies to be reached and proved."""
    labs: frozenset[str]
    """Labs that must be passed whatever they prove."""


def read_goal(text: str, path: LearningPath) -> Goal:
    """The goal that a text names.

    Raises:
        UsageError: it names none; the words say what can be named.
    """
    name = text.strip().lower() or FIRST_JOB
    competencies = [c for unit in path.units for c in unit.competencies]
    if name == FIRST_JOB:
        return Goal(name, "a first job", frozenset(c.id for c in competencies if c.tier == 1), frozenset())
    if name == WHOLE_PATH:
        return Goal(name, "the whole path", frozenset(c.id for c in competencies), frozenset())
    return _of_parts([part.strip() for part in name.split(",") if part.strip()], path)


def kept_goal(text: str, path: LearningPath) -> Goal:
    """The goal that was kept; a first job where content has lost what it named."""
    try:
        return read_goal(text, path)
    except UsageError:
        return read_goal(FIRST_JOB, path)


def _of_parts(parts: Iterable[str], path: LearningPath) -> Goal:
    units = {unit.id: unit for unit in path.units}
    labs = {lab.id: lab for unit in path.units for lab in unit.labs}
    targets: set[str] = set()
    titles, wanted_labs = [], set()
    for part in dict.fromkeys(parts):
        if part in units:
            targets.update(c.id for c in units[part].competencies)
            titles.append(units[part].title)
        elif part in labs:
            targets.update(labs[part].proves)
            wanted_labs.add(part)
            titles.append(labs[part].title)
        else:
            raise _unknown(part, path)
    return Goal(",".join(dict.fromkeys(parts)), ", ".join(titles), frozenset(targets), frozenset(wanted_labs))


def _unknown(part: str, path: LearningPath) -> UsageError:
    planned = next((lab for lab in path.planned if lab.id == part), None)
    if planned is not None:
        return UsageError(
            f'The lab "{part}" ({planned.title}) is planned and not there yet, so it cannot be a goal.',
            advice=f"Take its unit as the goal: {planned.unit}.",
        )
    units = [unit.id for unit in path.units]
    close = nearest(part, [FIRST_JOB, WHOLE_PATH, *units, *(lab.id for unit in path.units for lab in unit.labs)])
    meant = f"Did you mean {close}? " if close else ""
    return UsageError(
        f'There is no goal "{part}".',
        advice=f"{meant}A goal is {FIRST_JOB}, {WHOLE_PATH}, or units and labs with commas between them. "
        f"Units: {', '.join(units)}. `firsthand labs` lists the labs.",
    )
