"""Runs of labs with real servers: leased, behind doors, asked by checks, and repeated when a server is lost."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from lent import new_place
from small_lab import SmallLab, checks_of, small_lab

from firsthand.bench.ports import Lease, Wanted
from firsthand.bench.run import RunRequest, perform
from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.bench.servers.host import Servers
from firsthand.bench.servers.providers import missing
from firsthand.core import events
from firsthand.core.results import Report
from firsthand.core.verdicts import Verdict

COUNTER = """\
import os, socket
from urllib.parse import urlsplit

url = urlsplit(os.environ["REDIS_URL"])

def ask(*words):
    with socket.create_connection((url.hostname, url.port)) as server:
        for line in (f"AUTH {url.password}", " ".join(words)):
            server.sendall(line.encode() + b"\\r\\n")
            answer = server.recv(4096)
        return answer

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        client, _ = listener.accept()
        client.recv(65536)
        try:
            body = ask("INCR", "visits").strip(b":\\r\\n")
        except OSError:
            body = b"down"
        head = b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n" % len(body)
        client.sendall(head + body)
        client.close()
"""
"""Counts its visits in Redis."""

HEAD = "from firsthand.lab import Doors, Postgres, Redis, Wire\n"

COUNTS = (
    HEAD
    + '''
@check()
async def counts(http: Http, redis: Redis, wire: Wire) -> None:
    """It counts (brief)."""
    mark = wire.mark()
    first = await http.get("/")
    second = await http.get("/")
    expect(int(second.body) - int(first.body), "the difference").equals(1)
    expect(await redis.command("GET", "visits"), "visits").equals(second.body)
    expect(len(wire.redis.commands("INCR", since=mark)), "the number of INCR").equals(2)

@check()
async def survives(http: Http, doors: Doors) -> None:
    """It survives (brief)."""
    with doors["redis"].refuse():
        expect((await http.get("/")).body, "body").equals(b"down")
    expect((await http.get("/")).body, "body").differs_from(b"down")
'''
)


@asynccontextmanager
async def host(lab: SmallLab) -> AsyncIterator[Servers]:
    place = new_place()
    servers = Servers(place, lab.root / "server-cache")
    try:
        yield servers
    finally:
        await servers.close()
        remove_folder(place)


async def run(lab: SmallLab, servers: Servers, program: str = COUNTER) -> Report:
    request = RunRequest(lab=lab.lab, workspace=lab.workspace(program), language="python")
    return await perform(request, lab.events.append, replace(lab.bench, leases=servers))


def played(lab: SmallLab, program: str = COUNTER) -> Report:
    async def scene() -> Report:
        async with host(lab) as servers:
            return await run(lab, servers, program)

    return asyncio.run(scene())


def test_a_program_finds_its_server_behind_a_door_that_checks_can_ask_and_break(open_path: Path) -> None:
    report = played(small_lab(open_path, COUNTS, extra='servers = ["redis"]'))

    assert (report.verdict, report.reason) == (Verdict.PASSED, "")
    assert [(used.kind, used.real) for used in report.servers] == [("redis", True)]


def test_no_check_leaves_a_fault_to_the_next_and_the_transcript_tells_all_of_them(open_path: Path) -> None:
    breaks = (
        HEAD
        + '''
@check()
async def breaks(http: Http, doors: Doors) -> None:
    """It breaks (brief)."""
    doors["redis"].refuse()
    expect((await http.get("/")).body, "body").equals(b"down")

@check()
async def is_whole(http: Http) -> None:
    """It is whole (brief)."""
    expect((await http.get("/")).body, "body").differs_from(b"down")
'''
    )
    lab = small_lab(open_path, breaks, extra='servers = ["redis"]')

    async def scene() -> Report:
        async with host(lab) as servers:
            request = RunRequest(lab=lab.lab, workspace=lab.workspace(COUNTER), language="python", first_failure=True)
            return await perform(request, lab.events.append, replace(lab.bench, leases=servers))

    report = asyncio.run(scene())

    assert (report.verdict, report.reason) == (Verdict.PASSED, "")
    transcript = Path(str(report.evidence["transcript"])).read_text().splitlines()
    begun, broken, whole = (
        next(number for number, line in enumerate(transcript) if words in line)
        for words in ("stage-1", "    ! redis: new connections are refused", "    ! redis: all faults are over")
    )
    assert begun < broken < whole < next(n for n, line in enumerate(transcript) if "breaks: passed" in line)


READER = COUNTER.replace("REDIS_URL", "DATABASE_REPLICA_URL").replace(
    """        for line in (f"AUTH {url.password}", " ".join(words)):
            server.sendall(line.encode() + b"\\r\\n")
            answer = server.recv(4096)
        return answer
