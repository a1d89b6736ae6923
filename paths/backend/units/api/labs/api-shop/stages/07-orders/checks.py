"""Stage 7: an order is taken as a whole or not at all."""

import asyncio
from typing import Any

from kit import (
    ID_MAX,
    INVALID,
    ORDERS,
    OUT_OF_STOCK,
    PRODUCTS,
    Row,
    answered_or_waiting,
    expect_members,
    expect_named,
    held,
    location,
    price,
    problem,
    put_rows,
    send,
    shown,
)

from firsthand.core.deadlines import ticks
from firsthand.lab import Deadline, Http, Postgres, Reply, Rng, check, expect, fail, hinting

WAIT_S = 1.5
"""How long requests may take to reach the place where they wait for each other."""
BACK_S = 5.0
BUYERS = 8
CUTS = 12


@check(proves=("SQL-09", "API-01"))
async def takes_an_order(http: Http, rng: Rng, postgres: Postgres) -> None:
    """`POST /orders` answers 201 with Location and total, and takes the pieces from the stock (RFC 9110, 15.3.2)."""
    for number in (1, 2, rng.integer(3, 8)):
        rows = await _products(postgres, rng, number, cents=rng.integer(1, 99) * 100 if number == 1 else 0)
        rng.shuffle(rows)
        quantities = [rng.integer(1, row.stock) for row in rows]
        reply = await _order(http, rng, rows, quantities)
        expect(reply.status, "status of POST /orders").equals(201)
        path, made = location(reply), shown(reply)
        expect(path, "Location").equals(f"{ORDERS}/{made.get('id')}")
        total = sum(row.price_cents * quantity for row, quantity in zip(rows, quantities, strict=True))
        for what, order in ((f"the reply to POST {ORDERS}", made), (f"GET {path}", shown(await http.get(path)))):
            expect_members(order, {"id": made["id"], "total": price(total)}, what)
            _has_lines(order, rows, quantities, what)
        left = [row.stock - quantity for row, quantity in zip(rows, quantities, strict=True)]
        expect(await _stocks(postgres, rows), "stocks in the table after the order").equals(left)
        reply = await http.get(f"{PRODUCTS}/{rows[0].id}")
        expect_members(shown(reply), {"stock": left[0]}, "a product after the order")
        stored = await postgres.rows("SELECT total_cents FROM orders WHERE id = %s", made["id"])
        expect(stored, f"the row of {path} in the table orders (total_cents)").equals([(total,)])
    for unknown in (ID_MAX - rng.integer(0, 1000), ID_MAX + rng.integer(1, 1000), rng.token()):
        problem(await http.get(f"{ORDERS}/{unknown}"), 404)


@check(proves="API-01")
async def remembers_what_was_paid(http: Http, rng: Rng, postgres: Postgres) -> None:
    """An order keeps its prices when products change, and a product that was ordered is kept: 409 (brief)."""
    rows = await _products(postgres, rng, 2)
    reply = await _order(http, rng, rows, [1, 2])
    expect(reply.status, "status of POST /orders").equals(201)
    path, made = location(reply), shown(reply)
    await postgres.execute(
        "UPDATE products SET price_cents = price_cents + 1, version = version + 1 WHERE id = ANY(%s)",
        [row.id for row in rows],
    )
    order = shown(await http.get(path))
    expect_members(order, {"total": made["total"]}, f"GET {path} after prices went up")
    _has_lines(order, rows, [1, 2], f"GET {path} after prices went up")
    reply = await http.delete(f"{PRODUCTS}/{rows[0].id}")
    problem(reply, 409, hint="The order's lines refer to this product, so the database refuses to delete it.")
    expect((await http.get(f"{PRODUCTS}/{rows[0].id}")).status, "status of the product after that").equals(200)
    expect((await http.get(path)).status, "status of the order after that").equals(200)


