"""The page of a run: the failure whole, every verdict in its own words, hostile output, reports that cannot be read."""

import re

import pytest
from kept_runs import KeptRuns, failed_check, passed_check, stage

from firsthand.bench.failures import pointer
from firsthand.core.results import Failure
from firsthand.core.verdicts import Verdict
from firsthand.site.labs import services
from firsthand.site.labs.models import Run, State
from firsthand.site.learner import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(home, small_content) -> KeptRuns:
    return KeptRuns(home)


@pytest.fixture
def page(client):
    def show(address: str, status: int = 200) -> str:
        answer = client.get(address)
        assert answer.status_code == status
        return answer.content.decode()

    return show


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_failure_tells_what_how_to_see_it_the_rule_and_what_helps(kept, page, learned, tmp_path) -> None:
    check = failed_check(
        reproduce=["curl -i http://127.0.0.1:1/"], remark="Greet with hello.", expected="hello", got="bye"
    )
    run = kept.write(stage("greets", check), stage("counts", verdict=Verdict.NOT_REACHED))
    learned.ran("talk-greeting", run=run, folder=str(tmp_path), failed_check="says_hello")

    shown = page(f"/run/{run}/")

    assert "body: expected hello, got good bye" in shown
    assert "A request is answered with a greeting (brief)." in shown
    assert 'data-copy="curl -i http://127.0.0.1:1/"' in shown
    assert "--seed 4711 --keep" in shown
    assert "Greet with hello." in shown
    assert "A hint" in shown
    assert f"/run/{run}/wire/?check=says_hello" in shown
    assert f"replay {run}" in shown
    assert "failed · 0 of 2 stages passed" in words(shown).lower()
    assert "not reached" in words(shown)
    assert "Check again" in shown


def test_the_first_wrong_byte_is_marked(kept, page) -> None:
    detail = pointer(b"hello\r\nworld", b"hello\nworld")
    run = kept.write(stage("greets", failed_check(detail=detail)))

    shown = page(f"/run/{run}/")

    assert "<mark>\\r</mark>" in shown
    assert '<mark class="bad">\\n</mark>' in shown
    assert "byte 5: expected 0x0d (CR), got 0x0a (LF)" in shown


def test_bytes_that_end_too_early_are_marked_at_their_end(kept, page) -> None:
    run = kept.write(stage("greets", failed_check(detail=pointer(b"abc", b"ab"))))

    shown = page(f"/run/{run}/")

    assert "<mark>c</mark>" in shown
    assert "⟨end⟩" in shown


def test_every_failure_is_whole_and_the_first_stands_on_top(kept, page) -> None:
    run = kept.write(stage("greets", failed_check(), failed_check("second", message="Another thing.")))

    shown = page(f"/run/{run}/")

    assert shown.index('id="says_hello"') < shown.index("<h2>Stages") < shown.index('id="second"')
    assert shown.count('id="says_hello"') == 1


def test_a_program_that_did_not_start_is_told_with_what_it_printed(kept, page) -> None:
    failure = Failure("exited", "It ended before it listened, with exit code 1.", output="Traceback\nImportError: nope")
    run = kept.write(stage("greets", verdict=Verdict.INVALID), verdict=Verdict.INVALID, failure=failure)

    shown = page(f"/run/{run}/")

    assert "Did not start" in words(shown)
    assert "It ended before it listened" in shown
    assert "ImportError: nope" in shown


def test_our_own_fault_costs_nothing_and_says_so(kept, page) -> None:
    failure = Failure("ours", "The bench died.")
    run = kept.write(stage("greets", verdict=Verdict.ERROR), verdict=Verdict.ERROR, failure=failure)

    shown = words(page(f"/run/{run}/"))

    assert "We could not judge" in shown
    assert "not your fault and nothing was lost" in shown


def test_a_skipped_stage_says_why(kept, page) -> None:
    skipped = stage("counts", verdict=Verdict.SKIPPED, reason="It needs MariaDB: none is here.")
    run = kept.write(stage("greets", passed_check()), skipped)

    shown = words(page(f"/run/{run}/"))

    assert "Passed 1 of 2, one skipped: It needs MariaDB" in shown


def test_what_a_program_prints_is_text_without_colours(kept, page) -> None:
    output = "\x1b[31mred\x1b[0m \x1b]0;title\x07<script>alert(1)</script>\x00\u202e\n" + "x" * 50_000
    run = kept.write(
        stage("greets", failed_check(output=output, message="<img src=x onerror=y> مرحبا", remark="<b>bold</b>"))
    )

    shown = page(f"/run/{run}/")

    assert "\x1b" not in shown
    assert "\x00" not in shown
    assert "\u202e" not in shown, "what turns the reading direction is made visible"
    assert "red" in shown
    assert "title" not in shown[shown.index("red") : shown.index("red") + 60]
    assert "&lt;script&gt;alert(1)" in shown
    assert "<b>bold" not in shown
    assert "<img src=x" not in shown
    assert "characters left out" in shown
    assert len(shown) < 60_000


@pytest.mark.parametrize("text", ["", "nonsense", "{}", '{"schema": 99}', "[" * 10_000, "\x00\xff"])
def test_a_report_that_cannot_be_read_is_told(text: str, kept, page) -> None:
    run = kept.write(stage("greets", passed_check()))
    (kept.folder(run) / "report.json").write_text(text)

    assert "is not a report that this version reads" in page(f"/run/{run}/")
    assert run in page("/runs/")
    assert "is not a report that this version reads" in page(f"/compare/?a={run}&b={run}")


