"""`firsthand courses`: the courses in the playlist's order and in ours, and what of them was watched."""

import sys
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from firsthand.core.errors import FirsthandError, UsageError

if TYPE_CHECKING:
    from firsthand.learning.learner import CourseState
    from firsthand.study.course_list import Listed


class CourseName(click.types.StringParamType):
    """The id of a course."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """All courses that begin so."""
        from firsthand.study import library

        try:
            found = library.path().courses
        except FirsthandError:  # completion has no place to complain in
            return []
        return [CompletionItem(c.id, help=c.title) for c in found if c.id.startswith(incomplete.lower())]


COURSE = click.argument("course", metavar="COURSE", type=CourseName())


@click.group(invoke_without_command=True)
@click.option(
    "--order",
    type=click.Choice(["ours", "playlist"]),
    default="ours",
    help="By which numbers to sort: ours (the order of study) or the playlist's own.",
)
@click.option("--json", "json_to", default="", metavar="FILE", help="Write the list as JSON; - is standard output.")
@click.pass_context
def courses(ctx: click.Context, order: str, json_to: str) -> None:
    """See the courses in order, the hours watched and left, and keep what you watched.

    Each has two numbers: its place in the order of study, and in the playlist it comes from. A course teaches; only
    labs and questions prove.
    """
    if ctx.invoked_subcommand is not None:
        return
    from firsthand.cli import course_words
    from firsthand.cli.author_output import expect_writable, write_json

    expect_writable(json_to or None)
    found = _listed()
    if order == "playlist":
        found = tuple(sorted(found, key=lambda each: (each.course.playlist or len(found) + 1, each.place)))
    if json_to:
        write_json(json_to, course_words.as_json(found))
    else:
        course_words.show_courses(found, sys.stdout)


@courses.command()
@COURSE
def done(course: str) -> None:
    """Keep that you watched COURSE to its end: its id, its number in the playlist, or a part of its name."""
    _keep(_named(course), "done")


@courses.command()
@COURSE
@click.argument("time", metavar="H:MM:SS")
def watched(course: str, time: str) -> None:
    """Keep that you watched COURSE up to a point in time, such as 1:23:45 or 23:45."""
    from firsthand.study.watching import read_time, watched_to

    found = _named(course)
    seconds = read_time(time)
    _keep(found, watched_to(found, seconds), seconds)


@courses.command()
@COURSE
def skip(course: str) -> None:
    """Keep that you will not watch COURSE: it is not recommended any more, and its hours do not count as left."""
    _keep(_named(course), "skipped")


@courses.command()
@COURSE
def reset(course: str) -> None:
    """Keep that COURSE is to be watched from its beginning."""
    _keep(_named(course), "not-started")


def _listed() -> "tuple[Listed, ...]":
    from datetime import datetime

    from firsthand.learning.learner import Learner
    from firsthand.study import library
    from firsthand.study.course_list import listed
    from firsthand.study.memory import recall

    return listed(library.path(), Learner.of(recall("course").events, datetime.now().astimezone()))


def _named(name: str) -> "Listed":
    """The course of this id, with this number in the playlist, or the only one with this in its name."""
    from firsthand.content.findings import nearest

    found = _listed()
    wanted = name.strip().lower()
    matching = [each for each in found if wanted in (each.course.id, str(each.course.playlist or "none"))]
    if wanted and not matching and not wanted.isdigit():
        matching = [each for each in found if wanted in each.course.id or wanted in each.course.title.lower()]
    if len(matching) == 1:
        return matching[0]
    if matching:
        names = ", ".join(each.course.id for each in matching)
        raise UsageError(f'"{name}" names {len(matching)} courses.', advice=f"Which one? {names}.")
    close = nearest(wanted, [each.course.id for each in found])
    meant = f"Did you mean {close}? " if close else ""
    raise UsageError(f'There is no course "{name}".', advice=f"{meant}`firsthand courses` lists them all.")


def _keep(found: "Listed", state: "CourseState", seconds: int = 0) -> None:
    """Append to the history what is new, and say what follows from it."""
    from firsthand.cli import course_words
    from firsthand.cli.screen import show
    from firsthand.study.memory import remember
    from firsthand.study.watching import course_event

    event = course_event(found, state, seconds)
    if event is None or remember("course", event):
        show(course_words.kept_lines(found.course.id, _listed(), known=event is None))
