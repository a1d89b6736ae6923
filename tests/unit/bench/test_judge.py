"""How checks end, and whose fault that is: the program's, the author's or ours."""

import asyncio
from pathlib import Path

import pytest
from small_lab import GREETER, SmallLab, checks_of, small_lab

from firsthand.core.results import CheckResult, Report
from firsthand.core.verdicts import Verdict

CHECK = '''
@check()
async def {name}(http: Http, app: App) -> None:
    """It does as it must (brief)."""
    {body}
'''


def check(body: str, name: str = "greets") -> str:
    return CHECK.format(name=name, body=body.strip().replace("\n", "\n    "))


def run(lab: SmallLab, program: str = GREETER, **options: object) -> Report:
    return asyncio.run(lab.run(lab.workspace(program), **options))


def judged(root: Path, body: str) -> CheckResult:
    return checks_of(run(small_lab(root, check(body), extra="check_s = 1.0")))["greets"]


@pytest.mark.parametrize(
    "body",
    [
        "import sys\nsys.exit(0)",
        "import asyncio\nraise asyncio.CancelledError",
        "import asyncio\ntask = asyncio.ensure_future(asyncio.sleep(9))\ntask.cancel()\nawait task",
        "raise GeneratorExit",
    ],
    ids=["exit", "cancelled", "awaits a cancelled task", "generator exit"],
)
def test_a_check_that_tries_to_end_the_run_is_the_authors_error(open_path: Path, body: str) -> None:
    result = judged(open_path, body)

    assert result.verdict is Verdict.ERROR
    assert result.failure
    assert result.failure.kind == "author"
    assert "checks.py:" in result.failure.where


def test_a_failure_inside_a_group_of_tasks_is_the_programs(open_path: Path) -> None:
    result = judged(
        open_path,
        """
import asyncio
async def one() -> None:
    fail("The second client was kept waiting.")
async with asyncio.TaskGroup() as group:
    group.create_task(one())
""",
    )

    assert (result.verdict, result.message) == (Verdict.FAILED, "The second client was kept waiting.")


@pytest.mark.parametrize("body", ['await app.start("worker")', 'await app.run("--help", process="worker")'])
def test_a_process_that_the_procfile_lacks_is_the_learners(open_path: Path, body: str) -> None:
    result = judged(open_path, body)

    assert result.verdict is Verdict.FAILED
    assert result.message.startswith("The Procfile has no `worker` line")
    assert result.failure
    assert "worker: python worker.py" in result.failure.remark


def test_an_instance_that_does_not_start_is_told_without_a_word_of_an_earlier_end(open_path: Path) -> None:
    result = judged(open_path, 'await app.start(env={"PORT": "none"})')

    assert result.verdict is Verdict.FAILED
    assert result.message.startswith("Your program ended with exit code 1")
    assert result.failure
    assert "ValueError" in result.failure.output


def test_a_check_that_swallows_the_end_of_its_time_has_not_passed(open_path: Path) -> None:
    result = judged(
        open_path,
        "import asyncio\ntry:\n    await asyncio.Event().wait()\nexcept asyncio.CancelledError:\n    return",
    )

    assert result.verdict is Verdict.FAILED
    assert result.failure
    assert result.failure.kind == "timeout"


def test_what_a_check_has_started_does_not_take_the_next_ones_place(open_path: Path) -> None:
    starts = 'await app.start(count=10)\nfail("no")'

    found = checks_of(run(small_lab(open_path, check(starts, "one") + check(starts, "other"))))

    assert [result.message for result in found.values()] == ["no", "no"]


def test_escape_sequences_and_floods_of_text_are_never_passed_on(open_path: Path) -> None:
    result = judged(open_path, r'fail("\x1b[2J\x9b31m", got="\x1b]0;x\x07" + "a" * 100_000, hint="one\ntwo\x08")')

    assert result.message == r"\x1b[2J\x9b31m"
    assert result.failure
    assert result.failure.got.startswith(r"\x1b]0;x\x07aaa")
    assert len(result.failure.got) < 10_000
    assert result.failure.remark == "one\ntwo\\x08"


def test_a_stages_time_bounds_all_its_checks_and_is_named(open_path: Path) -> None:
    silent = GREETER.replace("client.recv(65536)", "client.recv(65536) and __import__('signal').pause()")
    lab = small_lab(
        open_path,
        "".join(check('await http.get("/")', f"check_{n}") for n in range(12)),
        stage_keys="deadline_s = 1.0",
    )

    report = run(lab, silent)

    messages = [result.message for result in checks_of(report).values()]
    assert report.verdict is Verdict.FAILED
    assert len([text for text in messages if "was over before this check began" in text]) == 11


def test_starting_again_is_bounded_by_the_stages_time(open_path: Path) -> None:
    dies = f"""\
import os, signal
mark = os.path.join(os.environ["DATA_DIR"], "mark")
if os.path.exists(mark):
    signal.pause()
open(mark, "w").close()
{GREETER.replace("client.recv(65536)", "os._exit(3)")}"""
    lab = small_lab(
        open_path,
        "".join(check('await http.get("/")', f"check_{n}") for n in range(3)),
        extra="ready_s = 100.0",
        stage_keys="deadline_s = 1.0",
    )

    found = checks_of(run(lab, dies))

    assert {result.verdict for result in found.values()} == {Verdict.FAILED}
    assert any("was not ready again" in result.message for result in found.values())