@check(proves="API-05")
async def orders_make_new_versions(http: Http, rng: Rng, postgres: Postgres) -> None:
    """An order changes the ETags of its products: edits of what was seen before get 412 (RFC 9110, 8.8.3)."""
    rows = await _products(postgres, rng, 2)
    tags = [(await http.get(f"{PRODUCTS}/{row.id}")).headers.get("ETag") or "" for row in rows]
    reply = await _order(http, rng, rows, [1, 1])
    expect(reply.status, "status of POST /orders").equals(201)
    for row, tag in zip(rows, tags, strict=True):
        reply = await http.get(f"{PRODUCTS}/{row.id}")
        expect(reply.headers.get("ETag"), "ETag of a product after the order").differs_from(
            tag, hint="Its stock is part of the product: UPDATE ... SET stock = ..., version = version + 1."
        )
        reply = await send(
            http, rng, "PATCH", f"{PRODUCTS}/{row.id}", {"stock": row.stock}, headers=[("If-Match", tag)]
        )
        problem(reply, 412, hint="This edit would bring back the pieces that were sold.")


@check(proves="API-02")
async def refuses_bad_orders(http: Http, rng: Rng, postgres: Postgres) -> None:
    """An order with bad members or unknown products is a 422 that names them, and leaves nothing (RFC 9457, 3.2)."""
    good, other = await _products(postgres, rng, 2)
    line = {"product": good.id, "quantity": 1}
    unknown, too_big = ID_MAX - rng.integer(0, 1000), ID_MAX + rng.integer(1, 10**12)
    bad_orders: tuple[tuple[dict[str, Any], list[str] | None], ...] = (
        ({"customer": ""}, ["#/customer"]),
        ({"customer": 7, "lines": [{**line, "quantity": 0}]}, ["#/customer", "#/lines/0/quantity"]),
        ({"lines": []}, ["#/lines"]),
        ({"lines": ...}, ["#/lines"]),
        ({"lines": line}, ["#/lines"]),
        ({"lines": [line] * 51}, ["#/lines"]),
        ({"lines": [line, rng.token()]}, ["#/lines/1"]),
        *(
            ({"lines": [line, {**line, "quantity": bad}]}, ["#/lines/1/quantity"])
            for bad in (0, -1, 1.5, "1", True, 1001)
        ),
        ({"lines": [{"product": good.id}, line]}, ["#/lines/0/quantity"]),
        ({"lines": [line, {"product": str(good.id), "quantity": 1}]}, ["#/lines/1/product"]),
        ({"lines": [line, {"product": unknown, "quantity": 1}, line]}, ["#/lines/1/product"]),
        ({"lines": [line, {"product": too_big, "quantity": 1}]}, ["#/lines/1/product"]),
        ({"lines": [{"product": unknown, "quantity": 1}, line, {"product": 0, "quantity": 1}]}, None),
    )
    for content, pointers in bad_orders:
        customer = rng.token()
        whole: dict[str, Any] = {
            "customer": customer,
            "lines": [line, {"product": other.id, "quantity": 1}],
            **content,
        }
        reply = await send(http, rng, "POST", ORDERS, {k: v for k, v in whole.items() if v is not ...})
        details = problem(reply, 422, hint=f"Bad were: {', '.join(pointers or ['products'])}.", kind=INVALID)
        if pointers:
            expect_named(details, "pointer", pointers)
        await _nothing_left(postgres, customer, [good, other])


@check(proves="SQL-09")
async def a_failing_line_leaves_nothing(http: Http, rng: Rng, postgres: Postgres) -> None:
    """When one line asks for more than there is, nothing of the order is done: 409 (PostgreSQL 18, 3.4)."""
    rows = await _products(postgres, rng, 5)
    for at in (*rng.sample(range(5), 3), 4):
        quantities = [rng.integer(1, row.stock) for row in rows]
        quantities[at] = rows[at].stock + rng.integer(1, 3)
        customer = rng.token()
        reply = await _order(http, rng, rows, quantities, customer)
        hint = f"Line {at} (from 0) of 5 asked for {quantities[at]}, and there are {rows[at].stock}."
        details = problem(reply, 409, hint=hint, kind=OUT_OF_STOCK)
        expect_named(details, "pointer", [f"#/lines/{at}/quantity"], hint)
        await _nothing_left(postgres, customer, rows)


