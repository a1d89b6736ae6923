"""The words of the field, from A to Z."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firsthand.site.learner import person
from firsthand.site.path.folding import folded, letter_of
from firsthand.site.path.searching import QUERY_CHARACTERS_MAX
from firsthand.site.path.shelf import shelf


@require_GET
def glossary(request: HttpRequest) -> HttpResponse:
    """All terms, or those in which a text is."""
    wanted = " ".join(request.GET.get("q", "").split())[:QUERY_CHARACTERS_MAX]
    terms = [
        (anchor, term)
        for anchor, term in shelf(person(request).outlook.path).terms.items()
        if not wanted or folded(wanted) in folded(" ".join((*term.forms, term.means)))
    ]
    letters = [(letter, list(each)) for letter, each in groupby(terms, key=lambda each: letter_of(each[1].name))]
    told = {"letters": letters, "many": len(terms), "wanted": wanted}
    return render(request, "path/_terms.html" if request.headers.get("HX-Request") else "path/glossary.html", told)
