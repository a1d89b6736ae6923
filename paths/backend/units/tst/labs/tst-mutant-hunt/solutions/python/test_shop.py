"""Tests of shop.py, with a clock and a bank of our own at its boundary."""

import pytest
from shop import Shop, SoldOutError, TooLateError


class FakeClock:
    """A clock that stands still until it is told."""

    def __init__(self):
        self.time = 1_000

    def now(self):
        return self.time


class FakeBank:
    """Says what it is told to say, and writes down what it was asked."""

    def __init__(self):
        self.says = True
        self.charged = []

    def charge(self, card, cents):
        self.charged.append((card, cents))
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def bank():
    return FakeBank()


@pytest.fixture
def shop(clock, bank):
    return Shop(["A1", "A2", "A3"], clock, bank)


def is_sold_out(shop):
    try:
        shop.hold(1)
    except SoldOutError:
        return True
    return False


def test_a_hold_has_as_many_different_seats_as_wanted(shop):
    seats = shop.hold(2).seats
    assert len(set(seats)) == len(seats) == 2
    assert set(seats) <= {"A1", "A2", "A3"}


def test_nobody_else_is_given_a_held_seat(shop):
    first, second = shop.hold(2), shop.hold(1)
    assert set(first.seats) | set(second.seats) == {"A1", "A2", "A3"}


def test_says_when_too_few_seats_are_free(shop):
    shop.hold(2)
    with pytest.raises(SoldOutError):
        shop.hold(2)


def test_takes_no_seat_when_it_says_no(shop):
    with pytest.raises(SoldOutError):
        shop.hold(4)
    assert len(shop.hold(3).seats) == 3


def test_a_hold_is_good_for_just_under_ten_minutes(shop, clock):
    hold = shop.hold(3)
    clock.time += 599
    assert is_sold_out(shop)
    assert shop.buy(hold, "4242", [34, 34, 34]) is True


def test_after_ten_minutes_the_seats_are_free_again(shop, clock):
    shop.hold(3)
    clock.time += 600
    assert len(shop.hold(3).seats) == 3


def test_after_ten_minutes_it_is_too_late_to_buy(shop, clock, bank):
    hold = shop.hold(1)
    clock.time += 600
    with pytest.raises(TooLateError):
        shop.buy(hold, "4242", [34])
    assert bank.charged == []


def test_charges_the_total_once(shop, bank):
    hold = shop.hold(2)
    assert shop.buy(hold, "4242", [34, 8]) is True
    assert bank.charged == [("4242", 3000)]


def test_what_is_sold_stays_sold(shop, clock):
    shop.buy(shop.hold(3), "4242", [34, 34, 34])
    clock.time += 100_000
    assert is_sold_out(shop)


def test_a_refused_card_buys_nothing(shop, clock, bank):
    bank.says = False
    assert shop.buy(shop.hold(3), "4242", [34, 34, 34]) is False
    clock.time += 600
    assert len(shop.hold(3).seats) == 3


def test_another_card_may_be_tried_while_the_seats_are_kept(shop, bank):
    hold = shop.hold(3)
    bank.says = False
    shop.buy(hold, "4242", [34, 34, 34])
    assert is_sold_out(shop)
    bank.says = True
    assert shop.buy(hold, "5555", [34, 34, 34]) is True


def test_what_is_free_goes_past_the_bank(shop, clock, bank):
    assert shop.buy(shop.hold(3), "4242", [1, 2, 3]) is True
    assert bank.charged == []
    clock.time += 600
    assert is_sold_out(shop)


def test_a_bank_out_of_reach_sells_nothing(shop, clock, bank):
    hold = shop.hold(3)
    bank.says = ConnectionError("no route to the bank")
    with pytest.raises(ConnectionError):
        shop.buy(hold, "4242", [34, 34, 34])
    assert is_sold_out(shop)
    clock.time += 600
    assert len(shop.hold(3).seats) == 3


def test_after_a_bank_out_of_reach_one_may_try_again(shop, bank):
    hold = shop.hold(1)
    bank.says = ConnectionError("no route to the bank")
    with pytest.raises(ConnectionError):
        shop.buy(hold, "4242", [34])
    bank.says = True
    assert shop.buy(hold, "4242", [34]) is True
