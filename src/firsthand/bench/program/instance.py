"""One started process of a Procfile, from its start to its end."""

import asyncio
import os
import signal
from collections.abc import Mapping
from typing import Protocol

from firsthand.bench.failures import failed
from firsthand.bench.ports import Address, Program, Stopped
from firsthand.bench.sandbox import sockets
from firsthand.core.deadlines import Deadline, until
from firsthand.core.limits import STOP_GRACE_S

DYING_S = 0.02
"""Between the end of a process's connections and its own, if it ends."""
GONE_S = 1.0
"""How long a process that has lost its port may take to end."""


class Owner(Protocol):
    """Whoever starts instances and tells of their ends."""

    @property
    def factor(self) -> float:
        """How slow the machine is."""
        ...

    def tell_stopped(self, instance: "Instance", stopped: Stopped) -> None:
        """An instance has ended, by itself or because it was asked to."""
        ...

    def forget(self, instance: "Instance") -> None:
        """An instance was stopped and counts no more."""
        ...


class Instance:
    """One started process of the Procfile with all that descends from it."""

    def __init__(self, app: "Owner", process: str, number: int, ports: Mapping[str, int]) -> None:
        """Made by App.start. `number` counts the instances of a process from 1."""
        self.process = process
        self.number = number
        self.ports = dict(ports)
        self.address: Address | None = None
        self.program: Program
        self._app = app
        self._stopping = False
        self._told = False
        self._watch: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """`web` for the first one, then `web.2`, `web.3`."""
        return self.process if self.number == 1 else f"{self.process}.{self.number}"

    @property
    def running(self) -> bool:
        """Whether its first process lives and nobody has asked it to stop."""
        return not self._stopping and self.program.exit_code is None

    @property
    def asked_to_end(self) -> bool:
        """Whether somebody has asked it to stop, or killed it."""
        return self._stopping

    @property
    def crashed(self) -> bool:
        """Whether it ended by itself and with an error: not asked to, not by a signal, and not with exit code 0."""
        return not self._stopping and (self.program.exit_code or 0) > 0

    async def listens(self) -> bool:
        """Whether its port is open still; true where the system cannot tell, and for one without a port."""
        if self.address is None or not sockets.can_tell():
            return True
        return any(listener.address.port == self.address.port for listener in await self.program.listeners())

    async def settle(self) -> None:
        """Wait until it is clear whether it is about to end: a dying process loses its sockets before it is gone."""
        moment = Deadline.after(DYING_S, self._app.factor)

        async def is_clear() -> bool:
            return not self.running or (moment.passed and await self.listens())

        await until(is_clear, Deadline.after(GONE_S, self._app.factor))

    async def stop(self) -> Stopped:
        """SIGTERM, a while to end, SIGKILL; then the whole tree is gone. Safe to call twice."""
        self._stopping = True
        stopped = await self.program.stop(STOP_GRACE_S * self._app.factor)
        await self._note(stopped)
        return stopped

    def signal(self, number: int) -> None:
        """Send a signal to its first process and to nobody below it, as `kill PID` does, if it has not ended."""
        if self.program.exit_code is None:
            os.kill(self.program.pid, number)

    async def ended(self, within_s: float) -> int:
        """The exit code of its first process, which ends by itself or after a signal; negative for a deadly signal.

        Raises:
            CheckFailed: it still runs after this time, stretched on a slow machine (kind `timeout`).
        """
        deadline = Deadline.after(within_s, self._app.factor)
        try:
            async with asyncio.timeout(deadline.left_s):
                return await self.program.wait()
        except TimeoutError:
            raise failed(
                f"Your program still runs after {deadline.allowed_s:.3g} s.",
                kind="timeout",
                detail=self.program.stdout.tail(),
            ) from None

    async def kill(self) -> Stopped:
        """SIGKILL at once, as a crash would do it; then the whole tree is gone."""
        self._stopping = True
        if self.program.exit_code is None:
            os.killpg(self.program.pid, signal.SIGKILL)
            await self.program.wait()
            stopped = Stopped("killed", (await self.program.stop(0)).exit_code)
        else:
            stopped = await self.program.stop(0)
        await self._note(stopped)
        return stopped

    async def give_up(self) -> None:
        """End what did not become ready, without a word."""
        self._stopping = True
        await self.program.stop(STOP_GRACE_S)
        self._app.forget(self)

    def started(self, program: Program) -> None:
        """Take this program for its own."""
        self.program = program

    def ready(self, address: Address | None) -> None:
        """It is ready; from now on tell when it ends by itself."""
        self.address = address
        self._watch = asyncio.create_task(self._note_end(), name=f"watch {self.name}")

    async def _note_end(self) -> None:
        code = await self.program.wait()
        if not self._stopping:
            self._tell(Stopped("exited", code))

    async def _note(self, stopped: Stopped) -> None:
        if self._watch is not None:
            await self._watch
            self._tell(stopped)
        self._app.forget(self)

    def _tell(self, stopped: Stopped) -> None:
        if not self._told:
            self._told = True
            self._app.tell_stopped(self, stopped)
