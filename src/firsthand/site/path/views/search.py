"""Soon."""

from typing import Any
from django.http import HttpRequest, HttpResponse


def search(request: HttpRequest, **_: Any) -> HttpResponse:
    """Soon."""
    return HttpResponse("soon")
