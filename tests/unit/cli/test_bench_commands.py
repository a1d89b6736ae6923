"""Labs with servers at the command line: the warm bench does what this process would, and can be looked after."""

import re
import signal
import subprocess
from collections.abc import Iterator

import pytest

from firsthand.core.results import decode


@pytest.fixture
def served(place) -> Iterator:
    """A learner's machine whose lab has a real Redis; its bench is ended after the test."""
    toml = place.lab / "lab.toml"
    toml.write_text('servers = ["redis"]\n' + toml.read_text())
    place.env["FIRSTHAND_BENCH_IDLE_S"] = "60"
    yield place
    place.call("bench", "stop", "--now")


def alike(text: str) -> str:
    """What a run printed, without times, ports and the run's id."""
    return re.sub(r"\d{8}-\d{6}-[0-9a-f]{8}|127\.0\.0\.1:\d+|\d+\.\d+ s", "N", text)


def runs(place) -> bool:
    """Whether a bench runs."""
    return "The bench runs" in place.call("bench", "status").out


@pytest.mark.parametrize("words", [[], ["--stage", "2"], ["--all"], ["--json", "-"]])
def test_a_check_prints_the_same_from_the_bench_as_from_its_own_process(served, words: list[str]) -> None:
    workspace = served.workspace()
    here = served.call("check", "--seed", "5", *words, cwd=workspace, env={"FIRSTHAND_BENCH": "here"})
    assert not runs(served)

    there = served.call("check", "--seed", "5", *words, cwd=workspace)

    assert runs(served)
    assert there.code == here.code
    assert alike(there.err) == alike(here.err)
    if "--json" not in words:
        assert alike(there.out) == alike(here.out)
    else:
        reports = [decode(done.out.encode()) for done in (here, there)]
        assert [[used.kind for used in report.servers] for report in reports] == [["redis"], ["redis"]]
        assert reports[0].verdict is reports[1].verdict


def test_a_replay_and_a_second_check_use_the_same_bench(served) -> None:
    workspace = served.workspace(greeting="hello")
    checked = served.call("check", cwd=workspace)
    assert checked.code == 0, checked.out + checked.err
    bench = re.search(r"process +(\d+)", served.call("bench", "status").out)
    run = next(iter((served.home / "data" / "runs").iterdir())).name

    replayed = served.call("replay", run)

    assert replayed.code == 0, replayed.out + replayed.err
    assert bench is not None
    assert f"process    {bench[1]}, " in served.call("bench", "status").out


def test_keep_works_through_the_bench(served) -> None:
    with served.start("check", "--keep", cwd=served.workspace()) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        said = []
        while "until you press Enter" not in "".join(said):
            row = running.stdout.readline()
            assert row, "".join(said)
            said.append(row)
        status = served.call("bench", "status").out
        assert re.search(r"in use by +tiny-greeting \(process \d+, 1 lease, for", status), status
        (command,) = [row.strip() for row in said if row.strip().startswith("curl ")]
        shown = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=20)
        assert "good bye" in shown.stdout
        running.stdin.write("\n")
        running.stdin.flush()
        running.stdout.read()
    assert running.returncode == 1
    assert subprocess.run(["/bin/sh", "-c", command], capture_output=True).returncode != 0


def test_ctrl_c_ends_a_run_in_the_bench_and_leaves_the_bench(served) -> None:
    with served.start("check", "--keep", cwd=served.workspace()) as running:
        assert running.stdout is not None
        said = []
        while "until you press Enter" not in "".join(said):
            said.append(running.stdout.readline())
        (command,) = [row.strip() for row in said if row.strip().startswith("curl ")]
        running.send_signal(signal.SIGINT)
        _, complaint = running.communicate(timeout=30)
    assert running.returncode == 130
    assert complaint.strip() == "Interrupted."
    assert subprocess.run(["/bin/sh", "-c", command], capture_output=True).returncode != 0
    assert re.search(r"in use by +nobody", served.call("bench", "status").out)


def test_a_lab_without_servers_needs_no_bench(place) -> None:
    assert place.call("check", cwd=place.workspace(greeting="hello")).code == 0
    assert not runs(place)


def test_the_bench_is_looked_after(served) -> None:
    assert served.call("bench", "status").out.startswith("No bench runs.")
    assert served.call("bench", "stop").out == "No bench runs.\n"
    assert "no server does" in served.call("servers", "stop", "redis").out

    started = served.call("servers", "start", "redis")
    assert (started.code, started.out) == (0, "✓ Redis is ready.\n"), started.err
    status = served.call("bench", "status").out
    assert re.search(r"ends +in \d+ s, unless somebody uses it", status)
    assert re.search(r"memory +\d+ MiB itself, \d+ MiB servers; when idle at most 1,024 MiB in all", status)
    assert re.search(r"redis +Valkey \S+: \d+ ready, 0 in use", status)
    assert re.search(r"✓ redis +Valkey \S+ +comes with Firsthand +\d+ ready, 0 in use", served.call("servers").out)

    assert served.call("servers", "stop", "redis").out == "✓ Redis has ended.\n"
    assert "Valkey" not in served.call("bench", "status").out
    assert served.call("bench", "stop").out == "✓ The bench and its servers have ended.\n"
    assert not runs(served)


def test_servers_are_listed_without_a_bench_and_missing_ones_say_what_to_type(place) -> None:
    done = place.call("servers", env={"FIRSTHAND_NGINX": "/bin/false"})

    assert done.code == 0, done.err
    rows = {row.split()[1]: row for row in done.out.splitlines()}
    assert list(rows) == ["postgres", "redis", "nginx", "rabbitmq", "mariadb", "dns"]
    assert re.search(r"✓ postgres +PostgreSQL \S+ +comes with Firsthand +starts when a check asks for it", done.out)
    assert rows["nginx"].startswith("✗ nginx")
    assert "/bin/false" in rows["nginx"]
    assert not runs(place)


def test_the_command_that_installs_a_server_is_printed_alone(place) -> None:
    tools = place.folder / "tools"
    tools.mkdir()
    (tools / "apt-get").write_text("#!/bin/sh\n")
    (tools / "apt-get").chmod(0o755)
    done = place.call("servers", "install", "rabbitmq", env={"PATH": f"{tools}"})
    assert (done.code, done.out) == (0, "sudo apt-get install rabbitmq-server\n")

    unknown = place.call("servers", "install", "rabbitmq", env={"PATH": str(place.folder)})
    assert unknown.code == 4
    assert "We know no package manager of this system that has RabbitMQ." in unknown.err
    assert place.call("servers", "install", "oracle").code == 2


def test_a_bench_in_the_foreground_tells_where_it_is_and_ends_with_ctrl_c(served) -> None:
    with served.start("bench", "run") as running:
        assert running.stdout is not None
        assert re.match(r"✓ The bench runs here: process \d+, /.*/sock\. Press Ctrl-C", running.stdout.readline())
        assert served.call("servers", "start", "redis").code == 0
        second = served.call("bench", "run")
        assert second.code == 2
        assert "There is a bench already." in second.err
        running.send_signal(signal.SIGINT)
        rest, complaint = running.communicate(timeout=30)
    assert (running.returncode, rest, complaint) == (0, "The bench has ended.\n", "")


def test_a_choice_of_bench_that_is_none_is_refused(served) -> None:
    done = served.call("check", cwd=served.workspace(), env={"FIRSTHAND_BENCH": "elsewhere"})

    assert done.code == 2
    assert "FIRSTHAND_BENCH is 'elsewhere'" in done.err
