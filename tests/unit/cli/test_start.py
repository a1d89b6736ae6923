"""How the command begins and ends: quickly, lazily, and never with a traceback."""

import signal
import subprocess
import sys

import pytest

from firsthand import __version__
from firsthand.cli.main import COMMANDS

HEAVY = ("rich", "asyncio", "h11", "junitparser", "sqlite3", "platformdirs", "firsthand.bench", "firsthand.content")


def _imported(place, code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        env=place.env,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_told(place, option: str) -> None:
    assert place.call(option).out == f"firsthand {__version__}\n"
    assert place.call("--content", ".", option).out == f"firsthand {__version__}\n"


def test_the_version_is_answered_before_anything_is_imported(place) -> None:
    code = "import sys\nsys.argv = ['firsthand', '--version']\nfrom firsthand.__main__ import main\nmain()"
    assert not {"click", "importlib.metadata", "pathlib", *HEAVY} & _imported(place, code)


def test_the_main_module_imports_no_command_and_nothing_slow(place) -> None:
    found = _imported(place, "import firsthand.cli.edge")
    assert not set(HEAVY) & found
    assert not {entry.module for entry in COMMANDS.values()} & found


def test_the_first_line_of_check_waits_for_nothing_slow(place) -> None:
    found = _imported(
        place, "from firsthand.cli import check, outputs, reporters\nfrom firsthand.study import library, workspace"
    )
    assert not {"rich", "asyncio", "h11", "junitparser", "sqlite3", "firsthand.bench.run"} & found


def test_help_names_every_command_without_importing_one(place) -> None:
    done = place.call("--help")
    assert done.code == 0
    for name, entry in COMMANDS.items():
        assert f"{name} " in done.out
        assert entry.about in done.out


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help_of_its_own(place, name: str) -> None:
    done = place.call(name, "--help")
    assert done.code == 0
    assert f" {name} " in done.out


def test_no_word_at_all_shows_what_there_is(place) -> None:
    done = place.call()
    assert done.code == 0
    assert "Learn:" in done.out


def test_a_mistyped_command_is_recognised(place) -> None:
    done = place.call("chekc")
    assert done.code == 2
    assert 'no command "chekc". Did you mean check?' in done.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["check", "--seed", "x"], "Invalid value for '--seed'"),
        (["check", "--seed", "-1"], "Invalid value for '--seed'"),
        (["check", "--seed", "4294967296"], "Invalid value for '--seed'"),
        (["check", "--nonsense"], "No such option"),
        (["begin"], "Missing argument 'LAB'"),
    ],
)
def test_a_wrong_option_is_told_with_where_to_read_more(place, words: list[str], says: str) -> None:
    done = place.call(*words)
    assert done.code == 2
    assert says in done.err
    assert f"{words[0]} --help tells how it is used." in done.err


def test_a_fault_of_ours_is_an_apology_and_a_file_never_a_traceback(place) -> None:
    code = (
        "import sys\nfrom firsthand.cli import edge, labs\n"
        "def broken(*_): raise ZeroDivisionError('surprise')\n"
        "labs.labs.callback = broken\n"
        "sys.exit(edge.run(['labs']))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=place.env, capture_output=True, text=True)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr
    assert "ZeroDivisionError: surprise" in done.stderr
    (file,) = (place.home / "data" / "crashes").iterdir()
    assert str(file) in done.stderr
    assert "Traceback" in file.read_text()
    debug = {**place.env, "FIRSTHAND_DEBUG": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=debug, capture_output=True, text=True)
    assert "Traceback" in done.stderr


def test_a_home_that_cannot_be_made_is_told(place) -> None:
    place.home.write_text("a file in the way")
    done = place.call("runs")
    assert done.code == 4
    assert "FIRSTHAND_HOME" in done.err
    assert "Traceback" not in done.err


def test_a_reader_who_leaves_early_hears_nothing_of_it(place) -> None:
    command = f"'{sys.executable}' -m firsthand completion bash | head -c 1"
    done = subprocess.run(["/bin/sh", "-c", command], env=place.env, capture_output=True, text=True)
    assert done.stderr == ""
    assert len(done.stdout) == 1


def test_signs_that_a_terminal_cannot_show_do_not_stop_a_command(place) -> None:
    done = place.call("begin", "tiny-greeting", "--lang", "python", env={"PYTHONIOENCODING": "ascii"})
    assert done.code == 0
    assert "?" in done.out


def test_an_interrupt_ends_quietly(place) -> None:
    code = (
        "import os, signal, sys\nfrom firsthand.cli import edge, labs\n"
        f"labs.labs.callback = lambda: os.kill(os.getpid(), {int(signal.SIGINT)})\n"
        "sys.exit(edge.run(['labs']))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=place.env, capture_output=True, text=True)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
