"""The plan: what is wished for, the next milestone, the days and the milestones after it, and the calendar file."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from firsthand.site.learner import person
from firsthand.site.practice import calendar
from firsthand.site.practice.wish_form import WishForm, goal_names
from firsthand.study.outlook import Outlook
from firsthand.study.planning import late_words, pace_words, planned_words, wish_data


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest) -> HttpResponse:
    """The plan, and the form that sets it."""
    who = person(request)
    here = who.outlook
    form = WishForm.sent(request.POST) if request.method == "POST" else WishForm.of(here)
    if request.method == "POST":
        wish = form.wish(here)
        if wish is not None:
            who.append("plan", wish_data(wish))
            return redirect(f"{reverse('plan')}?kept=yes")
    told = {**_form(here, form), "kept": "kept" in request.GET, "new": here.is_new}
    if not here.is_new:
        told |= _plan(here, request.GET.get("unit", ""))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.wrong else HTTPStatus.OK
    return render(request, "practice/plan.html", told, status=status)


@require_GET
def plan_ics(request: HttpRequest) -> HttpResponse:
    """The plan as a calendar file: importing it again moves its events."""
    from firsthand.learning.calendar import calendar as calendar_file  # a tenth of our start, for one page

    here = person(request).outlook
    links = {course.id: course.url for course in here.path.courses}
    data = calendar_file(here.plan, here.learner.events, here.learner.now, links)
    headers = {"Content-Disposition": 'attachment; filename="firsthand-plan.ics"'}
    return HttpResponse(data, content_type="text/calendar; charset=utf-8", headers=headers)


def _form(here: Outlook, form: WishForm) -> dict[str, object]:
    labs = [lab for unit in here.units.values() for lab in unit.labs]
    return {"form": form, "goals": list(goal_names(here)), "units": list(here.units.values()), "labs": labs}


def _plan(here: Outlook, open_unit: str) -> dict[str, object]:
    found = here.plan
    reached = [(status.value, number) for status, number in reversed(list(found.reached.items())) if number]
    told = {
        "plan": found,
        "today": here.today,
        "skills": sum(found.reached.values()),
        "reached": reached,
        "late": late_words(found),
        "pace": pace_words(found),
        "planned": planned_words(found),
        "missing": sum(not each.step.there for each in found.steps),
    }
    if not found.steps:
        return told
    open_unit = open_unit or found.milestones[0].unit
    return told | {
        "days": calendar.next_days(here),
        "milestones": calendar.milestones(here, open_unit),
        "last": max(each.ends.late for each in found.milestones),
        "open_unit": open_unit,
        "deadline_at": calendar.deadline_place(found),
    }
