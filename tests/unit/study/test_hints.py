"""Hints, one after another."""

from pathlib import Path

import pytest

from firsthand.core.errors import UsageError
from firsthand.history.event import new_event
from firsthand.study import library
from firsthand.study.hints import failed_last, hints
from firsthand.study.memory import Past

LAB, CHECK = "net-byo-http", "answers_with_200"


def test_hints_are_read_in_order_until_none_is_left() -> None:
    lab = library.lab(LAB)
    past = Past([])

    for number in range(1, hints(lab, CHECK, past).total + 1):
        reading = hints(lab, CHECK, past).reading(lab)
        assert reading == {"lab": LAB, "check": CHECK, "number": number}
        past = Past([*past.events, new_event("hint", reading)])

    last = hints(lab, CHECK, past)
    assert (last.left, last.reading(lab)) == (0, None)
    assert last.texts == last.check.hints


def test_a_history_that_tells_of_more_hints_than_there_are_does_no_harm() -> None:
    past = Past([new_event("hint", {"lab": LAB, "check": CHECK, "number": 99})])

    assert hints(library.lab(LAB), CHECK, past).left == 0


def test_an_unknown_check_names_one_that_is_like_it() -> None:
    with pytest.raises(UsageError, match="no check") as caught:
        hints(library.lab(LAB), "answers_with_20", Past([]))

    assert CHECK in caught.value.advice


def test_what_failed_last_is_what_the_last_run_says() -> None:
    place = Path("/w")
    run = {"run": "r", "lab": LAB, "folder": "/w", "failed_check": CHECK}

    assert failed_last(Past([new_event("run", run)]), place) == CHECK
    with pytest.raises(UsageError, match="Nothing was checked"):
        failed_last(Past([]), place)
    with pytest.raises(UsageError, match="No check failed"):
        failed_last(Past([new_event("run", {**run, "failed_check": ""})]), place)


def test_a_run_that_came_to_no_check_is_told_as_that() -> None:
    run = {"run": "r", "lab": LAB, "folder": "/w", "failed_check": "", "verdict": "invalid"}

    with pytest.raises(UsageError, match="did not start: it came to no check") as caught:
        failed_last(Past([new_event("run", run)]), Path("/w"))

    assert "mend" in caught.value.advice
