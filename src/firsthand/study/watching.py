"""How far a course was watched: read from what a learner says, and kept; for terminal and site alike."""

import re
from typing import Any

from firsthand.core.errors import UsageError
from firsthand.learning.learner import CourseState
from firsthand.study.course_list import Listed

_TIME = re.compile(r"(?:(\d{1,3}):([0-5]?\d)|(\d{1,4})):([0-5]\d)", re.ASCII)
"""h:mm:ss, or mm:ss."""


def read_time(text: str) -> int:
    """The seconds of a place in a course, such as 1:23:45 or 23:45.

    Raises:
        UsageError: it is none.
    """
    found = _TIME.fullmatch(text.strip())
    if not found:
        shown = text if len(text) <= 40 else text[:40] + "…"
        raise UsageError(
            f'"{shown}" is no time in a course.', advice="Write it as the player shows it: 1:23:45 or 23:45."
        )
    hours, minutes, only_minutes, seconds = found.groups()
    return int(hours or 0) * 3600 + int(minutes or only_minutes) * 60 + int(seconds)


def watched_to(found: Listed, seconds: int) -> CourseState:
    """What it means to have watched a course up to here: at its end it is done."""
    length = found.course.seconds
    if length and seconds >= length:
        return "done"
    return "watching" if seconds else "not-started"


def course_event(found: Listed, state: CourseState, seconds: int = 0) -> dict[str, Any] | None:
    """What the history keeps of this; None where it is known already. What was watched before a skip stays known."""
    if state == "done":
        seconds = found.course.seconds
    elif state == "skipped":
        seconds = found.watched_s
    if (found.state, found.watched_s) == (state, seconds):
        return None
    return {"course": found.course.id, "state": state, "seconds": seconds}
