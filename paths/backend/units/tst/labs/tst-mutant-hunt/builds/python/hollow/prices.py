def price(age):
    pass


def total(ages):
    pass
