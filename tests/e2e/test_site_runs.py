"""Runs that pages ask for: performed by the worker beside the site, streamed with resume, shared with the terminal."""

import http.client
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from public_command import Place
from site_process import Site, site

NEVER_READY = "import signal\nsignal.pause()\n"


@dataclass(frozen=True)
class Told:
    """One event of a stream."""

    id: str
    name: str
    data: dict[str, object]


class Programs:
    """A program of this user that knows the token, as an editor would."""

    def __init__(self, running: Site, place: Place) -> None:
        file = place.root / "home/data/site.json"
        self.word = {"Authorization": f"Bearer {json.loads(file.read_text())['token']}"}
        self.port = running.port

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, object]]:
        """The status and what was answered."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        asking.request(method, f"/api/v1{path}", json.dumps(body) if body else None, self.word)
        answer = asking.getresponse()
        told = json.loads(answer.read() or "{}")
        asking.close()
        return answer.status, told

    def follow(self, path: str, last: str = "") -> Iterator[Told]:
        """The events of a stream, until it ends or nobody asks for more."""
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        asking.request("GET", f"/api/v1{path}", headers={**self.word, **({"Last-Event-ID": last} if last else {})})
        answer = asking.getresponse()
        try:
            found: dict[str, str] = {}
            for raw in answer:
                name, _, value = raw.decode().rstrip("\n").partition(": ")
                if name:
                    found[name] = value
                elif "data" in found:
                    yield Told(found.get("id", ""), found["event"], json.loads(found["data"]))
                    found = {}
        finally:
            asking.close()


@pytest.fixture
def running(place: Place) -> Iterator[Site]:
    (place.root / "temp").mkdir(mode=0o755, exist_ok=True)
    (place.root / "temp").chmod(0o755)
    ours = {"FIRSTHAND_CONTENT": str(place.root / "content"), "TMPDIR": str(place.root / "temp")}
    with site(place.root / "home", env=ours) as found:
        yield found


@pytest.fixture
def programs(running: Site, place: Place) -> Programs:
    return Programs(running, place)


def test_a_run_is_performed_streamed_and_known_to_the_terminal(programs, place) -> None:
    wanted = {"lab": "small-lab", "workspace": str(place.workspace)}
    status, run = programs.ask("POST", "/runs", wanted)
    assert (status, run["state"]) == (202, "queued")

    told = list(programs.follow(f"/runs/{run['id']}/events"))
    names = [each.name for each in told]
    assert names[0] == "RunStarted"
    assert names[-2:] == ["RunFinished", "end"]
    assert [each.id for each in told[:-1]] == [str(n) for n in range(1, len(told))]
    assert told[-1].data["verdict"] == "passed"

    again = list(programs.follow(f"/runs/{run['id']}/events", last=told[2].id))
    assert again == told[3:]

    status, kept = programs.ask("GET", f"/runs/{run['id']}")
    assert (status, kept["state"], kept["verdict"]) == (200, "finished", "passed")
    assert kept["report"]["stages"][0]["verdict"] == "passed"
    (event,) = [each for each in place.history() if each["kind"] == "run"]
    assert event["data"]["run"] == run["id"]
    assert place.call("trace", str(run["id"])).returncode == 0


def test_a_home_may_be_told_from_the_folder_one_stands_in(place, monkeypatch) -> None:
    monkeypatch.chdir(place.root)
    with site(Path("home"), env={"FIRSTHAND_CONTENT": str(place.root / "content")}) as running:
        programs = Programs(running, place)
        _, run = programs.ask("POST", "/runs", {"lab": "small-lab", "workspace": str(place.workspace)})
        assert list(programs.follow(f"/runs/{run['id']}/events"))[-1].data["verdict"] == "passed"


def test_a_stream_that_was_read_to_its_end_is_not_taken_up_again(programs, place) -> None:
    _, run = programs.ask("POST", "/runs", {"lab": "small-lab", "workspace": str(place.workspace)})
    told = list(programs.follow(f"/runs/{run['id']}/events"))

    asking = http.client.HTTPConnection("127.0.0.1", programs.port, timeout=60)
    asking.request("GET", f"/api/v1/runs/{run['id']}/events", headers={**programs.word, "Last-Event-ID": told[-2].id})
    assert asking.getresponse().status == 204
    asking.close()


def test_a_run_that_does_not_end_is_stopped(programs, place) -> None:
    place.program(NEVER_READY)
    _, run = programs.ask("POST", "/runs", {"lab": "small-lab", "workspace": str(place.workspace)})
    stream = programs.follow(f"/runs/{run['id']}/events")
    assert next(stream).name == "RunStarted"

    status, stopped = programs.ask("POST", f"/runs/{run['id']}/stop")
    assert (status, stopped["state"]) == (200, "abandoned")
    *_, last = stream
    assert (last.name, last.data["state"]) == ("end", "abandoned")
    assert [each for each in place.history() if each["kind"] == "run"] == []

    place.program("")
    _, after = programs.ask("POST", "/runs", {"lab": "small-lab", "workspace": str(place.workspace)})
    assert [each.name for each in programs.follow(f"/runs/{after['id']}/events")][-1] == "end"
    assert not list((place.root / "temp").glob("firsthand-*/*"))


def test_a_worker_that_is_killed_is_replaced_and_its_run_done_once(running, programs, place) -> None:
    _, run = programs.ask("POST", "/runs", {"lab": "small-lab", "workspace": str(place.workspace)})
    stream = programs.follow(f"/runs/{run['id']}/events")
    assert next(stream).name == "RunStarted"
    (worker,) = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
    os.kill(int(worker), signal.SIGKILL)

    *_, last = stream
    assert last.data["verdict"] == "passed"
    assert programs.ask("GET", f"/runs/{run['id']}")[1]["state"] == "finished"
    assert len([each for each in place.history() if each["kind"] == "run"]) == 1


def test_a_browser_that_goes_away_leaves_the_run_alone(programs, place) -> None:
    _, run = programs.ask("POST", "/runs", {"lab": "small-lab", "workspace": str(place.workspace)})
    for _ in range(5):
        stream = programs.follow(f"/runs/{run['id']}/events")
        next(stream)
        stream.close()

    assert list(programs.follow(f"/runs/{run['id']}/events"))[-1].data["verdict"] == "passed"


def test_what_the_terminal_does_is_told_to_pages(running, place) -> None:
    cookie = running.enter()
    asking = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
    asking.request("GET", "/live/", headers={"Cookie": cookie})
    answer = asking.getresponse()
    assert answer.readline().startswith(b"retry")

    assert place.check().exit_code == 0
    lines = iter(answer.readline, b"")
    assert next(line for line in lines if line.startswith(b"event")) == b"event: changed\n"
    asking.close()


def test_a_site_that_ends_in_the_middle_of_a_run_goes_on_with_it_next_time(place) -> None:
    (place.root / "temp").mkdir(mode=0o755)
    ours = {"FIRSTHAND_CONTENT": str(place.root / "content"), "TMPDIR": str(place.root / "temp")}
    place.program(NEVER_READY)
    with site(place.root / "home", env=ours) as running:
        programs = Programs(running, place)
        _, run = programs.ask("POST", "/runs", {"lab": "small-lab", "workspace": str(place.workspace)})
        assert next(programs.follow(f"/runs/{run['id']}/events")).name == "RunStarted"
        running.end()
    assert not list((place.root / "temp").glob("firsthand-*/*"))

    with site(place.root / "home", env=ours) as running:
        programs = Programs(running, place)
        told = list(programs.follow(f"/runs/{run['id']}/events"))
        assert told[-1].data["verdict"] == "invalid"
        _, kept = programs.ask("GET", f"/runs/{run['id']}")
        assert kept["verdict"] == "invalid"
