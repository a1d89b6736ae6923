"""A middleware that takes the body out of answers to HEAD: many servers do that, waitress leaves it to you."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def without_body(inner: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Wrap the layers further in."""

    def layer(request: HttpRequest) -> HttpResponse:
        reply = inner(request)
        if request.method == "HEAD":
            reply["Content-Length"] = len(reply.content)  # how long it would be
            reply.content = b""
        return reply

    return layer
