"""How fast a learner gets on, by what they did in the hours they planned, and between which dates that puts an end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from math import exp, sqrt

from firsthand.content.model import LearningPath
from firsthand.learning.hours import Hours
from firsthand.learning.learner import Learner

SHRINK_MINUTES = 750
"""The estimates weigh as much as so many minutes of work that was seen."""
LEARNERS_DIFFER = 0.40
"""Standard deviation, in log, of how long learners take for what is estimated."""
WEEKS_DIFFER = 0.24
"""The same of one learner's weeks and items, over WEEK_MINUTES of work; over more it evens out."""
WEEK_MINUTES = 450
RANGE_Z = 1.2816
"""Of a normal distribution 80 % lie between -z and z."""
PACE_MIN, PACE_MAX = 0.25, 4.0


@dataclass(frozen=True)
class Pace:
    """What a learner did in the study time of the weeks in which they studied."""

    spent: int = 0
    """Minutes of study planned for those weeks."""
    done: int = 0
    """Minutes that what they finished was estimated to take."""

    @cached_property
    def factor(self) -> float:
        """Minutes needed for one estimated minute: 1 before anything was seen."""
        return min(PACE_MAX, max(PACE_MIN, (self.spent + SHRINK_MINUTES) / (self.done + SHRINK_MINUTES)))

    def range(self, minutes: float) -> tuple[float, float, float]:
        """Least, expected and most minutes for work of so many estimated minutes; four in five end between."""
        expected = minutes * self.factor
        seen = SHRINK_MINUTES / (SHRINK_MINUTES + min(self.spent, self.done))
        spread = sqrt(LEARNERS_DIFFER**2 * seen + WEEKS_DIFFER**2 * WEEK_MINUTES / max(minutes, WEEK_MINUTES))
        return expected * exp(-RANGE_Z * spread), expected, expected * exp(RANGE_Z * spread)


def pace(path: LearningPath, learner: Learner, hours: Hours, start: date) -> Pace:
    """The learner's own pace since `start`; weeks in which nothing was done are a pause and not slowness."""
    today = learner.now.date()
    done = [(at.astimezone(learner.now.tzinfo).date(), minutes) for at, minutes in _finished(path, learner)]
    done = [(day, minutes) for day, minutes in done if start <= day]
    if not done:
        return Pace()
    weeks = {day.isocalendar()[:2] for day, _ in done}
    spent = 0
    for year, week in weeks:
        monday = date.fromisocalendar(year, week, 1)
        first, end = max(start, monday), min(today, date.fromisocalendar(year, week, 7))
        spent += hours.between(first, date.fromordinal(end.toordinal() + 1))
    return Pace(spent, round(sum(minutes for _, minutes in done)))


def _finished(path: LearningPath, learner: Learner) -> Iterator[tuple[datetime, float]]:
    """What was finished, when, and the minutes that it was estimated to take."""
    yield from _courses(path, learner)
    yield from _stages(path, learner)
    yield from _learned(path, learner)


def _courses(path: LearningPath, learner: Learner) -> Iterator[tuple[datetime, float]]:
    lengths = {course.id: course.seconds for course in path.courses}
    seen: dict[str, int] = {}
    for watched in learner.watched:
        length = lengths.get(watched.course, 0)
        now = length if watched.state == "done" else min(watched.seconds, length)
        if watched.state in ("watching", "done"):
            yield watched.at, max(0, now - seen.get(watched.course, 0)) / 60
            seen[watched.course] = max(now, seen.get(watched.course, 0))


def _stages(path: LearningPath, learner: Learner) -> Iterator[tuple[datetime, float]]:
    labs = {lab.id: lab for unit in path.units for lab in unit.labs}
    passed: set[tuple[str, str]] = set()
    for run in learner.runs:
        for stage in run.stages:
            if run.lab in labs and (run.lab, stage) not in passed:
                passed.add((run.lab, stage))
                yield run.at, labs[run.lab].minutes / len(labs[run.lab].stages)


def _learned(path: LearningPath, learner: Learner) -> Iterator[tuple[datetime, float]]:
    """What was learned by lessons and answers; what a course taught counts as watching it."""
    minutes = _learning_minutes(path)
    when: dict[str, datetime] = {}
    for lesson in (lesson for unit in path.units for lesson in unit.lessons):
        if lesson.id in learner.lessons:
            for competency in lesson.teaches:
                at = learner.lessons[lesson.id]
                when[competency] = min(at, when.get(competency, at))
    for answered in learner.answers:
        if answered.is_own and answered.result == "right":
            when[answered.competency] = min(answered.at, when.get(answered.competency, answered.at))
    by_courses = {c for course in path.courses if _is_done(course.id, learner) for c in course.teaches}
    for competency, at in when.items():
        if competency in minutes and competency not in by_courses:
            yield at, minutes[competency]


def _learning_minutes(path: LearningPath) -> Mapping[str, float]:
    from firsthand.learning.steps import LEARNING_SHARE

    proved = {c for unit in path.units for lab in unit.labs for c in lab.proves}
    every = (c for unit in path.units for c in unit.competencies)
    return {c.id: c.minutes * (LEARNING_SHARE if c.id in proved else 1) for c in every}


def _is_done(course: str, learner: Learner) -> bool:
    watched = learner.courses.get(course)
    return watched is not None and watched.state == "done"
