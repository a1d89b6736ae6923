"""One direction of a relayed connection: what may pass passes at once, the rest waits in order until it may."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from firsthand.bench.decoders.message import Direction
from firsthand.bench.doors.faults import Fault, Faults
from firsthand.bench.doors.heard import Heard
from firsthand.core.limits import MIB
from firsthand.core.randomness import Rng

HELD_BYTES_MAX = MIB
"""What a fault holds back of one direction; more stays in the system's buffers, and in the end with who sends it."""
SLICE_S = 0.01
"""A throttled way lets pass as much at a time as its rate allows for so long."""

_MICRO = 1_000_000


@dataclass(frozen=True)
class _Held:
    due: float
    """When it may pass, on the loop's clock."""
    data: bytes
    """None at all for an end."""
    cut: str = ""
    """Why the connection is cut when this is due; "" for an end of what is said."""


class Way:
    """Knows nothing of sockets: it is told what comes, and tells what passes."""

    def __init__(
        self,
        direction: Direction,
        faults: Faults,
        heard: Heard,
        rng: Rng,
        *,
        passes: Callable[[bytes], None],
        ends: Callable[[], None],
        cut: Callable[[str], None],
    ) -> None:
        """`passes`, `ends` and `cut` are called with what goes on, in order."""
        self.direction: Direction = direction
        self.free = False
        """Whether what comes may pass without being looked at."""
        self.held_bytes = 0
        self._open = False
        self._faults = faults
        self._heard = heard
        self._rng = rng
        self._passes = passes
        self._ends = ends
        self._cut = cut
        self._loop = asyncio.get_running_loop()
        self._held: deque[_Held] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._free_at = 0.0
        self._last_due = 0.0
        self._over = False
        self._came = 0
        self._whole = _WholeMessages(direction, heard)
        self._bytes_before: dict[Fault, int] = {}
        """How many bytes had come when a fault began."""

    def open(self) -> None:
        """There is another side now to which things can pass."""
        self._open = True
        self.changed()

    def begin(self, fault: Fault) -> None:
        """A fault that counts begins to count here."""
        self._bytes_before[fault] = self._came
        if fault.at_message is not None and fault.touches(self.direction):
            self._whole.begin()

    def changed(self) -> None:
        """Another fault is in force, or one less."""
        soonest = self._loop.time() + sum(self._faults.delays(self.direction))
        self._held = deque(_Held(min(one.due, soonest), one.data, one.cut) for one in self._held)
        if not self._counted() and not self._over:
            self._hold(self._whole.give_back())
        self._pump()

    def push(self, data: bytes) -> None:
        """Bytes came."""
        self._came += len(data)
        if self._over:
            return
        data, cut = self._until_cut(data)
        self._hold(data)
        if cut:
            self._queue(b"", cut.words)
            self._over = True
            cut.hit()
        self._pump()

    def push_end(self) -> None:
        """Nothing more comes."""
        if self._over:
            return
        self._hold(self._whole.give_back())
        self._queue(b"")
        self._pump()

    def close_early(self) -> None:
        """Pass an end on in place of all that still comes."""
        self.push_end()
        self._over = True
        self.free = False

    def passed(self, data: bytes) -> None:
        """Bytes came and went on without waiting."""
        self._came += len(data)

    def stop(self) -> None:
        """The connection is over; nothing passes any more."""
        self._over = True
        self.free = False
        self._held.clear()
        if self._timer:
            self._timer.cancel()

    def _hold(self, data: bytes) -> None:
        if data:
            self.held_bytes += len(data)
            self._queue(data)

    def _queue(self, data: bytes, cut: str = "") -> None:
        seconds, jitter_s = self._faults.delays(self.direction)
        if jitter_s:
            seconds += jitter_s * self._rng.below(_MICRO) / _MICRO
        self._last_due = max(self._loop.time() + seconds, self._last_due if self._held else 0.0)
        self._held.append(_Held(self._last_due, data, cut))

    def _pump(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        stopped = not self._open or self._faults.silent
        while self._held and not stopped:
            head = self._held[0]
            rate = self._faults.rate(self.direction)
            at = max(head.due, self._free_at if rate and head.data else 0.0)
            if at > self._loop.time():
                self._timer = self._loop.call_at(at, self._pump)
                break
            self._held.popleft()
            self._let_pass(head, rate)
        self.free = not (self._held or stopped or self._over or any(self._faults.touching(self.direction)))

    def _let_pass(self, head: _Held, rate: float) -> None:
        if head.cut:
            self._cut(head.cut)
            return
        if not head.data:
            self._ends()
            return
        data = head.data
        if rate:
            data = data[: max(int(rate * SLICE_S), 1)]
            if len(data) < len(head.data):
                self._held.appendleft(_Held(head.due, head.data[len(data) :]))
            self._free_at = max(self._free_at, self._loop.time() - SLICE_S) + len(data) / rate
        self.held_bytes -= len(data)
        self._passes(data)

    def _until_cut(self, data: bytes) -> tuple[bytes, Fault | None]:
        """What still passes of this, and the fault that cuts the connection then."""
        for fault in self._faults.touching(self.direction):
            if fault.after_bytes is not None:
                left = fault.after_bytes - (self._came - len(data) - self._bytes_before.get(fault, 0))
                if left <= len(data):
                    return self._whole.give_back() + data[: max(left, 0)], fault
        counted = self._counted()
        return self._whole.take(data, self._came, counted) if counted else (data, None)

    def _counted(self) -> list[Fault]:
        return [fault for fault in self._faults.touching(self.direction) if fault.at_message is not None]


class _WholeMessages:
    """While a fault counts messages only whole ones pass, so that the connection can be cut before one."""

    def __init__(self, direction: Direction, heard: Heard) -> None:
        self._direction = direction
        self._heard = heard
        self._rest = b""
        """Of a message that is not complete yet."""
        self._looked_at = 0
        """How many of the connection's messages were counted, or came before any fault."""
        self._counts: dict[Fault, int] = {}

    def begin(self) -> None:
        """What was said until now does not count."""
        self._looked_at = len(self._heard.messages())

    def give_back(self) -> bytes:
        """The bytes that were kept back, to pass after all."""
        rest, self._rest = self._rest, b""
        return rest

    def take(self, data: bytes, came: int, faults: list[Fault]) -> tuple[bytes, Fault | None]:
        """The whole messages, up to the one at which a fault cuts. `came` counts all bytes, these included."""
        data = self.give_back() + data
        start = came - len(data)
        until = start
        messages = self._heard.messages()
        for message in messages[self._looked_at :]:
            self._looked_at += 1
            if message.direction != self._direction:
                continue
            for fault in faults:
                self._counts[fault] = self._counts.get(fault, 0) + (fault.of in ("", message.kind))
                if self._counts[fault] == fault.at_message:
                    return data[: max(message.start - start, 0)], fault
            until = message.end
        if self._heard.full or came - until > HELD_BYTES_MAX:
            return data, None
        self._rest = data[max(until - start, 0) :]
        return data[: max(until - start, 0)], None
