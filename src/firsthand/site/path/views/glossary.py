"""Soon."""

from typing import Any
from django.http import HttpRequest, HttpResponse


def glossary(request: HttpRequest, **_: Any) -> HttpResponse:
    """Soon."""
    return HttpResponse("soon")
