"""Who looks at a page: their history, and where they stand, kept from page to page until either changes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse

from firsthand.content.model import LearningPath
from firsthand.core.errors import FirsthandError
from firsthand.history import Event, History, Kind
from firsthand.history.journal import Journal, Stamp
from firsthand.learning.learner import Learner
from firsthand.site import trouble
from firsthand.study import library
from firsthand.study.outlook import Outlook

Respond = Callable[[HttpRequest], HttpResponse]

FRESH = timedelta(minutes=1)
"""For so long an outlook stands though time goes on; the next day always has its own."""
KNOWN_MAX = 8
"""Histories of which one process keeps what it read."""


@dataclass(frozen=True)
class _Known:
    """A history as it was read, and what followed from it."""

    stamp: Stamp
    events: list[Event]
    outlook: Outlook

    def stands(self, stamp: Stamp, path: LearningPath, now: datetime) -> bool:
        """Whether it is still so."""
        made = self.outlook.learner.now
        same = self.stamp == stamp and self.outlook.path is path
        return same and made.date() == now.date() and timedelta(0) <= now - made < FRESH


_known: dict[str, _Known] = {}
"""By the path of the history's file. It is shared by all requests: nobody changes what is in it."""


class Person:
    """The learner of this request. What the terminal wrote is here at once, and the other way round."""

    id = "me"
    """Whose rows in tables these are; there is one learner on a machine."""

    def __init__(self, history: Journal) -> None:
        self.history = history

    @cached_property
    def _now_known(self) -> _Known:
        stamp, path, now = self.history.stamp(), library.path(), datetime.now(UTC).astimezone()
        known = _known.get(stamp[0])
        if known is None or not known.stands(stamp, path, now):
            # The stamp is older than what is read, if anything: then the next page reads again.
            events = known.events if known and known.stamp == stamp else list(self.history.read())
            known = _Known(stamp, events, Outlook(path, Learner.of(events, now)))
            while len(_known) >= KNOWN_MAX:
                _known.pop(next(iter(_known)))
            _known[stamp[0]] = known
        return known

    @property
    def events(self) -> list[Event]:
        """All that happened, in order; not to be changed.

        Raises:
            HistoryError: the history cannot be used now.
        """
        return self._now_known.events

    @property
    def outlook(self) -> Outlook:
        """Where they stand, and what follows; not to be changed.

        Raises:
            HistoryError: the history cannot be used now.
        """
        return self._now_known.outlook

    def append(self, kind: Kind, data: dict[str, Any], *, once: str = "") -> Event:
        """Record that something happened now; what is asked for afterwards knows of it.

        Raises:
            HistoryError: the history cannot be used now.
        """
        event = self.history.append(kind, data, once=once)
        self.__dict__.pop("_now_known", None)
        return event

    def append_all(self, kind: Kind, each: Iterable[dict[str, Any]]) -> list[Event]:
        """Record that several things of one kind happened now, all or none.

        Raises:
            HistoryError: the history cannot be used now.
        """
        events = self.history.append_all(kind, each)
        self.__dict__.pop("_now_known", None)
        return events


class WithLearner:
    """Gives each request its `learner`; what goes wrong with history or content becomes a page that says so."""

    def __init__(self, get_response: Respond) -> None:
        self._respond = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, for this learner."""
        request.learner = Person(History.open())  # type: ignore[attr-defined]
        return self._respond(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page with the words of an exception of ours."""
        return trouble.told(request, exception) if isinstance(exception, FirsthandError) else None


def person(request: HttpRequest) -> Person:
    """The learner of a request."""
    found = request.learner  # type: ignore[attr-defined]
    assert isinstance(found, Person)
    return found


def for_templates(request: HttpRequest) -> dict[str, Any]:
    """What every page may show."""
    return {"person": getattr(request, "learner", None)}
