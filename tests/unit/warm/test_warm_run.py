"""Runs in the warm bench: the same events as in one's own process, and nothing left however they end."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from echo_server import echo_servers
from small_lab import GREETER, PASSES, SmallLab, small_lab
from warm_places import status

from firsthand.bench.run import Bench, RunRequest, perform
from firsthand.bench.submission import snapshot
from firsthand.bench.warm import client, lending
from firsthand.bench.warm.lending import lent, perform_where_chosen
from firsthand.bench.warm.place import connected
from firsthand.core import events
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import UsageError
from firsthand.core.places import cache_dir, data_dir, temp_dir
from firsthand.core.results import Report
from firsthand.core.verdicts import Verdict

WAIT_S = 30.0
FAILS = '''
@check(proves="OWN-01")
async def says_goodbye(http: Http) -> None:
    """It says goodbye (brief)."""
    expect((await http.get("/bye")).body, "body").equals(b"goodbye", hint="Look at the path.")
'''
ASKS_FOR_A_NUMBER = '''
@check()
async def {name}(http: Http, rng: Rng) -> None:
    """It knows number {name} (brief)."""
    expect((await http.get(f"/{{rng.integer(0, 10**9)}}")).status, "status").equals(404)
'''
WAITS = '''
@check()
async def waits(deadline: Deadline) -> None:
    """It waits for ever (brief)."""
    import asyncio, pathlib
    await asyncio.Event().wait()
'''
HELLO_BY_REDIS = GREETER.replace('\\r\\n\\r\\nhello"', '\\r\\n\\r\\n" + os.environ["REDIS_URL"][:5].encode()')
SPEAKS_OF_REDIS = '''
@check()
async def knows_its_server(http: Http) -> None:
    """It was told where its server is (brief)."""
    expect((await http.get("/")).body, "body").equals(b"redis")
'''
WITH_SERVER = 'servers = ["redis"]\n'


def bench() -> Bench:
    return Bench(data_dir(), cache_dir(), temp_dir())


def request(lab: SmallLab, workspace: Path | None = None, **options: Any) -> RunRequest:
    return RunRequest(lab=lab.lab, workspace=workspace or lab.workspace(), language="python", **options)


async def becomes(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    async def holds() -> bool:
        found = condition()
        return found if isinstance(found, bool) else await found

    return await until(holds, Deadline.after(WAIT_S))


def alike(value: Any, run: str = "") -> Any:
    """A copy without what two runs of the same seed need not share: times, ids, processes and ports."""
    if isinstance(value, list):
        return [alike(each, run) for each in value]
    if isinstance(value, dict):
        differing = {"at", "seconds", "pid", "run", "started", "limits"}
        return {key: None if key in differing else alike(each, run) for key, each in value.items()}
    if isinstance(value, str):
        text = value.replace(run, "RUN") if run else value
        return re.sub(r"(127\.0\.0\.1[: ]|port )\d+|\d+\.\d+ s", "N", text)
    return value


def both(lab: SmallLab, **options: Any) -> tuple[list[Any], list[Any]]:
    """The events of a run in this process and of one in the warm bench."""
    told = []
    for performer in (perform, client.perform_warm):
        heard: list[events.AnyEvent] = []
        report = asyncio.run(performer(request(lab, seed=5, **options), heard.append, bench()))
        assert isinstance(heard[-1], events.RunFinished)
        assert heard[-1].report == report
        told.append([alike(msgspec.to_builtins(event), report.run) for event in heard])
    return told[0], told[1]


@pytest.mark.parametrize(
    ("stages", "program", "options", "verdict"),
    [
        ([PASSES, PASSES.replace("greets", "greets_again")], GREETER, {}, "passed"),
        ([PASSES, FAILS, PASSES.replace("greets", "greets_again")], GREETER, {}, "failed"),
        ([PASSES, FAILS, PASSES.replace("greets", "greets_again")], GREETER, {"all_stages": True}, "failed"),
        ([PASSES, FAILS], GREETER, {"stage": "stage-2"}, "failed"),
        (["".join(ASKS_FOR_A_NUMBER.format(name=n) for n in "abcde")], GREETER, {}, "failed"),
        (["".join(ASKS_FOR_A_NUMBER.format(name=n) for n in "abcde")], GREETER, {"first_failure": True}, "failed"),
        ([PASSES], "raise SystemExit('no')", {}, "invalid"),
        (['@check()\nasync def greets():\n    """It does (brief)."""\n    while True: pass\n'], GREETER, {}, "error"),
        (['@check()\nasync def greets(what: Path) -> None:\n    """It does (brief)."""\n'], GREETER, {}, "error"),
    ],
)
def test_a_run_in_the_warm_bench_tells_the_same_events(home, start_bench, stages, program, options, verdict) -> None:
    start_bench()
    lab = small_lab(home.root, *stages)
    lab.workspace(program)

    here, there = both(lab, workspace=home.root / "workspace", **options)

    assert there == here
    assert there[-1]["report"]["verdict"] == verdict


def test_the_evidence_is_kept_where_the_client_keeps_it(home, start_bench) -> None:
    start_bench()
    lab = small_lab(home.root, FAILS)

    report = asyncio.run(client.perform_warm(request(lab), lambda _event: None, bench()))

    assert Path(report.evidence["report"]).is_relative_to(home.root / "home" / "data")
    assert "run failed" in Path(report.evidence["transcript"]).read_text()


def test_a_kept_submission_is_judged_instead_of_the_workspace(home, start_bench) -> None:
    start_bench()
    lab = small_lab(home.root, PASSES)
    kept = snapshot(lab.workspace())
    lab.workspace("raise SystemExit('changed since')")

    report = asyncio.run(client.perform_warm(request(lab, submission=kept), lambda _event: None, bench()))

    assert (report.verdict, report.digest) == (Verdict.PASSED, kept.digest)


def test_a_lab_with_servers_gets_them_from_the_bench_and_gives_them_back(home, start_bench) -> None:
    start_bench()
    lab = small_lab(home.root, SPEAKS_OF_REDIS, extra=WITH_SERVER)
    workspace = lab.workspace(HELLO_BY_REDIS)

    report = asyncio.run(perform_where_chosen(request(lab, workspace), lambda _event: None, bench()))

    assert (report.verdict, report.reason) == (Verdict.PASSED, "")
    assert [used.name for used in report.servers] == ["Echo"]
    now = asyncio.run(status())
    assert [server.leased for server in now.servers] == [0]


def test_a_run_in_this_process_may_borrow_too(home, start_bench) -> None:
    async def scene() -> None:
        async with lent(lab.lab) as leases:
            assert leases is not None
            report = await perform(request(lab, workspace), lambda _event: None, replace(bench(), leases=leases))
            assert report.verdict is Verdict.PASSED
            assert [holder.what for holder in (await status()).holders] == ["small-lab"]
        async with lent(small_lab(home.root / "other", PASSES).lab) as nothing:
            assert nothing is None

    start_bench()
    lab = small_lab(home.root, SPEAKS_OF_REDIS, extra=WITH_SERVER)
    workspace = lab.workspace(HELLO_BY_REDIS)
    asyncio.run(scene())


def test_a_choice_that_is_none_is_refused(home, monkeypatch) -> None:
    monkeypatch.setenv("FIRSTHAND_BENCH", "there")
    lab = small_lab(home.root, PASSES, extra=WITH_SERVER)

    with pytest.raises(UsageError, match="FIRSTHAND_BENCH is 'there'"):
        asyncio.run(perform_where_chosen(request(lab), lambda _event: None, bench()))


def test_where_there_can_be_no_bench_a_run_has_servers_of_its_own(home, monkeypatch) -> None:
    monkeypatch.setattr(client, "_BOOT", "raise SystemExit('the disk is upside down')")
    monkeypatch.setattr(lending, "_own", echo_servers)
    lab = small_lab(home.root, SPEAKS_OF_REDIS, extra=WITH_SERVER)
    heard: list[events.AnyEvent] = []

    report = asyncio.run(perform_where_chosen(request(lab, lab.workspace(HELLO_BY_REDIS)), heard.append, bench()))

    assert (report.verdict, [used.name for used in report.servers]) == (Verdict.PASSED, ["Echo"])
    assert isinstance(heard[0], events.Notice)
    assert "the disk is upside down This run has servers of its own" in heard[0].text


def test_servers_belong_to_this_process_where_that_is_chosen(home, monkeypatch) -> None:
    monkeypatch.setenv("FIRSTHAND_BENCH", "here")
    monkeypatch.setattr(lending, "_own", echo_servers)
    lab = small_lab(home.root, SPEAKS_OF_REDIS, extra=WITH_SERVER)

    report = asyncio.run(
        perform_where_chosen(request(lab, lab.workspace(HELLO_BY_REDIS)), lambda _event: None, bench())
    )

    assert report.verdict is Verdict.PASSED
    assert connected() is None


def test_a_failed_world_stands_until_the_learner_has_seen_enough(home, start_bench) -> None:
    async def keep(report: Report) -> None:
        assert report.verdict is Verdict.FAILED
        seen.append(report.run)
        assert (temp_dir() / report.run).is_dir()

    start_bench()
    seen: list[str] = []
    lab = small_lab(home.root, FAILS)
    report = asyncio.run(client.perform_warm(request(lab, keep=keep), lambda _event: None, bench()))

    assert seen == [report.run]
    assert not (temp_dir() / report.run).exists()


def test_a_run_sees_the_world_as_its_client_does(home, start_bench, monkeypatch, capfd) -> None:
    start_bench()
    source = '''
    @check()
    async def greets() -> None:
        """It greets (brief)."""
        import os, sys
        print("a check prints", flush=True)
        print("and complains", file=sys.stderr, flush=True)
        mask = os.umask(0o22)
        fail(f"{os.environ['A_WORD']} {os.environ.get('FIRSTHAND_BENCH_IDLE_S')} {os.getcwd()} {mask:o}")
    '''
    monkeypatch.setenv("A_WORD", "grüße")
    monkeypatch.delenv("FIRSTHAND_BENCH_IDLE_S")
    monkeypatch.chdir(home.temp)
    lab = small_lab(home.root, source)
    before = os.umask(0o27)
    try:
        report = asyncio.run(client.perform_warm(request(lab), lambda _event: None, bench()))
    finally:
        os.umask(before)

    assert report.reason.endswith(f"grüße None {home.temp} 27")
    assert [stream.strip() for stream in capfd.readouterr()] == ["a check prints", "and complains"]


def test_a_cancelled_run_has_cleaned_up_before_its_client_goes_on(home, start_bench) -> None:
    async def scene() -> None:
        heard: list[events.AnyEvent] = []
        run = asyncio.ensure_future(client.perform_warm(request(lab), heard.append, bench()))
        assert await becomes(lambda: any(isinstance(event, events.CheckStarted) for event in heard))
        assert any(temp_dir().iterdir())
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert list(temp_dir().iterdir()) == []
        assert isinstance(heard[-1], events.ProgramStopped)
        assert await becomes(lambda: set(home.processes()) <= {daemon.pid, *_zygote(daemon.pid)})

    daemon = start_bench()
    lab = small_lab(home.root, WAITS)
    asyncio.run(scene())


def test_a_client_that_is_killed_leaves_nothing(home, start_bench) -> None:
    async def scene() -> None:
        assert runner.stdout is not None
        assert runner.stdout.readline() == "waits\n"
        assert (await status()).holders[0].leases == 1
        runner.kill()
        assert await becomes(nobody)
        only_ours = await becomes(lambda: set(home.processes()) <= {daemon.pid, *_zygote(daemon.pid)})
        assert only_ours, home.processes()

    async def nobody() -> bool:
        now = await status()
        return not now.holders and not now.servers[0].leased and not any(temp_dir().glob("[0-9]*"))

    daemon = start_bench()
    lab = small_lab(home.root, WAITS, extra=WITH_SERVER)
    workspace = lab.workspace()
    code = f"""
