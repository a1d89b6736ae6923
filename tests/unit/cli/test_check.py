"""Checking, and what follows from it - hint, solution, trace, replay, runs, clean - on a real run of a small lab."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest

from firsthand.core.results import decode

RUN_ID = re.compile(r"run (\d{8}-\d{6}-[0-9a-f]{8})")


def test_a_program_that_does_all_passes(place) -> None:
    workspace = place.workspace(greeting="hello")
    done = place.call("check", cwd=workspace)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert re.fullmatch(r"tiny-greeting · python · seed \d+", lines[0])
    assert [line.split(" · ")[0] for line in lines[1:3]] == ["✓ 1 The greeting", "✓ 2 The counter"]
    assert "✓ passed · 2 stages" in done.out
    assert "New: you passed 2 stages, for the first time." in done.out
    event = list(place.history().read(kinds=["run"]))[-1]
    assert event.data["verdict"] == "passed"
    assert event.data["whole"] is True
    assert lines[0].endswith(f" {event.data['seed']}")
    assert event.data["stages_passed"] == ["greets", "counts"]
    assert event.data["competencies"] == ["TNY-01"]
    assert "New:" not in place.call("check", cwd=workspace).out


def test_a_failure_is_explained_and_every_command_in_it_works_where_it_is_read(place) -> None:
    place.workspace()
    done = place.call("check", "tiny-greeting")
    assert done.code == 1
    assert "✗ says_hello · stage 1, The greeting" in done.out
    assert "A request is answered with a greeting (brief)." in done.out
    assert "Greet with hello, nothing more." in done.out
    assert "– stage 2 · not reached" in done.out
    assert re.search(r"curl .*http://127\.0\.0\.1:\d+/", done.out)
    event = list(place.history().read(kinds=["run"]))[-1]
    assert (event.data["verdict"], event.data["failed_check"]) == ("failed", "says_hello")
    expected = {
        "learn": "# How to greet",
        "hint": "A request is answered with a greeting",
        "wire": "greets · says_hello",
    }
    for name, words in expected.items():
        (row,) = [row for row in done.out.splitlines() if row.strip().startswith(name)]
        command = re.split(r"\s{2,}", row.strip().removeprefix(name).strip())[0]
        shown = subprocess.run(
            ["/bin/sh", "-c", command], cwd=place.folder, env=place.env, capture_output=True, text=True
        )
        assert words in shown.stdout, shown.stderr


def test_json_on_standard_output_is_all_that_is_there(place) -> None:
    done = place.call("check", "--json", "-", cwd=place.workspace())
    assert done.code == 1
    report = decode(done.out.encode())
    assert report.verdict == "failed"
    assert report.stages[0].checks[0].id == "says_hello"
    assert "✗ says_hello" in done.err


def test_reports_are_written_to_files(place) -> None:
    done = place.call("check", "--json", "r.json", "--junit", "r.xml", "--all", "tiny-greeting", cwd=_beside(place))
    assert done.code == 1
    report = decode((place.folder / "r.json").read_bytes())
    suites = ElementTree.fromstring((place.folder / "r.xml").read_bytes())
    cases = {case.get("name"): case for case in suites.iter("testcase")}
    assert set(cases) == {check.id for stage in report.stages for check in stage.checks}
    assert cases["says_hello"].find("failure") is not None
    assert cases["counts_up"].find("failure") is None


def _beside(place) -> Path:
    place.workspace()
    return place.folder


def test_one_stage_alone_never_passes_the_lab(place) -> None:
    workspace = place.workspace()
    done = place.call("check", "--stage", "2", cwd=workspace)
    assert done.code == 0
    assert "One stage alone does not pass the lab" in done.out
    assert list(place.history().read(kinds=["run"]))[-1].data["whole"] is False
    assert "1 of 2 stages" in place.call("labs").out


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["check"], 2, "You are not in a workspace"),
        (["check", "nowhere"], 2, "The folder nowhere is not there."),
        (["check", "a-file"], 2, "The folder a-file is not a folder."),
        (["check", "--lab", "tiny-greting"], 2, "Did you mean tiny-greeting?"),
        (["check", "--lab", "tiny-greeting"], 3, "Procfile"),
        (["hint"], 2, "You are not in a workspace"),
        (["brief"], 2, "You are not in a workspace"),
        (["solution"], 2, "You are not in a workspace"),
        (["trace"], 2, "No run is kept yet."),
        (["replay", "x"], 2, "No run is kept yet."),
    ],
)
def test_without_a_workspace_or_a_run_the_words_say_what_to_do(place, words: list[str], code: int, says: str) -> None:
    (place.folder / "a-file").write_text("")
    done = place.call(*words)
    assert done.code == code, done.err
    assert says in done.err + done.out
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--stage", "greats"], "Did you mean greets?"),
        (["--json", "no/such/r.json"], "The report cannot be written to no/such/r.json"),
        (["--junit", "."], "The report cannot be written to ."),
        (["--json", "-", "--junit", "-"], "Two reports cannot both go to -"),
    ],
)
def test_a_wrong_wish_is_refused_before_a_run_is_spent(place, words: list[str], says: str) -> None:
    done = place.call("check", *words, cwd=place.workspace())
    assert done.code == 2
    assert says in done.err
    assert place.kinds() == ["began"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("schema = 1\nlab = ", 2, "firsthand.toml:2"),
        ('schema = 1\nlab = "tiny-greeting"\nlangauge = "python"\n', 3, "Did you mean language?"),
        ("schema = 1\nlab = 5\n", 2, "text in quotes"),
        ('schema = 99\nlab = "tiny-greeting"\n', 1, "Update Firsthand"),
        ('lab = "tiny-greeting"\n', 1, "schema is missing"),
        ("\0\0", 1, "firsthand.toml:1"),
    ],
)
def test_a_damaged_marker_is_told_with_its_line(place, text: str, line: int, says: str) -> None:
    workspace = place.workspace()
    (workspace / "firsthand.toml").write_text(text)
    done = place.call("check", cwd=workspace)
    assert done.code == 3
    assert f"{workspace}/firsthand.toml:{line}" in done.err
    assert says in done.err


def test_a_lab_that_was_removed_is_told(place) -> None:
    workspace = place.workspace()
    (workspace / "firsthand.toml").write_text('schema = 1\nlab = "gone"\n')
    done = place.call("check", cwd=workspace)
    assert done.code == 2
    assert 'There is no lab "gone".' in done.err


def test_a_program_that_does_not_start_says_what_it_printed(place) -> None:
    workspace = place.workspace()
    (workspace / "server.py").write_text("raise SystemExit('no config here')")
    done = place.call("check", cwd=workspace)
    assert done.code == 3
    assert "did not start" in done.out
    assert "no config here" in done.out


def test_a_broken_check_is_not_the_learners_fault(place) -> None:
    checks = place.lab / "stages/01-greets/checks.py"
    checks.write_text(checks.read_text().replace('expect(reply.status, "status").equals(200)', "1 / 0"))
    done = place.call("check", "--seed", "5", cwd=place.workspace())
    assert done.code == 4
    assert "not your fault and nothing was lost" in done.out
    assert re.search(r"where     \S+/checks\.py:\d+", done.out)
    assert "check --seed 5" in done.out


@pytest.mark.parametrize("damage", ["locked", "corrupt", "newer"])
def test_a_history_that_fails_changes_neither_verdict_nor_exit_code(place, damage: str) -> None:
    workspace = place.workspace(greeting="hello")
    file = place.history().path
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        if damage == "locked":
            database.execute("BEGIN EXCLUSIVE")
        elif damage == "newer":
            database.execute("PRAGMA user_version = 77")
        else:
            file.write_bytes(b"garbage" * 1000)
        done = place.call("check", cwd=workspace)
    assert done.code == 0
    assert "✓ passed · 2 stages" in done.out
    assert f"note: The history {file}" in done.err
    assert "Nothing is lost" in done.err
    if damage == "locked":
        assert place.kinds() == ["began", "run"]


def test_verbose_tells_each_check(place) -> None:
    done = place.call("check", "-v", cwd=place.workspace(greeting="hello"))
    assert "  ✓ counts_up · passed" in done.out
    assert re.search(r"started web at \S+, process \d+", done.out)


def test_keep_leaves_the_program_running_until_enter(place) -> None:
    workspace = place.workspace()
    with place.start("check", "--keep", cwd=workspace) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        said = []
        while "until you press Enter" not in "".join(said):
            row = running.stdout.readline()
            assert row, "".join(said)
            said.append(row)
        (command,) = [row.strip() for row in said if row.strip().startswith("curl ")]
        shown = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=20)
        assert "good bye" in shown.stdout
        running.stdin.write("\n")
        running.stdin.flush()
        rest = running.stdout.read()
    assert running.returncode == 1
    assert "says_hello" not in rest
    assert subprocess.run(["/bin/sh", "-c", command], capture_output=True).returncode != 0


def test_keep_without_anybody_at_the_keyboard_ends(place) -> None:
    assert place.call("check", "--keep", cwd=place.workspace()).code == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_run_and_its_program(place, number: signal.Signals, code: int) -> None:
    workspace = place.workspace()
    with place.start("check", "--keep", "-v", cwd=workspace) as running:
        assert running.stdout is not None
        said = ""
        while "until you press Enter" not in said:
            row = running.stdout.readline()
            assert row, said
            said += row
        started = re.search(r"process (\d+)", said)
        assert started is not None
        running.send_signal(number)
        assert running.wait(30) == code
        assert running.stderr is not None
        assert "Traceback" not in running.stderr.read()
    with pytest.raises(ProcessLookupError):
        os.kill(int(started[1]), 0)


def test_a_reader_who_leaves_does_not_stop_the_run(place) -> None:
    workspace = place.workspace(greeting="hello")
    command = f"'{sys.executable}' -m firsthand check | head -n 1"
    done = subprocess.run(["/bin/sh", "-c", command], cwd=workspace, env=place.env, capture_output=True, text=True)
    assert done.stdout.startswith("tiny-greeting · python · seed ")
    assert done.stderr == ""
    assert list(place.history().read())[-1].data["verdict"] == "passed"


def test_closed_streams_do_not_stop_the_run(place) -> None:
    workspace = place.workspace(greeting="hello")
    command = f"'{sys.executable}' -m firsthand check --keep <&- >&- 2>&-"
    done = subprocess.run(["/bin/sh", "-c", command], cwd=workspace, env=place.env)
    assert done.returncode == 0
    assert list(place.history().read())[-1].data["verdict"] == "passed"


def test_a_full_disk_under_the_output_does_not_stop_the_run(place) -> None:
    workspace = place.workspace(greeting="hello")
    command = f"'{sys.executable}' -m firsthand check --junit /dev/full > /dev/full"
    done = subprocess.run(["/bin/sh", "-c", command], cwd=workspace, env=place.env, capture_output=True, text=True)
    assert done.returncode == 0
    assert "could not be written to /dev/full" in done.stderr
    assert list(place.history().read())[-1].data["verdict"] == "passed"


def test_watch_checks_again_when_a_file_has_changed(place) -> None:
    workspace = place.workspace()
    with place.start("check", "--watch", cwd=workspace) as running:
        assert running.stdout is not None
        _read_until(running, "Waiting for a change")
        new = workspace.parent / "new.py"
        new.write_text((workspace / "server.py").read_text().replace("good bye", "hello"))
        new.replace(workspace / "server.py")  # at once, as editors save
        assert "✓ passed" in _read_until(running, "Waiting for a change")
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
    assert running.returncode == 0


def _read_until(running: subprocess.Popen[str], words: str) -> str:
    assert running.stdout is not None
    said = ""
    while words not in said:
        row = running.stdout.readline()
        assert row, said
        said += row
    return said


def test_hints_come_one_by_one_and_are_recorded(place) -> None:
    workspace = place.workspace()
    done = place.call("hint", cwd=workspace)
    assert (done.code, "Nothing was checked here yet" in done.err) == (2, True)
    place.call("check", cwd=workspace)
    said = [place.call("hint", cwd=workspace).out for _ in range(4)]
    assert "Hint 1 of 3: Look at the body." in said[0]
    assert "2 more:" in said[0]
    assert "Hint 2 of 3: It is hello." in said[1]
    assert "Look at" not in said[1]
    assert "That was the last one." in said[2]
    assert "Hint 1 of 3" in said[3]
    numbers = [(e.data["check"], e.data["number"]) for e in place.history().read(kinds=["hint"])]
    assert numbers == [("says_hello", 1), ("says_hello", 2), ("says_hello", 3)]
    assert "Hint 1 of 1: Add one." in place.call("hint", "counts_up", "-w", str(workspace)).out
    done = place.call("hint", "says_helo", cwd=workspace)
    assert (done.code, "Did you mean says_hello?" in done.err) == (2, True)
    assert "all were read: this shows them again" in place.call("check", cwd=workspace).out


def test_a_solution_is_shown_after_giving_up_or_passing(place) -> None:
    workspace = place.workspace(greeting="hello")
    done = place.call("solution", cwd=workspace)
    assert done.code == 2
    assert "--give-up" in done.err
    done = place.call("solution", "tiny-greeting", "--give-up")
    assert done.code == 0
    assert "=== server.py" in done.out
    assert "ThreadingHTTPServer" in done.out
    assert place.call("check", cwd=workspace).code == 0
    assert place.call("solution", cwd=workspace).code == 0
    assert [e.data["after"] for e in place.history().read(kinds=["solution"])] == ["gave up", "passed"]
    done = place.call("solution", "tiny-greeting", "--lang", "php", "--give-up")
    assert (done.code, "There are: python." in done.err) == (2, True)


def test_where_no_solutions_are_installed_the_way_to_them_is_told(place) -> None:
    for file in sorted((place.lab / "solutions").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    (place.lab / "solutions").rmdir()
    done = place.call("solution", "tiny-greeting", "--give-up")
    assert done.code == 2
    assert "pip install firsthand-solutions==" in done.err


def test_a_run_can_be_read_listed_replayed_and_freed(place) -> None:
    workspace = place.workspace()
    checked = place.call("check", "--seed", "9", cwd=workspace)
    run = RUN_ID.search(checked.out)[1]
    (workspace / "server.py").write_text("broken beyond repair(")
    listed = place.call("runs").out
    assert re.search(rf"{run}  ✗ failed .* tiny-greeting  0/2 stages  seed 9 ", listed)

    replayed = place.call("replay", run)
    assert replayed.code == 1
    assert "tiny-greeting · python · seed 9" in replayed.out
    assert "✗ says_hello" in replayed.out
    assert f"replay {run} --keep" in replayed.out
    assert place.call("replay", run[-4:]).code == 1
    done = place.call("replay", "nonsense")
    assert (done.code, 'No run "nonsense" is kept.' in done.err) == (2, True)

    har = json.loads(place.call("trace", run, "--har", "-").out)
    assert har["log"]["entries"][0]["request"]["method"] == "GET"
    assert "says_hello" in place.call("trace", cwd=workspace).out
    assert place.call("trace", run, "--har", "out.har").out == "Written: out.har\n"
    done = place.call("trace", run, "--check", "counts_up")
    assert (done.code, "Nothing was recorded for a check" in done.err) == (2, True)

    done = place.call("clean", "--all")
    assert "3 runs" in done.out
    assert "Nothing was freed. Say --yes to free it." in done.out
    assert len(list((place.home / "data" / "runs").iterdir())) == 3
    assert "freed" in place.call("clean", "--all", "--yes").out
    assert list((place.home / "data" / "runs").iterdir()) == []
    assert place.kinds().count("run") == 3
    assert workspace.is_dir()
    assert place.call("runs").out == "No run is kept yet.\n"


def test_clean_keeps_the_newest_runs_unless_all_is_said(place) -> None:
    workspace = place.workspace()
    assert place.call("check", cwd=workspace).code == 1
    unfinished = place.home / "data" / "runs" / "20200101-000000-abcd"
    unfinished.mkdir()
    done = place.call("clean", "--yes")
    assert "1 unfinished runs" in done.out
    assert not unfinished.exists()
    assert len(list((place.home / "data" / "runs").iterdir())) == 1


def test_kept_runs_that_are_damaged_are_told(place) -> None:
    workspace = place.workspace()
    run = RUN_ID.search(place.call("check", cwd=workspace).out)[1]
    folder = place.home / "data" / "runs" / run
    (folder / "wire" / "wire.jsonl").write_text("{")
    done = place.call("trace")
    assert (done.code, "is damaged" in done.err) == (2, True)
    (folder / "submission.tar.gz").write_bytes(b"garbage")
    done = place.call("replay", run)
    assert (done.code, "is not a submission that was kept" in done.err) == (3, True)
    (folder / "submission.tar.gz").unlink()
    done = place.call("replay", run)
    assert (done.code, "No submission was kept" in done.err) == (2, True)
    (folder / "report.json").write_text("{")
    done = place.call("replay", run)
    assert (done.code, "is not a report" in done.err) == (2, True)
    assert "cannot be read" in place.call("runs").out


def test_a_replay_judges_as_much_as_the_run_did(place) -> None:
    from firsthand.cli.replay import scope
    from firsthand.content.load import find_lab

    lab = find_lab([place.content], "tiny-greeting")
    workspace = place.workspace()

    def report(*words: str):
        return decode(place.call("check", "--json", "-", *words, cwd=workspace).out.encode())

    assert scope(report(), lab) == ("", False)
    assert scope(report("--all"), lab) == ("", True)
    assert scope(report("--stage", "counts"), lab) == ("counts", False)
