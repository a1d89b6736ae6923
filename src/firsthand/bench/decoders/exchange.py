"""A request with what came of it, in one shape for all protocols: for questions by checks and for folding by people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from firsthand.bench.decoders.message import Spoken


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What was asked and answered; times are those that the caller gave with the bytes."""

    protocol: str
    shape: str
    """What it has in common with others of its like: without values, on one line."""
    summary: str
    """It as one line that is safe to print."""
    ok: bool
    """Whether it was answered, and not with an error."""
    began: float = 0.0
    ended: float = 0.0
    request: Spoken | None = None
    replies: tuple[Spoken, ...] = ()


class Exchanges(Protocol):
    """Pairs the messages of one connection."""

    def add(self, message: Any) -> Sequence[Exchange]:
        """Take the connection's next message, of its protocol's own class; returns what is over with it."""

    def end(self) -> Sequence[Exchange]:
        """Nothing more comes; returns what was not answered."""
