"""What checks ask the wire: every door's statements, commands, messages and requests so far, as they were meant."""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Protocol, TypeVar

from firsthand.bench.decoders.exchange import Exchange
from firsthand.bench.decoders.postgres_statements import Statement
from firsthand.bench.doors.door import Door
from firsthand.bench.doors.heard import Heard
from firsthand.bench.failures import failed
from firsthand.bench.wire import Recorder
from firsthand.core.errors import ContentError
from firsthand.core.limits import HEARD_BYTES_MAX, MIB

E = TypeVar("E", bound=Exchange)
Q = TypeVar("Q", bound="Questions")

PATTERNS_KEPT_MAX = 256


class Span(Protocol):
    """Something that took its time, such as a `Reply`."""

    @property
    def began_at(self) -> float:
        """Seconds since the run began."""

    @property
    def ended_at(self) -> float:
        """Seconds since the run began."""


class Wire:
    """All doors of a run. `wire.postgres.statements(since=mark)` and the like tell what has passed until now."""

    def __init__(self, recorder: Recorder) -> None:
        """`recorder` is the run's: its clock is the wire's."""
        self._recorder = recorder
        self._doors: dict[str, Door] = {}

    def add(self, door: Door) -> None:
        """One more door, known by its name."""
        self._doors[door.name] = door

    def mark(self) -> float:
        """Now, for `since`: seconds since the run began."""
        return self._recorder.clock()

    @property
    def postgres(self) -> "Sql":
        """What the program said to PostgreSQL."""
        return self._ask("postgres", Sql)

    def door(self, name: str) -> Door:
        """The door before this server or peer.

        Raises:
            ContentError: the lab has none of this name.
        """
        if name not in self._doors:
            known = ", ".join(sorted(self._doors)) or "none"
            raise ContentError(f'The lab has no server or peer "{name}" whose wire could be asked.', advice=known)
        return self._doors[name]

    def _ask(self, name: str, questions: type[Q]) -> Q:
        return questions(self.door(name))


class Questions:
    """What can be asked of every door.

    Each question takes `since` and `until`, in seconds since the run began as `wire.mark()` tells them, and `during`:
    only what began while that was under way, such as a reply. A program that asks a server and answers before it has
    the server's reply may be seen to ask a moment later.
    """

    def __init__(self, door: Door) -> None:
        """Use the properties of `Wire`."""
        self._door = door

    def connections(self, since: float = 0.0, until: float = math.inf) -> list[Heard]:
        """The connections that were opened in this time, in order."""
        return [heard for heard in self._door.heard if since <= heard.opened_at <= until]

    def exchanges(self, since: float = 0.0, until: float = math.inf, during: Span | None = None) -> list[Exchange]:
        """All that was asked, with what was answered, in the order in which it was asked."""
        return list(self._between(Exchange, since, until, during))

    def _between(self, kind: type[E], since: float, until: float, during: Span | None) -> Iterator[E]:
        if during is not None:
            since, until = max(since, during.began_at), min(until, during.ended_at)
        full_at = self._door.room.full_at
        if full_at is not None and full_at <= until:
            raise failed(
                f"The program and {self._door.name} said more than can be counted: over {HEARD_BYTES_MAX // MIB} MiB.",
                kind="limit",
                remark="Does it ask for far more than it needs, or again and again?",
            )
        found = [
            exchange
            for heard in self._door.heard
            if heard.closed_at is None or heard.closed_at >= since
            for exchange in heard.exchanges()
            if since <= exchange.began <= until and isinstance(exchange, kind)
        ]
        return iter(sorted(found, key=lambda exchange: exchange.began))


class Sql(Questions):
    """Questions to a database."""

    def statements(
        self, matching: str = "", *, since: float = 0.0, until: float = math.inf, during: Span | None = None
    ) -> list[Statement]:
        """The statements that were sent.

        Args:
            matching: words of the statement, with `..` for anything between: `select .. products`. Case, quotes and
                white space do not matter.
            since: only from then on.
            until: only until then.
            during: only while this was under way.
        """
        pattern = _sql_pattern(matching)
        return [one for one in self._between(Statement, since, until, during) if pattern.search(_plain(one.sql))]


@lru_cache(maxsize=PATTERNS_KEPT_MAX)
def _sql_pattern(matching: str) -> re.Pattern[str]:
    parts = [part.strip() for part in _plain(matching).split("..")]
    return re.compile(".*?".join(rf"(?<!\w){re.escape(part)}(?!\w)" for part in parts if part))


@lru_cache(maxsize=PATTERNS_KEPT_MAX)
def _plain(sql: str) -> str:
    return " ".join(sql.replace('"', "").replace("`", "").lower().split())
