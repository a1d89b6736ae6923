"""The site while an author changes content: it is read anew, pages reload, and findings stand on top of them."""

from collections.abc import Callable
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firsthand.content import following
from firsthand.content.findings import Finding
from firsthand.core.errors import FirsthandError
from firsthand.study import library

Respond = Callable[[HttpRequest], HttpResponse]

_read_at = ""
"""The stamp of the content that is held."""


class Preview:
    """Reads content anew after a change, where it is followed, and tells templates the stamp of it."""

    def __init__(self, get_response: Respond) -> None:
        self._respond = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with content as it is now."""
        global _read_at  # noqa: PLW0603  # content is held per process, and so is its stamp
        now = following.stamp()
        if now and now != _read_at:
            library.forget()
            _read_at = now
        request.preview = now  # type: ignore[attr-defined]
        return self._respond(request)


@require_GET
def changed(request: HttpRequest) -> JsonResponse:
    """The stamp of content as it is now: a page that has another one reloads itself."""
    return JsonResponse({"stamp": _stamp(request)})


@require_GET
def findings(request: HttpRequest) -> HttpResponse:
    """What the linter finds about the page at an address, and how much elsewhere."""
    _stamp(request)
    every = following.findings()
    place = _place(request.GET.get("page", ""))
    here = [each for each in every if place is None or each.file.resolve().is_relative_to(place.resolve())]
    shown = [(_where(each), each) for each in here]
    return render(request, "path/_findings.html", {"shown": shown, "elsewhere": len(every) - len(here)})


def _stamp(request: HttpRequest) -> str:
    found = str(getattr(request, "preview", ""))
    if not found:
        raise Http404
    return found


def _where(finding: Finding) -> str:
    try:
        file = finding.file.relative_to(Path.cwd())
    except ValueError:
        file = finding.file
    return f"{file}:{finding.line}" if finding.line else str(file)


def _place(page: str) -> Path | None:
    """The file or folder that a page shows; None for all of them, or while content cannot be read."""
    kind, _, name = page.strip("/").partition("/")
    try:
        path = library.path()
    except FirsthandError:
        return None
    if kind == "lesson":
        own = (*path.lessons, *(lesson for unit in path.units for lesson in unit.lessons))
        return next((lesson.file for lesson in own if lesson.id == name), None)
    if kind == "unit":
        return next((unit.folder for unit in path.units if unit.id == name), None)
    if kind == "lab":
        return next((lab.folder for unit in path.units for lab in unit.labs if lab.id == name.partition("/")[0]), None)
    if kind == "question":
        skill = name.rpartition(".")[0]
        return next((unit.folder for unit in path.units for one in unit.competencies if one.id == skill), None)
    return path.folder / "glossary" if kind == "glossary" else None
