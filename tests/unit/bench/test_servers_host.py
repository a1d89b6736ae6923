"""The host of servers: routes, keeps, closes; shown on a server that only pretends."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sandboxed import PYTHON

from firsthand.bench.ports import Action, Address, Lease, Server, ServerState, Wanted
from firsthand.bench.servers import host
from firsthand.bench.servers.host import Servers
from firsthand.bench.servers.place import PORT_FIRST, PORT_LAST, Place, Ports
from firsthand.bench.servers.process import ServerProcess
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import DiskFullError, RetryableError, ServerMissingError, WorldError
from firsthand.core.results import ServerUsed

GENEROUS_S = 20.0


class Pretended:
    """A server that lends numbers."""

    def __init__(self, kind: str, place: Place) -> None:
        self.kind = kind
        self.place = place
        self.keeps = 0
        self.keeping = 0
        self.most_at_once = 0
        self.fails = False
        self.done: list[str] = []

    async def lease(self, wanted: Wanted) -> Lease:
        self.done.append(f"lease {wanted.run}")
        used = ServerUsed(self.kind, "Pretended", "1.0", real=False)
        return Lease(f"{self.kind}-{len(self.done)}", used, Address("127.0.0.1", 1), {})

    async def release(self, lease: Lease) -> None:
        self.done.append(f"release {lease.id}")

    async def act(self, lease: Lease, action: Action) -> None:
        self.done.append(f"{action} {lease.id}")

    async def lost(self, lease: Lease) -> str:
        return f"{lease.id} is lost."

    async def keep(self) -> None:
        self.keeping += 1
        self.most_at_once = max(self.most_at_once, self.keeping)
        await asyncio.sleep(0)
        self.keeping -= 1
        self.keeps += 1
        if self.fails:
            raise RetryableError("It does not start.")

    def state(self) -> ServerState:
        return ServerState(self.kind, "Pretended", "1.0", "wheel", True, 0, 0, 0)

    async def close(self) -> None:
        self.done.append("close")


def with_host(place: Path, scenario: Callable[[Servers, dict[str, Pretended]], Awaitable[object]]) -> object:
    """Run it with servers that pretend."""
    made: dict[str, Pretended] = {}

    def make(kind: str, place: Place) -> Server:
        if kind == "mariadb":
            raise ServerMissingError("MariaDB is not on this machine.")
        made[kind] = Pretended(kind, place)
        return made[kind]

    async def run() -> object:
        servers = Servers(place, place / "cache", make)
        try:
            return await scenario(servers, made)
        finally:
            await servers.close()

    return asyncio.run(run())


async def becomes(condition: Callable[[], bool]) -> bool:
    async def asked() -> bool:
        return condition()

    return await until(asked, Deadline.after(GENEROUS_S))


def test_leases_go_to_the_server_of_their_kind(open_path: Path) -> None:
    async def scenario(servers: Servers, made: dict[str, Pretended]) -> object:
        one = await servers.lease(Wanted("postgres", "a", 1))
        await servers.lease(Wanted("redis", "b", 1))
        await servers.act(one, "restart")
        lost = await servers.lost(one)
        await servers.release(one)
        await servers.release(one)
        return lost, made["postgres"].done, made["redis"].done

    assert with_host(open_path, scenario) == (
        "postgres-1 is lost.",
        ["lease a", "restart postgres-1", "release postgres-1", "close"],
        ["lease b", "close"],
    )


def test_what_was_given_back_can_no_longer_be_acted_upon(open_path: Path) -> None:
    async def scenario(servers: Servers, _: dict[str, Pretended]) -> object:
        lease = await servers.lease(Wanted("postgres", "a", 1))
        await servers.release(lease)
        with pytest.raises(WorldError, match="no longer there"):
            await servers.act(lease, "kill")
        return await servers.lost(lease)

    assert "restarted" in str(with_host(open_path, scenario))


def test_a_missing_server_is_told_and_others_work(open_path: Path) -> None:
    async def scenario(servers: Servers, _: dict[str, Pretended]) -> object:
        with pytest.raises(ServerMissingError):
            await servers.lease(Wanted("mariadb", "a", 1))
        await servers.lease(Wanted("redis", "b", 1))
        return [state.kind for state in servers.states()]

    assert with_host(open_path, scenario) == ["redis"]


def test_a_kind_that_nobody_knows_is_refused(open_path: Path) -> None:
    place = Place(open_path, mark="m", cache=open_path, ports=Ports(0))

    with pytest.raises(WorldError, match="no kind of server called oracle"):
        host.make_server("oracle", place)


def test_the_keeper_comes_at_once_after_a_lease_and_never_twice_at_a_time(open_path: Path) -> None:
    async def scenario(servers: Servers, made: dict[str, Pretended]) -> object:
        await servers.warm("redis")
        before = made["redis"].keeps
        await asyncio.gather(*(servers.warm("redis") for _ in range(5)))
        await servers.lease(Wanted("redis", "a", 1))
        more = await becomes(lambda: made["redis"].keeps > before + 5)
        return more, made["redis"].most_at_once

    assert with_host(open_path, scenario) == (True, 1)


def test_a_server_that_cannot_be_kept_is_left_alone_longer_each_time(
    open_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "KEEP_S", 0.01)
    pauses: list[float] = []
    real = asyncio.timeout

    def noted(seconds: float) -> asyncio.Timeout:
        pauses.append(seconds)
        return real(0.001)

    async def scenario(servers: Servers, made: dict[str, Pretended]) -> object:
        await servers.lease(Wanted("redis", "a", 1))
        made["redis"].fails = True
        monkeypatch.setattr(asyncio, "timeout", noted)
        with pytest.raises(RetryableError):
            await servers.warm("redis")
        assert await becomes(lambda: len(pauses) > 14)
        made["redis"].fails = False
        keeps = made["redis"].keeps
        return await becomes(lambda: made["redis"].keeps > keeps + 2)

    assert with_host(open_path, scenario) is True
    first = pauses[1:4]
    assert first == sorted(first)
    assert max(pauses) == host.KEEP_AGAIN_S_MAX


def test_a_stopped_kind_loses_its_leases_and_starts_again_when_wanted(open_path: Path) -> None:
    async def scenario(servers: Servers, made: dict[str, Pretended]) -> object:
        lease = await servers.lease(Wanted("redis", "a", 1))
        first = made["redis"]
        await servers.stop("redis")
        await servers.stop("redis")
        lost = await servers.lost(lease)
        await servers.lease(Wanted("redis", "b", 1))
        return first.done, bool(lost), made["redis"] is first

    assert with_host(open_path, scenario) == (["lease a", "close"], True, False)


def test_closing_leaves_no_folder(open_path: Path) -> None:
    async def scenario(servers: Servers, made: dict[str, Pretended]) -> object:
        await servers.lease(Wanted("redis", "a", 1))
        made["redis"].place.write(made["redis"].place.new("data") / "file", "text")
        return len(list(open_path.iterdir()))

    assert with_host(open_path, scenario) == 1
    assert list(open_path.iterdir()) == []


def test_closing_ends_a_keeper_whose_cleaning_up_fails(open_path: Path) -> None:
    class Untidy(Pretended):
        async def keep(self) -> None:
            self.keeps += 1
            try:
                await asyncio.Event().wait()
            finally:
                raise WorldError("The folder cannot be removed.")

    async def scenario() -> tuple[int, list[str]]:
        made: list[Untidy] = []

        def make(kind: str, place: Place) -> Server:
            made.append(Untidy(kind, place))
            return made[0]

        servers = Servers(open_path, open_path / "cache", make)
        await servers.lease(Wanted("redis", "a", 1))
        assert await becomes(lambda: made[0].keeps > 0)
        await servers.close()
        return made[0].keeps, made[0].done

    assert asyncio.run(scenario()) == (1, ["lease a", "close"])


def test_ports_are_not_used_again_before_all_others_were() -> None:
    ports = Ports(PORT_LAST - PORT_FIRST)  # begins with the last one
    taken = [ports.take() for _ in range(50)]

    assert len(set(taken)) == 50
    assert all(PORT_FIRST <= port <= PORT_LAST for port in taken)


def test_a_folder_with_too_long_a_name_for_sockets_is_told(open_path: Path) -> None:
    long = open_path / ("x" * 90)
    long.mkdir()

    with pytest.raises(WorldError, match="too long a name"):
        Place(long, mark="m", cache=open_path, ports=Ports(0)).socket_folder("s")


@pytest.fixture
def place(open_path: Path) -> Place:
    return Place(open_path, mark=f"mark-{os.getpid()}", cache=open_path, ports=Ports(0))


def started(place: Place, code: str) -> ServerProcess:
    """A server that is this shell script."""
    return ServerProcess("Pretended 1.0", ["/bin/sh", "-c", code], place.new("data"), place, {"MORE": "more"})


async def _never() -> bool:
    return False


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("echo that is wrong; exit 3", RetryableError, "exit code 3"),
        ("echo bind: Address already in use; exit 1", RetryableError, "in use"),
        ("echo write: No space left on device; exit 1", DiskFullError, "Make room there"),
    ],
)
def test_a_server_that_ends_while_it_starts_is_told_in_its_words(
    place: Place, code: str, kind: type[WorldError], words: str
) -> None:
    async def scenario() -> str:
        process = started(place, code)
        with pytest.raises(kind) as error:
            await process.ready(_never, GENEROUS_S)
        await process.kill()
        return str(error.value)

    assert words in asyncio.run(scenario())


def test_a_server_that_is_never_ready_is_ended(place: Place) -> None:
    async def scenario() -> tuple[str, int | None]:
        process = started(place, "echo here; sleep 60 & sleep 60")
        with pytest.raises(RetryableError) as error:
            await process.ready(_never, 0.05)
        return str(error.value), process.exit_code

    told, code = asyncio.run(scenario())

    assert "was not ready within" in told
    assert "here" in told
    assert code == -9


def test_a_server_that_is_deaf_to_sigterm_is_killed_with_its_children(place: Place) -> None:
    async def scenario() -> tuple[list[int], list[int]]:
        process = started(place, "trap '' TERM; sleep 60 & echo up; while true; do sleep 60; done")
        assert await becomes(lambda: b"up" in process.output.data() and len(process.pids()) == 3)
        before = process.pids()
        await process.stop(grace_s=0.05)
        return before, [pid for pid in before if Path(f"/proc/{pid}/cwd").exists()]

    before, left = asyncio.run(scenario())

    assert len(before) == 3
    assert left == []


COUNTS_IN_THREADS = """
import mmap, threading
with open("counts", "w+b") as file:
    file.write(bytes(8 * 4096)); file.flush()
    counts = memoryview(mmap.mmap(file.fileno(), 0)).cast("Q")
