"""The map, as a picture and as a list."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from firsthand.site.learner import person
from firsthand.site.path.map_page import map_page


@require_GET
def picture(request: HttpRequest) -> HttpResponse:
    """The units as one picture."""
    page = map_page(person(request).outlook)
    return render(request, "path/map.html", {"page": page, "pictures": page.pictures()})


@require_GET
def as_list(request: HttpRequest) -> HttpResponse:
    """The same in words."""
    return render(request, "path/list.html", {"page": map_page(person(request).outlook)})