import asyncio
from pathlib import Path
from firsthand.bench.run import Bench, RunRequest
from firsthand.bench.warm import client
from firsthand.content.load import find_lab
from firsthand.core.events import CheckStarted
client.version = lambda: {client.version()!r}
lab = find_lab([Path({str(home.root / "content")!r})], "small-lab")
tell = lambda event: print(event.check, flush=True) if isinstance(event, CheckStarted) else None
request = RunRequest(lab=lab, workspace=Path({str(workspace)!r}), language="python")
asyncio.run(client.perform_warm(request, tell, Bench.of_user()))
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as runner:
        asyncio.run(scene())


def test_a_run_whose_process_dies_is_repeated_once(home, start_bench) -> None:
    start_bench()
    source = f'''
    @check()
    async def greets(http: Http) -> None:
        """It greets (brief)."""
        import os, pathlib, signal
        once = pathlib.Path({str(home.root / "once")!r})
        if not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    '''
    lab = small_lab(home.root, source)
    heard: list[events.AnyEvent] = []

    report = asyncio.run(client.perform_warm(request(lab), heard.append, bench()))

    assert report.verdict is Verdict.PASSED
    kinds = [type(event) for event in heard]
    assert (kinds.count(events.RunStarted), kinds.count(events.RunFinished)) == (2, 1)
    assert len({event.seed for event in heard if isinstance(event, events.RunStarted)}) == 1
    (notice,) = [event.text for event in heard if isinstance(event, events.Notice)]
    assert "repeated once" in notice
    assert list(temp_dir().iterdir()) == []


