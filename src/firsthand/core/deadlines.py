"""Deadlines on the monotonic clock, stretched by how slow this machine is right now."""

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

FACTOR_MAX = 8.0
"""Deadlines are never stretched by more: a machine slower than that gets an honest timeout."""

_PROBE_ROUNDS = 2_000
_PROBE_REFERENCE_S = 0.002
"""What the probe takes on an idle core of the machine on which the deadlines were chosen."""

_POLL_FIRST_S = 0.000_5
_POLL_LAST_S = 0.004


def now_s() -> float:
    """Seconds on a clock that never goes back; only differences mean anything."""
    return time.monotonic()


def machine_factor() -> float:
    """How much longer than the reference this machine takes now, from 1.0 to `FACTOR_MAX`.

    Times a fixed piece of work and takes in how many processes wait for each core. Costs about 2 ms.
    """
    began = time.perf_counter()
    digest = b""
    for _ in range(_PROBE_ROUNDS):
        digest = hashlib.sha256(digest).digest()
    slow = (time.perf_counter() - began) / _PROBE_REFERENCE_S
    crowd = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(max(slow, crowd, 1.0), FACTOR_MAX)


@dataclass(frozen=True)
class Deadline:
    """A point in time, and what it was meant for."""

    at_s: float
    allowed_s: float

    @classmethod
    def after(cls, allowed_s: float, factor: float = 1.0) -> "Deadline":
        """The deadline `allowed_s * factor` seconds from now."""
        return cls(now_s() + allowed_s * factor, allowed_s * factor)

    @property
    def left_s(self) -> float:
        """Seconds left, never below 0."""
        return max(self.at_s - now_s(), 0.0)

    @property
    def passed(self) -> bool:
        """Whether the time is over."""
        return now_s() >= self.at_s

    def earlier(self, allowed_s: float, factor: float = 1.0) -> "Deadline":
        """The earlier one of this deadline and `allowed_s * factor` seconds from now."""
        other = Deadline.after(allowed_s, factor)
        return other if other.at_s < self.at_s else self


async def ticks(deadline: Deadline) -> AsyncIterator[None]:
    """Yield at once, then at growing intervals (0.5 to 4 ms), until the deadline has passed.

    For conditions that the system can only be asked about, such as "does it listen yet?".
    """
    pause_s = _POLL_FIRST_S
    while True:
        yield
        if deadline.passed:
            return
        await asyncio.sleep(min(pause_s, deadline.left_s))
        pause_s = min(pause_s * 1.5, _POLL_LAST_S)


async def until(condition: Callable[[], Awaitable[bool]], deadline: Deadline) -> bool:
    """Whether `condition` came true before the deadline."""
    async for _ in ticks(deadline):
        if await condition():
            return True
    return False
