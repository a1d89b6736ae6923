"""A kind of server of our own for tests: a real process per lease, started by the host like any other."""

import os
import socket
import sys
from pathlib import Path

from firsthand.bench.ports import Action, Address, Lease, ServerState, Wanted
from firsthand.bench.servers.host import Servers
from firsthand.bench.servers.place import Place, servers_dir
from firsthand.bench.servers.process import ServerProcess
from firsthand.core.errors import ContentError, RetryableError, WorldError
from firsthand.core.places import cache_dir
from firsthand.core.results import ServerUsed

PYTHON = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
LISTEN = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        client, _ = listener.accept()
        client.sendall(b"I am here\\n")
        client.close()
"""


class EchoServer:
    """Each lease is a process that greets; `options["fail"]` of what is wanted makes it fail in that way."""

    kind = "redis"

    def __init__(self, place: Place) -> None:
        self._place = place
        self._processes: dict[str, ServerProcess] = {}
        self._released: list[ServerProcess] = []
        self._made = 0

    async def lease(self, wanted: Wanted) -> Lease:
        if wanted.options.get("fail") == "content":
            raise ContentError("The schema is wrong.", file=Path("/lab/schema.sql"), line=3, advice="Mend it.")
        if wanted.options.get("fail") == "mistake":
            raise ZeroDivisionError
        if wanted.options.get("fail") == "retryable":
            raise RetryableError("It did not start.", advice="Run it again.")
        self._made += 1
        name = f"echo-{self._made}"
        folder, port = self._place.new(name), self._place.ports.take()
        process = ServerProcess("Echo", [PYTHON, "-S", "-E", "-c", LISTEN, str(port)], folder, self._place, {})
        self._processes[name] = process

        async def answers() -> bool:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                return False
            return True

        await process.ready(answers, 10)
        return Lease(
            id=name,
            server=ServerUsed("redis", "Echo", "1.0", real=False),
            address=Address("127.0.0.1", port),
            environment={"REDIS_URL": "redis://{host}:{port}/0"},
            features=["kill", "pause"],
        )

    async def release(self, lease: Lease) -> None:
        if process := self._processes.pop(lease.id, None):
            self._released.append(process)

    async def act(self, lease: Lease, action: Action) -> None:
        if action not in lease.features:
            raise WorldError(f"Echo cannot {action}.")
        process = self._processes[lease.id]
        await (process.kill() if action == "kill" else process.pause())

    async def lost(self, lease: Lease) -> str:
        return "" if self._processes[lease.id].exit_code is None else "Echo has ended."

    async def keep(self) -> None:
        while self._released:
            await self._released[0].kill()  # it may be cancelled meanwhile, and must not forget this one
            self._released.pop(0)

    def state(self) -> ServerState:
        pids = [pid for process in self._processes.values() for pid in process.pids()]
        return ServerState("redis", "Echo", "1.0", "PATH", bool(pids), 0, len(self._processes), 1024 * len(pids), pids)

    async def close(self) -> None:
        self._released += self._processes.values()
        self._processes.clear()
        await self.keep()


def echo_servers() -> Servers:
    """The host of all servers, with this kind alone."""
    return Servers(servers_dir(), cache_dir(), lambda _kind, place: EchoServer(place))


def main() -> None:
    """Be a bench with this kind of server: `echo_server.py VERSION [spawns]`; prints `up` when it listens."""
    from firsthand.bench.warm import boot, zygote

    zygote.FORKS = "spawns" not in sys.argv
    boot.serve_here(sys.argv[1], lambda _socket: print("up", os.getpid(), flush=True), echo_servers)


if __name__ == "__main__":
    main()
