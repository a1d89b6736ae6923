"""The courses in words: the list with its sums, what follows when one was watched, and JSON for programs."""

from collections.abc import Sequence
from typing import Any, TextIO

from firsthand.cli.columns import show_columns
from firsthand.cli.screen import BLANK, Line, line, show
from firsthand.learning.learner import CourseState
from firsthand.study import invocation
from firsthand.study.course_list import Listed, Sum, sum_of

SCHEMA_VERSION = 1
HEADINGS = ("ours", "list", "course", "title", "for", "length", "left", "you")
UNKNOWN = "?"


def show_courses(found: Sequence[Listed], stream: TextIO) -> None:
    """Print the playlist, then the courses that fill its gaps, each with its sum of hours."""
    playlist = [each for each in found if each.course.playlist]
    others = [each for each in found if not each.course.playlist]
    if not found:
        show([line("There are no courses in these content folders.")], stream)
    for title, group in (("The playlist", playlist), ("For what the playlist leaves out", others)):
        if group:
            show([line((title, "title")), BLANK], stream)
            show_columns(
                HEADINGS,
                [_row(each) for each in group],
                right=("ours", "list", "length", "left"),
                wraps=("title",),
                roomy=("for", "length"),
                piped=("course",),
                stream=stream,
            )
            show([*_sum_lines(sum_of(group)), BLANK], stream)
    if found:
        show(_footer(), stream)


def kept_lines(course_id: str, found: Sequence[Listed], *, known: bool) -> list[Line]:
    """What to say once the state of a course was kept: where one stands in it, what it taught, what is left."""
    each = next(one for one in found if one.course.id == course_id)
    lines = [line((each.course.title, "strong"), f": {_state(each)}{' already' if known else ''}.")]
    teaches = ", ".join(each.course.teaches)
    if each.state == "done" and teaches:
        lines.append(line(f"It taught {teaches}. Labs and questions prove what you took from it."))
    if each.state == "watching":
        left = (
            f"{clock(each.left_s)} of {clock(each.course.seconds)} left."
            if each.is_known
            else "Its length is not known."
        )
        lines.append(line(left))
    group = [one for one in found if bool(one.course.playlist) == bool(each.course.playlist)]
    whole = sum_of(group)
    what = "the playlist" if each.course.playlist else "the other courses"
    lines.append(line((f"Of {what}: {_watched(whole)}, {_left(whole)}.", "dim")))
    return lines


def as_json(found: Sequence[Listed]) -> dict[str, Any]:
    """The list as data; a length that is not known is null."""
    return {
        "schema": SCHEMA_VERSION,
        "courses": [_course_json(each) for each in found],
        "playlist": _sum_json(sum_of([each for each in found if each.course.playlist])),
        "all": _sum_json(sum_of(found)),
    }


def clock(seconds: int) -> str:
    """A length or a place in a course, as players show it."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _row(each: Listed) -> tuple[str, ...]:
    course = each.course
    gone = each.state in ("done", "skipped")
    return (
        str(each.place),
        str(course.playlist or "–"),
        course.id,
        course.title,
        " ".join(unit.upper() for unit in course.units) or "all",
        clock(course.seconds) if each.is_known else UNKNOWN,
        "–" if gone else clock(each.left_s) if each.is_known else UNKNOWN,
        _state(each),
    )


def _state(each: Listed) -> str:
    words: dict[CourseState, str] = {
        "not-started": "not started",
        "watching": f"watched to {clock(each.watched_s)}",
        "done": "✓ done",
        "skipped": "skipped",
    }
    return words[each.state]


def _sum_lines(whole: Sum) -> list[Line]:
    skipped = f", {_span(whole.skipped_s)} skipped" if whole.skipped_s else ""
    words = f"{_span(whole.length_s)} in all: {_watched(whole)}, {_left(whole)}{skipped}."
    if not whole.unknown:
        return [line(words)]
    courses = "1 course whose length is" if whole.unknown == 1 else f"{whole.unknown} courses whose lengths are"
    return [line(words), line((f"Not counted: {courses} not known ({UNKNOWN}).", "dim"))]


def _watched(whole: Sum) -> str:
    return f"{_span(whole.watched_s)} watched" if whole.watched_s else "nothing watched yet"


def _left(whole: Sum) -> str:
    unknown = f" and {whole.unknown_left} of unknown length" if whole.unknown_left else ""
    return f"{_span(whole.left_s)}{unknown} left"


def _span(seconds: int) -> str:
    """A sum of lengths, to the minute."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _footer() -> list[Line]:
    done = invocation.spell("courses", "done", "COURSE")
    seen = invocation.spell("courses", "watched", "COURSE", "1:23:45")
    return [
        line(("ours: its place in the order of study. list: its place in the playlist.", "dim")),
        line("Keep what you watched: ", (seen, "code"), verbatim=True),
        line("or that you saw it all: ", (done, "code"), verbatim=True),
        line(("COURSE is its number in the list, its id, or a part of its name.", "dim")),
    ]


def _course_json(each: Listed) -> dict[str, Any]:
    course = each.course
    return {
        "id": course.id,
        "title": course.title,
        "url": course.url,
        "ours": each.place,
        "playlist": course.playlist or None,
        "units": list(course.units),
        "teaches": list(course.teaches),
        "state": each.state,
        "seconds": course.seconds if each.is_known else None,
        "watched_seconds": each.watched_s,
        "left_seconds": each.left_s if each.is_known or each.state in ("done", "skipped") else None,
    }


def _sum_json(whole: Sum) -> dict[str, int]:
    return {
        "seconds": whole.length_s,
        "watched_seconds": whole.watched_s,
        "left_seconds": whole.left_s,
        "skipped_seconds": whole.skipped_s,
        "of_unknown_length": whole.unknown,
        "of_unknown_length_left": whole.unknown_left,
    }
