"""A learner's history in a table of many: the same as the file of one, where learners have accounts."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from django.db import DatabaseError, transaction
from django.db.models import Count, Max, QuerySet

from firsthand.core.errors import HistoryError
from firsthand.history import Event, Kind
from firsthand.history.event import new_event, timestamp
from firsthand.history.journal import Journal, Merged, Stamp
from firsthand.history.store import read_lines
from firsthand.site.models import HistoryRow

ROWS_AT_ONCE = 1_000


class HistoryTable(Journal):
    """The events of one learner among many. Any number of processes may use the table at once."""

    def __init__(self, learner: str) -> None:
        """`learner` is the id that all tables know them by."""
        self.learner = learner

    def append(self, kind: Kind, data: dict[str, Any], *, once: str = "") -> Event:
        """Record that something happened now. What is told of one thing `once` is recorded once, however often.

        Raises:
            HistoryError: the table cannot be used now; the event is not kept.
        """
        return self._append([new_event(kind, data, once)])[0]

    def append_all(self, kind: Kind, each: Iterable[dict[str, Any]]) -> list[Event]:
        """Record that several things of one kind happened now, all or none.

        Raises:
            HistoryError: the table cannot be used now; none is kept.
        """
        return self._append([new_event(kind, data) for data in each])

    def _append(self, events: list[Event]) -> list[Event]:
        with _explained():
            self._insert(events)
        return events

    def read(self, kinds: Collection[Kind] | None = None, since: datetime | None = None) -> Iterator[Event]:
        """The events in the order in which they happened, of some kinds or all, from a point in time on or all.

        Raises:
            HistoryError: the table cannot be used now.
        """
        rows = self._rows.filter(at__gte=timestamp(since) if since else "")
        if kinds is not None:
            rows = rows.filter(kind__in=sorted(kinds))
        with _explained():
            found = list(rows.order_by("place", "seq").values_list("event", "at", "kind", "version", "data", "place"))
        for event, at, kind, version, data, place in found:
            known = msgspec.json.decode(data, type=dict[str, Any])
            yield Event(event, at, kind, version, known, "" if place == at else place)

    def stamp(self) -> Stamp:
        """What changes whenever the history does. The count is in it because rows may appear behind the last one.

        Raises:
            HistoryError: the table cannot be used now.
        """
        with _explained():
            found = self._rows.aggregate(count=Count("seq"), last=Max("seq"))
        return (f"learner {self.learner}", found["count"], found["last"] or 0)

    def merge(self, lines: Iterable[bytes], *, skip_damaged: bool = False) -> Merged:
        """Take in what another history exported; events that are known already are passed over. All or nothing.

        Raises:
            UsageError: a line holds no event (unless these are to be skipped), or there are too many.
            HistoryError: the table cannot be used now.
        """
        events, damaged = read_lines(lines, skip_damaged)
        with _explained():
            new = self._insert(events, imported=True)
        return Merged(new, len(events) - new, damaged)

    def _insert(self, events: list[Event], *, imported: bool = False) -> int:
        """Append events, all or none; one whose id is known is passed over. Returns how many are new."""
        with transaction.atomic():
            before = self._rows.count()
            latest = self._rows.aggregate(latest=Max("place"))["latest"] or ""
            rows = []
            for event in events:
                place = event.order or event.at
                if not imported:
                    place = latest = max(place, latest)
                data = msgspec.json.encode(event.data).decode()
                rows.append(
                    HistoryRow(
                        learner=self.learner,
                        event=event.id,
                        at=event.at,
                        kind=event.kind,
                        version=event.version,
                        data=data,
                        place=place,
                    )
                )
            HistoryRow.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)
            return self._rows.count() - before

    @property
    def _rows(self) -> "QuerySet[HistoryRow]":
        return HistoryRow.objects.filter(learner=self.learner)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        first = str(error).strip().partition("\n")[0]
        raise HistoryError(f"The table of histories cannot be used: {first}.", advice="Try again later.") from error