def test_a_run_of_a_lab_that_is_no_longer_there_is_shown(kept, page) -> None:
    run = kept.write(stage("old", failed_check()), lab="gone-lab")

    shown = page(f"/run/{run}/")

    assert "gone-lab" in shown
    assert "(no longer there)" in shown


def test_a_run_whose_report_is_no_longer_kept_still_has_what_the_history_knows(small_content, learned, page) -> None:
    learned.ran("talk-greeting", "greets", run="20261101-000099-beef", failed_check="counts_up")

    shown = words(page("/run/20261101-000099-beef/"))

    assert "no longer kept" in shown
    assert "1 stage passed" in shown


@pytest.mark.parametrize("name", ["20260101-000000-0000", "nonsense", "..%2f..", "%00", "x" * 3000])
def test_a_run_that_never_was_is_not_found(name: str, small_content, page) -> None:
    assert "There is no such page" in page(f"/run/{name}/", 404)


def test_a_run_that_waits_shows_what_will_be_checked_and_can_be_stopped(small_content, learned, tmp_path, page, client):
    row = services.enqueue(Person(learned.history), "talk-greeting", tmp_path)

    shown = page(f"/run/{row.pk}/")
    assert "Waiting" in shown
    assert 'id="check-says_hello"' in shown
    assert "Without JavaScript" in shown

    assert client.post(f"/run/{row.pk}/stop/")["Location"] == f"/run/{row.pk}/"
    assert "You stopped it" in page(f"/run/{row.pk}/")


def test_a_run_that_ended_leads_to_its_evidence(kept, learned, client) -> None:
    run = kept.write(stage("greets", passed_check()))
    row = Run.objects.create(learner="me", lab="talk-greeting", workspace="/w", seed=1, state=State.FINISHED, kept=run)

    assert client.get(f"/run/{row.pk}/")["Location"] == f"/run/{run}/"


def test_runs_of_others_are_not_found(small_content, client) -> None:
    row = Run.objects.create(learner="somebody", lab="talk-greeting", workspace="/w", seed=1)

    assert client.get(f"/run/{row.pk}/").status_code == 404
    assert client.post(f"/run/{row.pk}/stop/").status_code == 404
    row.refresh_from_db()
    assert row.live


def test_thousands_of_runs_are_shown_a_page_at_a_time(small_content, learned, page) -> None:
    learned.tell_all(
        [
            ("run", 1, {"run": f"20261101-{n:06}-beef", "lab": "talk-greeting", "verdict": "failed", "folder": "/w"})
            for n in range(2000)
        ]
    )

    first, last = page("/runs/"), page("/runs/?page=40")

    assert first.count("<tr") == 51
    assert "20261101-001999-beef" in first
    assert "1 of 40" in first
    assert "20261101-000000-beef" in last
    assert len(first) < 60_000
    for odd in ("0", "-3", "x", "999999", "9" * 40):
        assert "of 40" in page(f"/runs/?page={odd}")


def test_runs_are_filtered_by_lab_and_by_workspace(small_content, learned, page) -> None:
    learned.ran("talk-greeting", run="20261101-000001-aaaa", folder="/one")
    learned.ran("other-lab", run="20261101-000002-bbbb", folder="/two")

    assert "aaaa" in page("/runs/?lab=talk-greeting")
    assert "bbbb" not in page("/runs/?lab=talk-greeting")
    assert "aaaa" not in page("/runs/?folder=/two")


def test_without_any_run_the_page_says_how_to_make_one(small_content, page) -> None:
    assert "No run yet" in page("/runs/")
    assert "Two runs that are kept are needed" in page("/compare/")


def test_runs_and_labs_follow_the_terminal(small_content, page) -> None:
    for address in ("/runs/", "/labs/", "/lab/talk-greeting/"):
        assert "data-live" in page(address)


def test_two_runs_side_by_side_show_which_checks_changed(kept, page) -> None:
    before = kept.write(stage("greets", failed_check(), passed_check("steady", 0.1)))
    after = kept.write(
        stage("greets", passed_check(), passed_check("steady", 0.2)), stage("counts", passed_check("new"))
    )

    shown = words(page(f"/compare/?a={before}&b={after}"))

    assert "2 checks with another verdict" in shown
    assert "body: expected hello, got good bye" in shown
    assert "100.0 ms 200.0 ms" in shown
    assert "not reached" in shown
    assert "The same files were judged in both" in shown


def test_runs_of_two_labs_are_hardly_compared(kept, page) -> None:
    one, other = kept.write(stage("greets", passed_check())), kept.write(stage("x", passed_check()), lab="gone-lab")

    assert "hardly anything can be compared" in page(f"/compare/?a={one}&b={other}")


def test_comparing_with_what_is_not_there_is_not_found(kept, page) -> None:
    run = kept.write(stage("greets", passed_check()))

    page(f"/compare/?a={run}&b=nonsense", 404)
    assert "Compare two runs" in page(f"/compare/?a={run}")


def test_the_run_before_is_offered_to_compare_with(kept, learned, page) -> None:
    before, after = kept.write(stage("greets", failed_check())), kept.write(stage("greets", passed_check()))
    learned.ran("talk-greeting", run=before, folder="/w").ran("talk-greeting", run=after, folder="/w")

    assert f"/compare/?a={before}&amp;b={after}" in page(f"/run/{after}/")
    assert "/compare/" not in page(f"/run/{before}/")


def test_a_real_run_of_the_bench_is_shown(kept_run, page) -> None:
    shown = words(page(f"/run/{kept_run}/"))

    assert "Failed · 0 of 2 stages passed" in shown
    assert "says_hello" in shown
    assert "Greet with hello, nothing more." in shown
