"""`firsthand courses`: two orders, honest sums, and what was watched stays in the history."""

import json

import pytest

from firsthand.content.load import default_roots, load
from firsthand.study.course_list import Listed, in_our_order, sum_of


@pytest.fixture(scope="module")
def path():
    return load(default_roots()).paths[0]


def listed(place, order="ours"):
    done = place.call("courses", "--order", order, "--json", "-")
    assert done.code == 0, done.err
    return json.loads(done.out)


def course(place, name):
    return next(each for each in listed(place)["courses"] if each["id"] == name)


def events(place):
    return [event.data for event in place.history().read(kinds=["course"])]


def test_the_playlist_has_its_own_order_and_ours(place) -> None:
    ours, its_own = listed(place)["courses"], listed(place, "playlist")["courses"]

    assert [each["playlist"] for each in its_own if each["playlist"]] == list(range(1, 19))
    of_playlist = [each for each in ours if each["playlist"]]
    assert [each["ours"] for each in of_playlist] == list(range(1, 19))
    assert [each["playlist"] for each in of_playlist][:3] == [1, 18, 3]
    assert {each["id"] for each in ours} == {each["id"] for each in its_own}


def test_our_order_is_that_of_the_units(path) -> None:
    places = {unit.id: place for place, unit in enumerate(path.units)}
    order = [course for course in in_our_order(path) if len(course.units) == 1 and course.playlist]

    assert [places[course.units[0]] for course in order] == sorted(places[course.units[0]] for course in order)
    assert in_our_order(path)[0].units == (), "the overview comes first"


def test_hours_are_summed_and_unknown_lengths_are_counted_apart(place, path) -> None:
    done = place.call("courses")
    known = sum(course.seconds for course in path.courses if course.playlist)

    assert known == 252_447
    assert "70 h 7 min in all: nothing watched yet, 70 h 7 min and 1 of unknown length left." in done.out
    assert "Not counted: 1 course whose length is not known (?)." in done.out
    (redis,) = [line for line in done.out.splitlines() if " redis-course " in line]
    assert redis.split()[-4:] == ["?", "?", "not", "started"]
    totals = listed(place)["playlist"]
    assert (totals["seconds"], totals["left_seconds"], totals["of_unknown_length"]) == (known, known, 1)


def test_what_was_watched_is_kept_and_what_is_left_shrinks(place) -> None:
    done = place.call("courses", "watched", "git-and-github-for-beginners", "1:02:03")

    assert done.code == 0, done.err
    assert "Git and GitHub for Beginners - Crash Course: watched to 1:02:03." in done.out
    assert "0:06:26 of 1:08:29 left." in done.out
    assert events(place) == [{"course": "git-and-github-for-beginners", "state": "watching", "seconds": 3723}]
    assert (
        course(place, "git-and-github-for-beginners")["left_seconds"],
        listed(place)["playlist"]["watched_seconds"],
    ) == (
        386,
        3723,
    )
    assert "watched to 1:02:03" in place.call("courses").out


def test_a_course_that_is_done_says_what_it_taught_and_that_this_proves_nothing(place) -> None:
    done = place.call("courses", "done", "18")

    assert "How does the internet work? (Full Course): ✓ done." in done.out
    assert "It taught NET-01, NET-02, NET-06. Labs and questions prove what you took from it." in done.out
    assert events(place) == [{"course": "how-does-the-internet-work", "state": "done", "seconds": 6120}]
    assert course(place, "how-does-the-internet-work")["left_seconds"] == 0
    assert "3 under way" in place.call("path").out


@pytest.mark.parametrize("time", ["51:03", "0:51:03", "59:59", "2:00:00"])
def test_watched_to_the_end_or_beyond_is_done(place, time) -> None:
    assert "✓ done" in place.call("courses", "watched", "nginx", time).out
    assert course(place, "nginx-tutorial-for-beginners")["state"] == "done"


def test_of_a_course_of_unknown_length_it_is_not_known_what_is_left(place) -> None:
    done = place.call("courses", "watched", "redis", "1:00:00")

    assert "Its length is not known" in done.out
    redis = course(place, "redis-course")
    assert (redis["seconds"], redis["watched_seconds"], redis["left_seconds"]) == (None, 3600, None)
    assert listed(place)["playlist"]["of_unknown_length_left"] == 1
    place.call("courses", "done", "redis")
    assert listed(place)["playlist"]["of_unknown_length_left"] == 0


def test_a_skipped_course_is_not_left_and_reset_takes_everything_back(place) -> None:
    before = listed(place)["playlist"]["left_seconds"]
    place.call("courses", "watched", "15", "1:00:00")
    assert "skipped." in place.call("courses", "skip", "15").out
    assert listed(place)["playlist"]["left_seconds"] == before - 13_491
    assert "3 h 45 min skipped" in place.call("courses").out
    assert "not started." in place.call("courses", "reset", "firebase").out
    assert listed(place)["playlist"]["left_seconds"] == before
    assert [each["state"] for each in events(place)] == ["watching", "skipped", "not-started"]


def test_saying_the_same_twice_is_kept_once(place) -> None:
    place.call("courses", "done", "nginx")
    assert "done already." in place.call("courses", "done", "nginx").out
    assert len(events(place)) == 1


@pytest.mark.parametrize("time", ["99", "1:60:00", "1:5", "-1:00", "1h", "", "12345:00", "1:00:00:00"])
def test_what_is_no_time_is_refused_with_an_example(place, time) -> None:
    done = place.call("courses", "watched", "nginx", "--", time)
    assert done.code == 2
    assert "is no time in a course." in done.err
    assert "1:23:45 or 23:45" in done.err
    assert not place.history().path.exists()


def test_a_course_that_is_not_there_or_not_clear_is_told_with_those_that_could_be_meant(place) -> None:
    unknown = place.call("courses", "done", "redis-curse")
    assert unknown.code == 2
    assert "Did you mean redis-course?" in unknown.err
    unclear = place.call("courses", "done", "docker")
    assert unclear.code == 2
    assert "docker-with-node" in unclear.err
    assert "docker-containers-and-kubernetes-fundamentals" in unclear.err
    assert place.call("courses", "done", "0").code == 2, "courses that are in no playlist have no number there"


def test_a_history_that_cannot_be_written_is_told_and_nothing_is_claimed(place) -> None:
    place.history().path.parent.mkdir(parents=True)
    place.history().path.write_text("no database")
    done = place.call("courses", "done", "nginx")
    assert "note: The history" in done.err
    assert "✓ done" not in done.out


def test_a_sum_counts_each_state_as_what_it_is(path) -> None:
    known, other, unknown = (
        next(c for c in path.courses if c.id == name) for name in ("firebase", "java", "redis-course")
    )
    whole = sum_of(
        [
            Listed(known, 1, "skipped", 600),
            Listed(other, 2, "watching", 600),
            Listed(unknown, 3, "watching", 60),
        ]
    )
    assert (whole.length_s, whole.watched_s, whole.left_s) == (13_491 + 13_680, 660, 13_080)
    assert (whole.skipped_s, whole.unknown, whole.unknown_left) == (13_491, 1, 1)
