"""What can be asked of every door, and how an answer is narrowed to a time."""

import math
from collections.abc import Iterator
from typing import Protocol, TypeVar

from firsthand.bench.decoders.exchange import Exchange
from firsthand.bench.doors.door import Door
from firsthand.bench.doors.heard import Heard
from firsthand.bench.failures import CheckFailed, failed
from firsthand.core.limits import HEARD_BYTES_MAX, MIB

E = TypeVar("E", bound=Exchange)


class Span(Protocol):
    """Something that took its time, such as a `Reply`."""

    @property
    def began_at(self) -> float:
        """Seconds since the run began."""

    @property
    def ended_at(self) -> float:
        """Seconds since the run began."""


class Questions:
    """What can be asked of every door.

    Each question takes `since` and `until`, in seconds since the run began as `wire.mark()` tells them, and `during`:
    only what began while that was under way, such as a reply. A program that asks a server and answers before it has
    the server's reply may be seen to ask a moment later.
    """

    def __init__(self, *doors: Door) -> None:
        """Use the properties of `Wire`."""
        self._doors = doors

    def connections(self, since: float = 0.0, until: float = math.inf) -> list[Heard]:
        """The connections that were opened in this time, in order."""
        return [heard for heard in self._heard() if since <= heard.opened_at <= until]

    def exchanges(self, since: float = 0.0, until: float = math.inf, during: Span | None = None) -> list[Exchange]:
        """All that was asked, with what was answered, in the order in which it was asked."""
        return list(self._between(Exchange, since, until, during))

    def _between(self, kind: type[E], since: float, until: float, during: Span | None) -> Iterator[E]:
        if during is not None:
            since, until = max(since, during.began_at), min(until, during.ended_at)
        for door in self._doors:
            if door.room.full_at is not None and door.room.full_at <= until:
                raise _too_much(door)
        found = [
            exchange
            for heard in self._heard()
            if heard.closed_at is None or heard.closed_at >= since
            for exchange in (*heard.exchanges(), *heard.waiting())
            if since <= exchange.began <= until and isinstance(exchange, kind)
        ]
        return iter(sorted(found, key=lambda exchange: exchange.began))

    def _heard(self) -> list[Heard]:
        return sorted((heard for door in self._doors for heard in door.heard), key=lambda heard: heard.opened_at)


def _too_much(door: Door) -> CheckFailed:
    return failed(
        f"The program and {door.name} said more than can be counted: over {HEARD_BYTES_MAX // MIB} MiB.",
        kind="limit",
        remark="Does it ask for far more than it needs, or again and again?",
    )
