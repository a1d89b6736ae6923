"""What a newcomer meets first: the tour, `run` beside one's own work, and the doctor."""

import os
import pty
import select
import signal
import subprocess
import urllib.request

import pytest
from public_command import CALL_S, Place

from firsthand.cli import tour as tour_command
from firsthand.core.deadlines import Deadline

KEEPS = """\
import os, socket
from pathlib import Path

kept = Path(os.environ["DATA_DIR"]) / "visits"
print("hello from the program")
with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        client, _ = listener.accept()
        if client.recv(65536):
            kept.write_text(str(int(kept.read_text()) + 1 if kept.exists() else 1))
            body = kept.read_bytes()
            head = b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\nConnection: close\\r\\n\\r\\n" % len(body)
            client.sendall(head + body)
        client.close()
"""


def test_the_tour_tells_the_whole_story_to_whoever_only_reads(place: Place) -> None:
    done = place.call("tour")

    assert done.returncode == 0, done.stdout + done.stderr
    story = ["1. A workspace", "✗", "waits_for_the_whole_head", "on the wire", "+        while", "✓ passed this stage"]
    at = [done.stdout.index(part) for part in story]
    assert at == sorted(at)
    assert "firsthand-tour" in done.stdout
    runs = [event["data"] for event in place.history() if event["kind"] == "run"]
    assert len(runs) == 2
    assert not any(run["counts"] or run["competencies"] for run in runs)  # the program is not the learner's
    assert "Hint 1" in place.call("hint", "--workspace", "firsthand-tour", "waits_for_the_whole_head").stdout


def test_a_run_whose_seed_was_chosen_does_not_count(place: Place) -> None:
    chosen = place.check("--seed", "7")
    drawn = place.check()

    assert chosen.exit_code == drawn.exit_code == 0
    assert "does not count" in chosen.words
    assert "for the first time" not in chosen.words
    assert "for the first time" in drawn.words
    runs = [event["data"] for event in place.history() if event["kind"] == "run"]
    assert [run["stages_passed"] for run in runs] == [[], ["stage-1"]]


def test_the_tour_can_be_taken_twice_but_touches_no_folder_of_others(place: Place) -> None:
    assert place.call("tour").returncode == 0
    assert place.call("tour").returncode == 0
    marker = place.workspace / "firsthand-tour" / "firsthand.toml"
    marker.unlink()

    done = place.call("tour")

    assert done.returncode == 2
    assert "was not touched" in done.stderr


