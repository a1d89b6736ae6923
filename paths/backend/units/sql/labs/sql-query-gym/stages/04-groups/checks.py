"""Stage 4: many rows become one, and none becomes zero."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from kit import CITIES, Desk, Library, activity, cents, day, midnight, noon, rounded, same, share_returned

from firsthand.lab import Postgres, Queries, Rng, check


@check(proves="SQL-03")
async def counts_for_each_member(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`4a-members.sql` counts loans and adds up fees of every member, zeros included (brief, 4a)."""
    desk = Desk(postgres, rng)
    await desk.member()
    undecided, twice = await desk.member(), await desk.member()
    fee = cents(rng, 1, 5_000)
    await desk.loan(None, undecided, back=False)
    at = noon(day(rng))
    for _ in range(2):
        await desk.loan(None, twice, at, fee=fee)
    rows = activity(await Library.of(postgres))
    nothing = [(a, b or 1, c, d) for a, b, c, d in rows]
    same(
        await queries.run("4a-members.sql"),
        ["id", "loans", "returned", "fees"],
        rows,
        order="loans, the greatest number first, then id",
        hint="The sum of no values, or of NULLs alone, is NULL. COALESCE makes it 0.",
        mistakes={
            "Members without a loan are missing.": [row for row in rows if row[1]],
            "Members without a loan have one each. count(*) counts rows, and an outer join keeps a row for them; "
            "count(loans.id) counts loans.": nothing,
        },
    )


@check(proves="SQL-03")
async def keeps_busy_tools(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`4b-busy.sql` gives tools that came back often, with the average of the fees that are known (brief, 4b)."""
    desk = Desk(postgres, rng)
    least = rng.integer(4, 6)
    member = await desk.member()
    for count, out, fees in (
        (least, 0, (None,)),
        (least - 1, 2, ("1.00",)),
        (least + 1, 1, ("0.00", None, "5.01", "2.99")),
    ):
        tool = await desk.tool()
        for number in range(count + out):
            await desk.loan(tool, member, back=number < count, fee=fees[number % len(fees)])
    library = await Library.of(postgres)

    def busy(*, more: int = 0, unknown_is_zero: bool = False, out_counts: bool = False) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = []
        for tool in library.tools:
            back = [x for x in library.lent(tool.id) if out_counts or x.returned_at is not None]
            fees = [x.fee if x.fee is not None else Decimal(0) for x in back if unknown_is_zero or x.fee is not None]
            average = rounded(sum(fees, Decimal(0)) / len(fees), 2) if fees else None
            if len(back) >= least + more:
                rows.append((tool.id, len(back), average))
        return rows

    same(
        await queries.run("4b-busy.sql", least),
        ["id", "loans", "average_fee"],
        busy(),
        order="id",
        hint="Round the average to two decimals. It is NULL where no fee is known.",
        mistakes={
            "Loans that are not back yet must not count: say so in WHERE, before rows are grouped.": busy(
                out_counts=True
            ),
            "A fee that is not known is not zero. avg leaves NULLs out by itself.": busy(unknown_is_zero=True),
            f"Tools that came back just {least} times belong to those that did so at least {least} times.": busy(
                more=1
            ),
        },
    )


@check(proves="SQL-03")
async def counts_people_once(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`4c-cities.sql` counts members and borrowers of each city, and of none (brief, 4c)."""
    desk = Desk(postgres, rng)
    town = f"{rng.choice(CITIES)} {rng.token()}"
    for city, loans in ((town, 3), (town, 0), (town, 1), (f"{town} II", 0), (None, 2)):
        member = await desk.member(city=city)
        for _ in range(loans):
            await desk.loan(None, member)
    library = await Library.of(postgres)
    lent = Counter(x.member_id for x in library.loans)
    cities = sorted({m.city for m in library.members}, key=lambda city: (city is None, city or ""))

    def rows(*, fan_out: bool = False) -> list[tuple[object, ...]]:
        found: list[tuple[object, ...]] = []
        for city in cities:
            people = [m.id for m in library.members if m.city == city]
            count = sum(max(lent[one], 1) for one in people) if fan_out else len(people)
            found.append((city, count, sum(lent[one] if fan_out else lent[one] > 0 for one in people)))
        return found

    right = rows()
    same(
        await queries.run("4c-cities.sql"),
        ["city", "members", "borrowers"],
        right,
        order="city, with NULL at the end",
        hint="A member with five loans is in five rows of the join. count(DISTINCT ...) counts each value once.",
        mistakes={
            "Members are counted once for each loan. count(DISTINCT ...) counts each value once.": rows(fan_out=True),
            "The group of those who have not said where they live is missing: GROUP BY makes one of all NULLs.": [
                row for row in right if row[0] is not None
            ],
            "Cities where nobody has borrowed are missing.": [row for row in right if row[2]],
        },
    )


@check(proves="SQL-03")
async def tells_the_share(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`4d-returned.sql` gives one row with counts and percents, also for a time without loans (brief, 4d)."""
    desk = Desk(postgres, rng)
    first = day(rng) + timedelta(days=1_000 + rng.integer(0, 5_000))
    last = first + timedelta(days=rng.integer(1, 9))
    member = await desk.member()
    back = rng.integer(1, 6)
    for number in range(7):
        await desk.loan(None, member, midnight(last) + timedelta(hours=number), back=number < back)
    library = await Library.of(postgres)
    for begin, end in ((first, last), (day(rng), last), (last + timedelta(days=1), last + timedelta(days=2))):
        ((loans, returned, percent),) = share_returned(library, begin, end)
        mistakes: dict[str, list[tuple[object, ...]]] = {
            "Whole numbers are divided as whole numbers: 6 / 7 is 0. Make one of them a decimal before.": [
                (loans, returned, wrong) for wrong in (0,)
            ],
        }
        if loans:
            whole = "Multiply by 100.0 rather than 100: whole numbers are divided as whole numbers."
            mistakes[whole] = [(loans, returned, 100 * returned // loans)]
            mistakes["Round to one decimal."] = [(loans, returned, rounded(Decimal(100 * returned) / loans, 0))]
        else:
            mistakes = {
                "Of no loans, no share is known: NULL, not 0.": [(0, 0, 0)],
                "Without GROUP BY there is always one row, even of nothing.": [],
            }
        same(
            await queries.run("4d-returned.sql", begin, end),
            ["loans", "returned", "percent"],
            [(loans, returned, percent)],
            order="nothing",
            hint="The period is the one of 1c: both days included whole.",
            mistakes=mistakes,
        )
