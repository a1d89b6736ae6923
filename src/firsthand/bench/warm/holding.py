"""What one connection holds: the leases it asked for, which go back when it ends, however that comes about."""

import asyncio

from firsthand.bench.ports import Lease, Leases
from firsthand.bench.warm.connection import Connection
from firsthand.bench.warm.protocol import Act, AskLost, Holder, Introduce, Lend, Release, Reply, Request, fault_of
from firsthand.core.deadlines import now_s
from firsthand.core.errors import FirsthandError

REQUESTS_MAX = 64
"""Requests of one connection that are answered at the same time; a run has a few servers."""


class Holding:
    """Answers one borrower."""

    def __init__(self, owner: Leases, connection: Connection[Request]) -> None:
        self._owner = owner
        self._connection = connection
        self._began_s = now_s()
        self._who = Introduce(0, "")
        self._leases: dict[str, Lease] = {}
        self._answering: set[asyncio.Task[None]] = set()

    def state(self) -> Holder:
        """Who holds how much, for the status."""
        return Holder(self._who.pid, self._who.what, len(self._leases), now_s() - self._began_s)

    async def serve(self) -> None:
        """Answer until the connection ends; then take everything back."""
        try:
            while (asked := await self._connection.receive()) is not None:
                if isinstance(asked, Introduce):
                    self._who = asked
                elif len(self._answering) < REQUESTS_MAX:
                    self._begin(asked)
                else:
                    break  # not one of ours
        finally:
            # What is being made for it is waited for: a lease that nobody knows would never come back.
            if self._answering:
                await asyncio.wait(self._answering)
            for lease in list(self._leases.values()):
                await self._release(lease)
            await self._connection.close()

    def end(self) -> None:
        """Tell the borrower to end; it hangs up when it has cleaned up."""
        self._connection.finish()

    def _begin(self, asked: Lend | Release | Act | AskLost) -> None:
        task = asyncio.ensure_future(self._answer(asked))
        self._answering.add(task)
        task.add_done_callback(self._answered)

    def _answered(self, task: asyncio.Task[None]) -> None:
        self._answering.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # A mistake of ours goes to the log; the borrower must not wait for an answer that never comes.
            task.get_loop().call_exception_handler({"message": "A request was not answered.", "exception": error})
            self.end()

    async def _answer(self, asked: Lend | Release | Act | AskLost) -> None:
        if isinstance(asked, Release):
            await self._release(asked.lease)
            return
        try:
            reply = await self._done(asked)
        except FirsthandError as error:
            reply = Reply(asked.number, fault=fault_of(error))
        self._connection.send(reply)

    async def _done(self, asked: Lend | Act | AskLost) -> Reply:
        match asked:
            case Lend(number=number, wanted=wanted):
                lease = await self._owner.lease(wanted)
                self._leases[lease.id] = lease
                return Reply(number, lease=lease)
            case Act(number=number, lease=lease, action=action):
                await self._owner.act(lease, action)
                return Reply(number)
            case AskLost(number=number, lease=lease):
                return Reply(number, lost=await self._owner.lost(lease))

    async def _release(self, lease: Lease) -> None:
        if self._leases.pop(lease.id, None) is not None:
            await self._owner.release(lease)
