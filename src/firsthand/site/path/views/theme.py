"""Light or dark."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

COOKIE = "theme"
COOKIE_AGE_S = 365 * 24 * 3600


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Change between light and dark, and stay where one is."""
    back = request.headers.get("Referer", "/")
    here = url_has_allowed_host_and_scheme(back, {request.get_host()})
    answer = redirect(back if here else "/")
    chosen = "light" if request.COOKIES.get(COOKIE) == "dark" else "dark"
    answer.set_cookie(COOKIE, chosen, max_age=COOKIE_AGE_S, samesite="Strict")
    return answer