def test_a_run_whose_process_dies_again_is_our_error_and_nobody_elses(home, start_bench) -> None:
    start_bench()
    source = '''
    @check()
    async def greets(http: Http) -> None:
        """It greets (brief)."""
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
    '''
    lab = small_lab(home.root, source, FAILS)
    heard: list[events.AnyEvent] = []

    report = asyncio.run(client.perform_warm(request(lab, seed=3), heard.append, bench()))

    assert (report.verdict, report.seed) == (Verdict.ERROR, 3)
    assert [stage.verdict for stage in report.stages] == [Verdict.ERROR, Verdict.NOT_REACHED]
    assert isinstance(report.failure, msgspec.Struct)
    assert "ended unexpectedly" in report.failure.message
    assert heard[-1] == events.RunFinished(at=0.0, report=report)
    assert list(temp_dir().iterdir()) == []


def test_what_goes_wrong_inside_us_is_told_with_its_story(home, start_bench) -> None:
    start_bench()
    lab = small_lab(home.root, PASSES)

    with pytest.raises(client.CrashedError, match="ValueError: embedded null byte") as crashed:
        asyncio.run(client.perform_warm(request(lab, Path("no\0where")), lambda _event: None, bench()))

    assert "performer.py" in "".join(crashed.value.__notes__)


