"""Name servers: Knot DNS and BIND 9, whichever are there, each with a process of its own and the learner's zones."""

import asyncio
import contextlib
import itertools
import shutil
from collections.abc import Awaitable, Mapping
from pathlib import Path

from firsthand.bench.ports import Action, Address, Lease, ServerState, Wanted
from firsthand.bench.servers.dns_programs import HOST, PROGRAMS, DnsProgram, Zone, find_dns
from firsthand.bench.servers.dns_refusal import refused
from firsthand.bench.servers.place import Place
from firsthand.bench.servers.process import PORT_TRIES_MAX, PortTakenError, ServerProcess
from firsthand.bench.servers.providers import Binary
from firsthand.bench.servers.template import substitute
from firsthand.core.deadlines import Deadline, machine_factor, until
from firsthand.core.errors import ContentError, RetryableError, SubjectError, WorldError
from firsthand.core.limits import MIB
from firsthand.core.results import ServerUsed
from firsthand.core.tasks import to_the_end

READY_S = 10.0
RELOAD_S = 10.0
ZONE_BYTES_MAX = MIB
FEATURES = ["kill", "pause", "reload", "restart"]

_numbers = itertools.count(1)


class Dns:
    """Every name server of one process of ours; each run has one of each program that is there."""

    kind = "dns"

    def __init__(self, place: Place) -> None:
        """Finds the programs; nothing is started.

        Raises:
            ServerMissingError: there is none.
        """
        self._place = place
        self._binaries = find_dns()
        self._lent: dict[str, Family] = {}
        self._released: list[Family] = []

    async def lease(self, wanted: Wanted) -> Lease:
        """Start them with the learner's zones; see `Server.lease`.

        `wanted.options["origin"]` says of which zones `wanted.files` are, in the same order, a blank between them.
        Files beyond those may be included. `${ORIGIN}` stands for the first.
        """
        id_ = f"dns-{next(_numbers)}"
        family = Family(id_, wanted, self._binaries, self._place)
        try:
            await family.open()
        except BaseException:
            await family.close()
            raise
        self._lent[id_] = family
        first = next(iter(self._binaries))
        return Lease(
            id=id_,
            server=ServerUsed(self.kind, PROGRAMS[first].title, self._binaries[first].version, real=True),
            address=family.address_of(first),
            environment={},
            inside={name: f"{family.address_of(name)} {binary.version}" for name, binary in self._binaries.items()},
            features=FEATURES,
        )

    async def release(self, lease: Lease) -> None:
        """Take it back; it is ended soon after."""
        if family := self._lent.pop(lease.id, None):
            self._released.append(family)

    async def act(self, lease: Lease, action: Action) -> None:
        """Do this to the run's name servers, all of them; see `Server.act`."""
        family = self._lent.get(lease.id)
        if family is None:
            raise WorldError("The name servers of this run are no longer there.")
        await family.act(action)

    async def lost(self, lease: Lease) -> str:
        """Why one can no longer answer although nobody asked for that; empty while all is well."""
        family = self._lent.get(lease.id)
        return family.lost() if family else "The name servers of this run were ended."

    async def keep(self) -> None:
        """End what was released; nothing can be made ahead, since every zone is another."""
        while self._released:
            await self._released[0].close()
            self._released.pop(0)

    def state(self) -> ServerState:
        """What there is now."""
        up = [process for family in self._lent.values() for process in family.processes.values()]
        return ServerState(
            kind=self.kind,
            name=" and ".join(PROGRAMS[name].title for name in self._binaries),
            version=", ".join(binary.version for binary in self._binaries.values()),
            provider="PATH",
            running=bool(up),
            warm=0,
            leased=len(self._lent),
            memory_bytes=sum(process.memory_bytes() for process in up),
            pids=[pid for process in up for pid in process.pids()],
        )

    async def close(self) -> None:
        """End all and remove their folders."""
        self._released += self._lent.values()
        self._lent.clear()
        await self.keep()


