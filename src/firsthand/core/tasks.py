"""Work that a cancellation must not tear in two."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def to_the_end(work: Awaitable[T]) -> T:
    """Await this however often the caller is cancelled meanwhile, and only then let it be cancelled.

    For cleaning up, which a second Ctrl-C must not leave half done, and for threads, which go on when nobody waits:
    one that fills a folder would race with whoever removes it.

    Raises:
        asyncio.CancelledError: the caller was cancelled; what became of the work is not told.
    """
    task, cancelled = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        if not task.cancelled():
            task.exception()  # asyncio would print one that nobody has looked at
        raise asyncio.CancelledError
    return task.result()
