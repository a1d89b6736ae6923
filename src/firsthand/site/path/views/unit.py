"""One unit: why it is there, its skills, lessons, courses and labs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firsthand.site.learner import person
from firsthand.site.path.map_page import card_of
from firsthand.site.path.shelf import shelf
from firsthand.site.path.skills import skills
from firsthand.study.course_list import listed


@require_GET
def unit(request: HttpRequest, unit_id: str) -> HttpResponse:
    """The page of a unit."""
    here = person(request).outlook
    found = shelf(here.path).unit(unit_id)
    order = list(here.units.values())
    at = order.index(found)
    asked = [skill.id for skill in found.competencies if skill.id in here.questions]
    told = {
        "unit": found,
        "card": card_of(here, found.id),
        "skills": skills(here, found.competencies),
        "courses": [each for each in listed(here.path, here.learner) if found.id in each.course.units],
        "planned": [lab for lab in here.path.planned if lab.unit == found.id],
        "passed": {run.lab for run in here.learner.runs if run.whole},
        "read": here.learner.lessons,
        "ramp_page": next(
            (page for page in found.lessons if page.on_ramp and page.id not in here.learner.lessons), None
        ),
        "asked": asked,
        "before": order[at - 1] if at else None,
        "after": order[at + 1] if at + 1 < len(order) else None,
    }
    return render(request, "path/unit.html", told)
