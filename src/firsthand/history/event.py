"""One event of the history, and how it is written as a line of JSON."""

import uuid
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

Kind = Literal["began", "run", "hint", "solution"]
"""began: a workspace was made (lab, language, folder). run: a run ended (run, lab, language, folder, verdict, seed,
digest, stages passed and judged, competencies shown, the first failed check). hint: one was read (lab, check, number).
solution: one was read (lab, language, after)."""

EVENT_VERSION = 1
"""The version of what stands in `data`, kept with each event, so that later programs can read old ones."""


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that happened to the learner, once and for ever. `at` is UTC, ISO 8601 with microseconds."""

    id: str
    at: str
    kind: str
    version: int
    data: dict[str, Any]

    def line(self) -> bytes:
        """The event as one line of JSON, with its line end."""
        return msgspec.json.encode(self) + b"\n"


def new_event(kind: Kind, data: dict[str, Any]) -> Event:
    """An event that happens now."""
    return Event(uuid.uuid4().hex, timestamp(datetime.now(UTC)), kind, EVENT_VERSION, data)


def timestamp(at: datetime) -> str:
    """The point in time as events tell it, always of one length, so that texts sort as times do."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
