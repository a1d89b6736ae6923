"""Work that goes on to its end although its caller is cancelled."""

import asyncio
import threading

import pytest

from firsthand.core.tasks import to_the_end


def test_it_gives_what_the_work_gives() -> None:
    assert asyncio.run(to_the_end(asyncio.sleep(0, "made"))) == "made"


def test_it_fails_as_the_work_fails() -> None:
    async def work() -> None:
        raise ValueError("of mine")

    with pytest.raises(ValueError, match="of mine"):
        asyncio.run(to_the_end(work()))


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("times", [1, 2])
def test_a_cancelled_caller_waits_for_the_thread_and_is_cancelled_then(
    times: int, fails: bool, caplog: pytest.LogCaptureFixture
) -> None:
    go_on, ended = threading.Event(), threading.Event()

    def work() -> None:
        go_on.wait()
        ended.set()
        if fails:
            raise ValueError("of mine")

    async def scenario() -> bool:
        caller = asyncio.create_task(to_the_end(asyncio.to_thread(work)))
        for _ in range(times):
            await asyncio.sleep(0)
            caller.cancel()
        await asyncio.sleep(0)
        waited = not caller.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await caller
        return waited and ended.is_set()

    assert asyncio.run(scenario())
    assert caplog.text == ""
