"""A lesson, and that it was read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from firsthand.site.learner import person
from firsthand.site.path import services
from firsthand.site.path.shelf import shelf


@require_GET
def lesson(request: HttpRequest, unit_id: str, slug: str) -> HttpResponse:
    """The page of a lesson."""
    here = person(request).outlook
    all_of_it = shelf(here.path)
    found = all_of_it.lesson(f"{unit_id}/{slug}")
    before, after = all_of_it.beside(found)
    labs, planned = all_of_it.leads_to(found)
    taught = [here.competencies[one] for one in found.teaches if one in here.competencies]
    told = {
        "lesson": found,
        "unit": all_of_it.units.get(found.unit),
        "unit_id": unit_id,
        "slug": slug,
        "page": all_of_it.page(found),
        "taught": [(skill, here.found[skill.id].status.value) for skill in taught],
        "questions": [here.question_for(skill.id) for skill in taught if skill.id in here.questions],
        "read_at": here.learner.lessons.get(found.id),
        "labs": labs,
        "planned": planned,
        "passed": {run.lab for run in here.learner.runs if run.whole},
        "before": before,
        "after": after,
    }
    return render(request, "path/lesson.html", told)


@require_POST
def read(request: HttpRequest, unit_id: str, slug: str) -> HttpResponse:
    """Keep that it was read, and stay at its end."""
    who = person(request)
    found = shelf(who.outlook.path).lesson(f"{unit_id}/{slug}")
    services.keep_read(who, found)
    return redirect(f"{reverse('lesson', args=[unit_id, slug])}#done")
