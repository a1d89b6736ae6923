"""Stage 3: the list shows what is asked for, in the order that is asked for."""

from collections.abc import Sequence
from urllib.parse import urlencode

from kit import PRODUCTS, Row, expect_named, ids_of, price, problem, put_rows

from firsthand.lab import Http, Postgres, Rng, check, expect

LITERALLY = ("100%", "a_b", "%", "_", "back\\slash", "it's", '"', "' OR ''='", "%%", "\\", "{x}", ".*", "(")


@check(proves="API-03")
async def filters_by_category(http: Http, rng: Rng, postgres: Postgres) -> None:
    """`category` shows the products of exactly this category (brief)."""
    one = rng.token()
    rows = [Row(rng.token(), category) for category in (one, f"{one}-x", one, one[:-1], rng.token(), one)]
    await put_rows(postgres, rng, rows)
    await _lists(http, {"category": one}, [row for row in rows if row.category == one])
    await _lists(http, {"category": rng.token()}, [])
    await _lists(http, {"category": f"{one}' OR '1'='1"}, [])


@check(proves="API-03")
async def combines_filters(http: Http, rng: Rng, postgres: Postgres) -> None:
    """`in_stock` shows what is there or what is not; several filters all hold at once (brief)."""
    category, other = rng.tokens(2)
    word = rng.token()
    rows = [
        Row(f"{rng.token()} {name}", where, cents, stock)
        for name in (word, "x")
        for where in (category, other)
        for cents in (1500, 2500)
        for stock in (0, rng.integer(1, 9))
    ]
    rng.shuffle(rows)
    await put_rows(postgres, rng, rows)
    for stocked in (True, False):
        wanted = {"category": category, "in_stock": str(stocked).lower()}
        inside = [row for row in rows if row.category == category and (row.stock > 0) == stocked]
        await _lists(http, wanted, inside)
        wanted |= {"q": word, "min_price": "20.00"}
        inside = [row for row in inside if word in row.name and row.price_cents >= 2000]
        await _lists(http, wanted, inside, "A product is shown when it passes every filter.")


@check(proves="API-03")
async def filters_by_price(http: Http, rng: Rng, postgres: Postgres) -> None:
    """`min_price` and `max_price` are the lowest and the highest price that is shown, to the cent (brief)."""
    category, middle = rng.token(), rng.integer(2_000, 98_999)
    around = [middle + step for step in (-900, -1, 0, 1, 0, 900)]
    rows = [Row(rng.token(), category, cents) for cents in (*around, 100_000, 999)]
    await put_rows(postgres, rng, rows)
    for low, high in ((middle, None), (None, middle), (middle, middle), (middle - 1, middle + 1), (middle + 1, middle)):
        wanted = {"category": category}
        wanted |= {"min_price": price(low)} if low is not None else {}
        wanted |= {"max_price": price(high)} if high is not None else {}
        inside = [row for row in rows if (low or 0) <= row.price_cents <= (high or 10**9)]
        await _lists(http, wanted, inside, 'Both ends are included; compare numbers, not text: "9.00" > "10.00".')


@check(proves="API-03")
async def searches_in_names(http: Http, rng: Rng, postgres: Postgres) -> None:
    """`q` shows the products with this text in their name, in any case; no character of it is special (brief)."""
    category = rng.token()
    word = rng.token()
    texts = [f"{rng.token()} {text} {rng.token()}" for text in LITERALLY]
    rows = [Row(text, category) for text in (*texts, f"a {word.upper()} b", f"{word}", f"{word[:-1]}-", "a-b axb 100")]
    await put_rows(postgres, rng, rows)
    for asked in (word, word.upper(), rng.odd_case(word), word[2:-1], *LITERALLY):
        inside = [row for row in rows if asked.lower() in row.name.lower()]
        hint = "In LIKE, % and _ stand for any text: they have to be escaped, or strpos() be used."
        await _lists(http, {"category": category, "q": asked}, inside, hint)


@check(proves="API-03")
async def sorts(http: Http, rng: Rng, postgres: Postgres) -> None:
    """`sort` orders by id, name or price; equal ones follow by id; a minus sign turns all of it round (brief)."""
    category = rng.token()
    names = ["".join(rng.choice("abcdefghij") for _ in range(5)) for _ in range(4)]
    rows = [Row(rng.choice(names), category, rng.choice((5, 40, 300, 2000))) for _ in range(16)]
    await put_rows(postgres, rng, rows)
    orders = {
        "id": sorted(rows, key=lambda row: row.id),
        "name": sorted(rows, key=lambda row: (row.name, row.id)),
        "price": sorted(rows, key=lambda row: (row.price_cents, row.id)),
    }
    for sort, ordered in orders.items():
        hint = "Products of the same name or price follow each other by id, in the same direction."
        await _lists(http, {"category": category, "sort": sort}, ordered, hint, any_order=False)
        await _lists(http, {"category": category, "sort": f"-{sort}"}, ordered[::-1], hint, any_order=False)
    await _lists(http, {"category": category}, orders["id"][::-1], "Without `sort`: as with -id.", any_order=False)


@check(proves="API-03")
async def refuses_bad_parameters(http: Http, rng: Rng) -> None:
    """An unknown parameter, or a value that makes no sense, is answered with 400, which names it (brief)."""
    word = rng.token()
    for bad in (
        {word: word},
        {"categroy": word},
        {"min_price": "cheap"},
        {"max_price": "12"},
        {"min_price": "-1.00"},
        {"max_price": "1.00' OR '1'='1"},
        {"in_stock": "maybe"},
        {"in_stock": ""},
        {"sort": word},
        {"sort": "description"},
        {"sort": "--price"},
        {"sort": "price; DROP TABLE products"},
        {"sort": "(SELECT 1)"},
        {"sort": ""},
        {"q": f"{word}\0"},
        {"sort": word, "min_price": "x", "in_stock": "1"},
    ):
        target = f"{PRODUCTS}?{urlencode({'category': word, **bad})}"
        hint = "A typo in a filter must not show everything, and a value of the client must never become SQL."
        expect_named(problem(await http.get(target), 400, hint=hint), "parameter", bad, hint)


async def _lists(
    http: Http, wanted: dict[str, str], rows: Sequence[Row], hint: str = "", *, any_order: bool = True
) -> None:
    """The list for this query shows exactly these rows."""
    query = urlencode(wanted)
    found = ids_of(await http.get(f"{PRODUCTS}?{query}"))
    ids = [row.id for row in rows]
    if any_order:
        found, ids = sorted(found, key=str), sorted(ids, key=str)
    told = ", ".join(f"{name}={value}" for name, value in wanted.items() if name != "category") or "the category alone"
    expect(found, f"ids of the items with {told}").equals(ids, hint=hint)
