"""What a door may do to the way on purpose, and what of it is in force now."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from firsthand.bench.decoders.message import Direction
from firsthand.core.errors import ContentError

Directions = Literal["both", "sent", "received"]
"""sent: what who opened the connection says. received: what is said to it."""


@dataclass(eq=False)
class Fault:
    """One fault. It lasts until `end`, the end of its `with` block, or the door's `heal`."""

    words: str
    """What happens, for the transcript."""
    direction: Directions = "both"
    delay_s: float = 0.0
    jitter_s: float = 0.0
    bytes_per_s: float = 0.0
    refuses: bool = False
    silent: bool = False
    after_bytes: int | None = None
    at_message: int | None = None
    of: str = ""
    times: int = 0
    """How many connections it still cuts; 0 for all."""
    over: Callable[["Fault"], None] = lambda _fault: None

    def __post_init__(self) -> None:
        """Refuse what makes no sense, as the mistake of a lab's author."""
        amounts = (self.delay_s, self.jitter_s, self.bytes_per_s, self.after_bytes or 0, self.times)
        if min(amounts) < 0 or (self.at_message is not None and self.at_message < 1):
            raise ContentError(f"This fault makes no sense: {self.words}.", advice="Its numbers must be larger.")

    @property
    def cuts(self) -> bool:
        """Whether it ends connections."""
        return self.after_bytes is not None or self.at_message is not None

    def touches(self, direction: Direction) -> bool:
        """Whether it changes how bytes pass in this direction."""
        return self.direction in ("both", direction) and not self.refuses

    def end(self) -> None:
        """Let it be over. Safe to call twice."""
        self.over(self)

    def hit(self) -> None:
        """It has cut a connection."""
        if self.times == 1:
            self.end()
        elif self.times:
            self.times -= 1

    def __enter__(self) -> "Fault":
        """It is in force since it was made."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End it."""
        self.end()


class Faults:
    """Those of one door that are in force. Two of a kind add up: delays are summed, the lowest rate holds."""

    def __init__(self, changed: Callable[[], None], tell: Callable[[str], None]) -> None:
        """`changed` is called after each change; `tell` gets it in words."""
        self._in_force: list[Fault] = []
        self._changed = changed
        self._tell = tell

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._in_force)

    @property
    def refusing(self) -> bool:
        """Whether new connections are refused."""
        return any(fault.refuses for fault in self._in_force)

    @property
    def silent(self) -> bool:
        """Whether nothing passes at all."""
        return any(fault.silent for fault in self._in_force)

    def begin(self, fault: Fault) -> Fault:
        """Put it in force."""
        fault.over = self._over
        self._in_force.append(fault)
        self._tell(fault.words)
        self._changed()
        return fault

    def heal(self) -> None:
        """End all of them."""
        if self._in_force:
            self._in_force.clear()
            self._tell("all faults are over")
            self._changed()

    def touching(self, direction: Direction) -> Iterator[Fault]:
        """Those that change how bytes pass in this direction."""
        return (fault for fault in self._in_force if fault.touches(direction))

    def delays(self, direction: Direction) -> tuple[float, float]:
        """Seconds by which everything is late, and by how many more a piece may be."""
        found = list(self.touching(direction))
        return sum(fault.delay_s for fault in found), sum(fault.jitter_s for fault in found)

    def rate(self, direction: Direction) -> float:
        """Bytes a second that may pass; 0 for any number."""
        return min((fault.bytes_per_s for fault in self.touching(direction) if fault.bytes_per_s), default=0.0)

    def _over(self, fault: Fault) -> None:
        if fault in self._in_force:
            self._in_force.remove(fault)
            self._tell(f"over: {fault.words}")
            self._changed()
