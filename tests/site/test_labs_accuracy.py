"""Grader accuracy on pages: what was measured and published, and nothing else."""

import json

import pytest

from firsthand.study import library
from firsthand.study.proof_file import FILE_NAME, publish

pytestmark = pytest.mark.django_db

MEASURED = {
    "lab": "talk-greeting",
    "repeats": 20,
    "flakes": 0,
    "solutions": [
        {"language": "python", "verdict": "passed", "seconds": 0.25},
        {"language": "php", "verdict": "skipped", "seconds": 0.0},  # not on the machine that measured
    ],
    "checks": [
        {
            "check": "says_hello",
            "stage": "greets",
            "bugs": [
                {"bug": "absent", "language": "python", "caught_by": "says_hello"},
                {"bug": "late", "language": "python", "caught_by": "says_hello"},
            ],
        },
        {"check": "counts_up", "stage": "counts", "bugs": []},
    ],
}


MISSED = {**MEASURED, "checks": [{"check": "says_hello", "stage": "greets", "bugs": []}]}
MISSED["checks"][0]["bugs"] = [{"bug": "absent", "language": "python", "caught_by": None}]


@pytest.fixture
def published(small_content):
    lab = library.lab("talk-greeting")
    assert publish(MEASURED, lab)
    return lab.folder / FILE_NAME


def page(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_lab_without_a_measured_proof_says_so(small_content, client) -> None:
    assert "not published yet" in page(client, "/accuracy/")
    assert "not published yet" in page(client, "/lab/talk-greeting/accuracy/")
    assert "author prove talk-greeting" in page(client, "/lab/talk-greeting/accuracy/")


def test_what_was_measured_is_shown_as_it_was(published, client) -> None:
    shown = page(client, "/accuracy/")

    assert "2</td>" in shown
    assert "<b>2</b>" in shown
    assert "20</td>" in shown
    assert "python" in shown
    assert "php" not in shown, "a solution that was skipped proves nothing"
    assert "2 of 2 planted bugs" in page(client, "/lab/talk-greeting/accuracy/")


def test_rounds_of_the_same_programs_add_up(published, small_content, client) -> None:
    lab = library.lab("talk-greeting")
    assert publish({**MEASURED, "repeats": 2}, lab)
    assert "22</td>" in page(client, "/accuracy/")

    solution = next(lab.folder.glob("solutions/*/*"))
    solution.write_text(solution.read_text() + "\n")
    assert publish({**MEASURED, "repeats": 3}, lab)
    assert "3</td>" in page(client, "/accuracy/")
    assert "25</td>" not in page(client, "/accuracy/")


@pytest.mark.parametrize(
    "now",
    [
        MISSED,
        {**MEASURED, "flakes": 1},
        {**MEASURED, "solutions": [{"language": "python", "verdict": "failed", "seconds": 1.0}]},
    ],
)
def test_a_round_that_is_not_whole_takes_back_what_was_published(published, now: dict, client) -> None:
    assert not publish(now, library.lab("talk-greeting"))
    assert "not published yet" in page(client, "/accuracy/")


def test_a_proof_of_another_state_of_the_lab_is_marked(published, small_content, client) -> None:
    assert "changed since" not in page(client, "/accuracy/")

    checks = small_content / "small/units/talk/labs/talk-greeting/stages/01-greets/checks.py"
    checks.write_text(checks.read_text() + "\n# another one\n")

    assert "the lab changed since" in page(client, "/accuracy/")
    assert "has changed since it was proved" in page(client, "/lab/talk-greeting/accuracy/")


@pytest.mark.parametrize("text", ["", "nonsense", "{}", json.dumps({"schema": 99}), '{"schema": 1, "lab": 5}'])
def test_a_damaged_proof_is_told_and_hides_no_other(published, text: str, client) -> None:
    published.write_text(text)

    assert "cannot be read" in page(client, "/accuracy/")
    assert "cannot be read" in page(client, "/lab/talk-greeting/accuracy/")


def test_what_is_published_in_the_repository_can_be_read(client) -> None:
    shown = page(client, "/accuracy/")

    assert "bugs planted" in shown
    assert "cannot be read" not in shown
