"""What stands around a program in one run: leased servers, scripted peers, and a door before each of them."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from firsthand.bench.conversations import REPLICA, Wire
from firsthand.bench.doors.door import Door, open_door
from firsthand.bench.peers import Peer, open_peer
from firsthand.bench.ports import Address, Lease, Leases, Wanted
from firsthand.bench.wire import Recorder
from firsthand.content.model import Lab, ServerUse
from firsthand.content.servers import KINDS
from firsthand.core.errors import RetryableError, ServerMissingError, WorldError
from firsthand.core.randomness import Rng
from firsthand.core.results import ServerUsed

PROTOCOLS = {"postgres": "postgres", "redis": "resp", "rabbitmq": "amqp", "mariadb": "mysql"}
"""What is spoken on the way to each kind of server; one that the program never speaks to itself has no door."""

SLOW_S = 1.0
"""A server that takes longer to be there is told of, so that nobody wonders."""

TakePort = Callable[[str], int]
DOOR_TRIES_MAX = 5


class Surroundings:
    """Opened once, closed once. Servers are known by their kind, peers by their name, doors by either."""

    def __init__(
        self,
        lab: Lab,
        *,
        run: str,
        seed: int,
        recorder: Recorder,
        leases: Leases | None,
        kept: Path | None,
        tell: Callable[[str], None],
    ) -> None:
        """`leases` lends the servers; a lab without servers needs none. `kept` is where they keep data, if anywhere.

        `tell` is given sentences that the learner should read meanwhile.
        """
        self.lab = lab
        self.leases = leases
        self.wire = Wire(recorder)
        self.lent: dict[str, Lease] = {}
        self.doors: dict[str, Door] = {}
        self.peers: dict[str, Peer] = {}
        self.missing: dict[str, str] = {}
        """Why there is none of these kinds, for those that the lab can do without."""
        self.lost_because = ""
        """Why a server was lost in mid-run; then nothing that was judged since can be trusted."""
        self._run = run
        self._seed = seed
        self._recorder = recorder
        self._kept = kept
        self._tell = tell
        self._steps = AsyncExitStack()
        self._take_port: TakePort = lambda _name: 0

    async def open(self, take_port: TakePort) -> None:
        """Start the peers, lease all servers that a program speaks to, and open the doors before them.

        Raises:
            ServerMissingError: a server that the lab needs is not on this machine.
            ContentError: the lab's schema or data is refused.
            RetryableError: a server did not start.
        """
        self._take_port = take_port
        for use in self.lab.peers:
            peer = await open_peer(use.kind, use.name)
            self.peers[use.name] = peer
            self._steps.push_async_callback(peer.close)
            await self._open_door(use.name, peer.address, "http1", take_port)
        uses = [use for use in self.lab.servers if KINDS[use.kind].variable]
        await self._lease_all(uses, {})
        for kind, lease in self.lent.items():
            await self._open_door(kind, lease.address, PROTOCOLS[kind], take_port)
            if lease.replica:
                await self._open_door(f"{kind}.{REPLICA}", lease.replica, PROTOCOLS[kind], take_port)

    async def configure(self, work: Path, variables: Mapping[str, str]) -> None:
        """Start the servers whose configuration is the learner's, from the laid-out submission in `work`.

        Raises:
            SubjectError: the server refuses the configuration.
            ServerMissingError, RetryableError: as `open`.
        """
        uses = [use for use in self.lab.servers if not KINDS[use.kind].variable]
        files = list(dict.fromkeys(f for s in self.lab.stages if s.subject == "config" for f in s.files))
        own = {use.variable: str(self.doors[use.name].address) for use in self.lab.peers}
        await self._lease_all(uses, {"folder": str(work), "files": files, "variables": {**variables, **own}})
        if "dns" in self.lent:
            self.lent["dns"] = await self._behind_doors(self.lent["dns"])

    def environment(self) -> dict[str, str]:
        """The variables that lead a program to the doors."""
        found = {use.variable: str(self.doors[use.name].address) for use in self.lab.peers}
        for kind, lease in self.lent.items():
            if kind in self.doors:
                replica = self.doors[f"{kind}.{REPLICA}"].address if lease.replica else None
                found |= lease.environment_at(self.doors[kind].address, replica)
        return found

    def used(self) -> list[ServerUsed]:
        """The servers that take part, for the report."""
        return [lease.server for lease in self.lent.values()]

    def lacks(self, needs: Sequence[str]) -> str:
        """Why a stage with these needs cannot be judged here; empty when it can."""
        for need in needs:
            kind, _, feature = need.partition(":")
            if kind in self.missing:
                return f"It needs {KINDS[kind].title}: {self.missing[kind]}"
            lease = self.lent.get(kind)
            if feature and (lease is None or feature not in lease.features):
                name = f"{lease.server.name} {lease.server.version}" if lease else KINDS[kind].title
                return f"It needs {feature}, which {name} does not have here."
        return ""

    async def refuse_if_lost(self) -> None:
        """See that every leased server is still there.

        Raises:
            RetryableError: one is not, although nobody asked for that.
        """
        for lease in self.lent.values():
            assert self.leases is not None, "it lent them"
            self.lost_because = self.lost_because or await self.leases.lost(lease)
        if self.lost_because:
            raise RetryableError(self.lost_because, advice="Run it again; nothing counts against you.")

    def heal(self) -> None:
        """End every fault of every door; no check leaves one to the next."""
        for door in self.doors.values():
            door.heal()

    async def close(self) -> None:
        """Close the doors, end the peers, give the servers back. Safe to call when nothing was opened."""
        await self._steps.aclose()

    async def _lease_all(self, uses: Sequence[ServerUse], more: dict[str, object]) -> None:
        async with AsyncExitStack() as undo:
            found = await asyncio.gather(*(self._lease(use, more) for use in uses), return_exceptions=True)
            for lease in found:
                if isinstance(lease, Lease):
                    undo.push_async_callback(self._release, lease)
            for lease in found:
                if isinstance(lease, BaseException):
                    raise lease
            self._steps.push_async_callback(undo.pop_all().aclose)
        # In the order of lab.toml, whichever was ready first.
        self.lent |= {use.kind: lease for use, lease in zip(uses, found, strict=True) if isinstance(lease, Lease)}

    async def _lease(self, use: ServerUse, more: Mapping[str, object]) -> Lease | None:
        if self.leases is None:
            raise WorldError(f"This run of {self.lab.id} was given no servers.")
        folder = self.lab.folder
        data = (self._kept and use.sample) or use.data
        wanted = Wanted(
            kind=use.kind,
            run=self._run,
            seed=self._seed,
            own=use.own,
            schema=str(folder / use.schema) if use.schema else "",
            data=str(folder / data) if data else "",
            kept_in=str(self._kept / use.kind) if self._kept else "",
            options=dict(use.options),
            **more,  # type: ignore[arg-type]
        )
        title = KINDS[use.kind].title
        slow = asyncio.get_running_loop().call_later(
            SLOW_S, self._tell, f"{title} is being started; the first start takes some seconds, later ones do not."
        )
        try:
            return await self.leases.lease(wanted)
        except ServerMissingError as error:
            if not use.if_present:
                raise
            self.missing[use.kind] = str(error)
            return None
        finally:
            slow.cancel()

    async def _release(self, lease: Lease) -> None:
        assert self.leases is not None, "it lent them"
        await self.leases.release(lease)

    async def _behind_doors(self, lease: Lease) -> Lease:
        """The lease with a door before each of its name servers: our own questions are told in the trace, too."""
        inside = {}
        for name, text in lease.inside.items():
            address, _, version = text.partition(" ")
            host, _, port = address.rpartition(":")
            await self._open_door(name, Address(host, int(port)), "dns", self._take_port)
            inside[name] = f"{self.doors[name].address} {version}"
        return msgspec.structs.replace(lease, inside=inside)

    async def _open_door(self, name: str, target: Address, protocol: str, take_port: TakePort) -> None:
        door = await self._opened_door(name, target, protocol, take_port)
        self.wire.add(door)
        self.doors[name] = door
        self._steps.push_async_callback(door.close)

    async def _opened_door(self, name: str, target: Address, protocol: str, take_port: TakePort) -> Door:
        """A port may be taken between its being found free and now, or for UDP alone."""
        for _ in range(DOOR_TRIES_MAX):
            port = take_port(f"door/{name}")
            with contextlib.suppress(OSError):
                rng = Rng(self._seed, self.lab.id)
                return await open_door(name, target, self._recorder, protocol=protocol, port=port, rng=rng)
        raise RetryableError(f"No free port was found for the door before {name}.")
