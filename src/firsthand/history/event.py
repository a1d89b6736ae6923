"""One event of the history, and how it is written as a line of JSON."""

import uuid
from datetime import UTC, datetime
from typing import Any, Literal, Self

import msgspec

from firsthand.core.limits import HISTORY_LINE_BYTES_MAX

Kind = Literal[
    "began",
    "run",
    "hint",
    "solution",
    "placement",
    "rating",
    "answer",
    "corrected",
    "course",
    "lesson",
    "plan",
    "review",
]
"""What an event tells; in brackets what its data holds.

- began: a workspace was made (lab, language, folder)
- run: a run ended (run, lab, language, folder, verdict, counts, whole, seed, digest, grader, stages passed,
  competencies shown, the first failed check)
- hint: one was read (lab, check, number)
- solution: one was read (lab, language, after)
- placement: one began or ended (id, event, seed, result: competency -> probability; null while it goes on)
- rating: a unit was rated in a placement (unit, rating, placement)
- answer: a question was answered (question, competency, given, result, purpose, placement, kind, grader)
- corrected: the learner put a competency into another group (competency, group)
- course: watched so far (course, state, seconds)
- lesson: one was read (lesson, state)
- plan: a goal and when to study for it (goal, hours of each weekday, start, deadline)
- review: a competency was reviewed (competency, grade, question)
"""

EVENT_VERSION = 1
"""The version of what stands in `data`, kept with each event, so that later programs can read old ones."""

_ONCE = uuid.UUID("6f1ce1fb-5d0c-4f4e-9d5a-0c4f2f6b7a11")
"""The namespace of ids that follow from what an event is about (RFC 9562, 5.5)."""

NUMBER_MAX = 1e15
"""Up to here a whole number is kept exactly; what is beyond, infinite or no number is none of ours."""


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Something that happened to the learner, once and for ever. Times are UTC, ISO 8601 with microseconds."""

    id: str
    at: str
    """What the machine's clock showed."""
    kind: str
    version: int
    data: dict[str, Any]
    order: str = ""
    """Where it stands among the others, when not at `at`: a clock that was set back never puts what happened later
    before what happened earlier."""

    def line(self) -> bytes:
        """The event as one line of JSON, with its line end."""
        return msgspec.json.encode(self) + b"\n"

    @classmethod
    def read_line(cls, line: bytes) -> Self:
        """The event that a line holds.

        Raises:
            ValueError: it holds none; the words say why.
        """
        if len(line) > HISTORY_LINE_BYTES_MAX:
            raise ValueError(f"it is longer than {HISTORY_LINE_BYTES_MAX} bytes")
        event = msgspec.json.decode(line, type=cls)
        if not event.id or not event.kind:
            raise ValueError("it has no id or no kind")
        for text in filter(None, (event.at, event.order)):
            if timestamp(_time(text)) != text:
                raise ValueError(f"{text!r} is not a point in time as events tell it")
        return event

    @property
    def time(self) -> datetime:
        """When it happened, by the machine's clock."""
        return _time(self.at)

    def text(self, key: str) -> str:
        """A text of its data; "" where there is none."""
        value = self.data.get(key, "")
        return value if isinstance(value, str) else ""

    def texts(self, key: str) -> list[str]:
        """A list of texts of its data; empty where there is none."""
        value = self.data.get(key, [])
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def number(self, key: str) -> float:
        """A number of its data; 0 where there is none."""
        value = self.data.get(key, 0)
        return value if _is_number(value) else 0

    def numbers(self, key: str) -> dict[str, float]:
        """Numbers by name of its data; empty where there are none."""
        value = self.data.get(key)
        if not isinstance(value, dict):
            return {}
        return {name: n for name, n in value.items() if _is_number(n)}


def new_event(kind: Kind, data: dict[str, Any], once: str = "") -> Event:
    """An event that happens now; those of one kind about the same thing `once` have the same id."""
    name = uuid.uuid5(_ONCE, f"{kind} {once}") if once else uuid.uuid4()
    return Event(name.hex, timestamp(datetime.now(UTC)), kind, EVENT_VERSION, data)


def timestamp(at: datetime) -> str:
    """The point in time as events tell it, always of one length, so that texts sort as times do."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= NUMBER_MAX


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)  # a history has thousands, and strptime takes ten times as long
