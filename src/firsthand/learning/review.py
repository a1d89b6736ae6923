"""When to review what: spaced repetition by FSRS, spread over study days so that no day is overfull."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import fsrs

from firsthand.content.model import LearningPath
from firsthand.learning.hours import Hours
from firsthand.learning.learner import Grade, Learner

RETENTION = 0.85
RETENTION_CRITICAL = 0.90
"""For what the goal stands on: how likely it is still known when its review is due."""
REVIEW_MINUTES = 2
REVIEWS_A_DAY_MAX = 20
REVIEWS_SHARE = 1 / 3
"""Of a day's study time, at most; a third of an hour is ten reviews."""
REVIEWS_A_DAY_MIN = 5
DAYS_AHEAD_MAX = 3_650

_GRADES: dict[Grade, fsrs.Rating] = {
    "again": fsrs.Rating.Again,
    "hard": fsrs.Rating.Hard,
    "good": fsrs.Rating.Good,
    "easy": fsrs.Rating.Easy,
}


@dataclass(frozen=True)
class Memory:
    """How well a competency is remembered."""

    competency: str
    since: datetime
    """The last time it was recalled or learned."""
    stability_days: float
    """In how many days it falls to 90 %."""
    due: date
    """When it falls to what is desired."""
    retention: float
    fresh: float
    """How likely it is remembered now."""


@dataclass(frozen=True)
class Agenda:
    """What to review on which day; a competency stands there once, with its next review."""

    days: Mapping[date, tuple[str, ...]]
    today: tuple[str, ...]
    """The most overdue first."""
    overdue: int
    """How many are due today or were before; those that today has no room for come on the next days."""

    @property
    def next_day(self) -> date | None:
        """The first day that has something to review."""
        return min(self.days, default=None)


def memories(path: LearningPath, learner: Learner, critical: Collection[str]) -> dict[str, Memory]:
    """The memory of every competency that was learned, by the default parameters of FSRS."""
    schedulers = {each: _scheduler(each) for each in (RETENTION, RETENTION_CRITICAL)}
    found = {}
    for competency, recalls in _recalls(path, learner).items():
        retention = RETENTION_CRITICAL if competency in critical else RETENTION
        card = _card(schedulers[retention], recalls)
        assert card.last_review is not None, "a card has at least one recall"
        assert card.stability is not None, "and with it a stability"
        fresh = schedulers[retention].get_card_retrievability(card, learner.now.astimezone(UTC))
        due = card.due.astimezone(learner.now.tzinfo).date()
        found[competency] = Memory(competency, card.last_review, card.stability, due, retention, fresh)
    return found


def agenda(found: Iterable[Memory], askable: Collection[str], hours: Hours, learner: Learner) -> Agenda:
    """Spread the reviews over study days: each on the least loaded one within its interval, none overfull.

    What is overdue comes first, the most overdue at the head, on the first days that have room.
    """
    today = learner.now.date()
    load: Counter[date] = Counter({today: _reviewed_on(learner, today)})
    days: dict[date, list[str]] = defaultdict(list)
    waiting = sorted((m for m in found if m.competency in askable), key=lambda m: (m.due, m.fresh, m.competency))
    for memory in waiting:
        day = _day(memory, today, hours, load)
        load[day] += 1
        days[day].append(memory.competency)
    overdue = sum(memory.due <= today for memory in waiting)
    return Agenda({day: tuple(days[day]) for day in sorted(days)}, tuple(days.get(today, ())), overdue)


def capacity(day: date, hours: Hours) -> int:
    """How many reviews a day takes; none on a day without study."""
    minutes = hours.on(day)
    if not minutes:
        return 0
    return max(REVIEWS_A_DAY_MIN, min(REVIEWS_A_DAY_MAX, int(minutes * REVIEWS_SHARE / REVIEW_MINUTES)))


def grade_of(result: str) -> Grade:
    """The grade that an answer earns."""
    return "good" if result == "right" else "again"


def interval(memory: Memory) -> tuple[date, date]:
    """The days between which a review is as good as on the day it is due: within a tenth of the interval or so."""
    days = max(0, (memory.due - memory.since.date()).days)
    slack = 0 if days < 3 else 1 if days < 7 else round(1 + (days - 7) * 0.1)
    return memory.due - timedelta(slack), memory.due + timedelta(slack)


