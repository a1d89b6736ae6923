"""The courses: in two orders, with hours, and how far each was watched."""

import re

import pytest

from firsthand.study import library

COURSE = "/courses/the-way-watched/"


def page_of(client, address: str = "/courses/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def ids(page: str) -> list[str]:
    return re.findall(r'<li class="course [\w-]+" id="([\w-]+)"', page)


def test_all_courses_are_there_in_both_orders(client) -> None:
    ours, its_own = ids(page_of(client)), ids(page_of(client, "/courses/?order=playlist"))
    playlist = [c.id for c in sorted(library.path().courses, key=lambda c: c.playlist) if c.playlist]

    assert sorted(ours) == sorted(its_own) == sorted(c.id for c in library.path().courses)
    assert its_own[: len(playlist)] == playlist
    assert ours != its_own
    assert ids(page_of(client, "/courses/?order=nonsense")) == ours


def test_courses_open_outside_and_nothing_of_them_is_loaded(client) -> None:
    page = page_of(client)

    for course in library.path().courses:
        assert f'<a href="{course.url.replace("&", "&amp;")}" rel="noopener" target="_blank">' in page
    assert "YouTube, opens a new tab" in page
    assert "(None," not in page
    for element in ("iframe", "embed", "object", '<img src="http', '<script src="http'):
        assert element not in page


def test_hours_add_up(client, small_content, learned) -> None:
    learned.watched("the-way-watched", "watching", 1800)
    page = page_of(client)

    assert "<strong>1 h 30 min</strong> in all" in page
    assert "<strong>30 min</strong> watched" in page
    assert "<strong>1 h 0 min</strong> left" in page


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ({"time": "0:20:00"}, {"state": "watching", "seconds": 1200}),
        ({"time": " 20:00 "}, {"state": "watching", "seconds": 1200}),
        ({"time": "1:30:00"}, {"state": "done", "seconds": 5400}),
        ({"time": "9:00:00"}, {"state": "done", "seconds": 5400}),
        ({"state": "done"}, {"state": "done", "seconds": 5400}),
        ({"state": "skipped"}, {"state": "skipped", "seconds": 0}),
    ],
)
def test_what_was_watched_is_kept_as_the_terminal_keeps_it(client, small_content, learned, form, kept) -> None:
    answer = client.post(COURSE, form)

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/courses/#the-way-watched"
    assert learned.data("course") == [{"course": "the-way-watched", **kept}]


def test_the_same_is_kept_once_and_can_be_undone(client, small_content, learned) -> None:
    client.post(COURSE, {"state": "done"})
    client.post(COURSE, {"state": "done"})
    assert "watched</span>" in page_of(client)
    client.post(COURSE, {"state": "not-started"})

    assert [data["state"] for data in learned.data("course")] == ["done", "not-started"]
    assert "Watched to" in page_of(client)


@pytest.mark.parametrize("time", ["", "soon", "1:99:00", "<b>x</b>", "-1:00", "٣:٢٠", "9" * 5000])
def test_a_time_that_is_none_is_answered_beside_its_field(client, small_content, learned, time) -> None:
    answer = client.post(COURSE, {"time": time})
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "is no time in a course. Write it as the player shows it: 1:23:45 or 23:45." in page
    assert 'aria-invalid="true"' in page
    assert "<b>x" not in page
    assert len(page) < 60_000
    assert learned.data("course") == []


def test_a_course_that_is_not_there_is_a_clear_page(client, small_content) -> None:
    assert client.post("/courses/nothing/", {"state": "done"}).status_code == 404


def test_the_order_one_looked_at_stays(client, small_content) -> None:
    answer = client.post(COURSE, {"state": "done", "order": "playlist"})
    assert answer.headers["Location"] == "/courses/?order=playlist#the-way-watched"


def test_watching_in_the_terminal_is_seen_here(client, small_content, learned) -> None:
    learned.watched("the-way-watched", "watching", 725)
    assert 'value="0:12:05"' in page_of(client)
