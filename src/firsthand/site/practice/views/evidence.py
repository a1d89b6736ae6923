"""Evidence: what was shown, when, and by what; and the history as a file, to take along and to bring in."""

import io

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from firsthand.core.errors import UsageError
from firsthand.core.limits import MIB
from firsthand.history import History, Merged
from firsthand.learning.mastery import Status
from firsthand.site.learner import person
from firsthand.site.path.skills import skills
from firsthand.site.practice import queries
from firsthand.study.carrying import BroughtIn, bring_in

IMPORT_BYTES_MAX = 64 * MIB
"""Of an uploaded history; a bigger one is brought in by the terminal."""
LATELY_SHOWN = 15


@require_GET
def evidence(request: HttpRequest) -> HttpResponse:
    """What was shown, unit by unit, and what happened lately."""
    return _page(request)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The whole history as JSON lines."""
    who = person(request)
    data = io.BytesIO()
    who.history.export(data)
    name = f"firsthand-history-{who.outlook.today}.jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(data.getvalue(), content_type="application/jsonl; charset=utf-8", headers=headers)


@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Take in a history that was exported elsewhere: all of it or nothing."""
    if request.method == "GET":
        return redirect("evidence")
    try:
        brought = _brought(request)
    except UsageError as error:
        return _page(request, wrong=error.message)
    merged = brought.merged
    told = f"new={merged.new}&known={merged.known}&damaged={merged.damaged}&newer={brought.newer}"
    return redirect(f"{reverse('evidence')}?{told}#take")


def _brought(request: HttpRequest) -> BroughtIn:
    sent = request.FILES.get("history")
    file = sent.file if isinstance(sent, UploadedFile) else None
    if not isinstance(sent, UploadedFile) or not sent.size or file is None:
        raise UsageError("No file was chosen, or it is empty. Choose one that was exported.")
    if sent.size > IMPORT_BYTES_MAX:
        raise UsageError(f"The file is bigger than {IMPORT_BYTES_MAX // MIB} MB. The terminal can take it in.")
    return bring_in(person(request).history, file, skip_damaged=bool(request.POST.get("skip")))


def _page(request: HttpRequest, wrong: str = "") -> HttpResponse:
    who = person(request)
    here = who.outlook
    shown = queries.units_with_evidence(here)
    names = [each.unit.id for each in shown]
    wanted = request.GET.get("unit", "")
    open_unit = here.units[wanted if wanted in names else names[0]] if names else None
    of_it = [c for c in open_unit.competencies if here.found[c.id].seen] if open_unit else []
    told = {
        "units": shown,
        "open_unit": open_unit,
        "skills": skills(here, of_it),
        "counts": queries.counts_of(here, (Status.PROVEN, Status.PASSED, Status.SHOWN, Status.KNOWN, Status.TAUGHT)),
        "lately": queries.lately(who, LATELY_SHOWN),
        "events": len(who.events),
        "file": who.history.path if isinstance(who.history, History) else "",
        "wrong": wrong,
        "brought": _brought_words(request),
    }
    return render(request, "practice/evidence.html", told, status=400 if wrong else 200)


def _brought_words(request: HttpRequest) -> str:
    """What an import came to, as its redirect tells."""
    told = [request.GET.get(name, "") for name in ("new", "known", "damaged", "newer")]
    if not all(number.isascii() and number.isdigit() and len(number) < 10 for number in told):
        return ""
    new, known, damaged, newer = map(int, told)
    return BroughtIn(Merged(new, known, damaged), newer).words
