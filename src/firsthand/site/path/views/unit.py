"""Soon."""

from typing import Any
from django.http import HttpRequest, HttpResponse


def unit(request: HttpRequest, **_: Any) -> HttpResponse:
    """Soon."""
    return HttpResponse("soon")