def count(k):
    while True: counts[k * 512] += 1
for k in range(8): threading.Thread(target=count, args=(k,)).start()
"""


def test_a_pause_has_stopped_every_thread_when_it_is_said_to_be_there(place: Place) -> None:
    async def scenario() -> list[bytes]:
        process = started(place, f"exec {PYTHON} -c '{COUNTS_IN_THREADS}'")
        counts = process.cwd / "counts"
        assert await becomes(lambda: counts.exists() and counts.read_bytes().count(b"\0") < 8 * 4096 - 8)
        seen = []
        for _ in range(20):
            await process.pause()
            seen += [counts.read_bytes() for _ in range(50)]
            process.resume()
        await process.kill()
        return seen

    seen = asyncio.run(scenario())

    assert all(len(set(seen[k : k + 50])) == 1 for k in range(0, 1000, 50))
    assert len(set(seen)) > 1, "it went on between the pauses"


def test_a_server_sees_only_what_it_is_given(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "of-the-learner")

    async def scenario() -> str:
        process = started(place, "env; umask; pwd")
        assert await becomes(lambda: process.exit_code is not None)
        told = process.output.data().decode()
        await process.kill()
        return told

    told = asyncio.run(scenario())

    assert "MORE=more" in told
    assert "SECRET" not in told
    assert f"HOME={place.folder}/data" in told
    assert "0077" in told
