"""What every history is asked for, wherever its events are kept: in a learner's own file, or in a table of many."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from firsthand.history.event import Event, Kind
from firsthand.history.store import Merged, Stamp


class Journal(Protocol):
    """The events of one learner. All of it raises HistoryError when they cannot be used now."""

    def append(self, kind: Kind, data: dict[str, Any], *, once: str = "") -> Event:
        """Record that something happened now. What is told of one thing `once` is recorded once, however often."""
        ...

    def read(self, kinds: Collection[Kind] | None = None, since: datetime | None = None) -> Iterator[Event]:
        """The events in the order in which they happened, of some kinds or all, from a point in time on or all."""
        ...

    def stamp(self) -> Stamp:
        """What changes whenever the history does: cheap enough to be asked for with every page."""
        ...

    def export(self, file: BinaryIO) -> int:
        """Write all events as JSON lines, which `merge` reads; returns how many."""
        ...

    def merge(self, lines: Iterable[bytes], *, skip_damaged: bool = False) -> Merged:
        """Take in what another history exported, all or nothing; events that are known already are passed over."""
        ...
