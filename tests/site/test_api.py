"""The JSON interface: what an editor asks for, and problems as RFC 9457 has them."""

import json

import pytest
from django.test import Client

from firsthand.core.places import data_dir
from firsthand.site import safety
from firsthand.site.labs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(small_content) -> Client:
    """A program of this user: it knows the token and has no session."""
    word = {"host": "127.0.0.1", "authorization": f"Bearer {safety.token()}"}
    return Client(headers=word, enforce_csrf_checks=True)


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "mine"
    place.mkdir()
    return place


def _post(client: Client, path: str, body: object, **headers: str):
    return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


def test_where_one_stands_and_what_comes_next(program, learned) -> None:
    assert program.get("/api/v1/status").json()["new"] is True
    learned.answered("WAY-01.1").answered("WAY-02.1", "wrong").planned()

    told = program.get("/api/v1/status").json()
    assert [unit["id"] for unit in told["units"]] == ["way", "talk"]
    assert sum(told["units"][0]["skills"].values()) == 5
    following = program.get("/api/v1/next").json()
    assert following["recommended"]["minutes"] > 0
    assert set(following) == {"recommended", "other", "due", "review_minutes", "next_review"}


def test_labs_say_where_one_stands_in_them(program, learned) -> None:
    learned.began("talk-greeting", folder="/home/me/a").ran("talk-greeting", "greets", folder="/home/me/b")

    (lab,) = program.get("/api/v1/labs").json()
    assert (lab["id"], lab["begun"], lab["passed"]) == ("talk-greeting", True, False)
    assert [stage["passed"] for stage in lab["stages"]] == [True, False]
    assert lab["workspaces"] == ["/home/me/b", "/home/me/a"]


def test_runs_of_the_queue_and_of_the_terminal_are_one_list(program, learned, kept_run, folder) -> None:
    waiting = _post(program, "/runs", {"lab": "talk-greeting", "workspace": str(folder)}).json()

    runs = program.get("/api/v1/runs").json()
    assert [run["id"] for run in runs] == [waiting["id"], kept_run]
    assert [run["state"] for run in runs] == ["queued", "finished"]
    assert program.get("/api/v1/runs?limit=1").json() == runs[:1]
    whole = program.get(f"/api/v1/runs/{kept_run}").json()
    assert whole["report"]["run"] == kept_run
    assert program.get(f"/api/v1/runs/{waiting['id']}").json()["report"] is None


def test_a_run_is_started_once_and_stopped(program, folder) -> None:
    first = _post(program, "/runs", {"lab": "talk-greeting", "workspace": str(folder), "stage": "greets"})
    again = _post(program, "/runs", {"lab": "talk-greeting", "workspace": str(folder)})

    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]
    assert Run.objects.get().stage == "greets"
    stopped = program.post(f"/api/v1/runs/{first.json()['id']}/stop").json()
    assert (stopped["state"], stopped["reason"]) == ("abandoned", "You stopped it. Nothing was lost.")


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"lab": "talk-greting", "workspace": "/"}, 400, "Did you mean talk-greeting"),
        ({"lab": "talk-greeting", "workspace": "/no/such"}, 400, "is not there"),
        ({"lab": "talk-greeting"}, 422, "workspace"),
        ({"lab": "talk-greeting", "workspace": "/", "seed": -1}, 422, "seed"),
        ({"lab": "x" * 5000, "workspace": "/"}, 422, "lab"),
        ({"lab": "talk-greeting", "workspace": "/\x00"}, 400, ""),
        ([1], 422, ""),
    ],
)
def test_what_cannot_be_started_is_a_problem_in_words(body: object, status: int, says: str, program) -> None:
    answer = _post(program, "/runs", body)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert says in told["detail"]


def test_what_is_no_json_or_not_there_is_a_problem_too(program) -> None:
    garbage = program.post("/api/v1/runs", "{", content_type="application/json")
    gone = program.get("/api/v1/runs/20261122-000000-ffff")
    nowhere = program.get("/api/v1/nowhere")
    assert [each.status_code for each in (garbage, gone, nowhere)] == [400, 404, 404]
    assert {each.headers["Content-Type"] for each in (garbage, gone, nowhere)} == {"application/problem+json"}


def test_a_history_that_cannot_be_used_is_a_problem(program, learned) -> None:
    (data_dir() / "history.sqlite3").write_bytes(b"no history" * 500)

    answer = program.get("/api/v1/status")
    assert answer.status_code == 503
    assert "is damaged" in answer.json()["detail"]


def test_a_page_of_ours_needs_the_token_of_its_forms(small_content, folder) -> None:
    browser = Client(headers={"host": "127.0.0.1"}, enforce_csrf_checks=True)
    browser.get(f"/enter/{safety.new_link()}/")
    browser.get("/")
    wanted = {"lab": "talk-greeting", "workspace": str(folder)}

    assert _post(browser, "/runs", wanted).status_code == 403
    word = next(cookie.value for name, cookie in browser.cookies.items() if "csrf" in name)
    assert _post(browser, "/runs", wanted, **{"x-csrftoken": word}).status_code == 202


def test_the_document_says_what_there_is_and_asks_for_nothing_outside(program) -> None:
    document = program.get("/api/v1/openapi.json").json()

    assert set(document["paths"]) == {
        "/api/v1/status",
        "/api/v1/next",
        "/api/v1/labs",
        "/api/v1/runs",
        "/api/v1/runs/{run_id}",
        "/api/v1/runs/{run_id}/stop",
    }
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["description"]
    assert program.get("/api/v1/docs").status_code == 404
