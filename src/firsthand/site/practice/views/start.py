"""Start here: the self-rating, one question a page, and the result in three groups, which may be corrected."""

from typing import cast, get_args

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from firsthand.core.errors import UsageError
from firsthand.learning.placement.result import Group, Rating
from firsthand.site.learner import person
from firsthand.site.practice import queries, services
from firsthand.site.practice.asking import Asked
from firsthand.site.practice.placements import standing
from firsthand.study.outlook import Outlook
from firsthand.study.placing import GROUPS

UNPROCESSABLE = 422


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """What a placement is, and the self-rating; on to the question or the result where there is one."""
    who = person(request)
    here = who.outlook
    if request.method == "POST":
        services.begin_placement(who, _ratings(request, here), request.POST.get("after", ""))
        return redirect("start-question")
    under_way, again = here.learner.open_placement, "again" in request.GET
    if not again and under_way is not None and (under_way.ratings or under_way.answers):
        return redirect("start-question")
    if not again and under_way is None and here.learner.placed is not None:
        return redirect("start-result")
    after = services.last_placement(here.learner.placements)
    told = {"units": list(here.units.values()), "after": after, "again": again, "asks": bool(here.questions)}
    return render(request, "practice/start.html", told)


@require_http_methods(["GET", "POST"])
def question(request: HttpRequest) -> HttpResponse:
    """The question that tells most now; one that was answered already is not counted again."""
    who = person(request)
    here = who.outlook
    placed = here.learner.open_placement
    if placed is None:
        return redirect("start")
    now = standing(here, placed)
    asked = services.placement_asks(here, now)
    if asked is None or request.POST.get("enough"):
        services.end_placement(who)
        return redirect("start-result")
    stale = request.method == "POST" and request.POST.get("token") != asked.token
    status = 200
    if request.method == "POST" and not stale:
        read = asked.read(request.POST)
        if not isinstance(read, Asked):
            return redirect("start-result" if services.placed_answer(who, asked, read) else "start-question")
        asked, status = read, UNPROCESSABLE
    unit = here.units[here.competencies[asked.question.competency].unit]
    told = {"asked": asked, "progress": now.progress, "unit": unit, "stale": stale, "first": True}
    return render(request, "practice/start_question.html", told, status=status)


@require_GET
def result(request: HttpRequest) -> HttpResponse:
    """What the last placement came to."""
    here = person(request).outlook
    placed = here.learner.placed
    if placed is None:
        return redirect("start")
    unit = here.units.get(request.GET.get("unit", ""))
    told = {
        "placed": placed,
        "ramp": here.on_ramp,
        "groups": queries.result_groups(here, placed),
        "units": queries.result_units(here, placed),
        "open_unit": unit,
        "skills": queries.skills_with_groups(here, placed, unit) if unit else (),
        "group_names": [(group, title) for group, (title, _) in GROUPS.items()],
        "kept": request.GET.get("kept", ""),
        "under_way": here.learner.open_placement,
    }
    return render(request, "practice/start_result.html", told)


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, unit_id: str) -> HttpResponse:
    """Keep the learner's own word for skills of a unit."""
    if request.method == "GET":
        return redirect("start-result")
    who = person(request)
    here = who.outlook
    unit, placed = here.units.get(unit_id), here.learner.placed
    if unit is None or placed is None:
        raise UsageError(
            f'There is no result for a unit "{unit_id}".', advice="Find out where to start first: that makes one."
        )
    every = request.POST.get("all", "")
    said = {c.id: every or request.POST.get(c.id, "") for c in unit.competencies}
    groups = {competency: cast("Group", group) for competency, group in said.items() if group in get_args(Group)}
    kept = services.correct(who, placed, unit, groups)
    return redirect(f"{reverse('start-result')}?unit={unit.id}&kept={kept}#unit-{unit.id}")


def _ratings(request: HttpRequest, here: Outlook) -> dict[str, Rating]:
    """What was said about the units; nothing at all when it is skipped."""
    if request.POST.get("skip"):
        return {}
    said = {unit: request.POST.get(unit, "never") for unit in here.units}
    for unit, rating in said.items():
        if rating not in get_args(Rating):
            raise UsageError(
                f'"{rating[:40]}" is no rating of {here.units[unit].title}.', advice="Go back, and choose."
            )
    return {unit: cast("Rating", rating) for unit, rating in said.items()}
