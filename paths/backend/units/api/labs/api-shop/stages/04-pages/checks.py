"""Stage 4: a long list comes in pages, and nobody misses or repeats a product while others write."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from kit import PRODUCTS, Row, expect_named, ids_of, next_of, problem, put_rows

from firsthand.lab import Http, Postgres, Rng, Wire, check, expect, fail

PAGES_MAX = 60
DEFAULT = 20
SPARE_ROWS = 10
"""What a program may read from the database beyond the page (brief)."""


@check(proves="API-03")
async def shows_a_page(http: Http, rng: Rng, postgres: Postgres) -> None:
    """A page has `limit` products, 1 to 100, and 20 unless told (brief)."""
    category = rng.token()
    rows = [Row(rng.token(), category) for _ in range(103)]
    await put_rows(postgres, rng, rows)
    newest = [row.id for row in reversed(rows)]
    for limit in (1, 2, rng.integer(3, 99), 100):
        found = ids_of(await http.get(f"{PRODUCTS}?{urlencode({'category': category, 'limit': limit})}"))
        expect(found, f"ids of a page of {limit}").equals(newest[:limit])
    found = ids_of(await http.get(f"{PRODUCTS}?category={category}"))
    expect(found, "ids of a page without `limit`").equals(newest[:DEFAULT], hint="Without `limit` a page has 20.")


@check(proves="API-03")
async def links_to_the_next_page(http: Http, rng: Rng, postgres: Postgres) -> None:
    """Every page but the last has a link to the next one, and the links lead to everything once (RFC 8288, 3)."""
    for count, limit in ((11, 4), (12, 4), (5, 1), (3, 3), (2, 50), (0, 5)):
        category = rng.token()
        rows = [Row(rng.token(), category) for _ in range(count)]
        if rows:
            await put_rows(postgres, rng, rows)
        pages = await _walk(http, {"category": category, "limit": limit})
        found = [row_id for page in pages for row_id in page]
        expect(found, f"ids of all pages of {limit}, {count} products").equals([row.id for row in reversed(rows)])
        expect(len(pages), f"number of pages of {limit} for {count} products").equals(
            max(-(-count // limit), 1), hint="Only a page that has another one after it has a link to it."
        )


@check(proves="API-03")
async def pages_through_equal_values(http: Http, rng: Rng, postgres: Postgres) -> None:
    """Products of the same price or name may fall on both sides of a page's end, and none is lost (brief)."""
    category = rng.token()
    names = ["".join(rng.choice("abcdefghij") for _ in range(6)) for _ in range(3)]
    rows = [Row(rng.choice(names), category, rng.choice((5, 40, 300))) for _ in range(23)]
    await put_rows(postgres, rng, rows)
    by_name = sorted(rows, key=lambda row: (row.name, row.id))
    by_price = sorted(rows, key=lambda row: (row.price_cents, row.id))
    for sort, ordered in (("price", by_price), ("-price", by_price[::-1]), ("name", by_name), ("-name", by_name[::-1])):
        for limit in (1, rng.integer(2, 6)):
            pages = await _walk(http, {"category": category, "sort": sort, "limit": limit})
            found = [row_id for page in pages for row_id in page]
            expect(found, f"ids of all pages of {limit} with sort={sort}").equals(
                [row.id for row in ordered],
                hint="The cursor needs the value and the id: `(price_cents, id) > ($1, $2)`.",
            )


@check(proves="API-03")
async def links_keep_the_query(http: Http, rng: Rng, postgres: Postgres) -> None:
    """A link keeps filters, order and limit, whatever characters they have (RFC 3986, 2.1)."""
    for text in ("a&b=c", "x+y z", "100%25", 'é>,;"<ü', "#1?", f"{rng.text(1, 12)}é"):
        category = rng.token()
        rows = [Row(f"{rng.token()} {text}", category, rng.integer(100, 999)) for _ in range(5)]
        noise = [Row(rng.token(), category, 500) for _ in range(4)]
        await put_rows(postgres, rng, [*rows, *noise])
        wanted: dict[str, str | int] = {
            "q": text,
            "category": category,
            "sort": "price",
            "limit": 2,
            "min_price": "0.50",
        }
        pages = await _walk(http, wanted)
        ordered = sorted(rows, key=lambda row: (row.price_cents, row.id))
        expect([row_id for page in pages for row_id in page], f"ids of all pages with q={text}").equals(
            [row.id for row in ordered], hint="Percent-encode each value of the link's query; keep all parameters."
        )
        expect([len(page) for page in pages], "sizes of the pages").equals([2, 2, 1], hint="The limit is kept, too.")


