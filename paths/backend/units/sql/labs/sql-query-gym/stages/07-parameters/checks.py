"""Stage 7: whatever somebody types is a value, and never a part of the query."""

from datetime import date

from kit import CITIES, Desk, Library, Member, day, same, searched

from firsthand.lab import Postgres, Queries, Rng, check

SPECIAL = ("%", "_", "\\", "'", '"', "''", "--", ";", "$1", "\\'", "%%", "[a-z]", "*", "?", "\\_")


@check(proves="SQL-14")
async def finds_by_exact_name(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`7a-by-name.sql` finds members of exactly this name, whatever characters it has (brief, 7a)."""
    desk = Desk(postgres, rng)
    word = rng.token()
    names = [f"{word}{rng.choice(SPECIAL)}{rng.token()}" for _ in range(3)]
    names += [f"{word}' OR '1'='1", f"{word}%", f"{word}_", f"{word}\\", word.capitalize(), f"{word}é"]
    for name in (*names, f"{word}x", f"{word}xyz", word, word):
        await desk.member(name=name)
    library = await Library.of(postgres)
    for asked in (word, *names, word.upper(), f"{word}z", "%", rng.choice(library.members).name):
        same(
            await queries.run("7a-by-name.sql", asked),
            ["id", "city"],
            [(m.id, m.city) for m in library.members if m.name == asked],
            order="id",
            hint="`=` takes each character as it is; LIKE takes % and _ for wildcards.",
            mistakes={
                "Small and capital letters are different here.": [
                    (m.id, m.city) for m in library.members if m.name.lower() == asked.lower()
                ],
            },
        )


@check(proves="SQL-14")
async def searches_for_any_text(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`7b-search.sql` finds tools with a text in their name, of which no character is special (brief, 7b)."""
    desk = Desk(postgres, rng)
    word = rng.token()
    await desk.tool(name=word)
    for special in SPECIAL:
        await desk.tool(name=f"{rng.token()}{word}{special}{rng.choice(SPECIAL)}{rng.token()}")
    await desk.tool(name=word.upper())
    library = await Library.of(postgres)
    for asked in (
        word,
        *(f"{word}{special}" for special in SPECIAL),
        "%",
        "_",
        "\\",
        "'",
        f"{word[:3]}%",
        rng.token(),
        "",
    ):
        same(
            await queries.run("7b-search.sql", asked),
            ["id", "name"],
            searched(library, asked),
            order="id",
            hint="In a LIKE pattern %, _ and \\ have a meaning; here they have none.",
            mistakes={
                "The text may stand anywhere in the name.": [
                    (tool.id, tool.name) for tool in library.tools if tool.name.startswith(asked)
                ],
                "Small and capital letters are different here.": [
                    (tool.id, tool.name) for tool in library.tools if asked.lower() in tool.name.lower()
                ],
            },
        )


@check(proves="SQL-14")
async def leaves_out_what_is_not_asked(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`7c-newest.sql` filters by city and by day only where they are given, up to a number of rows (brief, 7c)."""
    desk = Desk(postgres, rng)
    since, town = day(rng), f"{rng.choice(CITIES)} {rng.token()}"
    for city in (town, None, town, town, rng.choice(CITIES)):
        await desk.member(city=city, joined_on=rng.choice((since, day(rng))))
    members = (await Library.of(postgres)).members
    for city, first in ((town, since), (None, since), (town, None), (None, None), (rng.token(), None)):
        for count in (len(members) + 1, rng.integer(2, 5), rng.integer(6, 9)):
            settled = [m for m in members if m.city is not None]
            same(
                await queries.run("7c-newest.sql", city, first, count),
                ["id", "name"],
                newest(members, city, first, count),
                order="joined_on, the newest first, then id",
                hint="Look at what is given: NULL asks for nothing.",
                mistakes={
                    "A parameter that is NULL asks for nothing, and must not filter.": [],
                    "Where no city is asked for, members without one count as well.": newest(
                        settled, city, first, count
                    ),
                },
            )


def newest(members: list[Member], city: str | None, first: date | None, count: int) -> list[tuple[int, str]]:
    """The right answer to 7c."""
    found = [m for m in members if (city is None or m.city == city) and (first is None or m.joined_on >= first)]
    found.sort(key=lambda m: (-m.joined_on.toordinal(), m.id))
    return [(m.id, m.name) for m in found[:count]]
