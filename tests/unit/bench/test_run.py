"""Runs: stages in order, verdicts never mixed, evidence kept, nothing left behind."""

import asyncio
import os
from pathlib import Path

import pytest
from small_lab import GREETER, PASSES, SmallLab, checks_of, small_lab

from firsthand.bench.report import read_report, runs
from firsthand.bench.sandbox import processes
from firsthand.bench.submission import load
from firsthand.bench.wire import load as load_wire
from firsthand.core import events
from firsthand.core.deadlines import Deadline, until
from firsthand.core.results import Report
from firsthand.core.verdicts import Verdict

FAILS = '''
@check(proves="OWN-01")
async def says_goodbye(http: Http) -> None:
    """It says goodbye (brief)."""
    expect((await http.get("/bye")).body, "body").equals(b"goodbye", hint="Look at the path.")
'''


def run(lab: SmallLab, workspace: Path | None = None, **options: object) -> Report:
    return asyncio.run(lab.run(workspace or lab.workspace(), **options))


def verdicts(report: Report) -> list[str]:
    return [str(stage.verdict) for stage in report.stages]


def test_a_run_that_passes_says_so_in_order_and_leaves_its_evidence(open_path: Path) -> None:
    lab = small_lab(open_path, PASSES)

    report = run(lab, seed=7)

    assert (report.verdict, report.reason, report.seed) == (Verdict.PASSED, "", 7)
    kinds = [type(event) for event in lab.events]
    assert kinds[0] is events.RunStarted
    assert kinds[-1] is events.RunFinished
    assert kinds.count(events.RunFinished) == 1
    assert kinds.index(events.StageStarted) < kinds.index(events.CheckFinished) < kinds.index(events.StageFinished)
    assert [event.at for event in lab.events] == sorted(event.at for event in lab.events)
    kept = runs(lab.bench.data / "runs")[0]
    assert read_report(kept) == report
    assert "run passed" in kept.transcript.read_text()
    assert b"hello" in b"".join(record.data for record in load_wire(kept.wire) if record.kind == "received")
    assert load(kept.submission).digest == report.digest


def test_stages_after_the_first_failed_one_are_not_reached_unless_all_are_wanted(open_path: Path) -> None:
    lab = small_lab(open_path, PASSES, FAILS, PASSES.replace("greets", "greets_again"))

    assert verdicts(run(lab)) == ["passed", "failed", "not reached"]
    assert verdicts(run(lab, all_stages=True)) == ["passed", "failed", "passed"]
    assert verdicts(run(lab, stage="stage-3")) == ["passed"]


def test_a_failure_says_what_why_and_how_to_see_it_again(open_path: Path) -> None:
    report = run(small_lab(open_path, FAILS))

    failed = checks_of(report)["says_goodbye"]
    assert report.verdict is Verdict.FAILED
    assert failed.message == 'Body: expected "goodbye", got "hello".'
    assert failed.rule == "It says goodbye (brief)."
    assert failed.proves == ["OWN-01"]
    assert failed.reproduce[0].startswith("curl ")
    assert failed.failure
    assert failed.failure.remark == "Look at the path."
    assert "byte 0" in failed.failure.detail


def test_a_check_that_raises_is_an_error_with_the_authors_line_and_not_the_learners_fault(open_path: Path) -> None:
    broken = '''
@check()
async def broken(http: Http) -> None:
    """It works (brief)."""
    {}["missing"]
'''
    report = run(small_lab(open_path, broken))

    result = checks_of(report)["broken"]
    assert report.verdict is Verdict.ERROR
    assert result.failure
    assert result.failure.kind == "author"
    file, _, line = result.failure.where.rpartition(":")
    assert Path(file).read_text().splitlines()[int(line) - 1].strip() == '{}["missing"]'


def test_an_error_in_the_kit_is_told_with_the_kits_line(open_path: Path) -> None:
    lab = small_lab(open_path, "from kit import thing\n" + PASSES, kit="\n1 / 0\n")

    report = run(lab)

    assert report.verdict is Verdict.ERROR
    assert report.failure
    assert report.failure.where.endswith("kit.py:2")


def test_a_parameter_that_nobody_can_give_is_the_authors_error(open_path: Path) -> None:
    asks = '''
@check()
async def asks(thing: int) -> None:
    """It asks (brief)."""
'''
    result = checks_of(run(small_lab(open_path, asks)))["asks"]

    assert result.verdict is Verdict.ERROR
    assert "thing: int" in result.message


