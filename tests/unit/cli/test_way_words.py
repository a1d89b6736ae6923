"""How hours, groups of skills, dates and lengths of time are read and said."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.errors import UsageError
from firsthand.learning.hours import Hours
from firsthand.study.outlook import clock_words, day_words, mark, minutes_words, range_words
from firsthand.study.placing import compact
from firsthand.study.planning import read_hours

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("mon-fri 1.5, sat 3", (1.5, 1.5, 1.5, 1.5, 1.5, 3, 0)),
        ("MON=1 wed=2,5", (1, 0, 2.5, 0, 0, 0, 0)),
        ("sat-mon 2", (2, 0, 0, 0, 0, 2, 2)),
        ("mon-sun 1, wed 0", (1, 1, 0, 1, 1, 1, 1)),
        ("7", (1, 1, 1, 1, 1, 1, 1)),
        ("10,5", (1.5,) * 7),
    ],
)
def test_hours_are_read_by_weekday_or_for_the_week(text: str, hours: tuple[float, ...]) -> None:
    assert read_hours(text) == hours


@pytest.mark.parametrize(
    "text", ["", "often", "mon", "mun 1", "mon 1 and more", "mon 25", "0", "sun 0", "mon-foo 1", "-3"]
)
def test_hours_that_cannot_be_meant_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be read") as raised:
        read_hours(text)

    assert "mon-fri 1.5, sat 3" in raised.value.advice


@given(st.tuples(*[st.integers(0, 48).map(lambda half: half / 2)] * 7).filter(any))
def test_hours_as_they_are_shown_are_read_as_the_same(hours: tuple[float, ...]) -> None:
    assert read_hours(Hours.of(hours).words) == hours


@pytest.mark.parametrize(
    ("skills", "words"),
    [
        (["NET-01"], "NET-01"),
        (["NET-02", "NET-01"], "NET-01, 02"),
        (["NET-01", "NET-02", "NET-03", "NET-05"], "NET-01 to 03, 05"),
        (["NET-17", "SQL-04", "SQL-05", "SQL-06"], "NET-17; SQL-04 to 06"),
        ([], ""),
    ],
)
def test_many_skills_are_named_in_few_words(skills: list[str], words: str) -> None:
    assert compact(skills) == words


def test_days_are_named_as_people_do() -> None:
    assert day_words(TODAY, TODAY) == "today"
    assert day_words(date(2026, 11, 29), TODAY) == "Sun 29 Nov"
    assert day_words(date(2027, 1, 4), TODAY) == "Mon 4 Jan 2027"
    assert range_words(TODAY, TODAY, TODAY) == "today"
    assert range_words(TODAY, date(2026, 12, 1), TODAY) == "today to Tue 1 Dec"


def test_lengths_of_time_are_as_exact_as_they_are_useful() -> None:
    assert [minutes_words(m) for m in (5, 60, 95, 620, 9000)] == ["5 min", "1 h", "1 h 35 min", "10 h", "150 h"]
    assert clock_words(3725) == "1:02:05"


def test_a_bar_is_always_of_one_length() -> None:
    assert {len(mark(share / 7)) for share in range(8)} == {12}
    assert (mark(0)[0], mark(1)[-1]) == ("░", "█")
