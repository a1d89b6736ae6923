FREE_UNTIL = 5
CHILD_UNTIL = 17
SENIOR_FROM = 65
GROUP_FROM = 5


def price(age):
    if age < 0 or age > 130:
        raise ValueError("not an age")
    if age <= FREE_UNTIL:
        return 0
    if age <= CHILD_UNTIL:
        return 1000
    if age >= SENIOR_FROM:
        return 1500
    return 2000


def total(ages):
    cents = 0
    for age in ages:
        cents = cents + price(age)
    if len(ages) >= GROUP_FROM:
        cents = cents * 9 // 10
    return cents
