"""Stage 2: rows of several tables, and which of them must not get lost on the way."""

from datetime import timedelta

from kit import CITIES, Desk, Library, day, midnight, same

from firsthand.lab import Postgres, Queries, Rng, check


@check(proves="SQL-02")
async def lists_what_is_out(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`2a-out-now.sql` gives each loan that is not back, also one whose tool nobody knows (brief, 2a)."""
    desk = Desk(postgres, rng)
    member, tool = await desk.member(), await desk.tool()
    for what, back in ((tool, False), (None, False), (tool, True), (tool, False)):
        await desk.loan(what, member, back=back)
    library = await Library.of(postgres)
    names = {tool.id: tool.name for tool in library.tools}
    out = [x for x in library.loans if x.returned_at is None]
    rows = [(x.id, library.member(x.member_id).name, names[x.tool_id] if x.tool_id else None) for x in out]
    same(
        await queries.run("2a-out-now.sql"),
        ["loan", "member", "tool"],
        rows,
        order="loan",
        mistakes={
            "The loans without a known tool are missing. An inner join drops rows that find no partner.": [
                row for row in rows if row[2] is not None
            ],
            "Nothing is equal to NULL, not even NULL. Ask with IS NULL.": [],
        },
    )


@check(proves="SQL-02")
async def names_the_inviter(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`2b-inviters.sql` joins members with themselves; who came alone has NULL (brief, 2b)."""
    desk = Desk(postgres, rng)
    since = day(rng)
    host = await desk.member(joined_on=since - timedelta(days=rng.integer(1, 90)))
    guest = await desk.member(joined_on=since, invited_by=host)
    await desk.member(joined_on=since + timedelta(days=1), invited_by=guest)
    await desk.member(joined_on=since + timedelta(days=2))
    await desk.member(joined_on=since - timedelta(days=1), invited_by=guest)
    library = await Library.of(postgres)
    rows = [
        (m.name, library.member(m.invited_by).name if m.invited_by else None)
        for m in library.members
        if m.joined_on >= since
    ]
    of_hosts = [
        (library.member(m.invited_by).name, m.name) for m in library.members if m.joined_on >= since and m.invited_by
    ]
    same(
        await queries.run("2b-inviters.sql", since),
        ["member", "invited_by"],
        rows,
        order="the member's id",
        mistakes={
            "Those who came without an invitation are missing: keep them by an outer join.": [
                row for row in rows if row[1] is not None
            ],
            "The two sides have changed places: the first column is who was invited.": of_hosts,
        },
    )


@check(proves="SQL-02")
async def keeps_idle_tools(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`2c-since.sql` gives each tool with its loans of a time, and once with NULL where it has none (brief, 2c)."""
    desk = Desk(postgres, rng)
    since = day(rng)
    member, never, before, both = await desk.member(), *[await desk.tool() for _ in range(3)]
    await desk.loan(before, member, midnight(since) - timedelta(milliseconds=1))
    for at in (midnight(since) - timedelta(days=3), midnight(since), midnight(since) + timedelta(days=2)):
        await desk.loan(both, member, at)
    library = await Library.of(postgres)
    rows: list[tuple[int, int | None]] = []
    for tool in library.tools:
        lent = [x.id for x in library.lent(tool.id) if x.taken_at >= midnight(since)]
        rows += [(tool.id, number) for number in lent] or [(tool.id, None)]
    assert (never, None) in rows, "a tool that was never lent is among them"
    unlent = [(tool.id, None) for tool in library.tools if not library.lent(tool.id)]
    inner = [row for row in rows if row[1] is not None]
    same(
        await queries.run("2c-since.sql", since),
        ["tool", "loan"],
        rows,
        order="tool, then loan",
        hint="Which condition says what is joined (ON), and which one says what is left in the end (WHERE)?",
        mistakes={
            "Tools that were not lent since then are missing. A condition on loans in WHERE throws out the very rows "
            "that the outer join has kept, since their loan is NULL. It belongs into ON.": inner,
            "Tools that were lent before, but not since, are missing. The condition on loans belongs into ON: then "
            "such a tool finds no partner, and is kept.": [*inner, *unlent],
        },
    )


@check(proves="SQL-02")
async def pairs_neighbours(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`2d-neighbours.sql` gives each pair of members of one city once, the smaller id first (brief, 2d)."""
    desk = Desk(postgres, rng)
    town = f"{rng.choice(CITIES)} {rng.token()}"
    twin = f"Kim {rng.token()}"
    for city, name in ((town, twin), (town, twin), (town, ""), (None, ""), (None, "")):
        await desk.member(city=city, name=name)
    members = (await Library.of(postgres)).members
    pairs = [(a.id, b.id) for a in members for b in members if a.id < b.id and a.city and a.city == b.city]
    alike = [(a.id, b.id) for a in members for b in members if a.city and a.city == b.city]
    same(
        await queries.run("2d-neighbours.sql"),
        ["first", "second"],
        pairs,
        order="first, then second",
        mistakes={
            "Each pair is there twice, in both directions. Let the first id be the smaller one.": [
                (a, b) for a, b in alike if a != b
            ],
            "Members are paired with themselves.": [(a, b) for a, b in alike if a <= b],
            "Members who have not said where they live are no neighbours: nobody knows.": [
                (a.id, b.id) for a in members for b in members if a.id < b.id and a.city == b.city
            ],
        },
    )
