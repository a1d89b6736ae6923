"""What every history keeps to, wherever its events are: the file of one learner, and the table of many."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError

from firsthand.core.errors import HistoryError, UsageError
from firsthand.history import History
from firsthand.history.event import timestamp
from firsthand.history.journal import Journal
from firsthand.site.history_table import HistoryTable
from firsthand.site.learner import Person

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["file", "table"])
def make(request, tmp_path):
    """Makes a history by name."""

    def made(name: str) -> Journal:
        return History(tmp_path / f"{name}.sqlite3") if request.param == "file" else HistoryTable(name)

    return made


@pytest.fixture
def history(make) -> Journal:
    return make("own")


def _line(name: str, at: datetime, **more: object) -> bytes:
    event = {"id": name, "at": timestamp(at), "kind": "hint", "version": 1, "data": {"name": name}, **more}
    return json.dumps(event).encode()


def _names(history: Journal) -> list[str]:
    return [event.text("name") for event in history.read()]


def _exported(history: Journal) -> bytes:
    file = io.BytesIO()
    history.export(file)
    return file.getvalue()


NOW = datetime.now(UTC)


class TestEveryHistory:
    def test_is_empty_at_first(self, history) -> None:
        assert list(history.read()) == []
        assert _exported(history) == b""

    def test_gives_back_what_was_appended_in_order(self, history) -> None:
        first = history.append("began", {"lab": "a", "words": "é\r\n🦀\u2028", "number": 1.5, "none": None})
        second = history.append("run", {"nested": {"list": [1, [2]]}})
        assert list(history.read()) == [first, second]

    def test_takes_several_of_one_kind_at_once_in_order(self, history) -> None:
        before = history.append("hint", {"name": "before"})
        together = history.append_all("hint", [{"name": "one"}, {"name": "two"}])
        assert history.append_all("hint", []) == []
        assert list(history.read()) == [before, *together]
        assert _names(history) == ["before", "one", "two"]

    def test_chooses_kinds_and_times(self, history) -> None:
        history.append("began", {})
        hint = history.append("hint", {})
        assert list(history.read(kinds=["hint"])) == [hint]
        assert list(history.read(kinds=[])) == []
        assert len(list(history.read(since=NOW - timedelta(hours=1)))) == 2
        assert list(history.read(since=datetime.now(UTC) + timedelta(hours=1))) == []

    def test_records_once_what_is_told_of_one_thing_once(self, history) -> None:
        assert history.append("run", {}, once="a").id == history.append("run", {}, once="a").id
        history.append("run", {}, once="b")
        history.append("hint", {}, once="a")
        assert [event.kind for event in history.read()] == ["run", "run", "hint"]

    def test_keeps_what_happens_here_after_all_that_is_here(self, history) -> None:
        history.merge([_line("from a clock that is ahead", NOW + timedelta(days=1))])
        history.append("hint", {"name": "now"})
        assert _names(history) == ["from a clock that is ahead", "now"]

    def test_puts_what_is_imported_in_its_place(self, history) -> None:
        history.append("hint", {"name": "now"})
        assert history.merge([_line("before", NOW - timedelta(days=1))]).new == 1
        assert _names(history) == ["before", "now"]

    def test_is_the_same_after_export_and_import(self, history, make) -> None:
        history.merge([_line("ahead", NOW + timedelta(days=1))])
        history.append("hint", {"name": "now", "words": "é🦀"})
        other = make("other")
        merged = other.merge(_exported(history).splitlines())
        assert (merged.new, merged.known) == (2, 0)
        assert list(other.read()) == list(history.read())
        assert _exported(other) == _exported(history)

    def test_passes_over_what_it_knows(self, history) -> None:
        history.append("hint", {"name": "now"})
        merged = history.merge([*_exported(history).splitlines(), _line("new", NOW)])
        assert (merged.new, merged.known) == (1, 1)

    def test_takes_in_all_or_nothing(self, history) -> None:
        with pytest.raises(UsageError, match="Line 2 is not an event"):
            history.merge([_line("good", NOW), b"{"])
        assert list(history.read()) == []

    def test_leaves_out_damaged_lines_where_that_is_wished(self, history) -> None:
        merged = history.merge([_line("good", NOW), b"{", b""], skip_damaged=True)
        assert (merged.new, merged.damaged) == (1, 1)

    def test_has_a_stamp_that_changes_with_it_and_only_then(self, history, make) -> None:
        empty = history.stamp()
        assert history.stamp() == empty
        history.append("hint", {})
        one = history.stamp()
        assert one != empty
        assert history.stamp() == one
        history.merge([_line("before", NOW - timedelta(days=1))])
        assert history.stamp() != one
        assert make("other").stamp()[0] != one[0]

    def test_is_one_learners_own(self, history, make) -> None:
        history.append("hint", {}, once="a")
        make("other").append("hint", {}, once="a")
        assert len(list(history.read())) == len(list(make("other").read())) == 1

    def test_is_what_a_person_stands_on(self, history, small_content) -> None:
        person = Person(history)
        assert person.outlook.is_new
        person.append("lesson", {"lesson": "net/x", "state": "read"})
        assert not person.outlook.is_new
        assert [event.kind for event in person.events] == ["lesson"]


def test_a_table_that_cannot_be_used_says_so(monkeypatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise DatabaseError("the server has gone")

    monkeypatch.setattr("firsthand.site.models.HistoryRow.objects.filter", refuse)
    with pytest.raises(HistoryError, match="the server has gone"):
        HistoryTable("me").append("hint", {})
