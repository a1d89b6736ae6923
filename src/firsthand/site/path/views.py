"""The pages of the way."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from firsthand.site.learner import person


@require_GET
def the_map(request: HttpRequest) -> HttpResponse:
    """The units as one picture."""
    return render(request, "path/map.html", {"units": person(request).outlook.path.units})


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Change between light and dark, and stay where one is."""
    back = request.headers.get("Referer", "/")
    here = url_has_allowed_host_and_scheme(back, {request.get_host()})
    answer = redirect(back if here else "/")
    answer.set_cookie("theme", "light" if request.COOKIES.get("theme") == "dark" else "dark", samesite="Strict")
    return answer
