"""The life of a bench: started once, replaced by another version, ended when idle; nothing is left, even by kill -9."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from warm_places import Home, status

from firsthand.bench.ports import Wanted
from firsthand.bench.warm import client
from firsthand.bench.warm.place import connected
from firsthand.bench.warm.protocol import AskStatus, Cool
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import ContentError, RetryableError, UsageError, WorldError
from firsthand.core.places import bench_dir

WAIT_S = 30.0
BORROW = (
    "import asyncio, sys; from firsthand.bench.warm import client; from firsthand.bench.warm.protocol import AskStatus"
)
ASK_PID = f"""{BORROW}
async def main():
    leases = await client.borrow("a test")
    print((await client.ask(AskStatus())).pid, flush=True)
    sys.stdin.read()
    await leases.close()
asyncio.run(main())
"""

WANTED = Wanted("redis", run="r", seed=1)


async def becomes(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    async def holds() -> bool:
        found = condition()
        return found if isinstance(found, bool) else await found

    return await until(holds, Deadline.after(WAIT_S))


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            return connection.recv(100) == b"I am here\n"
    except OSError:
        return False


def test_two_shells_that_start_it_at_once_get_the_same_bench(home: Home) -> None:
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", ASK_PID]
    askers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(4)]
    pids = set()
    for asker in askers:
        assert asker.stdout is not None
        pids.add(asker.stdout.readline())
    for asker in askers:
        asker.communicate("")

    assert len(pids) == 1
    assert asyncio.run(status()).pid == int(pids.pop())
    assert asyncio.run(client.stop(now=False, within_s=WAIT_S))
    assert home.files() == []


def test_a_bench_of_another_version_makes_room_and_ends_when_nobody_uses_it_any_more(home, start_bench) -> None:
    async def scene() -> None:
        old = await client.borrow("an old run")
        lease = await old.lease(WANTED)
        version, pid = (await status()).version, bench.pid
        # What a newer client does; its own bench is of the true version.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(client, "version", real)
            new = await client.borrow("a new run")
            now = await status()
            assert (now.version, now.pid != pid, version) == (real(), True, "old")
            assert answers(lease.address.port), "the old bench keeps what it has lent"
            await new.close()
            await old.close()
            assert await becomes(lambda: bench.poll() is not None)
            assert (await status()).pid == now.pid
            assert await client.stop(now=False, within_s=WAIT_S)

    real = client.version
    bench = start_bench(version="old")
    with pytest.MonkeyPatch.context() as outer:
        outer.setattr(client, "version", lambda: "old")
        asyncio.run(scene())
    assert home.files() == []


def test_a_bench_of_another_version_that_nobody_uses_is_replaced_at_once(home, start_bench) -> None:
    async def scene() -> None:
        leases = await client.borrow("a run")
        assert (await status()).version == client.version()
        await leases.close()
        assert await becomes(lambda: bench.poll() is not None)
        await client.stop(now=False, within_s=WAIT_S)

    bench = start_bench(version="old")
    asyncio.run(scene())


def test_an_idle_bench_ends_by_itself_and_one_that_lends_does_not(home, start_bench, monkeypatch) -> None:
    monkeypatch.setenv("FIRSTHAND_BENCH_IDLE_S", "0.3")

    async def scene() -> None:
        leases = await client.borrow("a run")
        lease = await leases.lease(WANTED)
        assert not await until(ended, Deadline.after(1.0))
        assert (await status()).idle_left_s is None
        assert answers(lease.address.port)
        await leases.close()
        assert await becomes(ended)

    async def ended() -> bool:
        return bench.poll() is not None

    bench = start_bench()
    asyncio.run(scene())
    assert bench.returncode == 0
    assert home.files() == []


def test_leases_go_back_when_their_connection_ends_and_one_in_the_making_too(home, start_bench) -> None:
    async def scene() -> None:
        leases = await client.borrow("a run")
        lease = await leases.lease(WANTED)
        assert (await status()).servers[0].leased == 1
        making = asyncio.ensure_future(leases.lease(WANTED))
        await asyncio.sleep(0)  # it is asked for
        await leases.close()
        with pytest.raises(RetryableError):
            await making
        assert await becomes(lambda: not answers(lease.address.port))

        async def none_leased() -> bool:
            now = await status()
            return not now.holders and now.servers[0].leased == 0

        assert await becomes(none_leased)

    start_bench()
    asyncio.run(scene())


def test_a_borrower_acts_on_its_lease_and_is_told_of_its_loss(home, start_bench) -> None:
    async def scene() -> None:
        leases = await client.borrow("a run")
        lease = await leases.lease(WANTED)
        assert await leases.lost(lease) == ""
        with pytest.raises(WorldError, match="cannot reload"):
            await leases.act(lease, "reload")
        await leases.act(lease, "kill")
        assert await leases.lost(lease) == "Echo has ended."
        await leases.release(lease)
        await leases.close()

    start_bench()
    asyncio.run(scene())


def test_errors_come_over_the_socket_as_they_are(home, start_bench) -> None:
    async def scene() -> None:
        leases = await client.borrow("a run")
        with pytest.raises(ContentError) as wrong:
            await leases.lease(Wanted("redis", run="r", seed=1, options={"fail": "content"}))
        assert (wrong.value.where, wrong.value.advice) == ("/lab/schema.sql:3", "Mend it.")
        with pytest.raises(RetryableError, match="did not start"):
            await leases.lease(Wanted("redis", run="r", seed=1, options={"fail": "retryable"}))
        await leases.close()

    start_bench()
    asyncio.run(scene())


def test_a_mistake_of_ours_in_a_server_lets_nobody_wait(home, start_bench) -> None:
    async def scene() -> None:
        leases = await client.borrow("a run")
        with pytest.raises(RetryableError):
            await leases.lease(Wanted("redis", run="r", seed=1, options={"fail": "mistake"}))
        await leases.close()
        assert (await status()).pid == bench.pid

    bench = start_bench()
    asyncio.run(scene())


def test_two_borrowers_have_their_own_servers_at_the_same_time(home, start_bench) -> None:
    async def scene() -> None:
        one, other = await client.borrow("one"), await client.borrow("other")
        leases = await asyncio.gather(*(each.lease(WANTED) for each in (one, one, other)))
        assert len({lease.address for lease in leases}) == 3
        assert sorted((h.what, h.leases, h.pid) for h in (await status()).holders) == [
            ("one", 2, os.getpid()),
            ("other", 1, os.getpid()),
        ]
        await one.close()
        assert await becomes(lambda: not answers(leases[0].address.port))
        assert answers(leases[2].address.port)
        await other.close()

    start_bench()
    asyncio.run(scene())


def test_after_kill_9_of_the_bench_its_borrowers_learn_it_and_the_next_start_leaves_nothing(home, start_bench) -> None:
    async def scene() -> None:
        leases = await client.borrow("a run")
        lease = await leases.lease(WANTED)
        (server,) = (await status()).servers[0].pids
        bench.send_signal(signal.SIGKILL)
        await asyncio.wait_for(leases.ended.wait(), WAIT_S)
        assert "has ended" in await leases.lost(lease)
        with pytest.raises(RetryableError):
            await leases.lease(WANTED)
        await leases.close()
        assert await becomes(lambda: set(home.processes()) <= {server}), "the zygote has noticed too"
        # The server goes on until the next bench of this user starts, whichever that is.
        again = await client.borrow("the next run")
        assert not answers(lease.address.port)
        await again.close()
        await client.stop(now=False, within_s=WAIT_S)
        assert home.processes() == {}
        assert home.files() == []

    bench = start_bench()
    asyncio.run(scene())


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else for a moment")
def test_another_user_is_hung_up_on_even_where_the_folder_lets_them_in(home, start_bench) -> None:
    start_bench()
    place = bench_dir()
    for folder in (place, place.parent, home.temp):
        folder.chmod(0o755)
    (place / "sock").chmod(0o777)
    ask = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
    ask += """s.sendall(b'{"say":"AskStatus"}\\n'); print(s.recv(100))"""
    command = ["/usr/bin/python3", "-c", ask, str(place / "sock")]

    stranger = subprocess.run(command, user=60_999, group=60_999, extra_groups=(), capture_output=True, text=True)
    ourselves = subprocess.run(command, capture_output=True, text=True)

    assert b"pid" not in stranger.stdout.encode()
    assert (stranger.stdout.strip() == "b''") or "Error" in stranger.stderr
    assert '"say":"Status"' in ourselves.stdout


def test_the_folder_is_closed_to_others(home, start_bench) -> None:
    start_bench()

    assert [folder.stat().st_mode & 0o777 for folder in (bench_dir(), bench_dir().parent)] == [0o700, 0o700]


def test_it_tells_how_it_is(home, start_bench) -> None:
    async def scene() -> None:
        before = await status()
        assert (before.pid, before.holders, before.servers, before.retired) == (bench.pid, [], [], False)
        assert 0 < before.own_memory_bytes < 200 * 1024 * 1024
        assert before.idle_left_s is not None
        assert 0 < before.idle_left_s <= before.idle_after_s == 60
        await client.warm("redis")
        assert [server.name for server in (await status()).servers] == ["Echo"]
        leases = await client.borrow("a run")
        await leases.lease(WANTED)
        with pytest.raises(UsageError, match="A run uses redis now"):
            await client.ask(Cool("redis"))
        await leases.close()
        assert await becomes(nobody_uses_it)
        await client.ask(Cool("redis"))
        assert (await status()).servers == []

    async def nobody_uses_it() -> bool:
        return not (await status()).holders

    bench = start_bench()
    asyncio.run(scene())


def test_who_stops_it_waits_for_runs_unless_it_must_be_now(home, start_bench) -> None:
    async def scene() -> None:
        leases = await client.borrow("a run")
        assert not await client.stop(now=False, within_s=0.3), "a run goes on"
        assert connected() is None, "new runs get another bench"
        assert bench.poll() is None
        assert not leases.ended.is_set()
        await leases.close()
        assert await becomes(lambda: bench.poll() is not None)

    bench = start_bench()
    asyncio.run(scene())
    assert asyncio.run(client.ask(AskStatus())) is None
    assert asyncio.run(client.stop(now=False, within_s=1))


def test_stopped_now_it_tells_its_borrowers_to_end(home, start_bench) -> None:
    async def scene() -> None:
        leases = await client.borrow("a run")
        stopping = asyncio.ensure_future(client.stop(now=True, within_s=WAIT_S))
        await asyncio.wait_for(leases.ended.wait(), WAIT_S)
        await leases.close()
        assert await stopping
        assert await becomes(lambda: bench.poll() is not None)

    bench = start_bench()
    asyncio.run(scene())


def test_whoever_talks_nonsense_gets_no_bench_and_others_get_a_new_one(home, start_bench) -> None:
    bench = start_bench()
    with socket.socket(socket.AF_UNIX) as talker:
        talker.connect(str(bench_dir() / "sock"))
        talker.sendall(b'{"say":"Hello from the future"}\n')
        assert talker.recv(100) == b'{"say":"Retired"}\n'

    assert asyncio.run(becomes(lambda: bench.poll() is not None))


def test_a_bench_that_takes_no_connection_any_more_makes_room(home, start_bench) -> None:
    async def scene() -> None:
        held = []
        for _ in range(3):
            with contextlib.suppress(client.NoBenchError, OSError):
                held.append(await client.borrow("a run"))
        assert await becomes(lambda: len({*held}) == 3)
        assert (await status()).pid != bench.pid
        for each in held:
            await each.close()
        assert await client.stop(now=False, within_s=WAIT_S)
        assert await becomes(lambda: bench.poll() is not None)

    bench = start_bench()
    open_now = len(list(Path(f"/proc/{bench.pid}/fd").iterdir()))
    resource.prlimit(bench.pid, resource.RLIMIT_NOFILE, (open_now + 1, open_now + 1))
    asyncio.run(scene())


def test_a_bench_that_cannot_start_says_why(home, monkeypatch) -> None:
    monkeypatch.setattr(client, "_BOOT", "raise SystemExit('the disk is upside down')")

    with pytest.raises(WorldError, match="the disk is upside down"):
        asyncio.run(client.borrow("a run"))


def test_the_modules_of_a_bench_never_come_from_where_the_learner_stands(home, monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "asyncio.py").write_text("raise SystemExit('a trap')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")

    async def scene() -> None:
        leases = await client.borrow("a run")
        await leases.close()
        assert await client.stop(now=False, within_s=WAIT_S)

    asyncio.run(scene())
