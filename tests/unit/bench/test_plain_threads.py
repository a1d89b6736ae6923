"""The plain tier and threads: a process is gone when the last of its threads is."""

import asyncio
import sys

import pytest
from sandboxed import GENEROUS_S, inside, printed

from firsthand.bench.ports import Stopped
from firsthand.bench.sandbox.processes import everybody
from firsthand.core.deadlines import Deadline, until


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux does the main thread end alone")
def test_a_program_whose_main_thread_has_ended_is_stopped_with_its_other_threads() -> None:
    async def scene() -> tuple[Stopped, int]:
        async with inside() as world:
            program = await world.start("leaderless")
            await printed(program, "going on")

            async def looks_dead() -> bool:
                return everybody()[program.pid].ended

            assert await until(looks_dead, Deadline.after(GENEROUS_S))
            return await program.stop(grace_s=0.1), program.pid

    stopped, pid = asyncio.run(scene())

    assert stopped.exit_code < 0, "a signal ended it"
    assert pid not in everybody()
