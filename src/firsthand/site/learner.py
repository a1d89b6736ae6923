"""Who looks at a page: their history, and where they stand, made once per request."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse

from firsthand.history import Event, History, Kind
from firsthand.learning.learner import Learner
from firsthand.study import library
from firsthand.study.outlook import Outlook

Respond = Callable[[HttpRequest], HttpResponse]


class Person:
    """The learner of this request. What the terminal wrote is here at once, and the other way round."""

    id = "me"
    """Whose rows in tables these are; there is one learner on a machine."""

    def __init__(self, history: History) -> None:
        self.history = history

    @cached_property
    def events(self) -> list[Event]:
        """All that happened, in order."""
        return list(self.history.read())

    @cached_property
    def outlook(self) -> Outlook:
        """Where they stand, and what follows."""
        return Outlook(library.path(), Learner.of(self.events, datetime.now(UTC).astimezone()))

    def append(self, kind: Kind, data: dict[str, Any]) -> Event:
        """Record that something happened now; what is asked for afterwards knows of it.

        Raises:
            HistoryError: the history cannot be used now.
        """
        event = self.history.append(kind, data)
        for made in ("events", "outlook"):
            self.__dict__.pop(made, None)
        return event


class WithLearner:
    """Gives each request its `learner`."""

    def __init__(self, get_response: Respond) -> None:
        self._respond = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, for this learner."""
        request.learner = Person(History.open())  # type: ignore[attr-defined]
        return self._respond(request)


def person(request: HttpRequest) -> Person:
    """The learner of a request."""
    found = request.learner  # type: ignore[attr-defined]
    assert isinstance(found, Person)
    return found


def for_templates(request: HttpRequest) -> dict[str, Any]:
    """What every page may show."""
    return {"person": getattr(request, "learner", None)}