class Family:
    """The name servers of one run: the same zones, a port and a process for each."""

    def __init__(self, name: str, wanted: Wanted, binaries: Mapping[str, Binary], place: Place) -> None:
        self._wanted = wanted
        self._place = place
        self._folder = place.new(name)
        self._zones_folder = self._folder / "zones"
        self._programs = {
            key: DnsProgram(PROGRAMS[key], binary, self._folder / key, place) for key, binary in binaries.items()
        }
        self._down = False
        self._zones: list[Zone] = []
        self.processes: dict[str, ServerProcess] = {}

    def address_of(self, name: str) -> Address:
        """Where this one listens."""
        return Address(HOST, self._programs[name].port)

    async def open(self) -> None:
        """Lay the zones out, have every program check them, and start all.

        Raises:
            SubjectError: one refuses a zone.
            RetryableError: one did not start.
        """
        for program in self._programs.values():
            program.folder.mkdir(mode=0o700)
            self._place.user.give(program.folder)
        self._zones = await self._lay_out()
        for program in self._programs.values():
            program.use(self._zones)
        await self._check()
        await _all(*(self._start_somewhere(name) for name in self._programs))

    async def act(self, action: Action) -> None:
        """Do this to all."""
        if action == "reload":
            await self._reload()
        elif action == "pause":
            await _all(*(process.pause() for process in self.processes.values()))
        elif action == "resume":
            for process in self.processes.values():
                process.resume()
        else:
            await self._end_or_start(action)

    def lost(self) -> str:
        """Why one cannot answer although nobody asked for that."""
        for name, process in self.processes.items():
            if not self._down and process.exit_code is not None:
                return f"{PROGRAMS[name].title} ended in the middle of the run (exit code {process.exit_code})."
        return ""

    async def close(self) -> None:
        """End all and remove the folder."""
        async with contextlib.AsyncExitStack() as steps:
            steps.callback(self._place.remove, self._folder)
            for process in self.processes.values():
                steps.push_async_callback(process.kill)

    async def _end_or_start(self, action: Action) -> None:
        if action != "start":
            self._down = True
            ends = [process.kill() if action == "kill" else process.stop() for process in self.processes.values()]
            await _all(*ends)
        if action in ("start", "restart") and self._down:
            await _all(*map(self._start, self._programs))
            self._down = False

    async def _check(self) -> None:
        found = await asyncio.gather(*(program.check() for program in self._programs.values()))
        if refusals := [refusal for refusal in found if refusal]:
            raise refused(refusals, [zone.origin for zone in self._zones])

    async def _reload(self) -> None:
        await self._lay_out()
        await self._check()
        await _all(*(self._reload_one(name) for name in self._programs))

    async def _reload_one(self, name: str) -> None:
        deadline = Deadline.after(RELOAD_S, machine_factor())
        process = self.processes[name]
        done = self._programs[name].reload(process)

        async def is_done() -> bool:
            return done() or process.exit_code is not None

        if not await until(is_done, deadline):
            raise RetryableError(f"{PROGRAMS[name].title} did not load its zones within {deadline.allowed_s:.0f} s.")

    async def _start_somewhere(self, name: str) -> None:
        for left in reversed(range(PORT_TRIES_MAX)):
            try:
                await self._start(name)
            except PortTakenError:
                if not left:
                    raise
                self._programs[name].port = self._place.ports.take()
            else:
                return

    async def _start(self, name: str) -> None:
        program = self._programs[name]
        process = self.processes[name] = program.start()
        await process.ready(program.answers, READY_S)

    async def _lay_out(self) -> list[Zone]:
        origins = self._wanted.options.get("origin", "").split()
        files = self._wanted.files
        if not origins or len(files) < len(origins):
            raise ContentError(
                "A lab with name servers says of which zones its files are.",
                advice='Write origin = "example.test" in [server.dns.options], and name a file for each in the stage.',
            )
        await to_the_end(asyncio.to_thread(self._copy, origins))
        return [
            Zone(origin.rstrip("."), self._zones_folder / file) for origin, file in zip(origins, files, strict=False)
        ]

    def _copy(self, origins: list[str]) -> None:
        variables = {"ORIGIN": origins[0], **self._wanted.variables}
        if self._zones_folder.exists():
            shutil.rmtree(self._zones_folder)
        for name in self._wanted.files:
            source, target = Path(self._wanted.folder) / name, self._zones_folder / name
            if not source.is_file():
                raise SubjectError(f"There is no {name}.", advice="Write it, and run again.")
            if source.stat().st_size > ZONE_BYTES_MAX:
                raise SubjectError(f"{name} is too long for a zone of this lab.", advice="Make it shorter.")
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            text = substitute(source.read_bytes().decode("utf-8", "surrogateescape"), variables)
            target.write_bytes(text.encode("utf-8", "surrogateescape"))
        self._place.user.give(self._zones_folder)


async def _all(*steps: Awaitable[None]) -> None:
    """Do all at once; the first error is raised when each has ended, so that none goes on by itself."""
    for error in await asyncio.gather(*steps, return_exceptions=True):
        if error is not None:
            raise error
