"""Servers lent by the warm bench: the same calls as in one process, over a connection that holds the leases."""

import asyncio
import itertools
import os

from firsthand.bench.ports import Action, Lease, Wanted
from firsthand.bench.warm.connection import Connection
from firsthand.bench.warm.protocol import Act, AskLost, Introduce, Lend, Release, Reply, error_of
from firsthand.core.errors import RetryableError

_GONE = "The bench that lends the servers has ended."


class RemoteLeases:
    """Satisfies `ports.Leases`. Whatever was leased goes back when the connection ends, however that comes about."""

    def __init__(self, connection: Connection[Reply], what: str) -> None:
        """Borrow over this connection; `what` tells `firsthand bench status` whom servers are lent to."""
        self.ended = asyncio.Event()
        """Set when the bench is gone, or wants its servers back because it is told to end."""
        self._connection = connection
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Reply]] = {}
        self._listening = asyncio.ensure_future(self._listen())
        connection.send(Introduce(os.getpid(), what))

    async def lease(self, wanted: Wanted) -> Lease:
        """As `ports.Server.lease`; a RetryableError too when the bench is gone."""
        lease = (await self._ask(Lend(next(self._numbers), wanted))).lease
        assert lease is not None, "the bench answers with a lease or a fault"
        return lease

    async def release(self, lease: Lease) -> None:
        """Give it back; a bench that is gone has it back already."""
        if not self.ended.is_set():
            self._connection.send(Release(lease))

    async def act(self, lease: Lease, action: Action) -> None:
        """As `ports.Server.act`; a RetryableError too when the bench is gone."""
        await self._ask(Act(next(self._numbers), lease, action))

    async def lost(self, lease: Lease) -> str:
        """As `ports.Server.lost`."""
        try:
            return (await self._ask(AskLost(next(self._numbers), lease))).lost
        except RetryableError as error:
            return error.message

    async def close(self) -> None:
        """Hang up, upon which the bench takes everything back."""
        await self._connection.close()
        self._listening.cancel()
        await asyncio.wait([self._listening])

    async def _ask(self, request: Lend | Act | AskLost) -> Reply:
        if self.ended.is_set():
            raise RetryableError(_GONE)
        answered: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._asked[request.number] = answered
        try:
            self._connection.send(request)
            reply = await answered
        finally:
            del self._asked[request.number]
        if reply.fault is not None:
            raise error_of(reply.fault)
        return reply

    async def _listen(self) -> None:
        while (reply := await self._connection.receive()) is not None:
            waiting = self._asked.get(reply.number)
            if waiting is not None and not waiting.done():
                waiting.set_result(reply)
        self.ended.set()
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(RetryableError(_GONE))
