"""Ada's ticket shop, with nothing but Python: which request goes where, and what is answered."""

import json
import os
import re
import secrets
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import orders
from concerts import CONCERTS

BODY_BYTES_MAX = 100_000


@dataclass
class Request:
    """What a handler gets."""

    id: str
    method: str
    path: str
    query: dict[str, str]
    headers: Any
    body: bytes


@dataclass
class Reply:
    """What a handler gives back."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """Ends a handler with a status of 400 or more."""

    def __init__(self, status: int, title: str = "", headers: dict[str, str] | None = None, **members: Any) -> None:
        super().__init__(status)
        self.status = status
        self.members = {"title": title or HTTPStatus(status).phrase, "status": status, **members}
        self.headers = headers or {}


# The handlers.


def hello(_request: Request) -> Reply:
    return text("Hello!")


def hello_you(_request: Request, name: str) -> Reply:
    return text(f"Hello, {name}!")


def list_concerts(request: Request) -> Reply:
    genre = request.query.get("genre")
    return as_json([concert for concert in CONCERTS.values() if genre is None or concert["genre"] == genre])


def show_concert(_request: Request, number: str) -> Reply:
    return as_json(found(CONCERTS.get(int(number))))


def add_order(request: Request) -> Reply:
    if request.headers.get_content_type() != "application/json":
        raise RefusedError(415)
    try:
        sent = json.loads(request.body)
    except ValueError:
        raise RefusedError(400, "The body is not JSON.") from None
    order, wrong = orders.read(sent)
    if wrong:
        raise RefusedError(422, "This order cannot be taken.", errors=wrong)
    reply = as_json(orders.keep(order), 201)
    reply.headers["Location"] = f"/orders/{order['id']}"
    return reply


def show_order(_request: Request, order_id: str) -> Reply:
    return as_json(found(orders.find(order_id)))


def delete_order(_request: Request, order_id: str) -> Reply:
    found(orders.remove(order_id))
    return Reply(204)


def breaks(request: Request) -> Reply:
    raise RuntimeError(request.query.get("because", ""))


def text(content: str) -> Reply:
    return Reply(200, content.encode(), {"Content-Type": "text/plain; charset=utf-8"})


def as_json(content: Any, status: int = 200, kind: str = "application/json") -> Reply:
    return Reply(status, json.dumps(content).encode(), {"Content-Type": kind})


def found(thing: Any) -> Any:
    if not thing:
        raise RefusedError(404)
    return thing


# The router.

ROUTES: list[tuple[str, dict[str, Callable[..., Reply]]]] = [
    (r"/hello", {"GET": hello}),
    (r"/hello/([^/]+)", {"GET": hello_you}),
    (r"/concerts", {"GET": list_concerts}),
    (r"/concerts/([1-9][0-9]{0,8})", {"GET": show_concert}),
    (r"/orders", {"POST": add_order}),
    (r"/orders/([A-Za-z0-9-]{1,64})", {"GET": show_order, "DELETE": delete_order}),
    (r"/breaks", {"GET": breaks}),
]


def route(request: Request) -> Reply:
    for pattern, handlers in ROUTES:
        fits = re.fullmatch(pattern, request.path)
        if fits is None:
            continue
        handler = handlers.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            methods = [*handlers, "HEAD"] if "GET" in handlers else list(handlers)
            raise RefusedError(405, headers={"Allow": ", ".join(methods)})
        return handler(request, *(unquote(hole) for hole in fits.groups()))
    raise RefusedError(404)


# Once around everything.


def answer(request: Request) -> Reply:
    try:
        reply = route(request)
    except RefusedError as refused:
        reply = as_json({**refused.members, "id": request.id}, refused.status, "application/problem+json")
        reply.headers |= refused.headers
    except Exception:  # noqa: BLE001  # the one place where everything that nobody expected ends
        write(id=request.id, error=traceback.format_exc())
        members = {"title": "Something went wrong on our side.", "status": 500, "id": request.id}
        reply = as_json(members, 500, "application/problem+json")
    write(id=request.id, method=request.method, path=request.path, status=reply.status)
    reply.headers["X-Request-Id"] = request.id
    return reply


def id_of(given: str) -> str:
    return given if re.fullmatch(r"[A-Za-z0-9-]{1,64}", given) else secrets.token_hex(8)


def write(**what: Any) -> None:
    print(json.dumps(what), flush=True)


class Handler(BaseHTTPRequestHandler):
    """Reads a request and writes the reply; what it means is decided above."""

    def do_GET(self) -> None:
        """Answer any method."""
        address = urlsplit(self.path)
        length = int(self.headers.get("Content-Length", 0))
        request = Request(
            id=id_of(self.headers.get("X-Request-Id", "")),
            method=self.command,
            path=address.path,
            query={name: values[0] for name, values in parse_qs(address.query).items()},
            headers=self.headers,
            body=self.rfile.read(min(length, BODY_BYTES_MAX)),
        )
        self.send(answer(request))

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def send(self, reply: Reply) -> None:
        """Write the reply; the answer to HEAD ends with its head."""
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, *_: Any) -> None:
        """Our own log says it all."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
