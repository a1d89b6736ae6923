"""The courses in our order or the playlist's, and how far each was watched."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from firsthand.core.errors import UsageError
from firsthand.learning.learner import CourseState
from firsthand.site.learner import Person, person
from firsthand.site.path import services
from firsthand.study.course_list import Listed, listed, sum_of
from firsthand.study.watching import read_time, watched_to

PLAYLIST = "playlist"
STATES = ("done", "skipped", "not-started")


@require_GET
def courses(request: HttpRequest) -> HttpResponse:
    """All courses."""
    return _page(request, request.GET.get("order", ""))


@require_POST
def keep(request: HttpRequest, course_id: str) -> HttpResponse:
    """Keep that a course was watched up to a time, or to its end, or is skipped."""
    who, order = person(request), request.POST.get("order", "")
    found = next((each for each in _listed(who) if each.course.id == course_id), None)
    state, time = request.POST.get("state", ""), request.POST.get("time", "")
    if found is None:
        raise Http404
    try:
        if state in STATES:
            services.keep_course(who, found, cast("CourseState", state))
        else:
            seconds = read_time(time)
            services.keep_course(who, found, watched_to(found, seconds), seconds)
    except UsageError as error:
        return _page(request, order, wrong={course_id: f"{error.message} {error.advice}"}, typed=time)
    suffix = f"?order={PLAYLIST}" if order == PLAYLIST else ""
    return redirect(f"{reverse('courses')}{suffix}#{course_id}")


def _listed(who: Person) -> tuple[Listed, ...]:
    here = who.outlook
    return listed(here.path, here.learner)


def _page(request: HttpRequest, order: str, *, wrong: dict[str, str] | None = None, typed: str = "") -> HttpResponse:
    here = person(request).outlook
    found = _listed(person(request))
    playlist = [each for each in found if each.course.playlist]
    if order == PLAYLIST:
        playlist.sort(key=lambda each: each.course.playlist)
    others = [each for each in found if not each.course.playlist]
    groups = [
        ("The playlist", playlist, sum_of(playlist)),
        ("For what the playlist leaves out", others, sum_of(others)),
    ]
    told = {
        "groups": [group for group in groups if group[1]],
        "order": PLAYLIST if order == PLAYLIST else "ours",
        "units": here.units,
        "wrong": wrong or {},
        "typed": typed[:20],
    }
    return render(request, "path/courses.html", told, status=422 if wrong else 200)