def _day(memory: Memory, today: date, hours: Hours, load: Counter[date]) -> date:
    first, last = interval(memory)
    first = max(first, today)
    allowed = [first + timedelta(number) for number in range((last - first).days + 1)]
    free = [day for day in allowed if load[day] < capacity(day, hours)]
    if free and memory.due > today:
        return min(free, key=lambda day: (load[day], abs((day - memory.due).days), day))
    day = max(today, memory.due)
    for _ in range(DAYS_AHEAD_MAX):
        if load[day] < capacity(day, hours):
            return day
        day += timedelta(1)
    return day


def _reviewed_on(learner: Learner, today: date) -> int:
    zone = learner.now.tzinfo
    return sum(reviewed.at.astimezone(zone).date() == today for reviewed in learner.reviews)


def _scheduler(retention: float) -> fsrs.Scheduler:
    return fsrs.Scheduler(
        desired_retention=retention,
        learning_steps=(),  # days are the unit here: whoever missed a question sees it again on another day
        relearning_steps=(),
        maximum_interval=DAYS_AHEAD_MAX,
        enable_fuzzing=False,  # days are chosen by load, and the same history gives the same days
    )


def _card(scheduler: fsrs.Scheduler, recalls: list[tuple[datetime, Grade]]) -> fsrs.Card:
    first = recalls[0][0].astimezone(UTC)
    card = fsrs.Card(card_id=1, due=first)
    last = first
    for at, grade in recalls:
        last = max(last, at.astimezone(UTC))  # a clock that was set back does not turn time
        card, _ = scheduler.review_card(card, _GRADES[grade], last)
    return card


def _recalls(path: LearningPath, learner: Learner) -> dict[str, list[tuple[datetime, Grade]]]:
    """For every competency that was learned, when it was recalled and how well; at most once a day by credit."""
    events = sorted(_learned(path, learner), key=lambda each: each[1])
    found: dict[str, list[tuple[datetime, Grade]]] = {}
    for competency, at, grade, begins in events:
        recalls = found.get(competency)
        if recalls is None:
            if begins and grade != "again":
                found[competency] = [(at, grade)]
        elif begins is not None or recalls[-1][0].date() != at.date():
            recalls.append((at, grade))
    return found


def _learned(path: LearningPath, learner: Learner) -> Iterator[tuple[str, datetime, Grade, bool | None]]:
    """Competency, time, grade, and whether it begins a memory: None for credit, which only strengthens one."""
    for lesson in (lesson for unit in path.units for lesson in unit.lessons):
        if lesson.id in learner.lessons:
            yield from ((c, learner.lessons[lesson.id], "good", True) for c in lesson.teaches)
    teaches = {course.id: course.teaches for course in path.courses}
    done: set[str] = set()
    for watched in learner.watched:
        if watched.state == "done" and watched.course not in done:
            done.add(watched.course)
            yield from ((c, watched.at, "good", True) for c in teaches.get(watched.course, ()))
    for answered in learner.answers:
        if answered.purpose != "review":
            right = answered.result == "right"
            yield answered.competency, answered.at, "good" if right else "again", right
    for reviewed in learner.reviews:
        yield reviewed.competency, reviewed.at, reviewed.grade, True
    yield from _by_labs(path, learner)


def _by_labs(path: LearningPath, learner: Learner) -> Iterator[tuple[str, datetime, Grade, bool | None]]:
    """A passed stage recalls what it proves, and by credit what that stands on."""
    labs = {lab.id: lab for unit in path.units for lab in unit.labs}
    requires = {c.id: c.requires for unit in path.units for c in unit.competencies}
    passed: set[tuple[str, str]] = set()
    for run in learner.runs:
        lab = labs.get(run.lab)
        new = [stage for stage in run.stages if (run.lab, stage) not in passed]
        passed.update((run.lab, stage) for stage in new)
        proves = {c for stage in (lab.stages if lab else ()) if stage.id in new for c in stage.proves}
        yield from ((c, run.at, "good", True) for c in sorted(proves))
        below = {one for c in proves for one in requires.get(c, ())} - proves
        yield from ((c, run.at, "good", None) for c in sorted(below))
