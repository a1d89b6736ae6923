"""What to do next: always three choices - what is recommended, another branch, and reviews."""

from dataclasses import dataclass
from datetime import date

from firsthand.learning.plan import Plan, Planned
from firsthand.learning.review import REVIEW_MINUTES, Agenda


@dataclass(frozen=True)
class Choice:
    """A step that can be begun now: all it needs is there."""

    planned: Planned
    unlocks: int
    """How many steps of the plan wait for it, directly or not."""
    lacks: tuple[str, ...]
    """Competencies that it stands on, and that nothing teaches yet."""


@dataclass(frozen=True)
class Reviews:
    """What there is to review today, or from which day on."""

    due: tuple[str, ...]
    minutes: int
    next_day: date | None


@dataclass(frozen=True)
class Choices:
    """The three choices. A step is None where nothing is left that can be begun."""

    recommended: Choice | None
    other: Choice | None
    reviews: Reviews


def choices(plan: Plan, agenda: Agenda) -> Choices:
    """The first step of the plan that can be begun, the first one of another unit (or simply another), and reviews."""
    ready = _ready(plan)
    first = ready[0] if ready else None
    rest = [each for each in ready if first and each.planned.step.unit != first.planned.step.unit] or ready[1:]
    reviews = Reviews(agenda.today, REVIEW_MINUTES * len(agenda.today), agenda.next_day)
    return Choices(first, rest[0] if rest else None, reviews)


def _ready(plan: Plan) -> list[Choice]:
    """The steps that wait for nothing that can be done before, those that lack nothing first."""
    by_id = {each.step.id: each.step for each in plan.steps}
    unlocks = _unlocks(plan)
    blocked: set[str] = set()
    found = []
    for planned in plan.steps:
        step = planned.step
        before = [by_id[one] for one in step.requires if one in by_id]
        if any(one.there or one.id in blocked for one in before):
            blocked.add(step.id)
        elif step.there:
            lacks = tuple(c for one in before for c in one.competencies)
            found.append(Choice(planned, unlocks[step.id], lacks))
    return sorted(found, key=lambda choice: bool(choice.lacks))


def _unlocks(plan: Plan) -> dict[str, int]:
    """For each step how many others wait for it, directly or not."""
    place = {each.step.id: number for number, each in enumerate(plan.steps)}
    after = [0] * len(place)
    for each in reversed(plan.steps):
        own = place[each.step.id]
        for one in each.step.requires:
            if one in place:
                after[place[one]] |= after[own] | 1 << own
    return {name: after[number].bit_count() for name, number in place.items()}
