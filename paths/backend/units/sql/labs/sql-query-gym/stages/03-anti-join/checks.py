"""Stage 3: rows for which there is nothing, and nothing but."""

from datetime import timedelta

from kit import Desk, Library, day, midnight, same

from firsthand.lab import Postgres, Queries, Rng, check


@check(proves="SQL-02")
async def finds_the_never_lent(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`3a-never-lent.sql` gives the tools that nobody has ever borrowed (brief, 3a)."""
    desk = Desk(postgres, rng)
    member, lent, out = await desk.member(), await desk.tool(), await desk.tool()
    await desk.tool(name=f"Never {rng.token()}")
    await desk.loan(lent, member)
    await desk.loan(out, member, back=False)
    await desk.loan(None, member)
    library = await Library.of(postgres)
    rows = [(tool.id, tool.name) for tool in library.tools if not library.lent(tool.id)]
    same(
        await queries.run("3a-never-lent.sql"),
        ["id", "name"],
        rows,
        order="id",
        hint="A tool is in the list when there is no loan of it: neither one that is over nor one that goes on.",
        mistakes={
            "Nothing was found. Some loans have no tool_id: `5 NOT IN (1, NULL)` is not true, because that NULL might "
            "be 5. NOT EXISTS asks what you mean.": []
        },
    )


@check(proves="SQL-02")
async def finds_the_asleep(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`3b-asleep.sql` gives members who have borrowed, but not since a day (brief, 3b)."""
    desk = Desk(postgres, rng)
    since = midnight(day(rng) + timedelta(days=60))
    moment, week = timedelta(milliseconds=1), timedelta(days=7)
    for times in ((since - moment,), (since,), (since - week, since + week), (), (since - week, since - moment)):
        member = await desk.member()
        for at in times:
            await desk.loan(None, member, at)
    library = await Library.of(postgres)
    last = {m.id: max((x.taken_at for x in library.loans_of(m.id)), default=None) for m in library.members}
    first = {m.id: min((x.taken_at for x in library.loans_of(m.id)), default=None) for m in library.members}
    rows = [(m.id, m.name) for m in library.members if (then := last[m.id]) and then < since]
    same(
        await queries.run("3b-asleep.sql", since.date()),
        ["id", "name"],
        rows,
        order="id",
        mistakes={
            "Members who borrowed before that day and after it are no sleepers. You ask for some old loan; the "
            "question is whether there is no new one.": [
                (m.id, m.name) for m in library.members if (then := first[m.id]) and then < since
            ],
            "Members who have never borrowed anything are not asked for.": [
                (m.id, m.name) for m in library.members if not (then := last[m.id]) or then < since
            ],
            "Each member is wanted once, however many loans there are.": [
                (m.id, m.name)
                for m in library.members
                if (then := last[m.id]) and then < since
                for _ in library.loans_of(m.id)
            ],
        },
    )


@check(proves="SQL-04")
async def finds_who_had_all(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`3c-whole-category.sql` gives members who have borrowed every tool of a category (brief, 3c)."""
    desk = Desk(postgres, rng)
    parent = await desk.category()
    category, empty, other = await desk.category(parent), await desk.category(parent), await desk.category(parent)
    tools = [await desk.tool(category=category) for _ in range(3)]
    elsewhere = [await desk.tool(category=other), await desk.tool(category=parent)]
    a, b, c = tools
    for borrowed in ((a, b, c), (c, a, a, b, None), (a, a, b), (a, b, *elsewhere), (c, b, a, elsewhere[0]), (a,)):
        member = await desk.member()
        for tool in borrowed:
            await desk.loan(tool, member, back=rng.chance(80))
    library = await Library.of(postgres)
    for asked, about in ((category, ""), (empty, "This category has no tool, so nobody is asked for."), (other, "")):
        wanted = {tool.id for tool in library.tools if tool.category_id == asked}
        had = {m.id: {x.tool_id for x in library.loans_of(m.id)} for m in library.members}
        times = {m.id: sum(x.tool_id in wanted for x in library.loans_of(m.id)) for m in library.members}

        def those(numbers: "set[int]", members: list = library.members) -> list:  # type: ignore[type-arg]
            return [(m.id, m.name) for m in members if m.id in numbers]

        same(
            await queries.run("3c-whole-category.sql", asked),
            ["id", "name"],
            those({number for number, tools in had.items() if wanted and wanted <= tools}),
            order="id",
            hint=about,
            mistakes={
                "To borrow one tool three times is not to borrow three tools.": those(
                    {number for number, count in times.items() if wanted and count >= len(wanted)}
                ),
                "Some tool of the category is not enough; it must be every one.": those(
                    {number for number, tools in had.items() if wanted & tools}
                ),
            },
        )
