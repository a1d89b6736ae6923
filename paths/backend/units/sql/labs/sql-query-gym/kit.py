"""What the stages of the query gym share: the rows of the library, rows of a check's own, and the right answers."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from firsthand.core.randomness import Rng

FIRST_DAY = date(2024, 1, 1)
CITIES = ("Bergen", "Cork", "Graz", "L'Aquila", "São Paulo", "Ústí nad Labem", "大阪", "bergen", "Newport")
FIRST_NAMES = ("Ada", "Ben", "Chidi", "Dora", "Emre", "Fumiko", "Gül", "Hana", "Ivo", "Zoë", "ada", "Øyvind")
LAST_NAMES = ("Olsen", "O'Hara", "Eze", "Weiß", 'Ak "Em"', "Ng", "van der Berg", "Šimek", "李", "D'Angelo")
WORDS = ("Heavy", "Small", "Old", "50% lighter", "Left_handed", "Günther's", "Two-speed", 'The "good"', "heavy")
THINGS = ("drill", "Drill", "saw", "ladder", "mower", "spade", "piano", "mixer", "Sewing machine", "cargo bike", "鉋")

Rows = list[tuple[Any, ...]]


class Member(NamedTuple):
    """A row of members."""

    id: int
    name: str
    city: str | None
    joined_on: date
    invited_by: int | None


class Category(NamedTuple):
    """A row of categories."""

    id: int
    name: str
    parent_id: int | None


class Tool(NamedTuple):
    """A row of tools."""

    id: int
    name: str
    category_id: int | None
    price: Decimal | None


class Need(NamedTuple):
    """A row of needs."""

    tool_id: int
    needs_id: int


class Loan(NamedTuple):
    """A row of loans."""

    id: int
    tool_id: int | None
    member_id: int
    taken_at: datetime
    returned_at: datetime | None
    fee: Decimal | None


class Payment(NamedTuple):
    """A row of payments."""

    id: int
    member_id: int
    amount: Decimal
    paid_on: date


@dataclass(frozen=True)
class Library:
    """All rows, each table sorted by its first columns."""

    members: list[Member]
    categories: list[Category]
    tools: list[Tool]
    needs: list[Need]
    loans: list[Loan]
    payments: list[Payment]

    @classmethod
    async def of(cls, server: Any) -> "Library":
        """What stands in a server now, which is the client of PostgreSQL or of MariaDB."""
        kinds: tuple[Any, ...] = (Member, Category, Tool, Need, Loan, Payment)
        found = [
            sorted(map(kind._make, await server.rows(f"SELECT {', '.join(kind._fields)} FROM {table.name}")))
            for kind, table in zip(kinds, fields(cls), strict=True)
        ]
        return cls(*found)

    def loans_of(self, member: int) -> list[Loan]:
        """The loans of a member."""
        return [loan for loan in self.loans if loan.member_id == member]

    def lent(self, tool: int) -> list[Loan]:
        """The loans of a tool."""
        return [loan for loan in self.loans if loan.tool_id == tool]

    def member(self, number: int) -> Member:
        """The member with this id."""
        return next(member for member in self.members if member.id == number)


class Desk:
    """Adds rows that only this check knows, so that no answer can be known beforehand."""

    def __init__(self, server: Any, rng: Rng) -> None:
        """`server` is the client of PostgreSQL or of MariaDB."""
        self._server = server
        self._rng = rng

    async def member(
        self, *, name: str = "", city: str | None = None, joined_on: date | None = None, invited_by: int | None = None
    ) -> int:
        """A new member's id; without a name one with an odd name."""
        joined = joined_on or day(self._rng)
        return await self._add("members", name or person(self._rng), city, joined, invited_by)

    async def category(self, parent: int | None = None, *, name: str = "") -> int:
        """A new category's id."""
        return await self._add("categories", name or self._rng.token().capitalize(), parent)

    async def tool(self, *, name: str = "", category: int | None = None, price: "Decimal | str | None" = None) -> int:
        """A new tool's id."""
        return await self._add("tools", name or f"{self._rng.choice(WORDS)} {self._rng.token()}", category, price)

    async def loan(
        self,
        tool: int | None,
        member: int,
        taken_at: datetime | None = None,
        *,
        back: bool = True,
        fee: "Decimal | str | None" = None,
    ) -> int:
        """A new loan's id, taken at some noon unless told."""
        at = taken_at or noon(day(self._rng))
        return await self._add("loans", tool, member, at, at + timedelta(hours=5) if back else None, fee)

    async def payment(self, member: int, amount: "Decimal | str") -> int:
        """A new payment's id."""
        return await self._add("payments", member, amount, day(self._rng))

    async def needs(self, *pairs: tuple[int, int]) -> None:
        """The first of each pair needs the second."""
        for pair in pairs:
            await self._server.execute("INSERT INTO needs (tool_id, needs_id) VALUES (%s, %s)", *pair)

    async def _add(self, table: str, *values: object) -> int:
        number = self._rng.integer(10_000, 2_000_000_000)
        places = ", ".join(["%s"] * (len(values) + 1))
        await self._server.execute(f"INSERT INTO {table} VALUES ({places})", number, *values)
        return number


