"""Stage 1: products are made, shown, listed and deleted, in the database."""

from urllib.parse import quote

from kit import (
    ADVERSE,
    ANY_VERSION,
    ID_MAX,
    PRODUCTS,
    Row,
    created,
    expect_members,
    ids_of,
    items_of,
    location,
    plain_cents,
    price,
    product,
    put_rows,
    send,
    shown,
)

from firsthand.lab import Http, Postgres, Rng, check, expect, fail, hinting

QUIET_S = 0.03
"""How long a check listens for the body that a 204 must not have."""
AWKWARD_CENTS = (0, 1, 7, 29, 57, 58, 101, 110, 113, 820, 1001, 1910, 1999, 6666, 100_00, 999_999, 99_999_99)
"""Times 100, most of them as floats are a little less than they should be."""


@check(proves="API-01")
async def creates_a_product(http: Http, rng: Rng) -> None:
    """`POST /products` answers 201 with a Location, and the product is there from then on (RFC 9110, 15.3.2)."""
    seen = set()
    for description in (None, rng.token(), ""):
        wanted = product(rng, description=description)
        reply = await send(http, rng, "POST", PRODUCTS, wanted)
        expect(reply.status, "status of POST /products").equals(201)
        made = shown(reply)
        expect_members(made, wanted, "the new product")
        new_id = made.get("id")
        if not isinstance(new_id, int) or isinstance(new_id, bool):
            fail("The new product has no number as its `id`.", expected='"id": 7', got=str(new_id))
        expect(location(reply), "Location").equals(f"{PRODUCTS}/{new_id}")
        seen.add(new_id)
        reply = await http.get(location(reply))
        expect(reply.status, f"status of GET {PRODUCTS}/{new_id}").equals(200)
        expect_members(shown(reply), {"id": new_id, **wanted}, f"GET {PRODUCTS}/{new_id}")
    expect(len(seen), "different ids of three new products").equals(3)


@check(proves="API-01")
async def keeps_products_in_the_database(http: Http, rng: Rng, postgres: Postgres) -> None:
    """What is shown is what stands in the table now: other programs use it, too (brief)."""
    path, made = await created(http, rng)
    rows = await postgres.rows("SELECT name, stock FROM products WHERE id = %s", made["id"])
    expect(rows, f"the row of {path} in the table products (name, stock)").equals(
        [(made["name"], made["stock"])], hint="Keep nothing in the program's memory: it ends, and others cannot see it."
    )
    row = Row(rng.token(), rng.token(), plain_cents(rng), rng.integer(1, 99))
    await put_rows(postgres, rng, [row])
    wanted = {"id": row.id, "name": row.name, "price": price(row.price_cents), "stock": row.stock, "description": None}
    for _ in range(2):
        reply = await http.get(f"{PRODUCTS}/{row.id}")
        expect(reply.status, "status of a product that another program has put into the table").equals(200)
        expect_members(shown(reply), wanted, "a product that another program has written")
        wanted["stock"] = row.stock + rng.integer(1, 9)
        await postgres.execute(
            "UPDATE products SET stock = %s, version = version + 1 WHERE id = %s", wanted["stock"], row.id
        )
    await postgres.execute("DELETE FROM products WHERE id = %s", row.id)
    reply = await http.get(f"{PRODUCTS}/{row.id}")
    expect(reply.status, "status of a product that another program has deleted").equals(404)


@check(proves="API-01")
async def counts_money_exactly(http: Http, rng: Rng, postgres: Postgres) -> None:
    """Money is text with two decimals on the wire and whole cents in the table, and not one is lost (brief)."""
    amounts = {*rng.sample(AWKWARD_CENTS, 6), 7, 29, 101, 99_999_99, rng.integer(1, 99_999_99), rng.integer(1, 9_999)}
    async with http.connection() as connection:
        for cents in sorted(amounts):
            reply = await send(connection, rng, "POST", PRODUCTS, product(rng, price=price(cents)))
            expect(reply.status, f"status of POST {PRODUCTS} with the price {price(cents)}").equals(201)
            made = shown(reply)
            stored = await postgres.value("SELECT price_cents FROM products WHERE id = %s", made.get("id"))
            expect(stored, f"price_cents in the table for {price(cents)}").equals(
                cents, hint="0.29 * 100 is 28.999999999999996 in every language's floats: stay with text and integers."
            )
            expect_members(made, {"price": price(cents)}, "the new product")


