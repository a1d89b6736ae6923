"""What every history is asked for, wherever its events are kept: in a learner's own file, or in a table of many."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from firsthand.history.event import Event, Kind

Stamp = tuple[str, int, int]
"""Which history, and how much is in it: events are never changed or removed."""


@dataclass(frozen=True)
class Merged:
    """What an import came to, in events."""

    new: int
    known: int
    damaged: int = 0
    """Lines that were passed over because they hold no event."""


class Journal(Protocol):
    """The events of one learner. All of it raises HistoryError when they cannot be used now."""

    def append(self, kind: Kind, data: dict[str, Any], *, once: str = "") -> Event:
        """Record that something happened now. What is told of one thing `once` is recorded once, however often."""
        ...

    def append_all(self, kind: Kind, each: Iterable[dict[str, Any]]) -> list[Event]:
        """Record that several things of one kind happened now, all or none."""
        ...

    def read(self, kinds: Collection[Kind] | None = None, since: datetime | None = None) -> Iterator[Event]:
        """The events in the order in which they happened, of some kinds or all, from a point in time on or all."""
        ...

    def stamp(self) -> Stamp:
        """What changes whenever the history does: cheap enough to be asked for with every page."""
        ...

    def export(self, file: BinaryIO) -> int:
        """Write all events as JSON lines, which `merge` reads; returns how many."""
        count = 0
        for event in self.read():
            file.write(event.line())
            count += 1
        return count

    def merge(self, lines: Iterable[bytes], *, skip_damaged: bool = False) -> Merged:
        """Take in what another history exported, all or nothing; events that are known already are passed over."""
        ...
