"""Stage 1: rows that are asked for, all of them, in a certain order."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from kit import CITIES, Desk, Library, cents, day, dearest, midnight, noon, only, same, taken

from firsthand.lab import Postgres, Queries, Rng, check


@check(proves="SQL-02")
async def finds_members_elsewhere(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`1a-elsewhere.sql` gives all who do not live in a city, who has not said where among them (brief, 1a)."""
    desk = Desk(postgres, rng)
    city = f"{rng.choice(CITIES)} {rng.token()}"
    for where in (city, None, city, rng.choice(CITIES)):
        await desk.member(city=where)
    library = await Library.of(postgres)
    for asked in (city, rng.choice(CITIES), rng.token()):
        others = [(m.id, m.name) for m in library.members if m.city != asked]
        known = [(m.id, m.name) for m in library.members if m.city not in (asked, None)]
        same(
            await queries.run("1a-elsewhere.sql", asked),
            ["id", "name"],
            others,
            order="id",
            mistakes={
                "Those whose city is NULL are missing. NULL <> 'Cork' is neither true nor false but NULL, and WHERE "
                "keeps only what is true.": known
            },
        )


@check(proves="SQL-02")
async def puts_the_dearest_first(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`1b-dearest.sql` gives the dearest tools first and gifts after all others, as many as asked for (brief, 1b)."""
    desk = Desk(postgres, rng)
    for price in (cents(rng, 100_000, 900_000), None, "0.00"):
        await desk.tool(price=price)
    library = await Library.of(postgres)
    prices = [tool.price for tool in library.tools if tool.price is not None]
    for count in (rng.integer(3, 9), len(prices) + rng.integer(1, 4), len(library.tools) + rng.integer(1, 9)):
        down: list[Any] = sorted(prices, reverse=True)
        gifts: list[Any] = [None] * (len(library.tools) - len(prices))
        table = await queries.run("1b-dearest.sql", count)
        wanted = [(price,) for price in [*down, *gifts][:count]]
        told = {
            "Gifts, whose price is NULL, come first: PostgreSQL takes NULL for the greatest of all values.": [
                (price,) for price in [*gifts, *down][:count]
            ],
            "Gifts are left out; they come after all others.": [(price,) for price in down[:count]],
        }
        table.expect(["name", "price"], table.rows, ordered=True)
        same(only(table, "price"), ["price"], wanted, order="price, the highest first", mistakes=told)


@check(proves="SQL-02")
async def breaks_ties_by_name(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """Tools of one price are sorted by name, so that where the list is cut is no matter of luck (brief, 1b)."""
    desk = Desk(postgres, rng)
    price = Decimal(cents(rng, 1_000_000, 9_000_000))
    for word in rng.tokens(6):
        await desk.tool(name=rng.choice((word, word.capitalize(), f"'{word}'", f"Ä{word}")), price=price)
    library = await Library.of(postgres)
    for count in (3, 5, rng.integer(20, 40)):
        same(
            await queries.run("1b-dearest.sql", count),
            ["name", "price"],
            dearest(library, count),
            order="price, then name, then id",
            hint=f"There are tools of the same price where the first {count} end. Which of them belong to these?",
        )


@check(proves="SQL-02")
async def counts_whole_days(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`1c-taken.sql` gives the loans of a period, its first and its last day included whole (brief, 1c)."""
    desk = Desk(postgres, rng)
    first = day(rng)
    last = first + timedelta(days=rng.integer(1, 30))
    late = timedelta(hours=23, minutes=59, seconds=59, milliseconds=rng.integer(1, 999))
    member = await desk.member()
    for at in (
        midnight(first),
        midnight(first) - timedelta(milliseconds=1),
        midnight(last),
        noon(last),
        midnight(last) + late,
        midnight(last + timedelta(days=1)),
    ):
        await desk.loan(None, member, at)
    library = await Library.of(postgres)
    for begin, end in ((first, last), (last, last), (last, last - timedelta(days=1))):
        all_taken = taken(library, begin, end)
        next_midnight = midnight(end + timedelta(days=1))
        same(
            await queries.run("1c-taken.sql", begin, end),
            ["id", "taken_at"],
            all_taken,
            order="taken_at, then id",
            mistakes={
                "The last day lacks all but its first moment: a date that is compared with a time means midnight.": [
                    row for row in all_taken if row[1] <= midnight(end)
                ],
                "The last moments of the last day are missing. A day ends where the next one begins; ask for what is "
                "before that.": [row for row in all_taken if row[1] <= next_midnight - timedelta(seconds=1)],
                "Midnight after the last day belongs to the day after it.": sorted(
                    [*all_taken, *((x.id, x.taken_at) for x in library.loans if x.taken_at == next_midnight)],
                    key=lambda row: (row[1], row[0]),
                ),
            },
        )
