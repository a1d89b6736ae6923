"""Soon."""

from typing import Any
from django.http import HttpRequest, HttpResponse


def lesson(request: HttpRequest, **_: Any) -> HttpResponse:
    """Soon."""
    return HttpResponse("soon")


def read(request: HttpRequest, **_: Any) -> HttpResponse:
    """Soon."""
    return HttpResponse("soon")
