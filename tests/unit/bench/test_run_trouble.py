"""Runs in trouble: what goes wrong around the checks is a verdict or a notice, and nothing is left behind."""

import asyncio
import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from small_lab import GREETER, PASSES, SmallLab, checks_of, small_lab

from firsthand.bench.report import read_report, runs
from firsthand.bench.run import RunRequest, perform
from firsthand.bench.sandbox import processes
from firsthand.bench.world import World
from firsthand.core import events
from firsthand.core.errors import WorldError
from firsthand.core.results import Report
from firsthand.core.verdicts import Verdict

STARTS_ONCE = f"""\
import os, sys
mark = os.path.join(os.environ["DATA_DIR"], "mark")
if os.path.exists(mark):
    sys.exit("I was here before")
open(mark, "w").close()
{GREETER}"""


def run(lab: SmallLab, program: str = GREETER, **options: object) -> Report:
    return asyncio.run(lab.run(lab.workspace(program), **options))


def test_a_program_that_does_not_start_fresh_is_invalid_with_its_last_words(open_path: Path) -> None:
    lab = small_lab(open_path, PASSES, PASSES.replace("greets", "greets_again"), stage_keys="fresh = true")

    report = run(lab, STARTS_ONCE, all_stages=True)

    assert [stage.verdict for stage in report.stages] == [Verdict.PASSED, Verdict.INVALID]
    assert report.failure
    assert "I was here before" in report.failure.output


def test_a_fresh_stage_that_is_judged_alone_starts_the_program_once(open_path: Path) -> None:
    lab = small_lab(open_path, PASSES, PASSES.replace("greets", "greets_again"), stage_keys="fresh = true")

    report = run(lab, STARTS_ONCE, stage="stage-2")

    assert [(stage.id, stage.verdict) for stage in report.stages] == [("stage-2", Verdict.PASSED)]


def test_a_system_that_refuses_is_our_error(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuses(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), "/somewhere")

    monkeypatch.setattr(World, "_lay_out", refuses)

    report = run(small_lab(open_path, PASSES))

    assert report.verdict is Verdict.ERROR
    assert report.failure
    assert report.failure.kind == "ours"
    assert "Input/output error" in report.reason


def test_what_cannot_be_cleaned_up_is_told_and_changes_no_verdict(
    open_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(place: Path) -> None:
        raise WorldError(f"The folder {place} cannot be removed.")

    monkeypatch.setattr("firsthand.bench.world.remove_folder", refuses)
    lab = small_lab(open_path, PASSES)

    report = run(lab)

    assert report.verdict is Verdict.PASSED
    assert any("cannot be removed" in event.text for event in lab.events if isinstance(event, events.Notice))
    assert isinstance(lab.events[-1], events.RunFinished)


def test_a_listener_that_is_gone_leaves_nothing_of_the_run(open_path: Path) -> None:
    lab = small_lab(open_path, PASSES + PASSES.replace("greets", "greets_again"))
    seen: list[events.AnyEvent] = []

    def emit(event: events.AnyEvent) -> None:
        seen.append(event)
        if any(isinstance(one, events.ProgramStopped) for one in seen):
            raise BrokenPipeError

    dies = GREETER.replace("client.close()", "os._exit(3)")
    request = RunRequest(lab=lab.lab, workspace=lab.workspace(dies))
    with pytest.raises(BrokenPipeError):
        asyncio.run(perform(request, emit, lab.bench))

    assert isinstance(seen[0], events.RunStarted)
    assert not processes.marked(seen[0].run, processes.everybody())
    assert list(lab.bench.temp.iterdir()) == []


@pytest.mark.parametrize("name", [b"not utf-8 \xff", b"two\nlines", b"a 'quoted' \"name\" $(id)", b"-r"])
def test_a_workspace_may_have_any_name(open_path: Path, name: bytes) -> None:
    lab = small_lab(open_path, PASSES)
    workspace = Path(os.fsdecode(os.fsencode(open_path) + b"/" + name))
    lab.workspace().rename(workspace)

    report = asyncio.run(lab.run(workspace))

    assert (report.verdict, report.reason) == (Verdict.PASSED, "")


def test_everything_may_lie_in_a_folder_of_any_name(open_path: Path) -> None:
    place = Path(os.fsdecode(os.fsencode(open_path) + b"/not utf-8 \xff"))
    place.mkdir()
    lab = small_lab(place, PASSES + PASSES.replace("greets", "breaks").replace("expect", "{}['x'] and expect"))

    report = run(lab)

    found = checks_of(report)
    assert (found["greets"].verdict, found["breaks"].verdict) == (Verdict.PASSED, Verdict.ERROR)
    assert read_report(runs(lab.bench.data / "runs")[0]) == report


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("import sys\nsys.exit(0)\n", 4),
        ('@check()\nasync def greets(http: "Http[") -> None:\n    """It greets (brief)."""\n', 3),
        ('@check()\nasync def greets(http: "Http.nothing") -> None:\n    """It greets (brief)."""\n', 3),
        ("class Thing:\n    '''It is a thing (brief).'''\ncheck()(Thing)\n", 0),
    ],
    ids=["exits", "half a type", "no such type", "no function"],
)
def test_checks_that_cannot_be_loaded_are_the_authors_error(open_path: Path, source: str, line: int) -> None:
    report = run(small_lab(open_path, source + PASSES.replace("greets", "passes")))

    assert report.verdict is Verdict.ERROR
    assert report.failure
    assert report.failure.kind == "author"
    assert report.failure.where.endswith(f"checks.py:{line}" if line else "checks.py")


def test_a_strict_umask_hides_nothing_from_the_program(open_path: Path) -> None:
    writes = 'import os\nopen(os.path.join(os.environ["DATA_DIR"], "file"), "w").close()\n' + GREETER
    lab = small_lab(open_path, PASSES)
    place = lab.workspace(writes)
    _ = lab.bench
    before = os.umask(0o077)
    try:
        report = asyncio.run(lab.run(place))
    finally:
        os.umask(before)

    assert (report.verdict, report.reason) == (Verdict.PASSED, "")
    assert checks_of(report)["greets"].verdict is Verdict.PASSED


def test_a_lab_for_a_later_version_is_refused_before_anything_runs(open_path: Path) -> None:
    lab = small_lab(open_path, PASSES)
    lab.lab = replace(lab.lab, stages=tuple(replace(stage, subject="manifests") for stage in lab.lab.stages))

    report = asyncio.run(lab.run(lab.workspace()))

    assert report.verdict is Verdict.ERROR
    assert "stages of the subject manifests" in report.reason
    assert not any(isinstance(event, events.ProgramStarted) for event in lab.events)


FAULTY = f"""\
print("KeyError: 'pric'", flush=True)
{GREETER.replace("200 OK", "500 Oh")}"""


def test_a_program_that_answers_with_a_fault_of_its_own_is_shown_with_its_last_words(open_path: Path) -> None:
    wants_200 = PASSES.replace('.body, "body").equals(b"hello")', '.status, "status").equals(200)')

    report = run(small_lab(open_path, wants_200), FAULTY)

    failure = report.stages[0].checks[0].failure
    assert failure
    assert "KeyError: 'pric'" in failure.output
