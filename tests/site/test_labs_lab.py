"""The list of labs and the page of one: where the learner stands, how to begin, the button that checks, hints."""

import pytest

from firsthand.site.labs.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(tmp_path, small_content):
    place = tmp_path / "my greeting"
    place.mkdir()
    (place / "firsthand.toml").write_text('schema = 1\nlab = "talk-greeting"\nlanguage = "python"\n')
    return place


def page(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_labs_are_listed_by_unit_with_what_one_must_know(small_content, client) -> None:
    shown = page(client, "/labs/")

    assert shown.index("Talking") < shown.index("A greeting")
    assert "1 h 30 min" in shown
    assert "Python" in shown
    assert "not begun" in shown


def test_the_real_list_names_servers_and_folds_away_what_is_planned(client) -> None:
    shown = page(client, "/labs/")

    assert "PostgreSQL" in shown
    assert shown.index('<details class="planned">') < shown.index("are planned")


def test_a_server_that_is_missing_is_told_with_how_to_get_it(client, monkeypatch) -> None:
    from firsthand.core.errors import ServerMissingError
    from firsthand.site.labs import machine

    def nothing(kind: str) -> None:
        raise ServerMissingError(f"{kind} is not on this machine.", advice="Install it.")

    monkeypatch.setattr(machine, "_there", {})
    monkeypatch.setattr("firsthand.bench.servers.offered.offered", nothing)
    monkeypatch.setattr("firsthand.bench.servers.providers.install_command", lambda kind: f"get {kind} & more")

    assert "PostgreSQL: not on this machine" in page(client, "/labs/")
    lab = page(client, "/lab/api-shop/")
    assert "postgres is not on this machine." in lab
    assert "get postgres &amp; more" in lab
    assert "get redis &amp; more" in page(client, "/bench/")


def test_progress_is_what_the_history_tells(small_content, learned, client) -> None:
    learned.ran("talk-greeting", "greets")
    assert "1 of 2 stages" in page(client, "/labs/")

    learned.ran("talk-greeting", "greets", "counts", whole=True)
    assert "✓ passed" in page(client, "/labs/")


def test_a_lab_opens_at_the_first_stage_that_was_not_passed(small_content, learned, client) -> None:
    assert "Answer every request with" in page(client, "/lab/talk-greeting/")

    learned.ran("talk-greeting", "greets")
    assert "N + 1" in page(client, "/lab/talk-greeting/")
    assert "Answer every request with" in page(client, "/lab/talk-greeting/stage/greets/")
    assert "Answer every request with" in page(client, "/lab/talk-greeting/stage/1/")


def test_stages_are_marked_as_passed_failed_or_ahead(small_content, learned, client) -> None:
    assert "is-ahead" in page(client, "/lab/talk-greeting/")

    learned.ran("talk-greeting", "greets", failed_check="counts_up")
    shown = page(client, "/lab/talk-greeting/")
    assert ", passed</span>" in shown
    assert ", failed</span>" in shown

    learned.ran("talk-greeting", "greets", "counts", whole=True)
    assert "is-failed" not in page(client, "/lab/talk-greeting/")


def test_a_lab_says_how_to_begin_what_it_checks_and_what_a_program_is_told(small_content, client) -> None:
    shown = page(client, "/lab/talk-greeting/")

    assert "begin talk-greeting --lang python" in shown
    assert "A request is answered with a greeting (brief)." in shown
    assert "<code>PORT</code>" in shown
    assert "greet" in shown


def test_known_workspaces_are_those_whose_folder_is_still_there(workspace, learned, client) -> None:
    learned.began("talk-greeting", str(workspace)).began("talk-greeting", "/gone/away")
    learned.ran("talk-greeting", folder=str(workspace), failed_check="says_hello")

    shown = page(client, "/lab/talk-greeting/")

    assert f'<code dir="auto">{workspace}</code>' in shown
    assert "/gone/away" not in shown
    assert "<code>says_hello</code>" in shown


def test_the_button_puts_a_run_into_the_queue_and_leads_to_it(workspace, learned, client) -> None:
    learned.began("talk-greeting", str(workspace))

    answer = client.post("/lab/talk-greeting/check/", {"folder": str(workspace), "stage": "counts"})

    run = Run.objects.get()
    assert answer["Location"] == f"/run/{run.pk}/"
    assert (run.workspace, run.stage) == (str(workspace), "counts")
    assert f"/run/{run.pk}/" in page(client, "/lab/talk-greeting/"), "the page of the lab knows of it"


@pytest.mark.parametrize("folder", ["", "/etc", "relative", "/tmp/\x00", "x" * 5000])
def test_only_a_workspace_of_the_learner_is_checked(folder: str, workspace, learned, client) -> None:
    learned.began("talk-greeting", str(workspace))

    answer = client.post("/lab/talk-greeting/check/", {"folder": folder})

    assert answer.status_code == 400
    assert "no workspace of yours" in answer.content.decode()
    assert not Run.objects.exists()


def test_a_history_with_odd_folders_does_no_harm(small_content, learned, client) -> None:
    for folder in ("", "relative/one", "/tmp/\x00zero", "/" + "a" * 5000, "<script>"):
        learned.ran("talk-greeting", folder=folder)

    assert "<script>alert" not in page(client, "/lab/talk-greeting/")


def test_a_lab_or_stage_that_is_not_there_is_not_found(small_content, client) -> None:
    assert client.get("/lab/nonsense/").status_code == 404
    assert client.get("/lab/talk-greeting/stage/nonsense/").status_code == 404
    assert client.post("/lab/talk-greeting/hint/nonsense/").status_code == 404
    assert client.post("/lab/nonsense/check/").status_code == 404


def test_hints_come_one_at_a_time_and_are_remembered(small_content, learned, client) -> None:
    address = "/lab/talk-greeting/hint/says_hello/"

    first = client.post(address, headers={"HX-Request": "true"}).content.decode()
    assert "Look at the body." in first
    assert "It is hello." not in first
    assert "2 left" in first

    for _ in range(4):
        last = client.post(address, headers={"HX-Request": "true"}).content.decode()
    assert "Write hello." in last
    assert "That was the last one" in last
    assert learned.data("hint") == [{"lab": "talk-greeting", "check": "says_hello", "number": n} for n in (1, 2, 3)]


def test_a_hint_without_javascript_leads_back_but_never_to_another_site(small_content, client) -> None:
    address = "/lab/talk-greeting/hint/says_hello/"

    assert client.post(address, {"back": "/run/x/#says_hello"})["Location"] == "/run/x/#says_hello"
    assert client.post(address, {"back": "https://elsewhere.example/"})["Location"] == "/lab/talk-greeting/"


def test_the_bench_is_told_whether_it_is_up_or_not(client, monkeypatch) -> None:
    assert "No bench runs" in page(client, "/bench/")
    assert "No bench runs" in page(client, "/bench/state/")


def test_a_bench_that_does_not_answer_is_told(client, monkeypatch) -> None:
    from firsthand.core.errors import WorldError
    from firsthand.site.labs.views import bench

    async def silent() -> None:
        raise WorldError("The warm bench does not answer.")

    monkeypatch.setattr(bench, "ask_bench", silent)

    assert "The warm bench does not answer." in page(client, "/bench/")
    assert "The warm bench does not answer." in page(client, "/bench/state/")


def test_a_kit_that_is_missing_is_told_with_its_command_before_a_run_is_begun(
    learned, tmp_path, client, monkeypatch
) -> None:
    monkeypatch.setattr("firsthand.bench.program.kits.installed", lambda kit: None)
    for name in ("mine", "with packages"):
        (tmp_path / name).mkdir()
    (tmp_path / "with packages/.venv").mkdir()

    begin = page(client, "/lab/cch-stampede/")
    assert begin.count("for python are not installed yet") == 1
    assert "kits install python" in begin

    learned.tell("began", lab="cch-stampede", language="python", folder=str(tmp_path / "with packages"))
    assert page(client, "/lab/cch-stampede/").count("for python are not installed yet") == 1
    learned.tell("began", lab="cch-stampede", language="python", folder=str(tmp_path / "mine"))
    assert page(client, "/lab/cch-stampede/").count("for python are not installed yet") == 2


def test_a_kit_that_is_there_or_not_needed_is_not_spoken_of(client) -> None:
    assert "not installed yet" not in page(client, "/lab/net-byo-http/")
