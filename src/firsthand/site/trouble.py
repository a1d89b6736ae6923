"""Pages for what went wrong: each says what happened and what to do next."""

import sys
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from firsthand.core.errors import ContentError, FirsthandError, HistoryError, UsageError
from firsthand.site.api import problems
from firsthand.site.api.problems import API
from firsthand.study import crashes, invocation

_TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django's signature
    """Nothing is at this address."""
    if request.path.startswith(API):
        return problems.problem(HTTPStatus.NOT_FOUND, "There is no such address.")
    return page(request, HTTPStatus.NOT_FOUND, "There is no such page", "It may have been moved, or mistyped.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent cannot be read, or is too much."""
    if isinstance(exception, _TOO_MUCH):
        words = "It is more than a form may hold. Nothing was changed: go back, what you wrote is still there."
        return page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That is too long", words)
    return page(
        request, HTTPStatus.BAD_REQUEST, "That could not be read", "Nothing was changed. Go back and try again."
    )


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """It is not allowed."""
    return page(request, HTTPStatus.FORBIDDEN, "That is not allowed", "Nothing was changed.")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form that did not come from one of our pages."""
    words = "This form did not come from a page of ours, or the page was open for very long. Load it again."
    return page(request, HTTPStatus.FORBIDDEN, "Nothing was changed", words)


def broken(request: HttpRequest) -> HttpResponse:
    """Our fault: what we need to mend it is kept in a file."""
    error = sys.exc_info()[1]
    kept = crashes.keep(f"{request.method} {request.path}\n\n{crashes.story_of(error)}") if error else None
    words = "This is our fault, and nothing of yours is lost. Try it again."
    advice = f"What we need to mend it is in {kept}; please send it to us." if kept else ""
    return page(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here", words, advice)


def elsewhere() -> HttpResponse:
    """Plain words for who comes under another name or from another site's page: they get no page of ours."""
    words = "This site answers only under the address that `firsthand start` prints, and only its own pages.\n"
    return HttpResponse(words, status=HTTPStatus.MISDIRECTED_REQUEST, content_type="text/plain; charset=utf-8")


def told(request: HttpRequest, error: FirsthandError) -> HttpResponse:
    """What an exception of ours says, as a page."""
    status, title = _of_kind(request, error)
    where = error.where if isinstance(error, ContentError) else ""
    return page(request, status, title, invocation.spelt(error.message), invocation.spelt(error.advice), where)


def page(
    request: HttpRequest, status: HTTPStatus, title: str, words: str, advice: str = "", where: str = ""
) -> HttpResponse:
    """A page that says what happened, where (`file:line`, if in a file), and what to do next."""
    told = {"title": title, "words": words, "advice": advice, "where": where}
    return render(request, "site/trouble.html", told, status=status)


def _of_kind(request: HttpRequest, error: FirsthandError) -> tuple[HTTPStatus, str]:
    if isinstance(error, HistoryError):
        return HTTPStatus.SERVICE_UNAVAILABLE, "Your history cannot be used now"
    if isinstance(error, ContentError):
        return HTTPStatus.INTERNAL_SERVER_ERROR, "A page of the path is not written as it must be"
    if isinstance(error, UsageError):
        asked = request.method in ("GET", "HEAD")
        return (
            (HTTPStatus.NOT_FOUND, "That is not here") if asked else (HTTPStatus.BAD_REQUEST, "That cannot be done so")
        )
    return HTTPStatus.SERVICE_UNAVAILABLE, "That does not work now"