""",
    """        server.sendall(bytes((0, 0, 0, 8, 4, 210, 22, 47)))  # SSLRequest
        return server.recv(1)
""",
)
"""Asks the replica for a connection by TLS, which it does not have."""


def test_a_replica_has_a_door_of_its_own(open_path: Path) -> None:
    asks = (
        HEAD
        + """
@check()
async def asks(http: Http, doors: Doors, wire: Wire) -> None:
    \"\"\"It asks the replica (brief).\"\"\"
    expect((await http.get("/")).body, "what the replica said").equals(b"N")
    expect(len(wire.replica.connections()), "connections to the replica").equals(1)
    expect(len(wire.postgres.connections()), "connections to the first").equals(0)
    with doors["postgres.replica"].refuse():
        expect((await http.get("/")).body, "body").equals(b"down")
"""
    )
    extra = 'servers = ["postgres"]\n[server.postgres]\nown = true\n[server.postgres.options]\nreplica = "yes"\n'

    report = played(small_lab(open_path, asks, extra=extra), READER)

    assert (report.verdict, report.reason) == (Verdict.PASSED, "")


def test_each_run_gets_a_fresh_server(open_path: Path) -> None:
    first_is_one = '''
@check()
async def begins_at_one(http: Http) -> None:
    """It begins at one (brief)."""
    expect((await http.get("/")).body, "body").equals(b"1")
'''
    lab = small_lab(open_path, first_is_one, extra='servers = ["redis"]')

    async def scene() -> list[Verdict]:
        async with host(lab) as servers:
            return [(await run(lab, servers)).verdict for _ in range(3)]

    assert asyncio.run(scene()) == [Verdict.PASSED] * 3


def test_a_check_that_asks_for_a_server_the_lab_does_not_have_is_told_how_to_get_one(open_path: Path) -> None:
    asks = (
        HEAD
        + '''
@check()
async def asks(postgres: Postgres) -> None:
    """It asks (brief)."""
'''
    )
    report = played(small_lab(open_path, asks, extra='servers = ["redis"]'))

    failure = checks_of(report)["asks"].failure
    assert report.verdict is Verdict.ERROR
    assert failure
    assert 'Add "postgres" to servers in lab.toml' in failure.remark


class KillsOnce(Servers):
    """Kills the first server that it lends behind everybody's back, once the program counts in it."""

    killed = False

    async def lost(self, lease: Lease) -> str:
        return await super().lost(lease)

    async def lease(self, wanted: Wanted) -> Lease:
        lease = await super().lease(wanted)
        if not self.killed:
            type(self).killed = True
            for state in self.states():
                for pid in state.pids:
                    os.kill(pid, signal.SIGKILL)
        return lease


def test_a_run_that_loses_its_server_is_repeated_once_by_itself(open_path: Path) -> None:
    lab = small_lab(open_path, COUNTS, extra='servers = ["redis"]')

    async def scene() -> Report:
        place = lab.root / "servers"
        place.mkdir(mode=0o711)
        servers = KillsOnce(place, lab.root / "server-cache")
        try:
            return await run(lab, servers)
        finally:
            await servers.close()

    report = asyncio.run(scene())
    started = [event for event in lab.events if isinstance(event, events.RunStarted)]
    notices = [event.text for event in lab.events if isinstance(event, events.Notice)]
    assert report.verdict is Verdict.PASSED
    assert len(started) == 2
    assert started[0].seed == started[1].seed
    assert any("repeated once by itself" in text for text in notices)
    assert [type(event) for event in lab.events].count(events.RunFinished) == 1
    assert isinstance(lab.events[-1], events.RunFinished)


