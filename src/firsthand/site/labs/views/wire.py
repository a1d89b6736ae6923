"""The wire of a run: the diagram, what is behind a row, one message byte for byte, and files for other tools."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firsthand.bench.wire import load
from firsthand.content.model import Lab
from firsthand.core.errors import UsageError
from firsthand.site.labs.hexed import hex_rows, raw_text
from firsthand.site.labs.kept import Kept, kept, lab_of
from firsthand.site.labs.numbers import whole
from firsthand.site.labs.strip import strip
from firsthand.site.labs.wire import OUTSIDE, ROWS_SHOWN_MAX, Asked, message, opened, recording, view
from firsthand.site.learner import Person, person
from firsthand.study.steps import Step

TEXT_CHARACTERS_MAX = 200


@require_GET
def wire(request: HttpRequest, run_id: str) -> HttpResponse:
    """The conversation of a run, a check at a time."""
    run, lab = _run(person(request), run_id)
    asked = Asked(
        request.GET.get("check", "")[:TEXT_CHARACTERS_MAX],
        request.GET.get("door", "")[:TEXT_CHARACTERS_MAX],
        request.GET.get("q", "")[:TEXT_CHARACTERS_MAX],
        whole(request.GET.get("from", "")),
    )
    page: dict[str, Any] = {"run": run, "lab": lab, "asked": asked, "outside": OUTSIDE}
    try:
        shown = view(run, lab, asked)
        picked = whole(request.GET.get("step", ""), -1)
        page |= {
            "view": shown,
            "strip": strip(shown.scopes),
            "groups": _groups(shown.scopes, lab),
            "keep": _kept_query(asked),
            "picked": _opened_message(run, picked) if picked >= 0 else None,
        }
    except UsageError as error:
        page["trouble"] = error
    return render(request, "labs/wire.html", page)


@require_GET
def behind(request: HttpRequest, run_id: str, number: int) -> HttpResponse:
    """All that one folded row stands for, a window of it."""
    run, lab = _run(person(request), run_id)
    since = whole(request.GET.get("from", ""))
    try:
        lanes, rows, more = opened(run, lab, number, since)
    except UsageError as error:
        return render(request, "labs/wire_gone.html", {"run": run, "trouble": error})
    if not rows:
        raise Http404
    page = {"run": run, "lanes": lanes, "rows": rows, "more": more, "next": since + ROWS_SHOWN_MAX, "number": number}
    part = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "labs/wire_behind_part.html" if part else "labs/wire_behind.html", page)


@require_GET
def step(request: HttpRequest, run_id: str, number: int) -> HttpResponse:
    """One step: its messages decoded, and their bytes."""
    run, _ = _run(person(request), run_id)
    try:
        found = _opened_message(run, number)
    except UsageError as error:
        return render(request, "labs/wire_gone.html", {"run": run, "trouble": error})
    if found is None:
        raise Http404
    part = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "labs/wire_said.html" if part else "labs/wire_step.html", {"run": run, "picked": found})


@require_GET
def as_pcapng(request: HttpRequest, run_id: str) -> HttpResponse:
    """The wire as packets, for Wireshark."""
    from firsthand.study.pcapng import pcapng

    run, _ = _run(person(request), run_id)
    recording_or_404(run)
    packets = pcapng(load(run.evidence.wire), started=_started(run))
    answer = HttpResponse(packets, content_type="application/x-pcapng")
    answer["Content-Disposition"] = f'attachment; filename="{run.id}.pcapng"'
    return answer


@require_GET
def as_har(request: HttpRequest, run_id: str) -> HttpResponse:
    """The HTTP of the wire as HAR, for a browser's tools."""
    from firsthand.study.har import har

    run, _ = _run(person(request), run_id)
    recording_or_404(run)
    answer = JsonResponse(har(load(run.evidence.wire), started=_started(run)), json_dumps_params={"indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="{run.id}.har"'
    return answer


def recording_or_404(run: Kept) -> None:
    """See that the wire can be read before it is handed out."""
    try:
        recording(run.evidence)
    except UsageError:
        raise Http404 from None


def _run(learner: Person, run_id: str) -> tuple[Kept, Lab | None]:
    run = kept(learner, run_id)
    labs = tuple(lab for unit in learner.outlook.path.units for lab in unit.labs)
    return run, lab_of(run.report, labs)


def _started(run: Kept) -> datetime | None:
    return datetime.fromisoformat(run.report.started) if run.report else None


def _groups(scopes: Any, lab: Lab | None) -> list[tuple[str, list[Any]]]:
    """The checks under the titles of their stages."""
    titles = {stage.id: f"{stage.number} {stage.title}" for stage in lab.stages} if lab else {}
    groups: list[tuple[str, list[Any]]] = []
    for scope in scopes:
        title = titles.get(scope.stage, scope.stage) or "Outside of checks"
        if not groups or groups[-1][0] != title:
            groups.append((title, []))
        groups[-1][1].append(scope)
    return groups


def _kept_query(asked: Asked) -> str:
    """The filters as the end of an address, to be kept by links."""
    told = {name: value for name, value in (("door", asked.door), ("q", asked.text)) if value}
    return f"&{urlencode(told)}" if told else ""


def _opened_message(run: Kept, number: int) -> dict[str, Any] | None:
    found = message(run, number)
    if found is None:
        return None
    its, spells = found
    shown = [(spell, hex_rows(spell.raw), raw_text(spell.raw)) for spell in spells]
    return {"step": its, "spells": shown, "check": _scope_id(its)}


def _scope_id(its: Step) -> str:
    return its.check or OUTSIDE