def test_a_check_that_blocks_the_loop_is_the_authors_error_and_the_run_goes_on(open_path: Path) -> None:
    blocks = '''
@check()
async def blocks() -> None:
    """It waits (brief)."""
    import time
    time.sleep(600)
'''
    report = run(small_lab(open_path, blocks + PASSES))

    found = checks_of(report)
    assert found["blocks"].verdict is Verdict.ERROR
    assert "blocks the event loop" in found["blocks"].message
    assert found["greets"].verdict is Verdict.PASSED


def test_a_check_past_its_deadline_fails_in_words_of_its_own(open_path: Path) -> None:
    waits = '''
import asyncio

@check(deadline_s=0.2)
async def waits() -> None:
    """It waits (brief)."""
    await asyncio.Event().wait()
'''
    result = checks_of(run(small_lab(open_path, waits)))["waits"]

    assert result.verdict is Verdict.FAILED
    assert result.failure
    assert result.failure.kind == "timeout"


def test_a_program_that_dies_in_a_check_is_told_and_started_again_for_the_next(open_path: Path) -> None:
    dies = GREETER.replace("client.recv(65536)", "b'/die' in client.recv(65536) and print('I die') == os._exit(7)")
    lab = small_lab(open_path, PASSES + PASSES.replace("greets", "dies").replace('"/"', '"/die"'))

    found = checks_of(run(lab, lab.workspace(dies)))

    assert found["greets"].verdict is Verdict.PASSED
    assert found["dies"].failure
    assert found["dies"].failure.kind == "exited"
    assert "exit code" in found["dies"].message


def test_the_last_words_of_a_worker_that_crashed_are_told(open_path: Path) -> None:
    watches = '''
import signal

@check()
async def watches(app: App) -> None:
    """The worker goes on (brief)."""
    (worker,) = await app.start("worker")
    worker.signal(signal.SIGHUP)
    await worker.ended(10)
    fail("The worker does not answer.")
'''
    lab = small_lab(open_path, watches)
    place = lab.workspace(procfile="web: python3 server.py\nworker: python3 worker.py\n")
    (place / "worker.py").write_text(
        "import signal, sys\n"
        "signal.signal(signal.SIGHUP, lambda *_: sys.exit('no such queue'))\n"
        "print('working', flush=True)\n"
        "while True: signal.pause()\n"
    )

    failure = checks_of(run(lab, place))["watches"].failure

    assert failure
    assert failure.message == "The worker does not answer."
    assert failure.output == "working\nno such queue"


def test_what_does_not_start_is_invalid_and_says_what_it_printed(open_path: Path) -> None:
    lab = small_lab(open_path, PASSES, PASSES.replace("greets", "greets_again"))

    report = run(lab, lab.workspace("raise SystemExit('no config')"))

    assert report.verdict is Verdict.INVALID
    assert verdicts(report) == ["invalid", "not reached"]
    assert report.failure
    assert "no config" in report.failure.output
    assert read_report(runs(lab.bench.data / "runs")[0]).verdict is Verdict.INVALID


def test_a_workspace_without_a_procfile_is_invalid_with_an_example(open_path: Path) -> None:
    lab = small_lab(open_path, PASSES)
    place = lab.workspace()
    (place / "Procfile").unlink()

    report = run(lab, place)

    assert report.verdict is Verdict.INVALID
    assert report.failure
    assert "Procfile" in report.reason
    assert "server.py" in report.failure.remark


def test_the_same_seed_draws_the_same_data_and_order(open_path: Path) -> None:
    draws = "".join(
        f'''
@check()
async def check_{n}(rng: Rng) -> None:
    """It draws (brief)."""
    fail(rng.text())
'''
        for n in range(6)
    )
    lab = small_lab(open_path, draws)

    def happened(seed: int) -> list[tuple[str, str]]:
        report = run(lab, seed=seed)
        order = [event.check for event in lab.events if isinstance(event, events.CheckStarted)]
        return [(check, checks_of(report)[check].message) for check in order]

    assert happened(1) == happened(1)
    assert [check for check, _ in happened(1)] != [check for check, _ in happened(2)]


def test_checks_and_program_share_the_labs_folder(open_path: Path) -> None:
    shares = '''
@check()
async def shares(http: Http, data: Folder) -> None:
    """It reads (brief)."""
    data.write("in/name", b"from the check")
    expect((await http.get("/")).body, "body").equals(b"from the check")
'''
    reads = (
        GREETER.replace('b"HTTP', 'b"" or b"HTTP')
        .replace("\\r\\n\\r\\nhello", "\\r\\n\\r\\n\" + open(os.environ['DATA_DIR'] + '/in/name', 'rb').read()+b\"")
        .replace("Content-Length: 5", "Content-Length: 14")
    )
    lab = small_lab(open_path, shares)

    assert run(lab, lab.workspace(reads)).verdict is Verdict.PASSED


