class SoldOutError(Exception):
    pass


class TooLateError(Exception):
    pass


class Shop:
    def __init__(self, seats, clock, bank):
        pass

    def hold(self, count):
        pass

    def buy(self, hold, card, ages):
        pass
