"""What was said on one connection, kept whole and understood only when somebody asks."""

import copy
from collections.abc import Sequence

from firsthand.bench.decoders import conversation, exchanges
from firsthand.bench.decoders.exchange import Exchange
from firsthand.bench.decoders.message import Direction, Spoken
from firsthand.bench.loop_guard import own_work_goes_on
from firsthand.core.limits import HEARD_BYTES_MAX, HEARD_PIECES_MAX


class Room:
    """How much one door keeps of what it hears in one run; from `full_at` on it knows nothing more."""

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self.full_at: float | None
        """Seconds since the run began."""
        self.clear()

    def clear(self) -> None:
        """Nothing is kept any more."""
        self.full_at = None
        self._bytes_left, self._pieces_left = HEARD_BYTES_MAX, HEARD_PIECES_MAX

    def take(self, size: int, at: float) -> bool:
        """Whether one more piece of this size is kept."""
        if self.full_at is None and (size > self._bytes_left or not self._pieces_left):
            self.full_at = at
        if self.full_at is not None:
            return False
        self._bytes_left -= size
        self._pieces_left -= 1
        return True


class Heard:
    """One connection through a door. Times are seconds since the run began."""

    def __init__(self, number: int, protocol: str, opened_at: float, room: Room) -> None:
        """`number` is the connection's in the recorded wire."""
        self.number = number
        self.protocol = protocol
        self.opened_at = opened_at
        self.closed_at: float | None = None
        self.last_at = opened_at
        """When something was said last."""
        self.why = ""
        """Why it is over, where that was not in the ordinary way."""
        self._room = room
        self._pieces: list[tuple[Direction, float, bytes]] = []
        self._conversation = conversation(protocol)
        self._pairs = exchanges(protocol)
        self._messages: list[Spoken] = []
        self._exchanges: list[Exchange] = []
        self._paired = 0
        """How many of the messages were paired."""
        self._waiting: tuple[int, Sequence[Exchange]] = (0, ())
        """What was not over when so many had been paired."""
        self._ended = False

    @property
    def full(self) -> bool:
        """Whether the rest of what is said is not kept."""
        return self._room.full_at is not None

    def hear(self, direction: Direction, data: bytes, at: float) -> None:
        """Keep a piece."""
        self.last_at = at
        if self._room.take(len(data), at):
            self._pieces.append((direction, at, data))

    def close(self, at: float, why: str) -> None:
        """The connection is over."""
        self.closed_at, self.why = at, why

    def messages(self) -> Sequence[Spoken]:
        """All that was said so far, as messages; the list grows at its end only."""
        for direction, at, data in self._pieces:
            own_work_goes_on()
            take = self._conversation.sent if direction == "sent" else self._conversation.received
            self._messages += take(data, at)
        self._pieces.clear()
        if self.closed_at is not None and not self._ended:
            self._ended = True
            self._messages += self._conversation.end(self.closed_at)
        return self._messages

    def exchanges(self) -> Sequence[Exchange]:
        """What was asked with what was answered, as far as that is over; the list grows at its end only."""
        if self._pairs is None:
            return self._exchanges
        messages = self.messages()
        for message in messages[self._paired :]:
            own_work_goes_on()
            self._exchanges += self._pairs.add(message)
        self._paired = len(messages)
        if self._ended:
            self._exchanges += self._pairs.end()
            self._pairs = None
        return self._exchanges

    def take(self) -> list[Exchange]:
        """What is over since the last call. Nothing is kept of what was said: for who follows a connection for long."""
        found = list(self.exchanges())
        self._exchanges.clear()
        self._messages.clear()
        self._paired = 0
        return found

    def waiting(self) -> Sequence[Exchange]:
        """What was asked and is not over yet, as if it never would be."""
        self.exchanges()
        if self._waiting[0] != self._paired:
            self._waiting = (self._paired, copy.deepcopy(self._pairs).end() if self._pairs else ())
        return self._waiting[1] if self._pairs else ()