@check(proves="API-01")
async def unknown_is_404(http: Http, rng: Rng) -> None:
    """What does not exist is answered with 404, whatever stands in the path (RFC 9110, 15.5.5)."""
    path, made = await created(http, rng)
    word = rng.token()
    for unknown in (
        f"/{word}",
        f"{PRODUCTS}{word}",
        f"{path}/{word}",
        f"{PRODUCTS}/{word}",
        f"{PRODUCTS}/{ID_MAX - rng.integer(0, 1000)}",
        f"{PRODUCTS}/{ID_MAX + rng.integer(1, 1000)}",
        f"{PRODUCTS}/{10**19 + rng.integer(0, 10**18)}",
        f"{PRODUCTS}/-{made['id']}",
        f"{PRODUCTS}/{made['id']}.5",
        f"{PRODUCTS}/{made['id']}{word}",
        f"{PRODUCTS}/0",
    ):
        reply = await http.get(unknown)
        expect(reply.status, f"status of GET {unknown}").equals(
            404, hint="An id that the column cannot hold belongs to no product: 404, too, and not a failure of yours."
        )


@check(proves="API-01")
async def takes_any_text(http: Http, rng: Rng, postgres: Postgres) -> None:
    """Quotes, backslashes and SQL in a name or a path are text like any other (PostgreSQL 18, 4.1.2.1)."""
    async with http.connection() as connection:
        for text in (*ADVERSE, rng.text(1, 80)):
            odd = f"{text} {rng.token()}"
            path, made = await created(connection, rng, name=odd, description=text)
            expect_members(made, {"name": odd, "description": text}, "the new product")
            reply = await connection.get(path)
            expect_members(shown(reply), {"name": odd, "description": text}, f"GET {path}")
    path, made = await created(http, rng)
    for text in (f"{made['id']} OR 1=1", f"{made['id']}'", f"{made['id']};--", f"0 UNION SELECT {made['id']}"):
        reply = await http.get(f"{PRODUCTS}/{quote(text, safe='')}")
        expect(reply.status, f"status of GET {PRODUCTS}/{text} (percent-encoded)").equals(
            404, hint="Never put what a client sends into the text of a statement: hand it over as a parameter."
        )
    expect(await postgres.value("SELECT count(*) > 0 FROM products"), "whether the table is still there").is_true()


@check(proves="API-01")
async def wrong_method_is_405(http: Http, rng: Rng) -> None:
    """A method that a path does not have is answered with 405 and Allow (RFC 9110, 15.5.6)."""
    path, _ = await created(http, rng)
    for target, methods, allowed in (
        (PRODUCTS, ("PUT", "DELETE", "PATCH"), ("GET", "POST")),
        (path, ("POST",), ("GET", "DELETE")),
    ):
        for method in methods:
            reply = await send(http, rng, method, target, product(rng), headers=ANY_VERSION)
            expect(reply.status, f"status of {method} {target}").equals(
                405, hint="The path is there, the method is not."
            )
            told = [each.strip() for value in reply.headers.all("Allow") for each in value.split(",")]
            for each in allowed:
                expect(told, f"Allow of {target}").contains(each, hint="It lists the methods that do work.")
            expect(told, f"Allow of {target}").lacks(method)
    expect((await http.get(path)).status, f"status of GET {path} after all this").equals(200)


@check(proves="API-01")
async def deletes_a_product(http: Http, rng: Rng, postgres: Postgres) -> None:
    """`DELETE` answers 204 without a body, the product is gone, and a second one finds nothing (RFC 9110, 9.3.5)."""
    path, made = await created(http, rng)
    other, _ = await created(http, rng)
    async with http.connection() as connection:
        reply = await connection.delete(path)
        expect(reply.status, f"status of DELETE {path}").equals(204)
        with hinting("A 204 ends with its empty line: send no body."):
            await connection.nothing_more(QUIET_S)
    expect((await http.get(path)).status, f"status of GET {path} after DELETE").equals(404)
    expect(await postgres.value("SELECT count(*) FROM products WHERE id = %s", made["id"]), "rows left of it").equals(0)
    expect((await http.delete(path)).status, "status of a second DELETE").equals(404)
    expect((await http.get(other)).status, "status of another product").equals(200)


@check(proves="API-01")
async def lists_the_newest_first(http: Http, rng: Rng) -> None:
    """`GET /products` gives the products as `items`, the newest first (brief)."""
    made = [(await created(http, rng))[1] for _ in range(3)]
    reply = await http.get(PRODUCTS)
    items = items_of(reply)
    expect([item.get("id") for item in items][:3], "ids of the first three items").equals(
        [one["id"] for one in reversed(made)], hint="Newest first: in descending order of id."
    )
    for item, one in zip(items, reversed(made), strict=False):
        expect_members(item, one, "an item of the list")
    await http.delete(f"{PRODUCTS}/{made[1]['id']}")
    expect(ids_of(await http.get(PRODUCTS))[:2], "ids of the first two items after the second was deleted").equals(
        [made[2]["id"], made[0]["id"]]
    )