def test_a_stage_whose_optional_server_is_missing_is_skipped_with_the_reason(open_path: Path) -> None:
    lab = small_lab(
        open_path,
        COUNTS,
        COUNTS.replace("counts(", "counts_2(").replace("survives(", "survives_2("),
        extra='servers = ["redis"]',
    )
    stages = (lab.lab.stages[0], replace(lab.lab.stages[1], needs=("redis:flying",)))
    lab.lab = replace(lab.lab, stages=stages)

    report = played(lab)

    assert report.verdict is Verdict.PASSED
    assert report.stages[1].verdict is Verdict.SKIPPED
    assert "needs flying, which Valkey" in str(report.stages[1].reason)


def test_a_server_that_a_failing_check_left_down_is_there_again_for_the_next(open_path: Path) -> None:
    kills = (
        HEAD
        + '''
@check()
async def a_kills(redis: Redis) -> None:
    """It kills (brief)."""
    await redis.kill()
    fail("It is down.")

@check()
async def b_counts(http: Http) -> None:
    """It counts (brief)."""
    expect((await http.get("/")).body, "body").differs_from(b"down")
'''
    )
    report = played(small_lab(open_path, kills, extra='servers = ["redis"]'))

    found = {name: result.verdict for name, result in checks_of(report).items()}
    assert found == {"a_kills": Verdict.FAILED, "b_counts": Verdict.PASSED}


class Slow(Servers):
    """Lends when told to."""

    def __init__(self, place: Path, cache: Path) -> None:
        super().__init__(place, cache)
        self.go_on = asyncio.Event()

    async def lease(self, wanted: Wanted) -> Lease:
        await self.go_on.wait()
        return await super().lease(wanted)


def test_a_server_that_takes_long_to_start_is_told_of(open_path: Path) -> None:
    lab = small_lab(open_path, COUNTS, extra='servers = ["redis"]')

    async def scene() -> Report:
        place = lab.root / "servers"
        place.mkdir(mode=0o711)
        servers = Slow(place, lab.root / "server-cache")

        def hear(event: events.AnyEvent) -> None:
            lab.events.append(event)
            if isinstance(event, events.Notice):
                servers.go_on.set()

        request = RunRequest(lab=lab.lab, workspace=lab.workspace(COUNTER), language="python")
        try:
            return await perform(request, hear, replace(lab.bench, leases=servers))
        finally:
            await servers.close()

    report = asyncio.run(scene())
    notices = [event.text for event in lab.events if isinstance(event, events.Notice)]
    assert report.verdict is Verdict.PASSED
    assert notices == ["Redis is being started; the first start takes some seconds, later ones do not."]


class Without(Servers):
    """Has none of what is asked for."""

    async def lease(self, wanted: Wanted) -> Lease:
        raise missing(wanted.kind)


def test_a_missing_server_is_told_before_anything_runs(open_path: Path) -> None:
    lab = small_lab(open_path, COUNTS, extra='servers = ["redis"]')
    workspace = lab.workspace(COUNTER, procfile="build: false\nweb: python3 server.py\n")

    async def scene() -> Report:
        place = lab.root / "servers"
        place.mkdir(mode=0o711)
        servers = Without(place, lab.root / "server-cache")
        try:
            request = RunRequest(lab=lab.lab, workspace=workspace, language="python")
            return await perform(request, lab.events.append, replace(lab.bench, leases=servers))
        finally:
            await servers.close()

    report = asyncio.run(scene())
    assert report.verdict is Verdict.ERROR
    assert report.reason == "Redis is not on this machine."
    assert report.failure
    assert "Install it" in report.failure.remark
    assert not any(isinstance(event, events.BuildStarted | events.ProgramStarted) for event in lab.events)
