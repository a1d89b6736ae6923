"""Soon."""

from typing import Any
from django.http import HttpRequest, HttpResponse


def courses(request: HttpRequest, **_: Any) -> HttpResponse:
    """Soon."""
    return HttpResponse("soon")


def keep(request: HttpRequest, **_: Any) -> HttpResponse:
    """Soon."""
    return HttpResponse("soon")
