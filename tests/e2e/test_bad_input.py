"""Bad programs and bad workspaces through the public command: the right verdict, exit code and words, nothing left."""

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from public_command import CALL_S, Place
from sandboxed import survivors
from small_lab import GREETER

HANDLER = """\
import os, socket, sys, threading, time

def serve(client):
    {}

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()
"""
FIRST = "import os, signal, subprocess, sys\n"

STARTS_BADLY = {
    "exits at once": ("print('no config'); raise SystemExit(3)", ["ended with exit code 3", "no config"]),
    "crashes": ("import nothing_like_this", ["exit code 1", "ModuleNotFoundError"]),
    "never listens": ("import signal\nprint('busy'); signal.pause()", ["listens on nothing", "PORT", "busy"]),
    "listens on another port": (
        "import socket, signal\nwith socket.create_server(('127.0.0.1', 0)) as s: signal.pause()",
        ["listens on 127.0.0.1:", "Read the port from the environment variable PORT"],
    ),
    "goes into the background": (
        FIRST + "import time\nif os.fork(): raise SystemExit\nos.setsid()\ntime.sleep(60)",
        ["went into the background", "in the foreground"],
    ),
}


@pytest.mark.parametrize("name", STARTS_BADLY)
def test_a_program_that_does_not_start_is_invalid_with_exit_code_3(place: Place, name: str) -> None:
    source, words = STARTS_BADLY[name]
    place.program(source)

    found = place.check()

    assert (found.exit_code, found.report.get("verdict")) == (3, "invalid"), found.words
    assert "did not start" in found.words
    for word in words:
        assert word in found.failure
        assert word in found.words


@pytest.mark.parametrize(
    ("procfile", "words"),
    [
        ("web: pyhton3 server.py\n", ["pyhton3", "python3"]),
        ("web python3 server.py\n", ["line 1", "web python3 server.py"]),
        ("worker: python3 server.py\n", ["web"]),
        ("", ["Procfile"]),
        ("build: false\nweb: python3 server.py\n", ["build", "exit code 1"]),
    ],
)
def test_a_procfile_that_cannot_be_used_is_invalid_and_quoted(place: Place, procfile: str, words: list[str]) -> None:
    place.program(GREETER, procfile)

    found = place.check()

    assert (found.exit_code, found.report.get("verdict")) == (3, "invalid"), found.words
    for word in words:
        assert word in found.words


def test_no_procfile_at_all_is_invalid_with_an_example_that_fits(place: Place) -> None:
    (place.workspace / "Procfile").unlink()

    found = place.check()

    assert found.exit_code == 3
    assert "web: python" in found.words
    assert "server.py" in found.words


ANSWERS_BADLY = {
    "garbage": ("client.sendall(b'\\x16\\x03\\x01 hello?\\r\\n\\r\\n'); client.close()", ["protocol"]),
    "nothing": ("time.sleep(60)", ["timeout"]),
    "one byte a second": (
        "client.sendall(b'HTTP/1.1 200 OK\\r\\n')\n    for _ in range(60): client.sendall(b'x'); time.sleep(1)",
        ["timeout"],
    ),
    "without end": (
        "client.sendall(b'HTTP/1.1 200 OK\\r\\n\\r\\n')\n    while True: client.sendall(b'x' * 65536)",
        ["limit"],
    ),
    "headers without end": (
        "client.sendall(b'HTTP/1.1 200 OK\\r\\n')\n    while True: client.sendall(b'X: ' + b'y' * 60000 + b'\\r\\n')",
        ["limit"],
    ),
    "a crash": ("os._exit(9)", ["exited", "exit code 9"]),
}


@pytest.mark.parametrize("name", ANSWERS_BADLY)
def test_a_program_that_answers_badly_has_failed_and_is_told_how(place: Place, name: str) -> None:
    line, words = ANSWERS_BADLY[name]
    place.program(HANDLER.format(line))

    found = place.check()

    assert (found.exit_code, found.report.get("verdict")) == (1, "failed"), found.words
    for word in words:
        assert word in found.failure


