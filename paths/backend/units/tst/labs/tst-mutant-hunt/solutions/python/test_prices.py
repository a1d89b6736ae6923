"""Tests of prices.py: each promise at its boundaries, where mistakes live."""

import pytest
from prices import price, total


@pytest.mark.parametrize(
    ("age", "cents"),
    [
        (0, 0),
        (5, 0),
        (6, 1000),
        (17, 1000),
        (18, 2000),
        (64, 2000),
        (65, 1500),
        (130, 1500),
    ],
)
def test_price_at_the_boundaries_of_age(age, cents):
    assert price(age) == cents


@pytest.mark.parametrize("age", [-1, 131])
def test_refuses_an_impossible_age(age):
    with pytest.raises(ValueError):
        price(age)


def test_nobody_pays_nothing():
    assert total([]) == 0


def test_adds_up_the_prices():
    assert total([34, 8, 70]) == 2000 + 1000 + 1500


def test_four_tickets_pay_in_full():
    assert total([30, 30, 30, 30]) == 8000


def test_five_tickets_are_a_tenth_cheaper():
    assert total([30, 30, 30, 30, 30]) == 9000


def test_the_tenth_is_taken_from_all_tickets():
    assert total([30, 30, 30, 30, 30, 30, 30]) == 12600


def test_free_tickets_count_as_tickets():
    assert total([30, 30, 30, 30, 2]) == 7200


def test_leaves_the_list_as_it_was():
    ages = [70, 8, 34]
    total(ages)
    assert ages == [70, 8, 34]
