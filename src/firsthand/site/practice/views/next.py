"""What to do now: what is recommended, another way, and reviews."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firsthand.site.learner import person
from firsthand.site.practice import queries
from firsthand.study.ways import standing


@require_GET
def next_steps(request: HttpRequest) -> HttpResponse:
    """Three choices; only what exists is among them."""
    here = person(request).outlook
    if here.is_new:
        return render(
            request, "practice/begin_here.html", {"title": "What comes next", "ramp": here.first_page_of_ramp}
        )
    found = here.choices
    heads = (("Recommended", found.recommended), ("Another way", found.other))
    told = {
        "standing": standing(here),
        "choices": [queries.choice(here, head, choice) for head, choice in heads if choice is not None],
        "reviews": found.reviews,
        "today": here.today,
        "plan": here.plan,
    }
    return render(request, "practice/next.html", told)
