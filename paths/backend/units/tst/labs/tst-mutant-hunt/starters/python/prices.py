"""What tickets cost. Amounts are whole cents: 2000 is twenty euros.

The promises of this module:

price(age): what one ticket costs for somebody of this age, in whole years.
  P1  Up to and including 5 years it is free: 0.
  P2  From 6 up to and including 17 it costs 1000.
  P3  From 18 up to and including 64 it costs 2000.
  P4  From 65 on it costs 1500.
  P5  An age below 0 or above 130 raises ValueError. (0 and 130 are ages. What the error says is left open.)

total(ages): what the tickets for these ages, a list, cost together.
  P6  It is the sum of their prices; for an empty list 0.
  P7  Five tickets or more are a tenth cheaper, all of them together.
  P8  Free tickets count as tickets, too.
  P9  The list stays as it was.
"""

FREE_UNTIL = 5
CHILD_UNTIL = 17
SENIOR_FROM = 65
GROUP_FROM = 5


def price(age):
    if age < 0 or age > 130:
        raise ValueError(f"nobody is {age} years old")
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
