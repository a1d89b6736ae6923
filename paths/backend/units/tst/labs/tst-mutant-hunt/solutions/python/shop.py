"""The shop that sells the seats. It needs a clock and a bank, and is given both.

    shop = Shop(["A1", "A2", "A3"], clock, bank)
    hold = shop.hold(2)                    # two seats are kept for you
    shop.buy(hold, "4242", [34, 8])        # True: paid, they are yours

`clock.now()` gives the time in seconds, as a number that never goes back.
`bank.charge(card, cents)` gives True when the card was charged, and False when the bank refuses.
When the bank cannot be reached, `charge` raises an exception.

The promises of this module:

  S1  hold(count) gives a hold. Its `seats` are so many different free seats, as a list.
      Which ones, and in which order, is left open.
  S2  Seats that are held or sold are given to nobody else.
  S3  When fewer seats are free than somebody wants, hold raises SoldOutError, and no seat is taken.
  S4  A hold lasts 600 seconds. From the 600th second on its seats are free again,
      and buy raises TooLateError without asking the bank.
  S5  buy(hold, card, ages) charges total(ages) to the card, once, and gives True. Then the seats are sold for ever.
  S6  When the bank refuses, buy gives False. Nothing is sold, and the hold goes on as before:
      another card may be tried.
  S7  When there is nothing to pay, the bank is not asked at all. The seats are sold.
  S8  When the bank cannot be reached, its exception comes out of buy. Nothing is sold, and the hold goes on.

How often and when the shop asks the clock is left open. So is what the exceptions say.
"""

from prices import total

HOLD_S = 600


class SoldOutError(Exception):
    pass


class TooLateError(Exception):
    pass


class Hold:
    def __init__(self, seats, until):
        self.seats = seats
        self.until = until


class Shop:
    def __init__(self, seats, clock, bank):
        self._seats = list(seats)
        self._sold = set()
        self._holds = []
        self._clock = clock
        self._bank = bank

    def hold(self, count):
        now = self._clock.now()
        taken = set(self._sold)
        for hold in self._holds:
            if now < hold.until:
                taken.update(hold.seats)
        free = [seat for seat in self._seats if seat not in taken]
        if len(free) < count:
            raise SoldOutError(f"only {len(free)} seats are free")
        hold = Hold(free[:count], now + HOLD_S)
        self._holds.append(hold)
        return hold

    def buy(self, hold, card, ages):
        if self._clock.now() >= hold.until:
            raise TooLateError("this hold is over")
        cents = total(ages)
        if cents > 0 and not self._bank.charge(card, cents):
            return False
        self._sold.update(hold.seats)
        return True
