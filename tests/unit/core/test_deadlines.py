"""Deadlines: monotonic, stretched within bounds, and waited for by condition."""

import asyncio

from firsthand.core.deadlines import FACTOR_MAX, Deadline, machine_factor, ticks, until


def test_the_machine_factor_keeps_its_bounds() -> None:
    assert 1.0 <= machine_factor() <= FACTOR_MAX


def test_a_deadline_counts_down_and_never_below_nothing() -> None:
    past, future = Deadline.after(0), Deadline.after(60)

    assert past.passed
    assert past.left_s == 0
    assert not future.passed
    assert 0 < future.left_s <= 60


def test_the_earlier_of_two_deadlines_wins() -> None:
    soon = Deadline.after(1)

    assert soon.earlier(60) is soon
    assert soon.earlier(0.1).at_s < soon.at_s


def test_the_factor_stretches_what_is_allowed() -> None:
    assert Deadline.after(2, 3).allowed_s == 6


def test_until_sees_a_condition_come_true() -> None:
    asked = []

    async def third_time() -> bool:
        asked.append(1)
        return len(asked) == 3

    assert asyncio.run(until(third_time, Deadline.after(5)))
    assert len(asked) == 3


def test_until_gives_up_at_the_deadline_but_asks_at_least_once() -> None:
    async def never() -> bool:
        return False

    async def count() -> int:
        return len([None async for _ in ticks(Deadline.after(0))])

    assert not asyncio.run(until(never, Deadline.after(0.01)))
    assert asyncio.run(count()) == 1