BEHAVES_ODDLY = {
    "prints a gigabyte": (
        "import threading\n"
        "def flood():\n    for _ in range(1024): os.write(1, b'x' * 2**20)\n"
        "import os; threading.Thread(target=flood, daemon=True).start()\n"
    ),
    "closes its pipes": "import os; os.close(1); os.close(2)\n",
    "ignores SIGTERM": "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n",
    "leaves a daemon behind": (
        "import os, signal, time\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)\n    os._exit(0)\n"
    ),
}


@pytest.mark.parametrize("name", BEHAVES_ODDLY)
def test_a_program_that_behaves_oddly_but_keeps_the_rules_passes_and_leaves_nothing(place: Place, name: str) -> None:
    place.program(BEHAVES_ODDLY[name] + GREETER)

    found = place.check()

    assert (found.exit_code, found.report.get("verdict")) == (0, "passed"), found.words


def test_links_sockets_and_pipes_in_a_workspace_are_left_out_and_told(place: Place) -> None:
    (place.workspace / "out").symlink_to("/etc/passwd")
    (place.workspace / "in").symlink_to("server.py")
    os.mkfifo(place.workspace / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place.workspace / "socket"))
        found = place.check("--verbose")

    assert found.exit_code == 0
    for name in ("out", "pipe", "socket"):
        assert f"{name}" in found.words
    assert "/etc/passwd" in found.words


def test_an_unreadable_file_is_invalid_and_named(place: Place) -> None:
    secret = place.workspace / "secret"
    secret.write_text("x")
    secret.chmod(0)
    if os.geteuid() == 0:
        pytest.skip("root reads every file; tests/unit/bench/test_submission.py shows it as another user")

    found = place.check()

    assert found.exit_code == 3
    assert "secret" in found.words


def test_a_workspace_of_a_hundred_thousand_files_is_refused_early_and_its_folder_named(place: Place) -> None:
    folder = place.workspace / "photos"
    folder.mkdir()
    original = folder / "0"
    original.write_bytes(b"")
    for number in range(1, 100_000):
        if number % 30_000 == 0:  # a file system bounds the links of one file
            original = folder / str(number)
            original.write_bytes(b"")
        else:
            os.link(original, folder / str(number))

    found = place.check()

    assert (found.exit_code, found.report.get("verdict")) == (3, "invalid"), found.words
    assert "photos" in found.words
    assert ".gitignore" in found.words


def test_no_lab_here_and_unknown_names_are_usage_errors(place: Place) -> None:
    elsewhere = place.root / "elsewhere"
    elsewhere.mkdir()

    for words, says in (
        (("check", str(elsewhere)), "firsthand.toml"),
        (("check", "--lab", "small-lba"), "small-lab"),
        (("check", "--stage", "stage-9"), "stage-1"),
        (("check", "--seed", "many"), "many"),
        (("check", "nowhere"), "nowhere"),
    ):
        done = place.call(*words)
        assert done.returncode == 2, done.stderr
        assert says in done.stderr
        assert "Traceback" not in done.stderr


def check_with_a_full_disk_at(place: Place, folder: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """`firsthand check --json -` in a mount namespace in which we are root and this folder is a full disk."""
    unshare = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]
    if subprocess.run([*unshare, "true"], capture_output=True).returncode:
        pytest.skip("this system allows no mount namespace, in which a disk could be full")
    folder.mkdir(parents=True)
    full = f"mount -t tmpfs -o size=64k,mode=0711 tmpfs {folder} && {{ head -c 1000000 /dev/zero > {folder}/full; "
    call = [*place.command, "check", "--json", "-"]
    return subprocess.run(
        [*unshare, "sh", "-c", full + 'exec "$0" "$@"; }', *call],
        cwd=place.workspace,
        env={**place.env, **changes},
        capture_output=True,
        text=True,
        timeout=CALL_S,
    )


