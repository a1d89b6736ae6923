"""HTTP requests with their replies."""

import re
from dataclasses import dataclass

from firsthand.bench.decoders.exchange import Exchange
from firsthand.bench.decoders.http1 import Message
from firsthand.bench.decoders.message import Outstanding, line, shape_line

_VARYING = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d+")


@dataclass(frozen=True, kw_only=True)
class HttpExchange(Exchange):
    """One request and its final reply."""

    method: str
    target: str
    """As the request line has it, with its query."""
    status: int = 0
    """0 where no reply came."""


class HttpExchanges:
    """Pairs the messages of one connection."""

    def __init__(self) -> None:
        """A connection on which nothing has been said."""
        self._open: Outstanding[Message] = Outstanding()

    def add(self, message: Message) -> list[HttpExchange]:
        """Take the next message; returns the exchanges that are over with it."""
        if message.kind == "request":
            self._open.add(message)
        interim = 100 <= message.status < 200 and message.status != 101
        if message.kind != "reply" or interim:
            return []
        request = self._open.pop()
        return [_exchange(request, message)] if request else []

    def end(self) -> list[HttpExchange]:
        """Nothing more comes; returns the requests that were never answered."""
        left, self._open = self._open, Outstanding()
        return [_exchange(request, None) for request in left]


def _exchange(request: Message, reply: Message | None) -> HttpExchange:
    method, _, rest = request.first_line.partition(" ")
    target = rest.rpartition(" ")[0]
    status = reply.status if reply else 0
    return HttpExchange(
        protocol="http1",
        shape=shape_line(f"{method} {_VARYING.sub('*', target.partition('?')[0])}"),
        summary=line(f"{method} {target}  → {status or 'no answer'}"),
        ok=0 < status < 400,
        began=request.at,
        ended=reply.at if reply else request.at,
        request=request,
        replies=(reply,) if reply else (),
        method=method,
        target=target,
        status=status,
    )
