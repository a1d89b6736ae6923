"""Runs: the history of them, one of them while it goes on and when it is over, two side by side."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from firsthand.site.labs import queries, services
from firsthand.site.labs.cards import shown
from firsthand.site.labs.comparing import compare
from firsthand.site.labs.kept import Kept, kept, lab_of
from firsthand.site.labs.models import Run
from firsthand.site.labs.numbers import whole
from firsthand.site.learner import Person, person
from firsthand.study import invocation


@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """All runs, newest first, a page at a time."""
    learner = person(request)
    lab_id, folder = request.GET.get("lab", ""), request.GET.get("folder", "")
    found = queries.runs(learner, whole(request.GET.get("page", ""), 1), lab_id=lab_id, folder=folder)
    page = {"found": found, "live": services.live_runs(learner), "lab_id": lab_id, "folder": folder}
    return render(request, "labs/runs.html", page)


@require_GET
def run(request: HttpRequest, run_id: str) -> HttpResponseBase:
    """One run, whatever state it is in."""
    learner = person(request)
    row = services.run_of(learner, run_id)
    if row is not None and row.live:
        return _live(request, learner, row)
    if row is not None and row.kept and row.kept != run_id:
        return redirect("run", run_id=row.kept)
    try:
        found = kept(learner, run_id)
    except Http404:
        return _without_evidence(request, learner, run_id, row)
    return _kept(request, learner, found)


@require_POST
def stop(request: HttpRequest, run_id: str) -> HttpResponse:
    """Stop a run that waits or goes on."""
    learner = person(request)
    row = services.run_of(learner, run_id)
    if row is None:
        raise Http404
    services.stop(learner, row)
    return redirect("run", run_id=row.pk)


@require_GET
def two(request: HttpRequest) -> HttpResponse:
    """Two runs side by side: `a` before, `b` after."""
    learner = person(request)
    names = [request.GET.get(name, "") for name in ("a", "b")]
    if not all(names):
        recent = [ran for ran in queries.runs(learner).runs if ran.kept]
        return render(request, "labs/compare_choose.html", {"runs": recent, "names": names})
    before, after = (kept(learner, name) for name in names)
    page: dict[str, Any] = {"before": before, "after": after}
    if before.report and after.report:
        page |= {
            "same_lab": before.report.lab == after.report.lab,
            "compared": compare(before.report, after.report),
            "lab": lab_of(after.report, queries.labs(learner)),
        }
    return render(request, "labs/compare.html", page)


def _live(request: HttpRequest, learner: Person, row: Run) -> HttpResponse:
    lab = queries.lab(learner, row.lab)
    page = {"row": row, "lab": lab, "ahead": _ahead_of(learner, row)}
    return render(request, "labs/run_live.html", page)


def _ahead_of(learner: Person, row: Run) -> int:
    """How many runs wait before this one."""
    waiting = services.live_runs(learner)
    return next((number for number, each in enumerate(waiting) if each.pk == row.pk), 0)


def _kept(request: HttpRequest, learner: Person, found: Kept) -> HttpResponse:
    if found.report is None:
        return render(request, "labs/run_unread.html", {"run": found})
    event = queries.event_of(learner, found.id)
    lab = lab_of(found.report, queries.labs(learner))
    page = {
        "shown": shown(found, found.report, lab, event, learner),
        "lab": lab,
        "changed": lab is not None and lab.digest() != found.report.lab_digest,
        "before": _before(learner, found, event.text("folder") if event else ""),
    }
    return render(request, "labs/run.html", page)


def _before(learner: Person, found: Kept, folder: str) -> str:
    """The run of the same workspace before this one, if it is kept; else ""."""
    if not folder:
        return ""
    of_place = [e for e in learner.events if e.kind == "run" and e.text("folder") == folder]
    names = [e.text("run") for e in of_place]
    earlier = names[: names.index(found.id)] if found.id in names else []
    return next((name for name in reversed(earlier) if _is_kept(learner, name)), "")


def _is_kept(learner: Person, name: str) -> bool:
    try:
        kept(learner, name)
    except Http404:
        return False
    return True


def _without_evidence(request: HttpRequest, learner: Person, run_id: str, row: Run | None) -> HttpResponse:
    event = queries.event_of(learner, run_id)
    if row is None and event is None:
        raise Http404
    lab_id = row.lab if row else event.text("lab") if event else ""
    page = {
        "run_id": run_id,
        "row": row,
        "event": event,
        "lab": next((lab for lab in queries.labs(learner) if lab.id == lab_id), None),
        "check": invocation.spell("check"),
    }
    return render(request, "labs/run_gone.html", page)
