"""The hidden data of the query gym: a tool library with gaps, ties, doubles and odd names."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from kit import CITIES, FIRST_DAY, FIRST_NAMES, LAST_NAMES, THINGS, WORDS, cents, literal

from firsthand.core.randomness import Rng

T = TypeVar("T")

MEMBERS, TOOLS, LOANS, PAYMENTS = 60, 70, 420, 110
IDS_MAX = 9_999
"""What a check adds has greater ids."""


def statements(rng: Rng) -> Iterator[str]:
    """Everything in random order: rows that come sorted without being asked would teach the wrong thing."""
    members, tools = ids(rng, MEMBERS), ids(rng, TOOLS)
    categories = ids(rng, 24)
    yield insert("members", ((one, name(rng), city(rng), day(rng), None) for one in members))
    invited = rng.sample(members, 38)
    for one in invited:
        # By one of the first twenty, so that many have invited nobody; nobody invites themselves.
        host = rng.choice([other for other in members[:20] if other != one])
        yield f"UPDATE members SET invited_by = {host} WHERE id = {one}"
    yield insert("categories", tree(rng, categories))
    filled = categories[:-5]  # some categories hold no tool
    yield insert("tools", ((one, thing(rng), maybe(rng, 8, rng.choice(filled)), price(rng)) for one in tools))
    yield insert("needs", dependencies(rng, tools))
    lent = tools[:-9]  # some tools are never lent
    borrowers = members[:-8]  # and some members never borrow
    yield insert("loans", (loan(rng, one, lent, borrowers) for one in ids(rng, LOANS)))
    payers = members[5:]
    yield insert("payments", ((one, rng.choice(payers), cents(rng, 1, 2_000), day(rng)) for one in ids(rng, PAYMENTS)))


def insert(table: str, rows: "Iterator[tuple[object, ...]] | Sequence[tuple[object, ...]]") -> str:
    """One statement for all rows."""
    values = ",\n".join(f"({', '.join(map(literal, row))})" for row in rows)
    return f"INSERT INTO {table} VALUES\n{values}"


def ids(rng: Rng, count: int) -> list[int]:
    """So many numbers, in no order."""
    return rng.sample(range(1, IDS_MAX), count)


def name(rng: Rng) -> str:
    """A person's; with so few of them some are there twice."""
    return f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"


def city(rng: Rng) -> str | None:
    """One of few, or none."""
    return maybe(rng, 15, rng.choice(CITIES))


def thing(rng: Rng) -> str:
    """A tool's name, sometimes with characters that mean something elsewhere."""
    return f"{rng.choice(WORDS)} {rng.choice(THINGS)}"


def price(rng: Rng) -> str | None:
    """Of few sizes, so that there are ties; or none."""
    return maybe(rng, 20, rng.choice(("9.90", "24.00", "24.00", "49.50", "120.00", cents(rng, 500, 90_000))))


def day(rng: Rng) -> str:
    """A day of two years."""
    return str(FIRST_DAY + timedelta(days=rng.below(730)))


def tree(rng: Rng, numbers: list[int]) -> list[tuple[object, ...]]:
    """Four at the top, the others below any that is there already; a parent stands before its children."""
    return [
        (one, rng.choice(THINGS), None if place < 4 else rng.choice(numbers[:place]))
        for place, one in enumerate(numbers)
    ]


def dependencies(rng: Rng, tools: list[int]) -> list[tuple[object, ...]]:
    """Chains, forks that meet again, and two circles."""
    a, b, c, d, e, f, g, h, *rest = rng.sample(tools, 20)
    fork = [(a, b), (a, c), (b, d), (c, d), (d, e)]
    circles = [(e, f), (f, g), (g, e), (h, h)] if rng.chance(50) else [(e, f), (f, e), (g, h), (h, g)]
    return [*fork, *circles, *pairwise(rest)][::-1]


def loan(rng: Rng, one: int, tools: list[int], members: list[int]) -> tuple[object, ...]:
    """Some without a tool, some not back yet, some at midnight sharp or in the last moment of a day."""
    began = datetime.combine(FIRST_DAY, datetime.min.time()) + timedelta(days=rng.below(730))
    taken = began + timedelta(hours=rng.integer(7, 20), minutes=15 * rng.below(4))
    if rng.chance(10):
        taken = rng.choice((began, began + timedelta(hours=23, minutes=59, seconds=59, milliseconds=500)))
    back = maybe(rng, 15, str(taken + timedelta(hours=rng.integer(1, 300))))
    fee = maybe(rng, 15, rng.choice(("0.00", "2.50", "2.50", "4.00", cents(rng, 1, 3_000))))
    return one, maybe(rng, 6, rng.choice(tools)), rng.choice(members), str(taken), back, fee


def maybe(rng: Rng, percent: int, value: T) -> T | None:
    """The value, or nothing in so many of a hundred cases."""
    return None if rng.chance(percent) else value
