"""Search over everything that can be learned here."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firsthand.site.learner import person
from firsthand.site.path.searching import QUERY_CHARACTERS_MAX, RESULTS_MAX
from firsthand.site.path.shelf import shelf

AT_ONCE_MAX = 8
"""Of results beneath the field while one types."""


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """What was found: a page, or the first of it beneath the field."""
    query = " ".join(request.GET.get("q", "").split())
    found = shelf(person(request).outlook.path).index.find(query)
    at_once = bool(request.headers.get("HX-Request"))
    told = {
        "query": query[:QUERY_CHARACTERS_MAX],
        "cut": len(query) > QUERY_CHARACTERS_MAX,
        "many": len(found),
        "is_full": len(found) == RESULTS_MAX,
        "found": found[:AT_ONCE_MAX] if at_once else found,
    }
    return render(request, "path/_found.html" if at_once else "path/search.html", told)