# Values.


def literal(value: object) -> str:
    """The value in SQL that PostgreSQL and MariaDB read alike; no text of ours has a backslash."""
    if value is None or isinstance(value, int):
        return "NULL" if value is None else str(value)
    return "'" + str(value).replace("'", "''") + "'"


def cents(rng: Rng, low: int, high: int) -> str:
    """An amount of money between so many cents."""
    return str(Decimal(rng.integer(low, high)) / 100)


def day(rng: Rng) -> date:
    """One of the days that the hidden data is about."""
    return FIRST_DAY + timedelta(days=rng.below(730))


def noon(of: date) -> datetime:
    """The middle of a day."""
    return datetime.combine(of, time(12))


def midnight(of: date) -> datetime:
    """The first moment of a day."""
    return datetime.combine(of, time())


def person(rng: Rng) -> str:
    """A name that nobody else has, with quotes and letters of many kinds."""
    return f"{rng.choice(FIRST_NAMES)} {rng.token().capitalize()}{rng.choice(LAST_NAMES)}"


def rounded(value: Decimal, places: int) -> Decimal:
    """Rounded as in school: a half goes away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


# Comparing.


def same(
    table: Any,
    columns: Sequence[str],
    rows: Rows,
    *,
    order: str,
    hint: str = "",
    mistakes: Mapping[str, Iterable[tuple[Any, ...]]] = {},
) -> None:
    """The query gave these columns and rows, in this order; `order` says by what, for the learner."""
    table.expect(columns, rows, ordered=False, hint=hint, mistakes=mistakes)
    about_order = f"Sort by {order}. Without a whole ORDER BY, rows may come in any order, and in another one tomorrow."
    table.expect(columns, rows, ordered=True, hint=about_order, mistakes=mistakes)


def only(table: Any, column: str) -> Any:
    """The table with this column alone, to compare it before the others."""
    names = [name.lower() for name in table.columns]
    if column not in names:
        return table
    at = names.index(column)
    return replace(table, columns=(column,), rows=tuple((row[at],) for row in table.rows))


# The right answers of queries that more than one stage asks.


def dearest(library: Library, count: int) -> Rows:
    """1b: the dearest tools, gifts last."""
    tools = sorted(library.tools, key=lambda t: (t.price is None, -(t.price or 0), t.name, t.id))
    return [(t.name, t.price) for t in tools[:count]]


def within(library: Library, first: date, last: date) -> list[Loan]:
    """The loans taken in a period, both days included."""
    return [loan for loan in library.loans if first <= loan.taken_at.date() <= last]


def taken(library: Library, first: date, last: date) -> Rows:
    """1c: loans of a period."""
    return [(loan.id, loan.taken_at) for loan in sorted(within(library, first, last), key=lambda x: (x.taken_at, x.id))]


def activity(library: Library) -> Rows:
    """4a: loans, returned loans and fees of every member."""
    rows = []
    for member in library.members:
        loans = library.loans_of(member.id)
        returned = sum(loan.returned_at is not None for loan in loans)
        rows.append((member.id, len(loans), returned, sum(loan.fee or Decimal(0) for loan in loans)))
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def share_returned(library: Library, first: date, last: date) -> Rows:
    """4d: how many loans of a period are back, and how many percent that is."""
    loans = within(library, first, last)
    back = sum(loan.returned_at is not None for loan in loans)
    return [(len(loans), back, rounded(Decimal(100 * back) / len(loans), 1) if loans else None)]


def balances(library: Library) -> Rows:
    """5b: what members owe, where that is not nothing."""
    owed: dict[int, Decimal] = defaultdict(Decimal)
    for loan in library.loans:
        owed[loan.member_id] += loan.fee or 0
    for payment in library.payments:
        owed[payment.member_id] -= payment.amount
    return [(number, amount) for number, amount in sorted(owed.items()) if amount]


def roots(library: Library) -> Rows:
    """6b: tools below each category at the top."""
    tops = {category.id: top(library, category.id) for category in library.categories}
    counted = Counter(tops[tool.category_id] for tool in library.tools if tool.category_id is not None)
    return [(c.id, c.name, counted[c.id]) for c in library.categories if c.parent_id is None]


def top(library: Library, category: int) -> int:
    """The category at the top above this one, or itself."""
    parents = {found.id: found.parent_id for found in library.categories}
    while (parent := parents[category]) is not None:
        category = parent
    return category


def searched(library: Library, text: str) -> Rows:
    """7b: tools with this text in their name."""
    return [(tool.id, tool.name) for tool in library.tools if text in tool.name]