@check(proves="API-03")
async def stays_whole_while_others_write(http: Http, rng: Rng, postgres: Postgres) -> None:
    """Rows that come or go between two pages neither repeat nor hide any other row (brief)."""
    for sort in rng.sample(("-id", "price", "-price", "name"), 3):
        category = rng.token()
        rows = [Row(f"{letter}{letter}", category, 1000 + 10 * at) for at, letter in enumerate("ccddeeffgghh")]
        await put_rows(postgres, rng, rows)
        ordered = sorted(rows, key=_key(sort), reverse=sort.startswith("-"))

        first = Row("aa", category, 9999 if sort == "-price" else 1)  # before all others, whatever the order

        async def disturb(page: int, ordered: Sequence[Row] = ordered, first: Row = first) -> None:
            if page == 1:  # what a page began and ended with goes away
                await postgres.execute("DELETE FROM products WHERE id = ANY(%s)", [ordered[3].id, ordered[5].id])
            else:
                await put_rows(postgres, rng, [replace(first, sku="") for _ in range(rng.integer(1, 4))])

        pages = await _walk(http, {"category": category, "sort": sort, "limit": 3}, disturb)
        found = [row_id for page in pages for row_id in page]
        expect(found, f"ids of all pages with sort={sort}, while others wrote").equals(
            [row.id for row in ordered],
            hint="A page begins after the last product of the one before, not after a number of products.",
        )


@check(proves="API-03")
async def refuses_bad_pages(http: Http, rng: Rng) -> None:
    """A limit out of its range, and a cursor that it never gave, are answered with 400 (brief)."""
    for bad in (
        *({"limit": limit} for limit in ("0", "-1", "101", "", "ten", "1.5", "1e1", "10" * 12, "5; SELECT 1", "٣")),
        *(
            {"cursor": cursor}
            for cursor in (rng.token(), "", "e30=", "W10=", "bnVsbA==", f"' OR {rng.token()}", "AAAA", "eyJ")
        ),
    ):
        target = f"{PRODUCTS}?{urlencode(bad)}"
        hint = "Read the value strictly; what cannot be read is the client's mistake, and not a failure of yours."
        expect_named(problem(await http.get(target), 400, hint=hint), "parameter", bad, hint)


@check(proves="API-03")
async def reads_only_the_page(http: Http, rng: Rng, postgres: Postgres, wire: Wire) -> None:
    """The database picks the page: the program reads at most ten rows more than it sends (brief)."""
    category, other = rng.tokens(2)
    rows = [Row(f"{'odd' if at % 2 else 'even'} {rng.token()}", category, rng.integer(1, 9999)) for at in range(200)]
    await put_rows(postgres, rng, [*rows, *(Row(rng.token(), other) for _ in range(50))])
    target = f"{PRODUCTS}?{urlencode({'category': category, 'q': 'odd', 'sort': 'price', 'limit': 5})}"
    for _ in range(3):
        mark = wire.mark()
        reply = await http.get(target)
        expect(len(ids_of(reply)), "length of a page of 5").equals(5)
        read = sum(statement.rows for statement in wire.postgres.statements(since=mark))
        if read > 5 + SPARE_ROWS:
            fail(
                f"To send a page of 5 products, the program read {read} rows from the database.",
                expected=f"at most {5 + SPARE_ROWS} rows",
                got=f"{read} rows",
                hint="Filters, order and LIMIT belong into the statement.",
            )
        target = next_of(reply, http, target)


async def _walk(
    http: Http, wanted: dict[str, str | int], between: Callable[[int], Awaitable[None]] | None = None
) -> list[list[int]]:
    """The ids of all pages, by following the links; `between` is called after each page but the last."""
    target, pages = f"{PRODUCTS}?{urlencode(wanted)}", []
    async with http.connection() as connection:
        while target:
            client = connection if await connection.is_open() else http
            reply = await client.get(target)
            pages.append(ids_of(reply))
            target = next_of(reply, http, target)
            if len(pages) > PAGES_MAX:
                fail(f"After {PAGES_MAX} pages there is still a link to a next one.", hint="Does each link lead on?")
            if target and between:
                await between(len(pages) - 1)
    return pages


def _key(sort: str) -> Callable[[Row], tuple[object, int]]:
    value = {"id": lambda row: row.id, "price": lambda row: row.price_cents, "name": lambda row: row.name}
    return lambda row: (value[sort.removeprefix("-")](row), row.id)
