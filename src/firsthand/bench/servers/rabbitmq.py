"""RabbitMQ: virtual hosts on a warm node, made ahead; a node for itself where a run stops it."""

import asyncio
import contextlib
import itertools
from collections import deque
from pathlib import Path

from firsthand.bench.ports import IN_USE, KEPT, Action, Address, Lease, ServerState, Wanted
from firsthand.bench.servers.access import Access
from firsthand.bench.servers.controlled import ACTIONS
from firsthand.bench.servers.place import Place
from firsthand.bench.servers.rabbitmq_node import CONTROL, HOST, Node, find_rabbitmq, greets
from firsthand.core.deadlines import Deadline, machine_factor, ticks
from firsthand.core.errors import RetryableError, WorldError
from firsthand.core.results import ServerUsed

READY_MAX = 4
"""Virtual hosts that wait on a warm node."""
NODES_MAX = 3
"""A node takes about 110 MiB."""
NODES_IDLE_MAX = 1
NODE_WAIT_S = 120.0
"""How long a run waits for another one to give a node back."""
OWN_FEATURES = ["kill", "pause", "restart"]

_numbers = itertools.count(1)


class _Pool:
    """A node, and what is made and lent on it."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.ready: deque[Access] = deque()
        self.lent: dict[str, Access] = {}
        self.released: list[Access] = []
        self.own = False
        """Whether it is lent as a whole."""


class Rabbitmq:
    """All RabbitMQ nodes of one process.

    A run that wants its own gets a node on which nobody else is: mostly the warm one, so that one node is enough for
    somebody who runs one lab at a time.
    """

    kind = "rabbitmq"

    def __init__(self, place: Place) -> None:
        """Finds the binary; nothing is started.

        Raises:
            ServerMissingError: there is none.
        """
        self._place = place
        self._binary = find_rabbitmq()
        self._pools: list[_Pool] = []
        self._choosing = asyncio.Lock()
        self._mending = asyncio.Lock()

    async def lease(self, wanted: Wanted) -> Lease:
        """Lend a fresh virtual host; see `Server.lease`. The first one waits for the node to start, some seconds."""
        if wanted.kept_in:
            return await self._lend_kept(Path(wanted.kept_in))
        async for _ in ticks(Deadline.after(NODE_WAIT_S, machine_factor())):
            await self._tidy(own=wanted.own)
            async with self._choosing:
                if pool := await self._pool(own=wanted.own):
                    return await self._lend(pool, own=wanted.own)
        raise RetryableError(f"All {NODES_MAX} RabbitMQ nodes are in use.", advice="Wait until another run has ended.")

    async def release(self, lease: Lease) -> None:
        """Take it back; `keep` drops it."""
        if pool := self._of(lease):
            pool.released.append(pool.lent.pop(lease.id))

    async def act(self, lease: Lease, action: Action) -> None:
        """Do this to the run's own node; see `Server.act`."""
        pool = self._of(lease)
        if pool is None:
            raise WorldError("The RabbitMQ of this run is no longer there.")
        if action not in ACTIONS or not pool.own:
            raise WorldError(
                f"This RabbitMQ cannot {action}.",
                advice="" if pool.own else "Ask for one of its own: own = true in [server.rabbitmq].",
            )
        await ACTIONS[action](pool.node)

    async def lost(self, lease: Lease) -> str:
        """Why it can no longer answer although nobody asked for that; empty while all is well."""
        pool = self._of(lease)
        if pool is None:
            return "This RabbitMQ was taken back."
        if pool.node.wanted_up and not pool.node.running:
            return "The RabbitMQ node ended in the middle of the run."
        return ""

    async def keep(self) -> None:
        """Drop what was released, mend or end nodes, and make virtual hosts ahead."""
        async with self._mending:
            if all(pool.node.kept for pool in self._pools):
                async with self._choosing:
                    await self._pool(own=False)
            for pool in list(self._pools):
                await self._keep_one(pool)

    def state(self) -> ServerState:
        """What there is now."""
        up = [pool.node.process for pool in self._pools if pool.node.running and pool.node.process]
        return ServerState(
            kind=self.kind,
            name="RabbitMQ",
            version=self._binary.version,
            provider=self._binary.provider,
            running=bool(up),
            warm=sum(len(pool.ready) for pool in self._pools if pool.node.well and not pool.own),
            leased=sum(len(pool.lent) for pool in self._pools),
            memory_bytes=sum(process.memory_bytes() for process in up),
            pids=[pid for process in up for pid in process.pids()],
        )

    async def close(self) -> None:
        """End all nodes and remove their folders."""
        async with contextlib.AsyncExitStack() as steps:
            for pool in self._pools:
                steps.push_async_callback(pool.node.discard)
        self._pools.clear()

    async def _tidy(self, *, own: bool) -> None:
        """Make a node that was just given back fit for the next run, which is quicker than to start another one."""
        if self._free(own=own):
            return
        async with self._mending:
            for pool in list(self._pools):
                if not pool.lent and not self._free(own=own):
                    await self._keep_one(pool)

    def _free(self, *, own: bool) -> _Pool | None:
        """A node that is well, and that nobody else uses when `own`."""
        for pool in self._pools:
            free = not pool.own and not (own and (pool.lent or pool.released))
            if free and pool.node.well:
                return pool
        return None

    async def _lend(self, pool: _Pool, *, own: bool) -> Lease:
        id_ = f"rabbitmq-{next(_numbers)}"
        vhost = pool.ready.popleft() if pool.ready else await pool.node.make()
        pool.own = own
        pool.lent[id_] = vhost
        return self._lease(id_, pool, vhost)

    async def _lend_kept(self, folder: Path) -> Lease:
        """A node of its own on the data of this folder, which stays."""
        async with self._mending:
            for pool in [one for one in self._pools if one.node.kept == folder]:
                if pool.lent:
                    raise WorldError(f"What is kept in {folder} is in use.", advice=IN_USE)
                await self._discard(pool)
            pool = _Pool(Node(self._binary, self._place, folder))
            try:
                vhost = await pool.node.start_somewhere() or await pool.node.make_to_keep()
            except BaseException:
                await pool.node.discard()
                raise
            pool.ready.append(vhost)
            lease = await self._lend(pool, own=True)
            self._pools.append(pool)
            return lease

    async def _pool(self, *, own: bool) -> _Pool | None:
        """A free node, a new one where there is none; None while there are as many as there may be."""
        if pool := self._free(own=own):
            return pool
        if sum(not pool.node.kept for pool in self._pools) >= NODES_MAX:
            return None
        pool = _Pool(Node(self._binary, self._place))
        try:
            await pool.node.start_somewhere()
        except BaseException:
            await pool.node.discard()
            raise
        self._pools.append(pool)
        return pool

    async def _keep_one(self, pool: _Pool) -> None:
        if not pool.lent and (pool.node.kept or not await _mended(pool.node)):
            await self._discard(pool)
            return
        if not pool.node.well or pool.node.kept:
            return  # its run has stopped it, or it is one run's for ever
        while pool.released:
            await pool.node.drop(pool.released[0])
            pool.released.pop(0)
        if not pool.lent:
            pool.own = False
        if self._is_spare(pool):
            await self._discard(pool)
            return
        while len(pool.ready) < READY_MAX and not pool.own:
            pool.ready.append(await pool.node.make())

    def _is_spare(self, pool: _Pool) -> bool:
        idle = [other for other in self._pools if not other.lent]
        return pool in idle[NODES_IDLE_MAX:]

    async def _discard(self, pool: _Pool) -> None:
        async with self._choosing:
            if pool.lent:
                return  # it was lent in the meantime
            self._pools.remove(pool)
        await pool.node.discard()

    def _of(self, lease: Lease) -> _Pool | None:
        return next((pool for pool in self._pools if lease.id in pool.lent), None)

    def _lease(self, id_: str, pool: _Pool, vhost: Access) -> Lease:
        address = Address(HOST, pool.node.port)
        return Lease(
            id=id_,
            server=ServerUsed(self.kind, "RabbitMQ", self._binary.version, real=True),
            address=address,
            environment={"AMQP_URL": f"amqp://{vhost.user}:{vhost.password}@{{host}}:{{port}}/{vhost.name}"},
            inside={
                "url": f"amqp://{vhost.checker}:{vhost.checker_password}@{address}/{vhost.name}",
                "vhost": vhost.name,
                "control": str(pool.node.folder / CONTROL),
                "management": pool.node.management(vhost),
            },
            features=[*(OWN_FEATURES if pool.own else []), *([KEPT] if pool.node.kept else [])],
        )


async def _mended(node: Node) -> bool:
    """Whether it answers, after what its last run has done to it was undone."""
    await node.resume()
    if node.running and not node.wanted_up:
        with contextlib.suppress(RetryableError):
            await node.start()
    return node.well and await greets(Address(HOST, node.port))
