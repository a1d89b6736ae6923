from dataclasses import dataclass, field

import prices


class SoldOutError(Exception):
    pass


class TooLateError(Exception):
    pass


@dataclass(eq=False)
class _Kept:
    seats: list
    ends: float
    paid: bool = field(default=False)


class Shop:
    def __init__(self, seats, clock, bank):
        self.__plan = tuple(seats)
        self.__kept = []
        self.__time = clock
        self.__money = bank

    def hold(self, count):
        begins = self.__time.now()
        gone = {seat for kept in self.__kept if kept.paid or begins < kept.ends for seat in kept.seats}
        chosen = [seat for seat in self.__plan if seat not in gone][:count]
        if len(chosen) != count:
            raise SoldOutError(f"only {len(chosen)} seats are free")
        self.__kept.append(_Kept(chosen, begins + 600))
        return self.__kept[-1]

    def buy(self, hold, card, ages):
        if not self.__time.now() < hold.ends:
            raise TooLateError("this hold is over")
        due = prices.total(ages)
        hold.paid = hold.paid or due == 0 or self.__money.charge(card, due) is True
        return hold.paid
