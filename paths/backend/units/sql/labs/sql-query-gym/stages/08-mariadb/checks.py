"""Stage 8: the same files on MariaDB or MySQL, with the same answers."""

from datetime import timedelta

from kit import (
    Desk,
    Library,
    activity,
    balances,
    cents,
    day,
    dearest,
    midnight,
    roots,
    same,
    searched,
    share_returned,
    taken,
)

from firsthand.lab import Mariadb, Queries, Rng, check


@check(proves="SQL-02")
async def sorts_the_same(queries: Queries, mariadb: Mariadb, rng: Rng) -> None:
    """`1b-dearest.sql` sorts there as on PostgreSQL, gifts at the end (brief, 1b)."""
    desk = Desk(mariadb, rng)
    price = cents(rng, 1_000_000, 9_000_000)
    for word in rng.tokens(3):
        await desk.tool(name=rng.choice((word, word.capitalize())), price=price)
    library = await Library.of(mariadb)
    for count in (2, len(library.tools) + 1):
        rows = dearest(library, count)
        same(
            await queries.run("1b-dearest.sql", count, on=mariadb),
            ["name", "price"],
            rows,
            order="price, name, id",
            hint="Servers differ in where they put NULLs. Sort first by whether the price is NULL, then by the price.",
        )


@check(proves="SQL-02")
async def keeps_days_whole(queries: Queries, mariadb: Mariadb, rng: Rng) -> None:
    """`1c-taken.sql` finds the loans of a period there as well (brief, 1c)."""
    desk = Desk(mariadb, rng)
    first = day(rng)
    last = first + timedelta(days=rng.integer(1, 30))
    member = await desk.member()
    for at in (midnight(first), midnight(last + timedelta(days=1)) - timedelta(milliseconds=1)):
        await desk.loan(None, member, at)
    await desk.loan(None, member, midnight(last + timedelta(days=1)))
    library = await Library.of(mariadb)
    same(
        await queries.run("1c-taken.sql", first, last, on=mariadb),
        ["id", "taken_at"],
        taken(library, first, last),
        order="taken_at, then id",
        hint="Here a date that comes as a parameter is text or a date: 1 added to it is a number, not the next day.",
    )


@check(proves="SQL-03")
async def counts_the_same(queries: Queries, mariadb: Mariadb, rng: Rng) -> None:
    """`4a-members.sql` counts and adds up there as well (brief, 4a)."""
    desk = Desk(mariadb, rng)
    for fees in ((), (None,), (cents(rng, 1, 900), None, cents(rng, 1, 900))):
        member = await desk.member()
        for fee in fees:
            await desk.loan(None, member, fee=fee, back=rng.chance(50))
    same(
        await queries.run("4a-members.sql", on=mariadb),
        ["id", "loans", "returned", "fees"],
        activity(await Library.of(mariadb)),
        order="loans, the greatest number first, then id",
        hint="COALESCE, CASE, count and sum are the same on both servers.",
    )


@check(proves="SQL-03")
async def divides_the_same(queries: Queries, mariadb: Mariadb, rng: Rng) -> None:
    """`4d-returned.sql` tells the share there as well, and NULL of nothing (brief, 4d)."""
    desk = Desk(mariadb, rng)
    first = day(rng) + timedelta(days=1_000 + rng.integer(0, 5_000))
    member = await desk.member()
    back = rng.integer(1, 6)
    for number in range(7):
        await desk.loan(None, member, midnight(first) + timedelta(hours=3 * number), back=number < back)
    library = await Library.of(mariadb)
    for begin, end in ((first, first), (day(rng), first), (first + timedelta(days=1), first + timedelta(days=2))):
        same(
            await queries.run("4d-returned.sql", begin, end, on=mariadb),
            ["loans", "returned", "percent"],
            share_returned(library, begin, end),
            order="nothing",
            hint="CAST(... AS ...) is standard SQL; `::` is PostgreSQL's own.",
        )


@check(proves="SQL-04")
async def balances_the_same(queries: Queries, mariadb: Mariadb, rng: Rng) -> None:
    """`5b-balances.sql` gives what members owe there as well (brief, 5b)."""
    desk = Desk(mariadb, rng)
    for fees, payments in ((2, 3), (1, 0), (0, 1), (0, 0)):
        member = await desk.member()
        for _ in range(fees):
            await desk.loan(None, member, fee=cents(rng, 2_000, 9_000))
        for _ in range(payments):
            await desk.payment(member, cents(rng, 1, 900))
    same(
        await queries.run("5b-balances.sql", on=mariadb),
        ["id", "owes"],
        balances(await Library.of(mariadb)),
        order="id",
        hint="There is no FULL JOIN here. Begin with members, and join the two sums to them.",
    )


@check(proves="SQL-04")
async def recurses_the_same(queries: Queries, mariadb: Mariadb, rng: Rng) -> None:
    """`6b-roots.sql` walks down the tree there as well (brief, 6b)."""
    desk = Desk(mariadb, rng)
    root, _bare = await desk.category(), await desk.category()
    twig = await desk.category(await desk.category(root))
    for place in (root, twig, twig):
        await desk.tool(category=place)
    same(
        await queries.run("6b-roots.sql", on=mariadb),
        ["id", "name", "tools"],
        roots(await Library.of(mariadb)),
        order="id",
        hint="WITH RECURSIVE is standard SQL; arrays, CYCLE and LATERAL are not everywhere.",
    )


@check(proves="SQL-14")
async def searches_the_same(queries: Queries, mariadb: Mariadb, rng: Rng) -> None:
    """`7b-search.sql` finds any text there as well (brief, 7b)."""
    desk = Desk(mariadb, rng)
    word = rng.token()
    for name in (word, f"a {word}% b", f"a {word}_ b", f"{word}\\'", f"{word} b"):
        await desk.tool(name=name)
    library = await Library.of(mariadb)
    for asked in (word, f"{word}%", f"{word}_", f"{word}\\", rng.token(), "%", ""):
        same(
            await queries.run("7b-search.sql", asked, on=mariadb),
            ["id", "name"],
            searched(library, asked),
            order="id",
            hint="`||` means OR here, and ILIKE is unknown; POSITION(x IN y) is standard.",
        )
