"""What checks hold of a leased server: its lease, the door before it, and what can be done to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from firsthand.bench.doors.door import Door
from firsthand.bench.failures import failed
from firsthand.bench.ports import Action, Address, Lease, Leases
from firsthand.core.deadlines import Deadline
from firsthand.core.errors import RetryableError, WorldError


class ServerClient:
    """The base of the clients of all kinds of servers. It speaks to the server itself, past the door."""

    def __init__(self, lease: Lease, leases: Leases, door: Door | None, deadline: Deadline) -> None:
        """`deadline` is the check's; nothing is connected before it is needed."""
        self.lease = lease
        self.deadline = deadline
        self._leases = leases
        self._door = door
        self._left: Action | None = None
        """The last thing that was done to it."""

    @property
    def name(self) -> str:
        """What the server is called, such as Valkey."""
        return self.lease.server.name

    @property
    def address(self) -> Address:
        """Where the real server listens, behind the door."""
        return self.lease.address

    @property
    def door(self) -> Door:
        """The door between the program and this server: faults are its methods.

        Raises:
            WorldError: this run has none.
        """
        if self._door is None:
            raise WorldError(f"There is no door before {self.name} in this run.")
        return self._door

    def can(self, feature: str) -> bool:
        """Whether this lease has a feature, such as `restart`, `kill` or `superuser`."""
        return feature in self.lease.features

    async def stop(self) -> None:
        """Stop it in its orderly way; it stays down until `start`."""
        await self._act("stop")

    async def start(self) -> None:
        """Start it again, at the same address; returns when it is ready."""
        await self._act("start")

    async def restart(self) -> None:
        """Stop it in its orderly way, and start it again."""
        await self._act("restart")

    async def kill(self) -> None:
        """End it at once, as by SIGKILL; it stays down until `start`."""
        await self._act("kill")

    async def pause(self) -> None:
        """Let it keep its connections and answer nothing until `resume`."""
        await self._act("pause")

    async def resume(self) -> None:
        """Let it go on after `pause`."""
        await self._act("resume")

    async def reload(self) -> None:
        """Let it read its configuration anew."""
        await self._act("reload")

    def reproduce(self) -> list[str]:
        """Shell commands that ask again what was asked last, while the program runs; none unless a kind has some."""
        return []

    async def restore(self) -> None:
        """Start or resume it, if it was left stopped, killed or paused: no check leaves that to the next.

        Raises:
            RetryableError: it does not start.
        """
        back: Action | None = "resume" if self._left == "pause" else "start" if self._left in ("stop", "kill") else None
        if back is not None:
            await self._act(back)

    async def close(self) -> None:
        """Let connections go; for when the check is over."""

    async def lost(self, error: Exception) -> WorldError:
        """The error to raise when the server cannot be spoken to: it says why, where its owner knows.

        It is never the learner's fault, so that the run is done again.
        """
        why = await self._leases.lost(self.lease)
        return RetryableError(
            why or f"{self.name} cannot be spoken to: {str(error).strip().rstrip('.') or type(error).__name__}."
        )

    @asynccontextmanager
    async def in_time(self, what: str) -> AsyncIterator[None]:
        """Bounds what is done inside by the check's deadline.

        Raises:
            CheckFailed: it took longer. `what` was done, such as "to answer".
        """
        try:
            async with asyncio.timeout(self.deadline.left_s):
                yield
        except TimeoutError:
            raise failed(
                f"{self.name} took longer than the check has time {what}.",
                kind="timeout",
                remark="Does the program hold a lock, or keep it busy?",
            ) from None

    async def _act(self, action: Action) -> None:
        await self.close()  # else a connection of ours would be found broken later
        if self._door is not None:
            self._door.recorder.fault(f"{self.name}: {action}", self._door.name)
        self._left = action
        await self._leases.act(self.lease, action)
