"""The code of a lesson is run in order, in a folder of its own, and what it does is compared with its page."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from firsthand.content.kits import kits_in
from firsthand.content.model import Lesson
from firsthand.proof import page
from firsthand.proof.lesson_runs import PageRun, Runnable, run_pages

Run = Callable[..., PageRun]
FRONT = "+++\n+++\n"


@pytest.fixture
def run(open_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a page with this text."""
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(open_path))

    def run_page(*blocks: str, again: bool = False) -> PageRun:
        file = tmp_path / "00-page.md"
        file.write_text(FRONT + "\n".join(blocks), encoding="utf-8")
        found = Runnable.of(Lesson("acme/page", "A page", 5, (), "acme", file), kits_in(tmp_path))
        assert found, "there is something to run"
        (done,) = run_pages([found], again=again, watch=lambda _run: None)
        assert list(open_path.glob("*/*")) == [], "nothing is left behind"
        return done

    return run_page


def block(info: str, *lines: str) -> str:
    return "\n".join([f"```{info}", *lines, "```", ""])


def told(done: PageRun) -> list[tuple[str, str]]:
    """The kind of each finding, and the line of the page that it points at."""
    lines = ["", *done.lesson.file.read_text(encoding="utf-8").split("\n")]
    return [(finding.kind.value, lines[finding.line]) for finding in done.findings]


def test_blocks_share_the_folder_of_their_page_and_are_run_in_order(run):
    done = run(
        block("sh file=bin/greet.sh", 'echo "hello $1"'),
        block("sh run", "sh bin/greet.sh Ada; echo oops >&2; echo 1 > kept"),
        block("text output", "hello Ada", "oops"),
        block("python run exit=3", "import os, sys", "print(sorted(os.listdir()), open('kept').read())", "sys.exit(3)"),
        block("text output", "['bin', 'example.py', 'kept'] 1", ""),
        block("sh run", "ls"),
        block("text output", "bin", "kept"),
    )
    assert (done.state, done.findings) == ("right", ())


def test_code_is_at_home_in_its_folder_and_sees_nothing_of_who_runs_it(run, monkeypatch):
    monkeypatch.setenv("SECRET_OF_MINE", "1")
    done = run(
        block("sh run", "env | grep -c SECRET_OF_MINE", "[ $HOME = $PWD ] && [ $PORT -gt 1023 ] && echo $TZ $LANG"),
        block("text output", "0", "UTC C.UTF-8"),
    )
    assert told(done) == []


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_javascript_is_run_as_a_module_where_it_is_one(run):
    done = run(
        block("js run", 'const path = require("node:path");', "console.log(path.basename(__filename));"),
        block("text output", "example.js"),
        block("js run", 'import path from "node:path";', "console.log(path.basename(import.meta.url));"),
        block("text output", "example.mjs"),
    )
    assert (done.lacks, told(done)) == ("", [])


def test_commits_have_the_same_ids_in_every_run(run):
    first, second = (
        run(block("sh run", "git init -q && git commit -q --allow-empty -m x", "git log"), block("text output", ""))
        for _ in range(2)
    )
    assert "Author: Ada <ada@example.test>" in first.findings[0].advice
    assert first.findings == second.findings


def test_what_a_page_says_wrongly_is_told_and_the_rest_is_run_all_the_same(run):
    done = run(
        block("sh run", "echo one; echo two"),
        block("text output", "one", "2"),
        block("sh run", "exit 4"),
        block("python run exit=1", "print('fine')"),
        block("sh run", "sleep 600 & disown"),
    )
    assert done.state == "wrong"
    assert told(done) == [
        ("run-output", "2"),
        ("run-exit", "```sh run"),
        ("run-exit", "```python run exit=1"),
        ("run-left", "```sh run"),
    ]
    assert done.findings[1].message == "This ended with exit code 4; expected 0."
    assert done.findings[2].advice == "It printed:\nfine"


def test_after_a_block_that_does_not_end_nothing_more_is_run(run, monkeypatch):
    monkeypatch.setattr(page, "BLOCK_S", 0.2)
    done = run(block("sh run", "echo begun; sleep 600"), block("sh run", "exit 4"))

    assert told(done) == [("run-time", "```sh run")]
    assert "begun" in done.findings[0].advice


def test_output_that_the_page_does_not_show_is_not_compared(run):
    assert run(block("sh run", "echo anything"), "It prints something.\n").state == "right"


def test_a_page_is_run_again_when_what_is_run_has_changed_or_that_is_asked_for(run):
    code = block("sh run", "echo one"), block("text output", "one")

    assert run(*code).state == "right"
    assert run(*code).state == "unchanged"
    assert run("More words.\n", *code).state == "unchanged"
    assert run(*code, again=True).state == "right"
    assert run(code[0], block("text output", "…")).state == "right"


def test_a_page_that_was_wrong_is_always_run_again(run):
    assert [run(block("sh run", "exit 4")).state for _ in range(2)] == ["wrong", "wrong"]


def test_a_command_that_is_not_here_keeps_a_page_from_being_judged_unless_the_page_expects_that(run):
    missing = run(block("sh run", "nosuchcommand --now"))

    assert (missing.state, missing.lacks) == (
        "not run",
        "The command `nosuchcommand` is not on this machine. Install it.",
    )
    expected = block("text output", "bash: line 1: nosuchcommand: command not found")
    assert run(block("sh run exit=127", "nosuchcommand --now"), expected).state == "right"


def test_a_kit_that_is_imported_must_be_installed(run, tmp_path):
    kit = tmp_path / "kits/python"
    kit.mkdir(parents=True)
    (kit / "requirements.in").write_text("psycopg-pool\n")
    (kit / "requirements.txt").write_text("psycopg-pool==3.2\n")

    assert "kit is not installed" in run(block("python run", "from psycopg_pool import ConnectionPool")).lacks
    assert run(block("python run", "print('psycopg_pool')")).state == "right"


def test_a_page_without_a_run_block_is_not_run(tmp_path):
    file = tmp_path / "00-page.md"
    file.write_text(FRONT + block("sh", "exit 1") + block("sh file=a.sh", "exit 1"))

    assert Runnable.of(Lesson("acme/page", "A page", 5, (), "acme", file), {}) is None


@pytest.mark.slow
def test_sql_is_run_on_a_fresh_database_as_psql_prints_it_and_programs_find_the_same(run, monkeypatch):
    monkeypatch.setenv("FIRSTHAND_BENCH", "here")
    page_of_sql = (
        block(
            "sql run", "create table shop (id int primary key);", "insert into shop values (1), (22);", "table shop;"
        ),
        block("text output", "CREATE TABLE", "INSERT 0 2", " id", "----", "  1", " 22", "(2 rows)"),
        block("sql run exit=1", "insert into shop values (1);", "select 1 as one;"),
        block("text output", "ERROR:  duplicate key …", "DETAIL:  …", " one", "-----", "   1", "(1 row)"),
        block("sh run", "case $DATABASE_URL in postgres*) echo a database ;; esac"),
        block("text output", "a database"),
    )
    assert [run(*page_of_sql, again=True).state for _ in range(2)] == ["right", "right"]