def test_runs_go_on_at_the_same_time(home, start_bench) -> None:
    async def scene() -> list[Report]:
        asked = request(lab)
        return await asyncio.gather(*(client.perform_warm(asked, lambda _event: None, bench()) for _ in range(3)))

    start_bench()
    lab = small_lab(home.root, PASSES)
    reports = asyncio.run(scene())

    assert [report.verdict for report in reports] == [Verdict.PASSED] * 3
    assert len({report.run for report in reports}) == 3


def test_after_kill_9_of_the_bench_a_run_is_repeated_in_the_next_one(home, start_bench, monkeypatch) -> None:
    async def scene() -> None:
        heard: list[events.AnyEvent] = []

        def hear(event: events.AnyEvent) -> None:
            heard.append(event)
            if isinstance(event, events.StageStarted) and daemon.poll() is None:
                daemon.send_signal(signal.SIGKILL)
                daemon.wait(WAIT_S)

        report = await client.perform_warm(request(lab), hear, bench())
        assert report.verdict is Verdict.PASSED
        assert [type(event) for event in heard].count(events.RunStarted) == 2
        assert await client.stop(now=False, within_s=WAIT_S)
        assert list(temp_dir().iterdir()) == []

    daemon = start_bench()
    once = home.root / "once"
    waits_once = f'''
    @check()
    async def greets() -> None:
        """It greets (brief)."""
        import asyncio, pathlib
        once = pathlib.Path({str(once)!r})
        if not once.exists():
            once.touch()
            await asyncio.Event().wait()
    '''
    lab = small_lab(home.root, waits_once)
    asyncio.run(scene())


def test_the_zygote_has_one_thread_and_a_run_outlives_it(home, start_bench) -> None:
    async def scene() -> None:
        heard: list[events.AnyEvent] = []
        (zygote,) = _zygote(daemon.pid)
        run = asyncio.ensure_future(client.perform_warm(request(lab), heard.append, bench()))
        assert await becomes(lambda: any(isinstance(event, events.CheckStarted) for event in heard))
        assert len(list(Path(f"/proc/{zygote}/task").iterdir())) == 1
        os.kill(zygote, signal.SIGKILL)
        (home.root / "go").touch()
        assert (await run).verdict is Verdict.PASSED
        assert await becomes(lambda: daemon.poll() is not None)

    daemon = start_bench()
    source = f'''
    @check()
    async def greets() -> None:
        """It greets (brief)."""
        import pathlib
        from firsthand.core.deadlines import Deadline, until
        async def there() -> bool:
            return pathlib.Path({str(home.root / "go")!r}).exists()
        assert await until(there, Deadline.after(20))
    '''
    lab = small_lab(home.root, source)
    asyncio.run(scene())


def test_where_a_system_cannot_fork_each_run_is_started_anew(home, start_bench) -> None:
    start_bench("spawns")
    lab = small_lab(home.root, SPEAKS_OF_REDIS, extra=WITH_SERVER)

    report = asyncio.run(client.perform_warm(request(lab, lab.workspace(HELLO_BY_REDIS)), lambda _event: None, bench()))

    assert (report.verdict, report.reason) == (Verdict.PASSED, "")


def _zygote(daemon: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{daemon}/task/{daemon}/children").read_text().split() if _is_python(pid)]


def _is_python(pid: str) -> bool:
    return "echo_server" in Path(f"/proc/{pid}/cmdline").read_text()
