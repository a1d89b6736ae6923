"""News between the parts of a site that runs: pages that follow something wait here, whoever knows more tells."""

import asyncio
from collections.abc import Callable


class Live:
    """Wakes whoever waits. News may be missed where nobody tells: those who wait look by themselves as well."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self.closed = False
        """Whether the site ends: then nothing more will come."""
        self.wake_worker: Callable[[], None] = _nobody
        """Tells the worker of this machine that a run waits; safe to call from any thread."""

    async def news(self, within_s: float) -> None:
        """Return when there may be something new, at the latest after this time."""
        if self.closed:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await asyncio.wait([future], timeout=within_s)
        finally:
            self._waiting.discard(future)

    def tell(self) -> None:
        """There may be something new. To be called in the event loop of those who wait."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    def close(self) -> None:
        """The site ends: whoever waits need not."""
        self.closed = True
        self.tell()


def _nobody() -> None:
    """No worker runs on this machine: another one will find the run."""


live = Live()
"""The news of this process."""
