"""Stage 2: whoever reads after a write sees it."""

import asyncio

from kit import (
    FAR_ID,
    added,
    commits_held,
    expect_product,
    patched,
    path,
    queries,
    send,
    settled,
    stored,
    values,
    waits_for_commit,
)

from firsthand.core.deadlines import until
from firsthand.lab import App, Deadline, Http, Postgres, Rng, Wire, check, expect

STALE = "The write is in the database, and Redis still has what was there before."


@check(proves="CCH-03")
async def shows_what_was_written(http: Http, rng: Rng, postgres: Postgres) -> None:
    """After the answer to a PUT or PATCH, every GET shows what was written (brief)."""
    for method in ("PATCH", "PUT", "PATCH", "PUT"):
        product = await added(postgres, rng)
        expect_product(await http.get(path(product)), product, f"GET {path(product)}")
        changes = values(rng)
        if method == "PATCH":
            changes = {member: changes[member] for member in rng.sample(tuple(changes), rng.integer(1, 2))}
        wanted = {**product, **changes, "version": product["version"] + 1}
        what = f"{method} {path(product)}"
        expect_product(await send(http, rng, method, product, changes), wanted, what)
        row = await stored(postgres, product)
        expect(row, f"the row in the table after {what}").equals(wanted)
        for _ in range(2):
            expect_product(await http.get(path(product)), wanted, f"GET after {what}", STALE)


@check(proves="CCH-03")
async def forgets_deleted_products(http: Http, rng: Rng, postgres: Postgres) -> None:
    """After DELETE a product is a 404 for everybody, and cannot be written (RFC 9110, 9.3.5)."""
    product = await added(postgres, rng)
    expect_product(await http.get(path(product)), product, f"GET {path(product)}")
    reply = await http.delete(path(product))
    expect(reply.status, f"status of DELETE {path(product)}").is_one_of((200, 204))
    rows = await postgres.value("SELECT count(*) FROM products WHERE id = %s", product["id"])
    expect(rows, "rows of the product in the table after DELETE").equals(0)
    for target in (product, {**product, "id": FAR_ID + rng.integer(0, FAR_ID)}):
        reply = await http.get(path(target))
        expect(reply.status, f"status of GET {path(target)}, which is not in the table").equals(404, hint=STALE)
        for method in ("PATCH", "PUT"):
            reply = await send(http, rng, method, target, values(rng))
            expect(reply.status, f"status of {method} {path(target)}, which is not in the table").equals(404)
        reply = await http.delete(path(target))
        expect(reply.status, f"status of DELETE {path(target)}, which is not in the table").equals(404)


@check(proves="CCH-03")
async def every_instance_sees_it(app: App, http: Http, rng: Rng, postgres: Postgres) -> None:
    """A write by one instance is seen by all others (brief)."""
    other = http.at((await app.start("web"))[0])
    product = await added(postgres, rng)
    for one, another in ((http, other), (other, http), (http, other), (other, http)):
        for asked in (one, another):
            expect_product(await asked.get(path(product)), product, f"GET {path(product)}")
        product = await patched(one, rng, product)
        hint = "Nothing about products may be in the memory of an instance: it cannot know what others write."
        for asked in (another, one):
            expect_product(await asked.get(path(product)), product, "GET after PATCH by another instance", hint)


@check(proves="CCH-03")
async def invalidates_after_the_commit(
    http: Http, rng: Rng, postgres: Postgres, wire: Wire, deadline: Deadline
) -> None:
    """Who reads while a write is not committed gets the old value at once, and it is not kept for later (brief)."""
    for cached in (True, False):
        product = await added(postgres, rng)
        if cached:
            await http.get(path(product))

        async def waits_or_is_over() -> bool:
            return await waits_for_commit(postgres) or write.done()  # noqa: B023  # asked within this round only

        async with commits_held(postgres):
            write = asyncio.create_task(patched(http, rng, product))
            await until(waits_or_is_over, deadline)
            reply = await http.get(path(product))
            expect_product(reply, product, "GET while a PATCH is not committed yet")
            await settled(wire, deadline)
        written = await write
        hint = (
            "Somebody read between your DEL and the commit, and has put the old value back. "
            "Tell Redis when the write is committed, not before."
        )
        expect_product(await http.get(path(product)), written, "GET after the PATCH", hint)


@check(proves="CCH-03")
async def forgets_only_what_was_written(http: Http, rng: Rng, postgres: Postgres, wire: Wire) -> None:
    """A write drops its own product from Redis, and no other (brief)."""
    product, *others = [await added(postgres, rng) for _ in range(4)]
    for each in (product, *others):
        await http.get(path(each))
    await patched(http, rng, product)
    since = wire.mark()
    for each in others:
        expect_product(await http.get(path(each)), each, f"GET {path(each)}")
        expect(len(queries(wire, each, since)), f"queries for product {each['id']} after another was written").equals(
            0, hint=f"Delete one key, product:{product['id']}. To empty Redis is the stampede that this lab is about."
        )
