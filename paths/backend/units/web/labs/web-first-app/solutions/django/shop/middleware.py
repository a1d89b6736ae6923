"""Once around everything: a number for each request, one form for all errors, a log."""

import json
import re
import secrets
import traceback
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

PROBLEM = "application/problem+json"


class Around:
    """The outermost layer but one."""

    def __init__(self, inner: Callable[[HttpRequest], HttpResponse]) -> None:
        self.inner = inner

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Number the request, hand it on, and write down what became of it."""
        given = request.headers.get("X-Request-Id", "")
        request.id = given if re.fullmatch(r"[A-Za-z0-9-]{1,64}", given) else secrets.token_hex(8)
        reply = self.inner(request)
        if reply.status_code >= 400 and reply["Content-Type"] != PROBLEM:  # Django's own pages
            reply = problem(request, reply.status_code, headers={k: v for k, v in reply.items() if k == "Allow"})
        reply["X-Request-Id"] = request.id
        write(request, method=request.method, path=request.path, status=reply.status_code)
        return reply

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What a view threw: a 404 is Django's to answer, anything else is ours to write down."""
        if isinstance(error, Http404):
            return None
        write(request, error="".join(traceback.format_exception(error)))
        return problem(request, 500, "Something went wrong on our side.")


def problem(
    request: HttpRequest, status: int, title: str = "", headers: dict[str, str] | None = None, **members: Any
) -> HttpResponse:
    """An error in the form that all of them have."""
    body = {"title": title or HTTPStatus(status).phrase, "status": status, "id": request.id, **members}
    return JsonResponse(body, status=status, content_type=PROBLEM, headers=headers)


def write(request: HttpRequest, **what: Any) -> None:
    """One line of the log."""
    print(json.dumps({"id": request.id, **what}), flush=True)
