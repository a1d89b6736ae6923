"""Keeps a local site to the person at this machine: one-time links, then a session; no other host, no other page."""

import secrets
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

Respond = Callable[[HttpRequest], HttpResponse]

LINK_AGE_MAX_S = 15 * 60
LINKS_REMEMBERED_MAX = 10_000
_SALT = "firsthand.site.enter"
_OWNER = "owner"
_used: dict[str, None] = {}
"""Links that were opened, by their signature; a link is good once."""

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


def new_link() -> str:
    """A word that opens the site once, within `LINK_AGE_MAX_S`; whoever can read our key can make one."""
    return signing.dumps(secrets.token_urlsafe(8), salt=_SALT)


def enter(request: HttpRequest, link: str) -> HttpResponse:
    """Open the site by a link: from here on the browser is known by its session."""
    try:
        signing.loads(link, salt=_SALT, max_age=LINK_AGE_MAX_S)
    except signing.BadSignature:
        return _stranger(request)
    if link in _used and not request.session.get(_OWNER):
        return _stranger(request)
    while len(_used) >= LINKS_REMEMBERED_MAX:
        del _used[next(iter(_used))]
    _used[link] = None
    request.session[_OWNER] = True
    return redirect("/")


class Safety:
    """Puts the headers on every answer that keep others' pages and scripts out."""

    def __init__(self, get_response: Respond) -> None:
        self._respond = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the headers."""
        response = self._respond(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response


class OwnerOnly:
    """Lets in who came by a link of ours; everybody else is told how to get one."""

    def __init__(self, get_response: Respond) -> None:
        self._respond = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the owner, refuse a stranger."""
        if request.path.startswith("/enter/") or request.path.startswith(settings.STATIC_URL):
            return self._respond(request)
        request.get_host()  # refuses a name that is not ours, so that no other page reaches us under its own
        return self._respond(request) if request.session.get(_OWNER) else _stranger(request)


def _stranger(request: HttpRequest) -> HttpResponse:
    return render(request, "site/stranger.html", status=HTTPStatus.FORBIDDEN)
