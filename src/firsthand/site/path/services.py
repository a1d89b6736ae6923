"""What the learner tells on these pages, appended to the history: a lesson was read, a course was watched."""

from firsthand.content.model import Lesson
from firsthand.learning.learner import CourseState
from firsthand.site.learner import Person
from firsthand.study.course_list import Listed
from firsthand.study.watching import course_event


def keep_read(who: Person, lesson: Lesson) -> None:
    """Keep that a lesson was read, once: it is learned when it is read first."""
    if lesson.id not in who.outlook.learner.lessons:
        who.append("lesson", {"lesson": lesson.id, "state": "read"})


def keep_course(who: Person, found: Listed, state: CourseState, seconds: int = 0) -> None:
    """Keep how far a course was watched, unless that is known."""
    event = course_event(found, state, seconds)
    if event is not None:
        who.append("course", event)