def test_instances_run_side_by_side_on_ports_of_their_own(open_path: Path) -> None:
    three = '''
@check()
async def three(app: App) -> None:
    """Three of them (brief)."""
    others = await app.start("web", count=3)
    expect(len({str(one.address) for one in others} | {str(app.address)}), "addresses").equals(4)
'''
    assert run(small_lab(open_path, three)).verdict is Verdict.PASSED


def test_a_replay_judges_the_kept_submission_and_not_the_workspace(open_path: Path) -> None:
    lab = small_lab(open_path, PASSES)
    first = run(lab)
    kept = load(runs(lab.bench.data / "runs")[0].submission)
    changed = lab.workspace("raise SystemExit(1)")

    assert run(lab, changed).verdict is Verdict.INVALID
    again = run(lab, changed, submission=kept, seed=first.seed)
    assert (again.verdict, again.digest) == (Verdict.PASSED, first.digest)


@pytest.mark.parametrize("program", [GREETER, "raise SystemExit(1)", "import time\ntime.sleep(1e6)"])
def test_nothing_is_left_after_a_run(open_path: Path, program: str) -> None:
    lab = small_lab(open_path, PASSES, extra="ready_s = 0.3")

    report = run(lab, lab.workspace(program))

    assert list(lab.bench.temp.iterdir()) == []
    assert not processes.marked(report.run, processes.everybody())


def test_evidence_that_cannot_be_written_changes_no_verdict(open_path: Path) -> None:
    lab = small_lab(open_path, PASSES)
    lab.bench.data.parent.mkdir(exist_ok=True)
    lab.bench.data.write_text("a file where a folder should be")

    report = run(lab)

    assert report.verdict is Verdict.PASSED
    assert "report" not in report.evidence
    assert any("cannot be kept" in event.text for event in lab.events if isinstance(event, events.Notice))


def test_the_world_stands_while_a_failed_run_is_kept(open_path: Path) -> None:
    lab = small_lab(open_path, FAILS)
    seen: list[str] = []

    async def keep(report: Report) -> None:
        started = next(event for event in lab.events if isinstance(event, events.ProgramStarted))
        os.kill(started.pid, 0)
        seen.append(report.verdict)

    run(lab, keep=keep)
    assert seen == ["failed"]


def test_two_runs_at_once_in_one_workspace_do_not_meet(open_path: Path) -> None:
    lab = small_lab(open_path, PASSES)
    place = lab.workspace()

    async def both() -> list[Report]:
        return list(await asyncio.gather(lab.run(place, seed=5), lab.run(place, seed=5)))

    first, second = asyncio.run(both())
    assert first.verdict is second.verdict is Verdict.PASSED
    assert first.run != second.run
    assert len(runs(lab.bench.data / "runs")) == 2


def test_a_run_that_is_cancelled_while_it_tears_down_leaves_nothing(open_path: Path) -> None:
    lab = small_lab(open_path, PASSES)
    place = lab.workspace("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + GREETER)

    async def cancelled_twice() -> str:
        running = asyncio.ensure_future(lab.run(place))

        async def judged() -> bool:
            return any(isinstance(event, events.StageFinished) for event in lab.events)

        assert await until(judged, Deadline.after(20))
        run_id = next(event.run for event in lab.events if isinstance(event, events.RunStarted))
        for _ in range(3):
            running.cancel()
            await asyncio.wait([running], timeout=0.05)
        with pytest.raises(asyncio.CancelledError):
            await running
        return run_id

    run_id = asyncio.run(cancelled_twice())
    assert not processes.marked(run_id, processes.everybody())
    assert list(lab.bench.temp.iterdir()) == []


def test_a_proof_may_stop_at_the_first_failure_in_file_order(open_path: Path) -> None:
    fails = "".join(FAILS.replace("says_goodbye", f"fails_{n}") for n in range(4))
    lab = small_lab(open_path, PASSES + fails, PASSES.replace("greets", "greets_again"))

    for seed in range(3):
        report = run(lab, seed=seed, first_failure=True)
        assert list(checks_of(report)) == ["greets", "fails_0"]
        assert verdicts(report) == ["failed", "not reached"]