def test_a_full_disk_is_our_error_and_nothing_of_the_learners(place: Place) -> None:
    done = check_with_a_full_disk_at(place, place.root / "temp" / "firsthand-0", TMPDIR=str(place.root / "temp"))

    assert done.returncode == 4, done.stderr
    assert "Traceback" not in done.stderr
    assert "disk" in done.stderr or "No space left" in done.stderr


def test_a_full_disk_under_the_evidence_changes_no_verdict(place: Place) -> None:
    own = place.root / "own"
    own.mkdir()
    own.chmod(0o755)
    done = check_with_a_full_disk_at(place, place.root / "home" / "data", TMPDIR=str(own))

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "passed"
    assert "disk" in done.stderr


def test_two_checks_at_once_in_one_workspace_both_judge(place: Place) -> None:
    env = place.env
    call = place.command
    both = [
        subprocess.Popen(
            [*call, "check", "--json", "-", "--seed", "5"],
            cwd=place.workspace,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    reports = [json.loads(one.communicate(timeout=CALL_S)[0]) for one in both]

    assert [report["verdict"] for report in reports] == ["passed", "passed"]
    assert reports[0]["run"] != reports[1]["run"]


@pytest.mark.parametrize("trouble", ["corrupt", "newer", "locked"])
def test_trouble_with_the_history_never_changes_a_verdict(place: Place, trouble: str) -> None:
    import sqlite3

    assert place.check().exit_code == 0
    file = next((place.root / "home").rglob("history.sqlite3"))
    holder = None
    if trouble == "corrupt":
        file.write_bytes(b"this is no database" * 100)
        for beside in file.parent.glob("history.sqlite3-*"):
            beside.unlink()
    elif trouble == "newer":
        with sqlite3.connect(file) as database:
            database.execute("PRAGMA user_version = 99")
        database.close()
    else:
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")

    found = place.check()
    if holder is not None:
        holder.rollback()
        holder.close()

    assert found.exit_code == 0
    assert "history" in found.words
    if trouble == "locked":
        place.check()
        exported = place.call("history", "export").stdout.splitlines()
        assert len([line for line in exported if json.loads(line)["kind"] == "run"]) == 3


def test_a_killed_check_is_cleaned_up_by_the_next_one(place: Place) -> None:
    place.program(HANDLER.format("time.sleep(100)"))
    env = {**place.env, "TMPDIR": str(place.root / "temp")}
    (place.root / "temp").mkdir()
    (place.root / "temp").chmod(0o755)
    call = [*place.command, "check", "--verbose"]
    killed = subprocess.Popen(call, cwd=place.workspace, env=env, stdout=subprocess.PIPE, text=True)
    assert killed.stdout
    for line in killed.stdout:
        if "at 127.0.0.1" in line:
            break
    killed.kill()
    killed.communicate(timeout=CALL_S)
    run = next(p.name for p in (place.root / "temp").glob("firsthand-*/2*"))
    assert survivors(run) != []

    place.program(GREETER)
    assert place.check(TMPDIR=str(place.root / "temp")).exit_code == 0

    assert survivors(run) == []
    assert not list((place.root / "temp").glob("firsthand-*/*"))


def test_an_authors_broken_check_is_our_error_with_exit_code_4(place: Place) -> None:
    checks = next((place.root / "content").rglob("checks.py"))
    checks.write_text(checks.read_text().replace("expect(", "expect(nobody, "))

    found = place.check()

    assert (found.exit_code, found.report.get("verdict")) == (4, "error"), found.words
    assert f"{checks}:" in found.words
    assert "not your fault" in found.words or "lost" in found.words


def test_nothing_of_ours_stays_in_the_temporary_folder(place: Place) -> None:
    temp = place.root / "temp"
    temp.mkdir()
    temp.chmod(0o755)

    assert place.check(TMPDIR=str(temp)).exit_code == 0

    assert [p for p in temp.rglob("*") if p.parent != temp] == []
    shutil.rmtree(temp)
