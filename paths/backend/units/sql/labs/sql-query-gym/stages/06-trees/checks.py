"""Stage 6: questions without a fixed number of steps."""

from collections import Counter

from kit import Category, Desk, Library, Need, roots, same

from firsthand.lab import Postgres, Queries, Rng, check


@check(proves="SQL-04")
async def walks_down_the_tree(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`6a-subtree.sql` gives a category and all below it, with depth and path (brief, 6a)."""
    desk = Desk(postgres, rng)
    above = await desk.category()
    start = await desk.category(above, name=f"It's {rng.token()} > 9")
    twin = rng.token()
    left, right = await desk.category(start, name=twin), await desk.category(start, name=twin)
    deep = left
    for _ in range(rng.integer(3, 6)):
        deep = await desk.category(deep, name="" if rng.chance(70) else twin)
    await desk.category(right)
    await desk.category(above)
    library = await Library.of(postgres)
    for asked in (start, above, right, rng.choice(library.categories).id, rng.integer(-9, -1)):
        rows = sorted(below(library.categories, asked), key=lambda row: (row[1], row[0]))
        lead = next((f"{path} > " for _, depth, path in rows if depth == 0), "")
        same(
            await queries.run("6a-subtree.sql", asked),
            ["id", "depth", "path"],
            rows,
            order="depth, then id",
            hint="A recursive CTE begins with the category itself, and takes a step down from the rows found last.",
            mistakes={
                "Only the first steps down are there. How deep the tree is, nobody knows: let the query call itself, "
                "with WITH RECURSIVE.": [row for row in rows if row[1] <= 1],
                "The depth of the category itself is 0.": [(a, depth + 1, path) for a, depth, path in rows],
                "The path begins with the category itself.": [(a, b, path.removeprefix(lead)) for a, b, path in rows],
            },
        )


@check(proves="SQL-04")
async def counts_whole_branches(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`6b-roots.sql` counts the tools at and below each category at the top (brief, 6b)."""
    desk = Desk(postgres, rng)
    twin = rng.token()
    root, _bare, hollow = await desk.category(name=twin), await desk.category(name=twin), await desk.category()
    for _ in range(2):
        await desk.category(hollow)
    branch = await desk.category(root)
    twig = await desk.category(await desk.category(branch))
    for place in (root, branch, twig, twig, None):
        await desk.tool(category=place)
    library = await Library.of(postgres)
    right = roots(library)
    direct = Counter(tool.category_id for tool in library.tools)
    same(
        await queries.run("6b-roots.sql"),
        ["id", "name", "tools"],
        right,
        order="id",
        hint="Walk down from every top at once, and let each row remember the top that it came from.",
        mistakes={
            "Only tools that hang at the top itself are counted; those further down belong to it as well.": [
                (a, name, direct[a]) for a, name, _ in right
            ],
            "Branches without any tool are missing; they have 0.": [row for row in right if row[2]],
        },
    )


@check(proves="SQL-04")
async def survives_circles(queries: Queries, postgres: Postgres, rng: Rng) -> None:
    """`6c-needed.sql` gives all that a tool needs, each thing once, although some need each other (brief, 6c)."""
    desk = Desk(postgres, rng)
    a, b, c, d, e, f, g, alone = [await desk.tool() for _ in range(8)]
    await desk.needs((a, b), (b, c), (a, c), (c, d), (d, e), (e, c), (d, a), (b, f), (f, f), (c, g))
    library = await Library.of(postgres)
    for asked in (a, c, f, g, alone, rng.choice(library.needs).tool_id):
        steps = needed(library.needs, asked)
        rows = sorted(((tool, count) for tool, count in steps.items() if tool != asked), key=lambda row: row[::-1])
        same(
            await queries.run("6c-needed.sql", asked),
            ["id", "steps"],
            rows,
            order="steps, then id",
            hint="Several ways may lead to a tool. It is wanted once, with the number of steps of the shortest way.",
            mistakes={
                "A tool does not need itself: leave out the one that was asked for.": sorted(
                    steps.items(), key=lambda row: row[::-1]
                ),
            },
        )


def below(categories: list[Category], start: int) -> list[tuple[int, int, str]]:
    """Id, depth and path of a category and of all below it; nothing when it is not there."""
    found = [(one.id, 0, one.name) for one in categories if one.id == start]
    for number, depth, path in found:  # grows while it is walked through
        found += [(one.id, depth + 1, f"{path} > {one.name}") for one in categories if one.parent_id == number]
    return found


def needed(needs: list[Need], start: int) -> dict[int, int]:
    """The fewest steps to each tool that this one needs; of a circle, also those that lead back to itself."""
    steps: dict[int, int] = {}
    waiting = [(start, 0)]
    for tool, count in waiting:  # grows while it is walked through
        for need in needs:
            if need.tool_id == tool and need.needs_id not in steps:
                steps[need.needs_id] = count + 1
                waiting.append((need.needs_id, count + 1))
    return steps
