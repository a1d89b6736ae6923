"""Labs: the list, one lab with its brief and workspaces, the button that checks, hints."""

from pathlib import Path
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from firsthand.content.model import Catalogue, Lab, Stage
from firsthand.core.errors import UsageError
from firsthand.site.labs import machine, proofs, queries, services
from firsthand.site.learner import person
from firsthand.site.rendering import rendered
from firsthand.study import invocation
from firsthand.study.briefs import body
from firsthand.study.hints import hints
from firsthand.study.memory import Past


@require_GET
def labs(request: HttpRequest) -> HttpResponse:
    """All labs by unit, and those that are planned."""
    learner = person(request)
    shelves = queries.shelves(learner)
    kinds = {use.kind for shelf in shelves for lab, _ in shelf.labs for use in lab.servers}
    page = {
        "shelves": shelves,
        "servers": {offer.kind: offer for offer in machine.servers(sorted(kinds))},
        "languages": {
            known.id: missing
            for known, missing in machine.languages(
                {name for shelf in shelves for lab, _ in shelf.labs for name in lab.starters()}
            )
        },
        "units": {unit.id: unit for unit in learner.outlook.path.units},
        "planned": learner.outlook.path.planned,
    }
    return render(request, "labs/labs.html", page)


@require_GET
def lab(request: HttpRequest, lab_id: str, stage: str = "") -> HttpResponse:
    """One lab, at the stage that is asked for, or the first that was not passed yet."""
    learner = person(request)
    found = queries.lab(learner, lab_id)
    places = queries.places(learner, found)
    standing = Past(learner.events).standing(found.id)
    here = queries.stage(found, stage) if stage else _ahead(found, standing.stages)
    workspace = places[0].folder if places else None
    live = {run.workspace: run for run in services.live_runs(learner)}
    page: dict[str, Any] = {
        "lab": found,
        "unit": next(unit for unit in learner.outlook.path.units if unit.id == found.unit),
        "here": here,
        "stages": queries.stages(learner, found),
        "standing": standing,
        "brief": rendered(invocation.spelt(body(here), workspace=workspace)),
        "places": [
            (place, live.get(str(place.folder)), machine.lack(found, place.language, place.folder)) for place in places
        ],
        "runs": queries.last_runs(learner, found),
        "languages": sorted(
            (machine.lack(found, name) for name in found.starters()), key=lambda lack: bool(lack.tools)
        ),
        "servers": [(use, offer) for use, offer in zip(found.servers, _offers(found), strict=True)],
        "lesson": Catalogue((learner.outlook.path,)).lesson_for(here.proves or found.proves),
        "skills": [
            (skill, learner.outlook.competencies[skill].can)
            for skill in here.proves
            if skill in learner.outlook.competencies
        ],
        "proof": proofs.of(found),
    }
    return render(request, "labs/lab.html", page)


@require_POST
def check(request: HttpRequest, lab_id: str) -> HttpResponse:
    """Check a workspace: put a run into the queue and go to its page."""
    learner = person(request)
    found = queries.lab(learner, lab_id)
    folder = Path(request.POST.get("folder", ""))
    if folder not in [place.folder for place in queries.places(learner, found)]:
        raise UsageError(
            "This is no workspace of yours, or its folder is gone.",
            advice=f"Make one: {invocation.spell('begin', found.id)}.",
        )
    run = services.enqueue(learner, found.id, folder, stage=request.POST.get("stage", ""))
    return redirect("run", run_id=run.pk)


@require_POST
def hint(request: HttpRequest, lab_id: str, check_id: str) -> HttpResponse:
    """Read the next hint of a check: it is recorded, and shown with those before."""
    learner = person(request)
    found = queries.lab(learner, lab_id)
    try:
        reading = hints(found, check_id, Past(learner.events)).reading(found)
    except UsageError as error:
        raise Http404 from error
    if reading is not None:
        learner.append("hint", reading)
    if request.htmx:  # type: ignore[attr-defined]
        now = hints(found, check_id, Past(learner.events))
        return render(request, "labs/hints.html", {"lab": found, "hints": now, "back": request.POST.get("back", "")})
    back = request.POST.get("back", "")
    here = url_has_allowed_host_and_scheme(back, {request.get_host()})
    return redirect(back if here else f"/lab/{found.id}/")


def _ahead(of: Lab, passed: frozenset[str]) -> Stage:
    return next((stage for stage in of.stages if stage.id not in passed), of.stages[-1])


def _offers(of: Lab) -> list[Any]:
    return [offer for use in of.servers for offer in machine.servers((use.kind,))]
