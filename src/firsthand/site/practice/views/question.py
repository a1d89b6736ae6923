"""A question inside a lesson, or on a page of its own: the form, and what an answer comes to."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from firsthand.site.learner import person
from firsthand.site.practice import queries, services
from firsthand.site.practice.asking import Asked
from firsthand.study.answering import explained


@require_http_methods(["GET", "POST"])
def question(request: HttpRequest, question_id: str) -> HttpResponse:
    """Show the question, or the result of the answer that was sent."""
    who = person(request)
    asked = Asked.now(who.outlook.learner, queries.question(who, question_id))
    back = _back(request)
    if request.method == "GET":
        return _page(request, asked, "_question", back=back)
    read = asked.read(request.POST)
    if isinstance(read, Asked):
        return _page(request, read, "_question", back=back)
    kept = services.practised(who, asked, read, request.POST.get("token", ""))
    here = who.outlook
    other = here.question_for(asked.question.competency)
    told = explained(here, asked.question, read)
    return _page(request, asked, "_result", back=back, told=told, given=read.given, stale=kept.stale, other=other)


def _page(request: HttpRequest, asked: Asked, part: str, **more: object) -> HttpResponse:
    """The part alone where it is swapped into a page, else the part on a page of its own."""
    here = person(request).outlook
    skill = here.competencies[asked.question.competency]
    alone = "HX-Request" in request.headers
    told = {"asked": asked, "skill": skill, "unit": here.units[skill.unit], "alone": alone, **more}
    told["part"] = f"practice/{part}.html"
    return render(request, f"practice/{part}.html" if alone else "practice/question.html", told)


def _back(request: HttpRequest) -> str:
    """The page of ours that the question stood on."""
    told = request.POST.get("back", "") or request.GET.get("back", "")
    return told if url_has_allowed_host_and_scheme(told, {request.get_host()}) else ""