@check(proves="SQL-09")
async def adds_up_lines_of_one_product(http: Http, rng: Rng, postgres: Postgres) -> None:
    """Several lines may ask for one product; what counts is what they ask for together (brief)."""
    one, other = await _products(postgres, rng, 2)
    half = one.stock // 2 + 1
    customer = rng.token()
    reply = await _order(http, rng, [one, other, one], [half, 1, half], customer)
    hint = f"Lines 0 and 2 asked for {half} pieces each of a product of which there are {one.stock}."
    expect_named(
        problem(reply, 409, hint=hint, kind=OUT_OF_STOCK), "pointer", [f"#/lines/{at}/quantity" for at in (0, 2)]
    )
    await _nothing_left(postgres, customer, [one, other])
    reply = await _order(http, rng, [one, other, one], [one.stock - half, 1, half])
    expect(reply.status, "status of an order for all pieces in two lines").equals(201)
    _has_lines(shown(reply), [one, other, one], [one.stock - half, 1, half], "the order")
    expect(await _stocks(postgres, [one, other]), "stocks after it").equals([0, other.stock - 1])


@check(proves="SQL-09")
async def the_last_piece_is_sold_once(http: Http, rng: Rng, postgres: Postgres, deadline: Deadline) -> None:
    """Orders that come at once never take more than there is: who is too late gets 409 (PostgreSQL 18, 13.2.1)."""
    (row,) = await _products(postgres, rng, 1)
    async with held(postgres, row.id):  # so that all of them have looked at the stock when the first one writes
        buyers = [asyncio.create_task(_order(http, rng, [row], [row.stock])) for _ in range(4)]
        await answered_or_waiting(postgres, buyers, deadline.earlier(WAIT_S))
    await _sold(postgres, row, await asyncio.gather(*buyers), 1, 0)
    (row,) = await _products(postgres, rng, 1)
    each = row.stock // 4
    buyers = [asyncio.create_task(_order(http, rng, [row], [each])) for _ in range(BUYERS)]
    await _sold(postgres, row, await asyncio.gather(*buyers), row.stock // each, row.stock % each)


@check(proves="SQL-09")
async def crossing_orders_both_pass(http: Http, rng: Rng, postgres: Postgres, deadline: Deadline) -> None:
    """Orders of the same products in different order do not fail because of each other (PostgreSQL 18, 13.3.4)."""
    first, middle, last = await _products(postgres, rng, 3)
    async with held(postgres, middle.id):  # the one has the first and wants the last, the other has the last
        orders = [
            asyncio.create_task(_order(http, rng, rows, [1, 1, 1]))
            for rows in ([first, middle, last], [last, middle, first])
        ]
        await answered_or_waiting(postgres, orders, deadline.earlier(WAIT_S))
    with hinting(
        "Two transactions may wait for each other for ever: a deadlock. Lock products in the order of their ids."
    ):
        replies = await asyncio.gather(*orders)
    for reply in replies:
        expect(reply.status, "status of one of two orders with the same products in opposite order").equals(
            201, hint="PostgreSQL ends a deadlock by failing one of the two. Lock in the order of ids, or try again."
        )
    rows = [first, middle, last]
    expect(await _stocks(postgres, rows), "stocks after both orders").equals([row.stock - 2 for row in rows])


@check(proves="SQL-09", deadline_s=30.0)
async def a_cut_leaves_nothing_by_halves(http: Http, rng: Rng, postgres: Postgres, deadline: Deadline) -> None:
    """Wherever the database is lost, an order is there as a whole or not at all (PostgreSQL 18, 3.4)."""
    rows = await _products(postgres, rng, 3)
    for at in range(1, CUTS + 1):
        customer = rng.token()
        before = await _stocks(postgres, rows)
        with postgres.door.cut(at_message=at, of="complete", times=1):
            reply = await _order(http, rng, rows, [1, 1, 1], customer)
        if reply.status != 201:
            problem(reply, 503, hint="Its connection to the database was reset in the middle of the order.")
        await _settled(postgres, deadline.earlier(WAIT_S))
        orders = await _orders_of(postgres, customer)
        lines = await postgres.value(
            "SELECT count(*) FROM order_lines JOIN orders ON id = order_id WHERE customer = %s", customer
        )
        sold = [was - now for was, now in zip(before, await _stocks(postgres, rows), strict=True)]
        whole = (1, 3, [1, 1, 1]) if reply.status == 201 or orders else (0, 0, [0, 0, 0])
        if (orders, lines, sold) != whole:
            fail(
                f"The database was lost when it had done statement {at}, and the order is there by halves.",
                expected="1 order, 3 lines, and 1 piece less of each; or no order, no lines, and all pieces there",
                got=f"{orders} orders, {lines} lines, {', '.join(map(str, sold))} pieces less",
                hint="All statements of an order belong into one transaction, on one connection: BEGIN ... COMMIT.",
            )
        await _works_again(http, rows, deadline)


async def _products(postgres: Postgres, rng: Rng, count: int, cents: int = 0) -> list[Row]:
    """New products of this price, or of any."""
    rows = [
        Row(rng.token(), rng.token(), cents or rng.integer(1, 9_999_999), rng.integer(10, 60)) for _ in range(count)
    ]
    await put_rows(postgres, rng, rows)
    return rows


async def _order(http: Http, rng: Rng, rows: list[Row], quantities: list[int], customer: str = "") -> Reply:
    lines = [{"product": row.id, "quantity": quantity} for row, quantity in zip(rows, quantities, strict=True)]
    return await send(http, rng, "POST", ORDERS, {"customer": customer or f"{rng.token()} é'", "lines": lines})


def _has_lines(order: dict[str, Any], rows: list[Row], quantities: list[int], what: str) -> None:
    wanted = [
        {"product": row.id, "quantity": quantity, "price": price(row.price_cents)}
        for row, quantity in zip(rows, quantities, strict=True)
    ]
    lines = order.get("lines")
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        fail(f"{what} has no list of lines.", expected='"lines": [{"product": ..., ...}]', got=str(lines)[:200])
    expect(len(lines), f"number of lines of {what}").equals(len(wanted))
    for at, (line, one) in enumerate(zip(lines, wanted, strict=True)):
        expect_members(line, one, f"line {at} of {what}")


async def _stocks(postgres: Postgres, rows: list[Row]) -> list[int]:
    found = dict(await postgres.rows("SELECT id, stock FROM products WHERE id = ANY(%s)", [row.id for row in rows]))
    return [found[row.id] for row in rows]


async def _orders_of(postgres: Postgres, customer: str) -> int:
    return int(await postgres.value("SELECT count(*) FROM orders WHERE customer = %s", customer))


async def _nothing_left(postgres: Postgres, customer: str, rows: list[Row]) -> None:
    hint = "One transaction for all of it: when a line fails, ROLLBACK takes back what the others have done."
    expect(await _stocks(postgres, rows), "stocks in the table after a refused order").equals(
        [row.stock for row in rows], hint=hint
    )
    expect(await _orders_of(postgres, customer), "rows in the table orders after a refused order").equals(0, hint=hint)


async def _sold(postgres: Postgres, row: Row, replies: list[Reply], orders: int, left: int) -> None:
    won = [reply for reply in replies if reply.status == 201]
    for reply in replies:
        if reply.status != 201:
            problem(
                reply,
                409,
                hint="Too late is not a failure of yours: the stock was enough a moment ago.",
                kind=OUT_OF_STOCK,
            )
    (stock,) = await _stocks(postgres, [row])
    if (len(won), stock) != (orders, left):
        fail(
            f"Of {row.stock} pieces {len(replies)} clients ordered at once; {len(won)} got theirs, {stock} are left.",
            expected=f"{orders} orders, {left} left",
            got=f"{len(won)} orders, {stock} left",
            hint="Who looks at the stock and writes later must hold the row meanwhile: SELECT ... FOR UPDATE.",
        )


async def _settled(postgres: Postgres, deadline: Deadline) -> None:
    """What the program has begun to write is committed or rolled back."""
    async for _ in ticks(deadline):
        writing = await postgres.value(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE usename = current_user AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
        )
        if not writing:
            return


async def _works_again(http: Http, rows: list[Row], deadline: Deadline) -> None:
    async for _ in ticks(deadline.earlier(BACK_S, 2.0)):
        reply = await http.get(f"{PRODUCTS}/{rows[0].id}")
        if reply.status == 200:
            return
        problem(reply, 503)
    fail("The database has been back for five seconds, and requests still fail.", expected="200", got=str(reply.status))
