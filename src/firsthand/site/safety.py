"""Keeps a local site to the person at this machine: one-time links, then a session; no other host, no other page."""

import secrets
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.core import signing
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.request import split_domain_port
from django.shortcuts import render

from firsthand.site import trouble
from firsthand.site.api import problems
from firsthand.site.api.problems import API
from firsthand.site.seat import new_start

Respond = Callable[[HttpRequest], HttpResponse]

LINK_AGE_MAX_S = 15 * 60
LINKS_REMEMBERED_MAX = 10_000
STARTED = new_start()
"""This process: links that were made for another one are good no longer."""
_TOKEN = "firsthand.site.token"  # noqa: S105  # a salt, no secret
_SALT = "firsthand.site.enter"
_OWNER = "owner"
_HTTP_PORT = "80"
_SAFE = frozenset({"GET", "HEAD"})
_used: dict[str, None] = {}
"""Links that were opened; a link is good once."""

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


def new_link(started: str = "") -> str:
    """A word that opens a site once, within `LINK_AGE_MAX_S`: the one that started so, ours unless told.

    Whoever can read our key can make one.
    """
    return signing.dumps([started or STARTED, secrets.token_urlsafe(8)], salt=_SALT)


def enter(request: HttpRequest, link: str) -> HttpResponse:
    """Open the site by a link: from here on the browser is known by its session."""
    if request.headers.get("Sec-Purpose") or request.headers.get("Purpose"):  # who only looks ahead must not use it up
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    known = bool(request.session.get(_OWNER))
    if not known and not _good(link):
        return stranger(request)
    _remember(link)
    request.session[_OWNER] = True
    answer = HttpResponseRedirect("/")
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def token() -> str:
    """The word by which programs of this user, such as an editor, are known to the JSON interface."""
    return signing.Signer(salt=_TOKEN).signature(settings.HOME_NAME)


def is_owner(request: HttpRequest) -> bool:
    """Whether a browser came by a link of ours, or a program knows the token."""
    if request.session.get(_OWNER):
        return True
    if not request.path.startswith(API):
        return False
    kind, _, word = request.headers.get("Authorization", "").partition(" ")
    return kind.lower() == "bearer" and secrets.compare_digest(word.strip().encode(), token().encode())


class Safety:
    """Refuses what comes under another name or from another page, and puts headers on every answer that keep both out.

    A name that somebody makes lead to this machine (DNS rebinding) is not ours, nor is our name with another port.
    """

    def __init__(self, get_response: Respond) -> None:
        self._respond = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the headers."""
        response = self._respond(request) if _is_for_us(request) else trouble.elsewhere()
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("X-Frame-Options", "DENY")
        return response


class OwnerOnly:
    """Lets in who came by a link of ours; everybody else is told how to get one."""

    def __init__(self, get_response: Respond) -> None:
        self._respond = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the owner, refuse a stranger."""
        open_to_all = request.path.startswith(("/enter/", settings.STATIC_URL))
        return self._respond(request) if open_to_all or is_owner(request) else stranger(request)


def stranger(request: HttpRequest) -> HttpResponse:
    """Who is not known is told how to become so."""
    if request.path.startswith(API):
        return problems.unknown()
    return render(request, "site/stranger.html", status=HTTPStatus.FORBIDDEN)


def _good(link: str) -> bool:
    try:
        started, _ = signing.loads(link, salt=_SALT, max_age=LINK_AGE_MAX_S)
    except (signing.BadSignature, ValueError):
        return False
    return started == STARTED and link not in _used


def _remember(link: str) -> None:
    while len(_used) >= LINKS_REMEMBERED_MAX:
        del _used[next(iter(_used))]
    _used[link] = None


def _is_for_us(request: HttpRequest) -> bool:
    try:
        host = request.get_host()
    except DisallowedHost:
        return False
    _, port = split_domain_port(host)
    if (port or _HTTP_PORT) != request.META.get("SERVER_PORT"):
        return False
    origin = request.headers.get("Origin")
    if origin is not None and request.method not in _SAFE and origin != f"http://{host}":
        return False
    # Pages of another origin may lead here, as a link does; they may neither send nor fetch.
    leads_here = request.method in _SAFE and request.headers.get("Sec-Fetch-Mode") == "navigate"
    return request.headers.get("Sec-Fetch-Site", "none") in ("same-origin", "none") or leads_here
