"""How accurate our graders are: what was proved of each lab, and what is not published yet."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firsthand.site.labs import proofs, queries
from firsthand.site.learner import person


@require_GET
def accuracy(request: HttpRequest) -> HttpResponse:
    """All labs, with what was proved."""
    published = [proofs.of(lab) for lab in queries.labs(person(request))]
    there = [each for each in published if each.proof]
    page = {
        "published": published,
        "labs": len(there),
        "checks": sum(each.checks for each in there),
        "planted": sum(each.planted for each in there),
        "caught": sum(each.caught for each in there),
        "flakes": sum(each.proof.flakes for each in there if each.proof),
    }
    return render(request, "labs/accuracy.html", page)


@require_GET
def of_lab(request: HttpRequest, lab_id: str) -> HttpResponse:
    """One lab, check by check."""
    lab = queries.lab(person(request), lab_id)
    page = {"lab": lab, "published": proofs.of(lab), "titles": {stage.id: stage for stage in lab.stages}}
    return render(request, "labs/accuracy_lab.html", page)
