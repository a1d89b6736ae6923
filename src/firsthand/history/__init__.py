"""The learner's history: append-only events in one SQLite file, written by any process, exported as JSON lines."""

from firsthand.history.event import EVENT_VERSION, Event, Kind
from firsthand.history.journal import Merged
from firsthand.history.store import BUSY_TIMEOUT_S, FILE_NAME, SCHEMA_VERSION, History

__all__ = ["BUSY_TIMEOUT_S", "EVENT_VERSION", "FILE_NAME", "SCHEMA_VERSION", "Event", "History", "Kind", "Merged"]
