"""The courses of a path in two orders, how far each was watched, and the sum of hours."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from statistics import median_high

from firsthand.content.model import Course, LearningPath
from firsthand.learning.learner import CourseState, Learner


@dataclass(frozen=True)
class Listed:
    """A course, and how far the learner is in it. Seconds are 0 where the course's length is not known."""

    course: Course
    place: int
    """Its place in our order, from 1, among those of the playlist or among the others."""
    state: CourseState
    watched_s: int

    @property
    def is_known(self) -> bool:
        """Whether its length is known."""
        return self.course.seconds > 0

    @property
    def left_s(self) -> int:
        """What there is still to watch; nothing of a course that is done or skipped, or whose length is not known."""
        return 0 if self.state in ("done", "skipped") else max(0, self.course.seconds - self.watched_s)


@dataclass(frozen=True)
class Sum:
    """Hours over several courses, in seconds. Courses of unknown length are counted apart, never guessed."""

    length_s: int
    watched_s: int
    left_s: int
    skipped_s: int
    unknown: int
    """How many courses of unknown length there are."""
    unknown_left: int
    """How many of these are neither done nor skipped."""


def listed(path: LearningPath, learner: Learner) -> tuple[Listed, ...]:
    """All courses of the path in our order, with how far the learner is in each."""
    standing = learner.courses
    found = []
    places = {True: count(1), False: count(1)}
    for course in in_our_order(path):
        now_at = standing.get(course.id)
        state: CourseState = now_at.state if now_at else "not-started"
        seen = course.seconds if state == "done" else now_at.seconds if now_at else 0
        found.append(
            Listed(
                course,
                next(places[bool(course.playlist)]),
                state,
                min(seen, course.seconds) if course.seconds else seen,
            )
        )
    return tuple(found)


def in_our_order(path: LearningPath) -> list[Course]:
    """The courses as the order of study needs them: by the middle of what each teaches, overviews first."""
    places = {c.id: place for place, c in enumerate(c for unit in path.units for c in unit.competencies)}

    def middle(course: Course) -> tuple[int, int, str]:
        taught = [places[name] for name in course.teaches if name in places]
        return (median_high(taught) if taught else -1, course.playlist or len(path.courses) + 1, course.id)

    return sorted(path.courses, key=middle)


def sum_of(courses: Sequence[Listed]) -> Sum:
    """The hours of these courses."""
    unknown = [each for each in courses if not each.is_known]
    return Sum(
        length_s=sum(each.course.seconds for each in courses),
        watched_s=sum(each.watched_s for each in courses if each.state != "skipped"),
        left_s=sum(each.left_s for each in courses),
        skipped_s=sum(each.course.seconds for each in courses if each.state == "skipped"),
        unknown=len(unknown),
        unknown_left=sum(each.state not in ("done", "skipped") for each in unknown),
    )
