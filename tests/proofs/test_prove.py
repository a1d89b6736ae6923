"""`firsthand author prove` on a real lab: green when every promise is kept, and a finding for each that is not."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from firsthand.bench.sandbox import processes
from proofs.machine import LAB, Author, Done

Prove = Callable[..., Done]

PYTHON = "solutions/python/server.py"
HELLO = "stages/01-hello/checks.py"


def test_a_new_lab_has_no_mistakes_and_proves_green(author: Author, tmp_path: Path) -> None:
    linted = author.call("lint", "--json", "-")
    assert [f for f in json.loads(linted.out)["findings"] if f["file"].startswith(str(author.content))] == []

    done = author.call("prove", LAB, "--repeat", "2", "--json", tmp_path / "proof.json")

    assert (done.code, done.err.count("of 24 runs")) == (0, 4), done.out
    assert re.search(r"^acme-notes +javascript, python +2 +7 +8 +8 +0 +\d\.\d+ s$", done.out, re.MULTILINE), done.out
    assert "Proved: 1 lab, 7 checks, 8 bugs, 24 runs, 0 flakes" in done.out
    (lab,) = json.loads((tmp_path / "proof.json").read_text())["labs"]
    assert (lab["lab"], lab["repeats"], lab["flakes"]) == (LAB, 2, 0)
    assert [(s["language"], s["verdict"]) for s in lab["solutions"]] == [("javascript", "passed"), ("python", "passed")]
    assert all(check["bugs"] for check in lab["checks"])
    assert all(bug["caught_by"] == check["check"] for check in lab["checks"] for bug in check["bugs"])


def test_the_proof_leaves_nothing_behind(author: Author, proved: Prove) -> None:
    proved("--only", "solutions")
    assert author.left_behind() == []
    assert not (Path(author.env["FIRSTHAND_HOME"]) / "data" / "runs").exists()
    assert not list(author.content.rglob("__pycache__/server*"))


def test_json_alone_goes_to_standard_output(proved: Prove) -> None:
    done = proved("--only", "solutions", "--json", "-")
    assert json.loads(done.out)["schema"] == 1
    assert "Proved: 1 lab" in done.err


def test_a_solution_that_fails_is_told_with_a_command_that_shows_it_again(author: Author, proved: Prove) -> None:
    author.edit(PYTHON, "Hello, {unquote(name)}!", "Hello {unquote(name)}!")
    done = proved("--only", "solutions")
    assert done.code == 1
    assert "The python solution fails at check greets_by_name of stage hello: Body of GET /hello/" in done.out
    seed = re.search(r"prove acme-notes --only solutions --lang python --seed (\d+)", done.out)
    assert seed is not None
    again = proved("--only", "solutions", "--lang", "python", "--seed", seed[1], "--json", "-")
    assert again.code == 1
    assert f"seed {seed[1]}" in again.err


def test_a_bug_that_nothing_catches_is_told(author: Author, proved: Prove) -> None:
    author.edit(HELLO, 'equals(("text/plain", "utf-8"))', 'differs_from(("", ""))')
    done = proved("--only", "bugs")
    assert done.code == 1
    assert "The bug says_that_it_is_text--as-html (python) is caught by no check." in done.out
    assert done.out.count("--seed") == 1


def test_a_bug_that_another_check_catches_first_is_told(author: Author, proved: Prove) -> None:
    author.edit("stages/02-notes/checks.py", 'expect(first.status, "status of the first PUT").equals(MADE)', "pass")
    done = proved("--bug", "tells_new_from_replaced--always-200")
    assert done.code == 1
    assert "is caught by no check" in done.out
    patch = author.lab / "bugs/python/tells_new_from_replaced--always-200.patch"
    shutil.copy(author.lab / "bugs/python/keeps_the_bytes--absent-notes.patch", patch)
    done = proved("--bug", "tells_new_from_replaced--always-200")
    assert "is caught first by keeps_the_bytes, not by tells_new_from_replaced" in done.out


def test_a_starter_that_does_not_fail_as_declared_is_told(author: Author, proved: Prove) -> None:
    author.edit("lab.toml", 'says = "got 501"', 'says = "got 500"')
    done = proved("--only", "starters")
    assert done.code == 1
    assert done.out.count('without the promised words "got 500": Status of GET /hello/') == 2


def test_a_check_that_breaks_is_told_with_its_line(author: Author, proved: Prove) -> None:
    author.edit(HELLO, "    name = wide_name(rng)\n", "    name = wide_name(rng)[1_000]\n")
    done = proved("--only", "solutions", "--lang", "python")
    assert done.code == 1
    assert "could not be judged at check decodes_the_name of stage hello" in done.out
    assert re.search(r"01-hello/checks\.py:\d+$", done.out, re.MULTILINE)


def test_a_check_that_kills_its_process_takes_only_its_own_run_along(author: Author, proved: Prove) -> None:
    author.edit(HELLO, "    name = wide_name(rng)\n", "    name = wide_name(rng)\n    import os; os._exit(7)\n")
    done = proved("--only", "solutions", "--only", "starters", "--jobs", "1")
    assert done.code == 1
    assert done.out.count("solution did not finish: the process that ran it ended with code 7.") == 2
    assert "starter" not in done.out  # judged by the worker's successor, and as promised
    assert "4 runs" in done.out
    assert author.left_behind() == []
    assert processes.working_in(Path(author.env["TMPDIR"]), processes.everybody()) == set()


def test_a_patch_that_does_not_apply_is_told(author: Author, proved: Prove) -> None:
    author.edit(PYTHON, '"text/plain; charset=utf-8"', "'text/plain; charset=utf-8'")
    done = proved("--only", "bugs")
    assert done.code == 1
    assert (
        "The bug says_that_it_is_text--as-html (python) cannot be made: It does not apply to the solution" in done.out
    )


def test_a_language_that_is_missing_here_is_not_proved_unless_that_is_said_to_be_fine(
    author: Author, proved: Prove, open_place: Path
) -> None:
    tools = open_place / "bin"  # where programs under root can look, too
    tools.mkdir()
    for name in ("python3", "git"):
        # Not the tests' own Python, which may lie where root's programs cannot reach it.
        found = shutil.which(name, path="/usr/bin:/bin") or shutil.which(name) or ""
        (tools / name).symlink_to(Path(found).resolve())
    without_node = {"PATH": str(tools)}
    done = proved("--only", "solutions", env=without_node)
    assert done.code == 1
    assert "Not proved on this machine:" in done.out
    assert "The javascript solution is not proved here: The command `node` was not found" in done.out
    assert "things are not as promised" not in done.out
    allowed = proved("--only", "solutions", "--missing-ok", env=without_node)
    assert allowed.code == 0, allowed.out


def test_what_cannot_be_asked_for_is_refused_in_words(author: Author, proved: Prove) -> None:
    assert (done := author.call("prove", "acme-note")).code == 2
    assert "Did you mean acme-notes?" in done.err
    assert (done := proved("--bug", "greets_by_name--absent")).code == 2
    assert "Did you mean greets_by_name--absent-hello?" in done.err
    assert (done := proved("--lang", "cobol")).code == 2
    assert "There is nothing in cobol" in done.err
    assert (done := proved("--bug", "greets_by_name--absent-hello", "--only", "starters")).code == 2
    assert "There is nothing to run here" in done.err
    assert (done := proved("--json", "no/such/folder.json", "--only", "starters", "--lang", "python")).code == 2
    assert "cannot be written" in done.err
    assert "runs" not in done.err, "it is said before anything runs"
