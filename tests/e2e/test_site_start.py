"""`firsthand start` as users meet it: two at once, ports in use, damaged files, browsers, signals; nothing is left."""

import errno
import json
import os
import pty
import select
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from site_process import END_S, UP_S, environment, site

import firsthand
from firsthand.bench.program.ports_book import PortBook
from firsthand.core.deadlines import Deadline

FREE = "--port"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[str]:
    book = PortBook(tmp_path, 0)
    yield str(book.take("site"))
    book.close()


def _call(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "firsthand", *words],
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=UP_S,
    )


def _processes(home: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"FIRSTHAND_HOME={home}\0".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_the_address_opens_the_site_for_one_browser(tmp_path, port) -> None:
    with site(tmp_path, FREE, port) as running:
        assert running.said.startswith("Loading the path ...")
        assert running.get("/").status == 403
        cookie = running.enter()
        assert running.get("/", cookie=cookie).status == 200
        assert running.get(running.link).status == 403


def test_a_second_start_opens_the_one_that_runs(tmp_path, port) -> None:
    with site(tmp_path, FREE, port) as running:
        again = _call(tmp_path, "start", "--no-open")
        assert again.returncode == 0
        assert f"It runs already, as process {running.pid}." in again.stdout
        link = next(word for word in again.stdout.split() if word.startswith("http"))
        assert running.get("/", cookie=running.enter(link)).status == 200

        elsewhere = _call(tmp_path, "start", "--no-open", "--port", "1")
        assert "It does not listen on port 1" in elsewhere.stdout


def test_the_next_free_port_is_taken_unless_one_was_chosen(tmp_path) -> None:
    with site(tmp_path / "one") as first, site(tmp_path / "two") as second:
        assert first.port != second.port
        refused = _call(tmp_path / "three", "start", "--no-open", "--port", str(first.port))
    assert refused.returncode == 2
    assert f"Port {first.port} is in use by the Firsthand of another home or user." in refused.stderr
    assert "--port NUMBER" in refused.stderr


def test_two_homes_do_not_shut_each_other_out(tmp_path) -> None:
    with site(tmp_path / "one") as first, site(tmp_path / "two") as second:
        both = f"{first.enter()}; {second.enter()}"
        assert first.get("/", cookie=both).status == 200
        assert second.get("/", cookie=both).status == 200


def test_a_port_of_another_program_is_told(tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(UP_S)
        port = str(other.getsockname()[1])
        refused = _call(tmp_path, "start", "--no-open", "--port", port)
    assert refused.returncode == 2
    assert f"Port {port} is in use by another program." in refused.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_it_ends_when_it_is_told_and_leaves_nothing(number: int, code: int, tmp_path, port) -> None:
    with site(tmp_path, FREE, port) as running:
        assert len(_processes(tmp_path)) >= 2
        ended, said = running.end(number)

    assert ended == code
    assert "The site is closed." in said
    assert _processes(tmp_path) == []
    assert not (tmp_path / "data/site.json").exists()
    with closing(socket.socket()) as asking:
        assert asking.connect_ex(("127.0.0.1", int(port))) == errno.ECONNREFUSED


def test_a_site_that_was_killed_leaves_no_worker_and_starts_again(tmp_path, port) -> None:
    with site(tmp_path, FREE, port) as running:
        running.process.kill()
        running.process.wait(END_S)
        deadline = Deadline.after(END_S)
        while _processes(tmp_path) and not deadline.passed:
            os.sched_yield()
        assert _processes(tmp_path) == []
    with site(tmp_path, FREE, port) as running:
        assert running.get("/", cookie=running.enter()).status == 200


def test_a_damaged_database_is_moved_aside(tmp_path, port) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/site.sqlite3").write_bytes(b"this is no database" * 1000)

    with site(tmp_path, FREE, port) as running:
        assert "The site's database cannot be used" in running.said
        assert "Nothing you learned is lost" in running.said
        assert running.get("/", cookie=running.enter()).status == 200
    assert len(list((tmp_path / "data").glob("site-*.sqlite3"))) == 1


def test_a_database_of_a_newer_version_is_moved_aside(tmp_path, port) -> None:
    with site(tmp_path, FREE, port):
        pass
    with closing(sqlite3.connect(tmp_path / "data/site.sqlite3")) as database:
        database.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('labs', '9999_x', '2030-01-01')")
        database.commit()

    with site(tmp_path, FREE, port) as running:
        assert "a newer Firsthand wrote it" in running.said
        assert running.get("/", cookie=running.enter()).status == 200


def test_a_damaged_history_is_a_page_that_says_so(tmp_path, port) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/history.sqlite3").write_bytes(b"this is no history" * 1000)

    with site(tmp_path, FREE, port) as running:
        answer = running.get("/", cookie=running.enter())
    assert answer.status == 503
    assert "Your history cannot be used now" in answer.text
    assert "is damaged" in answer.text


def test_the_queue_is_a_database_that_takes_two_processes(tmp_path, port) -> None:
    with site(tmp_path, FREE, port), closing(sqlite3.connect(tmp_path / "data/site.sqlite3")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_programs_of_this_user_find_the_interface(tmp_path, port) -> None:
    with site(tmp_path, FREE, port) as running:
        file = tmp_path / "data/site.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        told = json.loads(file.read_text())
        assert told["address"] == running.address
        answer = running.get("/api/v1/status", Authorization=f"Bearer {told['token']}")
        assert answer.status == 200
        assert json.loads(answer.text)["new"] is True


def test_a_browser_is_opened_where_there_is_one(tmp_path, port) -> None:
    opener = tmp_path / "opener"
    opener.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/opened.part\nmv {tmp_path}/opened.part {tmp_path}/opened\n')
    opener.chmod(0o755)

    with site(tmp_path / "home", FREE, port, env={"BROWSER": str(opener)}) as running:
        deadline = Deadline.after(END_S)
        while not (tmp_path / "opened").exists() and not deadline.passed:
            os.sched_yield()
        assert (tmp_path / "opened").read_text().strip() == f"{running.address}{running.link}"
        assert "Opened: http" in running.said


def test_a_browser_that_cannot_be_started_is_no_trouble(tmp_path, port) -> None:
    with site(tmp_path, FREE, port, env={"BROWSER": "/nowhere/browser"}) as running:
        assert "Open this in your browser: http" in running.said


def test_a_bare_call_at_a_terminal_opens_the_site_and_behind_a_pipe_it_helps(tmp_path) -> None:
    helped = _call(tmp_path)
    assert helped.returncode == 0
    assert "start " in helped.stdout

    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "firsthand"],
        env=environment(tmp_path),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        said = b""
        while b"Ctrl-C closes the site." not in said:
            said += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        assert process.wait(END_S) == 0
    os.close(ours)
    assert b"/enter/" in said


def test_content_that_is_wrong_is_told_at_the_start(tmp_path) -> None:
    path = tmp_path / "content/own"
    path.mkdir(parents=True)
    (path / "path.toml").write_text('schema = 1\nid = "own"\ntitle = "Own"\nunits = ["nowhere"]\n')

    done = _call(tmp_path / "home", "--content", str(path.parent), "start", "--no-open", "--port", "0")
    assert done.returncode == 2
    done = _call(tmp_path / "home", "--content", str(path.parent), "start", "--no-open")
    assert done.returncode == 4
    assert "path.toml" in done.stderr
    assert _processes(tmp_path / "home") == []


def test_a_site_whose_code_is_replaced_starts_anew_and_browsers_stay_known(tmp_path, port) -> None:
    source = Path(firsthand.__file__).parent
    installed = tmp_path / "clone/src"
    shutil.copytree(source, installed / "firsthand", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "clone/paths").symlink_to(source.parents[1] / "paths")
    home = tmp_path / "home"

    with site(home, FREE, port, env={"PYTHONPATH": str(installed)}) as running:
        cookie, before = running.enter(), _started(home)
        with (installed / "firsthand/core/errors.py").open("a") as module:
            module.write("# A newer one.\n")
        deadline = Deadline.after(UP_S)
        while _started(home) in ("", before):
            assert not deadline.passed
            assert select.select([running.process.stdout], [], [], deadline.left_s)[0]
            piece = os.read(running.process.stdout.fileno(), 65_536).decode()
            assert piece, running.said
            running.said += piece

        assert "Firsthand was updated: the site starts anew. All that you did is kept." in running.said
        assert running.get("/", cookie=cookie).status == 200
        assert running.end()[0] == 0
    assert _processes(home) == []


def _started(home: Path) -> str:
    try:
        return str(json.loads((home / "data/site.json").read_text())["started"])
    except (OSError, ValueError):
        return ""
