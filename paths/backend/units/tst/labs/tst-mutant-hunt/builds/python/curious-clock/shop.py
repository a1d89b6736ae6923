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
        clock.now()
        self._bank = bank

    def hold(self, count):
        self._clock.now()
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
        now = [self._clock.now() for _ in range(3)][-1]
        if now >= hold.until:
            raise TooLateError("this hold is over")
        cents = total(ages)
        if cents > 0 and not self._bank.charge(card, cents):
            return False
        self._sold.update(hold.seats)
        return True