@pytest.mark.parametrize("mends", ["the learner", "the tour"])
def test_the_tour_waits_for_the_learner_at_a_terminal(place: Place, mends: str) -> None:
    ours, theirs = pty.openpty()
    touring = subprocess.Popen(
        [*place.command, "tour"],
        cwd=place.workspace,
        env={**place.env, "TERM": "xterm", "NO_COLOR": "1"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        _read_until(ours, "press Enter")
        if mends == "the tour":
            os.write(ours, b"\n")
        else:
            program = place.workspace / "firsthand-tour" / "server.py"
            program.write_text(program.read_text().replace(tour_command.FAULT, tour_command.MENDED))
        seen = _read_until(ours, "That is all there is to it")
        assert ("The fault is mended" in seen) == (mends == "the tour")
        assert "passed this stage" in seen
        assert touring.wait(timeout=CALL_S) == 0
    finally:
        touring.kill()
        touring.wait()
        os.close(ours)


def test_the_fault_of_the_tour_is_where_it_is_mended() -> None:
    assert (tour_command.PROGRAM / "server.py").read_text().count(tour_command.FAULT) == 1


def test_run_leaves_the_program_to_its_learner_and_keeps_its_data_until_fresh(place: Place) -> None:
    place.program(KEEPS)
    visits = []
    addresses = set()

    for words in ((), (), ("--fresh",)):
        running, address = _started(place, *words)
        addresses.add(address)
        with urllib.request.urlopen(address, timeout=20) as reply:
            visits.append(reply.read())
        told = _stopped(running)
        assert "web  GET /  → 200" in told
        assert "hello from the program" in told

    assert visits == [b"1", b"2", b"1"]
    assert len(addresses) == 1
    assert not list((place.root / "temp").glob("firsthand-*/*"))


def test_run_starts_the_worker_too_and_no_other_line_of_the_procfile(place: Place) -> None:
    place.program(KEEPS)
    with (place.workspace / "Procfile").open("a") as procfile:
        procfile.write("\nrelease: exit 9\nworker: python3 worker.py\n")
    (place.workspace / "worker.py").write_text(
        "import time\nprint('the worker is here', flush=True)\ntime.sleep(600)\n"
    )

    running, _address = _started(place)
    lines = iter(running.stdout or ())
    assert any("the worker is here" in text for text in lines)
    _stopped(running)


def test_a_worker_that_ends_while_it_runs_is_told(place: Place) -> None:
    place.program(KEEPS)
    with (place.workspace / "Procfile").open("a") as procfile:
        procfile.write("\nworker: python3 worker.py\n")
    (place.workspace / "worker.py").write_text("import sys\nsys.stdin.read()\nraise SystemExit(4)\n")

    done = place.call("run")

    assert "exit code 4" in done.stdout + done.stderr
    assert done.returncode != 0


def test_a_program_that_ends_while_it_runs_is_told(place: Place) -> None:
    place.program("import os, socket\nsocket.create_server(('127.0.0.1', int(os.environ['PORT']))).accept()\nexit(5)\n")
    running, address = _started(place)
    with pytest.raises(OSError, match=r".*"):
        urllib.request.urlopen(address, timeout=20)

    told = _rest(running)
    assert "ended with exit code 5" in told
    assert running.returncode == 1


def test_a_program_that_does_not_start_is_told_by_run_too(place: Place) -> None:
    place.program("raise SystemExit('no config')")

    done = place.call("run")

    assert done.returncode == 3
    assert "no config" in done.stdout + done.stderr


def test_the_doctor_tells_languages_limits_and_places(place: Place) -> None:
    done = place.call("doctor")

    assert done.returncode == 0, done.stdout
    for part in ("tier", "plain", "python", "node", "php", "open files", str(place.root / "home"), "Nothing stands"):
        assert part in done.stdout


def test_the_doctor_says_how_to_get_what_is_missing(place: Place) -> None:
    done = place.call("doctor", PATH="/nowhere")

    assert "not here" in done.stdout
    assert "nstall" in done.stdout


def _started(place: Place, *words: str) -> tuple["subprocess.Popen[str]", str]:
    temp = place.root / "temp"
    temp.mkdir(exist_ok=True)
    temp.chmod(0o755)
    running = subprocess.Popen(
        [*place.command, "run", *words],
        cwd=place.workspace,
        env={**place.env, "TMPDIR": str(temp)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert running.stdout is not None
    seen = []
    for text in running.stdout:
        seen.append(text)
        if text.strip().startswith("address"):
            return running, text.split()[-1]
    raise AssertionError("".join(seen))


def _stopped(running: "subprocess.Popen[str]") -> str:
    running.send_signal(signal.SIGINT)
    told = _rest(running)
    assert running.returncode == 0, told
    return told


def _rest(running: "subprocess.Popen[str]") -> str:
    """What it prints until its end; not by `communicate`, which forgets what was read ahead."""
    with running:
        assert running.stdout is not None
        return running.stdout.read()


def _read_until(terminal: int, words: str) -> str:
    seen = b""
    deadline = Deadline.after(40)
    while words.encode() not in seen and not deadline.passed:
        try:
            if select.select([terminal], [], [], deadline.left_s)[0]:
                seen += os.read(terminal, 65_536)
        except OSError:  # the other side is gone
            break
    text = seen.decode("utf-8", "replace")
    assert words in text, text
    return text


def test_a_long_conversation_is_an_overview_on_a_terminal_and_whole_when_asked_or_piped(place: Place) -> None:
    checks = next((place.root / "content").rglob("checks.py"))
    greets = '    expect((await http.get("/"))'
    many = '    for n in range(150):\n        await http.get(f"/{n}")\n'
    checks.write_text(checks.read_text().replace(greets, many + greets))
    assert place.check().exit_code == 0

    piped = place.call("trace").stdout
    assert "GET /149 HTTP/1.1" in piped
    assert "GET /149 HTTP/1.1" in _at_a_terminal(place, "trace", "--all")
    overview = _at_a_terminal(place, "trace")
    assert "GET /149" not in overview
    assert "greets   151 connections" in overview
    assert f"All {len(piped.splitlines()):,} lines" in overview


def _at_a_terminal(place: Place, *words: str) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*place.command, *words],
        cwd=place.workspace,
        env={**place.env, "TERM": "xterm", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        seen = b""
        try:
            while data := os.read(ours, 65_536):
                seen += data
        except OSError:  # the other side is gone
            os.close(ours)
    return seen.decode("utf-8", "replace")


def test_a_folder_without_a_marker_is_known_once_it_was_checked(place: Place) -> None:
    (place.workspace / "firsthand.toml").unlink()
    place.program("import os, socket\nsocket.create_server(('127.0.0.1', int(os.environ['PORT']))).accept()")
    assert place.call("check").returncode == 2

    first = place.check("--lab", "small-lab")

    assert first.exit_code == 1
    for words in (("trace",), ("brief",), ("hint", "greets"), ("solution", "--give-up")):
        assert "firsthand.toml" not in place.call(*words).stderr
    assert place.check().exit_code == 1
