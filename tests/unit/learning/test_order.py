"""The order of study keeps prerequisites, meets deadlines where any order can, and stays with two units."""

from itertools import permutations
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand.core.errors import ContentError
from firsthand.learning.order import UNITS_AT_ONCE, Item, lateness, ordered


@st.composite
def graphs(draw: st.DrawFn, most: int = 7, units: int = 3) -> list[Item]:
    """Items whose requirements stand before them, in any listed order."""
    size = draw(st.integers(1, most))
    items = []
    for number in range(size):
        before = draw(st.lists(st.sampled_from(range(number)), max_size=2, unique=True)) if number else []
        due = draw(st.one_of(st.just(inf), st.integers(1, 200).map(float)))
        unit = f"u{draw(st.integers(1, units))}"
        items.append(Item(f"i{number}", unit, draw(st.integers(1, 60)), tuple(f"i{one}" for one in before), due))
    return list(draw(st.permutations(items)))


def _is_valid(order: list[Item]) -> bool:
    seen: set[str] = set()
    for item in order:
        if not seen.issuperset(item.requires):
            return False
        seen.add(item.id)
    return True


@given(graphs(most=40, units=6))
def test_every_item_comes_once_and_after_all_it_needs(items: list[Item]) -> None:
    order = ordered(items)

    assert sorted(item.id for item in order) == sorted(item.id for item in items)
    assert _is_valid(order)


@settings(max_examples=150, deadline=None)
@given(graphs(most=6))
def test_no_order_at_all_misses_deadlines_by_less(items: list[Item]) -> None:
    best = min(lateness(order) for each in permutations(items) if _is_valid(order := list(each)))

    assert max(0, lateness(ordered(items))) == max(0, best)


@given(graphs(most=30, units=6))
def test_a_third_unit_is_begun_only_when_fewer_than_two_can_go_on(items: list[Item]) -> None:
    items = [Item(item.id, item.unit, item.minutes, item.requires) for item in items]
    order = ordered(items)
    for place, item in enumerate(order):
        done = {each.id for each in order[:place]}
        begun = {each.unit for each in order[:place]}
        left = order[place:]
        can_go_on = {each.unit for each in left if each.unit in begun and done.issuperset(each.requires)}
        if item.unit not in begun:
            assert len(can_go_on) < UNITS_AT_ONCE


def test_without_deadlines_what_unlocks_most_goes_first() -> None:
    items = [Item("leaf", "a", 10), Item("root", "a", 10), Item("x", "a", 10, ("root",)), Item("y", "a", 10, ("x",))]

    assert [item.id for item in ordered(items)] == ["root", "x", "leaf", "y"]


def test_equal_items_keep_their_place() -> None:
    items = [Item(name, "a", 10) for name in "dbca"]

    assert ordered(items) == items


def test_a_deadline_is_pulled_back_to_what_it_needs() -> None:
    items = [
        Item("wide", "a", 10),
        *(Item(f"w{n}", "a", 10, ("wide",)) for n in range(5)),
        Item("deep", "a", 50),
        Item("due", "a", 10, ("deep",), due=60),
    ]

    assert [item.id for item in ordered(items)][:2] == ["deep", "due"]


def test_tidy_units_give_way_to_a_deadline_that_they_would_miss() -> None:
    items = [
        Item("a1", "a", 60, due=60),
        Item("b1", "b", 60, due=120),
        Item("a2", "a", 60),
        Item("b2", "b", 60),
        Item("c1", "c", 60, due=180),
    ]

    assert [item.id for item in ordered(items)][:3] == ["a1", "b1", "c1"]
    assert lateness(ordered(items)) <= 0


def test_a_requirement_outside_the_list_is_met() -> None:
    assert [item.id for item in ordered([Item("a", "u", 5, ("held",))])] == ["a"]


def test_a_circle_is_told_with_its_items() -> None:
    with pytest.raises(ContentError, match="a, b"):
        ordered([Item("a", "u", 5, ("b",)), Item("b", "u", 5, ("a",))])


def test_nothing_to_do_is_an_empty_order() -> None:
    assert ordered([]) == []
    assert lateness([]) == -inf
