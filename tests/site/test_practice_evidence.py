"""Evidence: what was shown, when and by what; the history goes out and comes in as a file, whole or not at all."""

import json
import time

import pytest
from answering import another_home, page_of, terminal
from django.core.files.uploadedfile import SimpleUploadedFile

from firsthand.history import EVENT_VERSION
from firsthand.site.practice.views import evidence as evidence_view

pytestmark = pytest.mark.usefixtures("small_content")

SCRIPT = "<script>alert(1)</script>"


def line(name: str, **more: object) -> bytes:
    event = {"id": name, "at": "2026-11-01T10:00:00.000000Z", "kind": "answer", "version": 1, "data": {}, **more}
    return json.dumps(event).encode() + b"\n"


def bring(client, data: bytes, **more: str):
    return client.post("/evidence/import", {"history": SimpleUploadedFile("history.jsonl", data), **more}, follow=True)


def test_each_skill_tells_what_was_seen_when_and_by_which_run_or_answer(client, learned) -> None:
    learned.answered("WAY-02.1", days_ago=3).read("way/which-way", days_ago=2)
    learned.ran("talk-greeting", "greets", "counts", whole=True, verdict="passed", skills=("TLK-01",), run="20261101-x")

    way, talk = page_of(client, "/evidence/?unit=way"), page_of(client, "/evidence/?unit=talk")

    assert 'href="/question/WAY-02.1/"' in way
    assert "answered right" in way
    assert 'href="/lesson/way/which-way/"' in way
    assert 'href="/run/20261101-x/"' in talk
    assert "lab passed, without hints" in talk
    assert "1 skill p" in talk


def test_what_happened_lately_is_told_newest_first(client, learned) -> None:
    learned.answered("WAY-02.1", "wrong").watched("the-way-watched").tell("rating", 0, unit="way", rating="some")

    page = page_of(client, "/evidence/")

    assert page.index("the-way-watched: done") < page.index("WAY-02.1: wrong (lesson)")
    assert "way: some" not in page


def test_nothing_seen_leads_to_the_beginning(client) -> None:
    page = page_of(client, "/evidence/")

    assert "Nothing was seen of you yet" in page
    assert 'href="/start/"' in page
    assert "Nothing of it leaves by itself" in page


def test_what_shows_no_skill_yet_says_so(client, learned) -> None:
    learned.answered("WAY-02.1", "wrong")

    page = page_of(client, "/evidence/")

    assert "It shows no skill yet." in page
    assert "by what: ." not in page


def test_a_unit_that_is_not_there_shows_the_first_one(client, learned) -> None:
    learned.answered("WAY-02.1")

    page = page_of(client, f"/evidence/?unit={SCRIPT}")

    assert "answered right" in page
    assert SCRIPT not in page


def test_what_a_history_holds_is_shown_as_text(client, learned) -> None:
    learned.tell("lesson", 0, lesson=SCRIPT, state="read").tell("mystery", 0, text=f"\x1b[31m{SCRIPT} שלום")

    page = page_of(client, "/evidence/")

    assert SCRIPT not in page
    assert "שלום" in page
    assert "&lt;script&gt;" in page


def test_the_export_is_what_the_terminal_exports(client, learned) -> None:
    learned.answered("WAY-02.1").planned()

    answer = client.get("/evidence/export")

    assert answer.headers["Content-Disposition"].startswith('attachment; filename="firsthand-history-')
    assert answer.content.decode() == terminal("history", "export")


def test_what_was_exported_here_is_brought_in_elsewhere_and_twice_does_no_harm(
    client, learned, tmp_path, monkeypatch
) -> None:
    learned.answered("WAY-02.1").planned()
    exported = client.get("/evidence/export").content
    known = bring(client, exported).content.decode()
    another_home(monkeypatch, tmp_path / "elsewhere")

    new = bring(client, exported).content.decode()

    assert "New events: 0. Here already: 2." in known
    assert "New events: 2. Here already: 0." in new
    assert [event.kind for event in learned.events] == ["plan", "answer"]


def test_a_damaged_line_is_told_with_its_number_and_nothing_is_taken_in(client, learned) -> None:
    told = bring(client, line("one") + b"{half\n" + line("two"))

    assert told.status_code == 400
    assert "Line 2 is not an event" in told.content.decode()
    assert "Nothing was imported" in told.content.decode()
    assert learned.events == []


def test_damaged_lines_are_passed_over_when_asked_for(client, learned) -> None:
    page = bring(client, line("one") + b"{half\n" + line("two"), skip="yes").content.decode()

    assert "New events: 2. Here already: 0. Damaged lines passed over: 1." in page
    assert [event.id for event in learned.events] == ["one", "two"]


def test_events_of_a_newer_version_are_kept_and_told(client, learned) -> None:
    page = bring(client, line("one") + line("later", version=EVENT_VERSION + 1)).content.decode()

    assert "Written by a newer Firsthand: 1" in page
    assert len(learned.events) == 2


def test_the_terminal_says_the_same_of_a_newer_version(learned, tmp_path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_bytes(line("later", version=EVENT_VERSION + 1))

    assert "Written by a newer Firsthand: 1" in terminal("history", "import", str(file))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "No file was chosen, or it is empty"),
        (b"SQLite format 3\x00" + b"\x00" * 200, "Line 1 is not an event"),
        (b"x" * (2 * 1024 * 1024), "longer than 1048576 bytes"),
        (SCRIPT.encode(), "Line 1 is not an event"),
        (line("one", surprise=SCRIPT), "Line 1 is not an event"),
    ],
)
def test_a_file_that_is_no_history_is_refused_with_words(client, learned, data, words) -> None:
    told = bring(client, data)

    assert told.status_code == 400
    assert words in told.content.decode()
    assert SCRIPT not in told.content.decode()
    assert learned.events == []


def test_a_file_that_is_too_big_is_refused_with_words(client, learned, monkeypatch) -> None:
    monkeypatch.setattr(evidence_view, "IMPORT_BYTES_MAX", 1024)

    told = bring(client, line("one") * 100)

    assert told.status_code == 400
    assert "The terminal can take it in" in told.content.decode()
    assert learned.events == []


def test_no_file_at_all_is_told(client) -> None:
    told = client.post("/evidence/import", {})

    assert told.status_code == 400
    assert "No file was chosen" in told.content.decode()


@pytest.mark.parametrize("told", ["new=1", "new=<b>&known=1&damaged=0&newer=0", "new=1e9&known=0&damaged=0&newer=0"])
def test_nonsense_in_the_address_is_not_shown_as_an_import(client, told) -> None:
    assert "New events" not in page_of(client, f"/evidence/?{told}")


def test_an_import_that_is_opened_as_a_page_leads_to_the_evidence(client) -> None:
    assert client.get("/evidence/import").url == "/evidence/"


def test_times_are_those_of_the_learners_own_clock(client, learned, monkeypatch) -> None:
    monkeypatch.setenv("TZ", "XXX-14")
    time.tzset()
    try:
        learned.history.merge([line("one", at="2026-11-01T23:30:00.000000Z")])
        assert "2 Nov, 13:30" in page_of(client, "/evidence/")
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
