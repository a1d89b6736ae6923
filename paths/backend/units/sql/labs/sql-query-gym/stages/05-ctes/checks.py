"""Stage 5: questions that take more than one step."""

from datetime import timedelta
from decimal import Decimal

from kit import Desk, Library, balances, cents, day, noon, rounded, same

from firsthand.lab import Postgres, Queries, Rng, check


@check(proves="SQL-04")
async def finds_the_above_average(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`5a-above-average.sql` gives tools with more loans than a tool has on average (brief, 5a)."""
    desk = Desk(postgres, rng)
    member = await desk.member()
    *_never, plain, ballast = [await desk.tool() for _ in range(rng.integer(5, 9))]
    await desk.loan(None, member)
    library = await Library.of(postgres)
    lent = len([x for x in library.loans if x.tool_id])
    # A tool with a loan more than the average, which comes near to that number but does not reach it.
    count = lent // len(library.tools) + 2
    for tool, more in ((plain, count), (ballast, count * len(library.tools) - 1 - lent - count)):
        for _ in range(more):
            await desk.loan(tool, member)
    library = await Library.of(postgres)
    counts = {tool.id: len(library.lent(tool.id)) for tool in library.tools}
    total, used = sum(counts.values()), sum(1 for count in counts.values() if count)

    def above(average: Decimal) -> list[tuple[int, int]]:
        return sorted(((a, n) for a, n in counts.items() if n > average), key=lambda row: (-row[1], row[0]))

    same(
        await queries.run("5a-above-average.sql"),
        ["id", "loans"],
        above(Decimal(total) / len(counts)),
        order="loans, the greatest number first, then id",
        hint="First count the loans of every tool, zeros too; then take the average of these numbers; then compare.",
        mistakes={
            "The average is too high: tools that were never lent belong to it, each with a zero.": above(
                Decimal(total) / used
            ),
            "The average is no whole number, and must not be made one.": above(
                rounded(Decimal(total) / len(counts), 0)
            ),
            "Loans whose tool is not known are loans of no tool.": above(Decimal(len(library.loans)) / len(counts)),
        },
    )


@check(proves="SQL-04")
async def balances_the_books(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`5b-balances.sql` gives what each member owes, fees less payments, where that is not nothing (brief, 5b)."""
    desk = Desk(postgres, rng)
    fee, part = cents(rng, 2_000, 9_000), cents(rng, 1, 900)
    for fees, payments in (
        ((fee, fee), (part, part, part)),
        ((fee, None), (fee,)),
        ((fee,), ()),
        ((), (part,)),
        ((None,), (part,)),
        ((part,), (fee,)),
        ((), ()),
        ((None,), ()),
    ):
        member = await desk.member()
        for each in fees:
            await desk.loan(None, member, fee=each)
        for each in payments:
            await desk.payment(member, each)
    library = await Library.of(postgres)
    right = balances(library)
    times = {m.id: len([p for p in library.payments if p.member_id == m.id]) for m in library.members}
    paid = {m.id: sum((p.amount for p in library.payments if p.member_id == m.id), Decimal(0)) for m in library.members}
    multiplied = []
    for m in library.members:
        loans = library.loans_of(m.id)
        amount = sum((x.fee or Decimal(0) for x in loans), Decimal(0)) * max(times[m.id], 1) - paid[m.id] * max(
            len(loans), 1
        )
        multiplied += [(m.id, amount)] if amount else []
    same(
        await queries.run("5b-balances.sql"),
        ["id", "owes"],
        right,
        order="id",
        hint="Sum fees and payments apart, each to one row for a member, and only then bring the two together.",
        mistakes={
            "Each fee is there once for every payment, and each payment once for every loan: a join of two lists gives "
            "all pairs. Sum them apart first.": multiplied,
            "Who has paid too much is owed something: their number is negative, and not left out.": [
                row for row in right if row[1] > 0
            ],
            "Members without a payment are missing, or those without a fee. x - NULL is NULL.": [
                row for row in right if times[row[0]] and any(x.fee is not None for x in library.loans_of(row[0]))
            ],
            "Members without a payment are missing. x - NULL is NULL; COALESCE makes it a number.": [
                row for row in right if times[row[0]]
            ],
        },
    )


@check(proves="SQL-04")
async def finds_the_last_loan(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`5c-last-loan.sql` gives the newest loan of each tool that was ever lent (brief, 5c)."""
    desk = Desk(postgres, rng)
    tie, plain, _never = await desk.tool(), await desk.tool(), await desk.tool()
    at = noon(day(rng))
    for which, days in ((tie, (0, 0, 0, -3)), (plain, (0, -1, -2, -3, -4))):
        for number in days:
            await desk.loan(which, await desk.member(), at + timedelta(days=number), back=rng.chance(50))
    library = await Library.of(postgres)
    newest, tied, by_id = [], [], []
    for tool in library.tools:
        lent = library.lent(tool.id)
        if not lent:
            continue
        last = max(lent, key=lambda x: (x.taken_at, x.id))
        newest.append((tool.id, last.id, library.member(last.member_id).name))
        tied += [(tool.id, x.id, library.member(x.member_id).name) for x in lent if x.taken_at == last.taken_at]
        greatest = max(lent, key=lambda x: x.id)
        by_id.append((tool.id, greatest.id, library.member(greatest.member_id).name))
    same(
        await queries.run("5c-last-loan.sql"),
        ["tool", "loan", "member"],
        newest,
        order="tool",
        hint="Of loans of one tool at the very same time, the one with the greatest id counts as the newest.",
        mistakes={
            "Some tools are there twice: two of their loans were taken at the very same time. Then the greatest id "
            "decides.": tied,
            "The greatest id is not always the newest loan. Time decides; the id only between equal times.": by_id,
        },
    )
