"""Pages for what went wrong: each says what happened and what to do next."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django's signature
    """Nothing is at this address."""
    return _page(request, HTTPStatus.NOT_FOUND, "There is no such page", "It may have been moved, or mistyped.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """What was sent cannot be read, or is too much."""
    return _page(request, HTTPStatus.BAD_REQUEST, "That could not be read", "Go back and try it with less, or again.")


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """It is not allowed."""
    return _page(request, HTTPStatus.FORBIDDEN, "That is not allowed", "Nothing was changed.")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """A form that did not come from one of our pages."""
    words = "This form did not come from a page of ours, or the page was open for very long. Load it again."
    return _page(request, HTTPStatus.FORBIDDEN, "Nothing was changed", words)


def broken(request: HttpRequest) -> HttpResponse:
    """Our fault."""
    words = "This is our fault, and nothing of yours is lost. The terminal in which the site runs tells more."
    return _page(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here", words)


def _page(request: HttpRequest, status: HTTPStatus, title: str, words: str) -> HttpResponse:
    return render(request, "site/trouble.html", {"title": title, "words": words}, status=status)
