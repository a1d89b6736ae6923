"""Stage 6: what was read before a write is never kept after it."""

import asyncio

from kit import (
    Beside,
    Product,
    added,
    beside,
    expect_product,
    is_shown,
    nearly_over,
    patched,
    path,
    send,
    settled,
    stored,
)

from firsthand.lab import App, Deadline, Http, Postgres, Redis, Reply, Rng, Wire, check, expect, fail

ATTEMPTS_MAX = 5
"""On a busy machine an answer may have passed before it could be held back; then it is tried again."""
LATE = (
    "A reader had asked PostgreSQL before the write, got its answer after it, and has put the old value into Redis. "
    "What has been read may be kept only if nobody has written since."
)


@check(proves="CCH-06", deadline_s=20)
async def a_late_read_replaces_nothing(
    app: App, http: Http, rng: Rng, postgres: Postgres, wire: Wire, deadline: Deadline
) -> None:
    """A slow reader's old value does not replace a newer one in Redis (brief)."""
    async with beside(app, http, wire, postgres, rng, deadline) as second:
        product, written = await _read_late(second, http, rng, postgres, between=True)
        await settled(wire, deadline)
        for asked in (http, second.http):
            what = f"GET {path(product)} after the write, when a slow reader was done"
            expect_product(await asked.get(path(product)), written, what, LATE)


@check(proves="CCH-06", deadline_s=20)
async def a_late_read_is_not_kept(
    app: App, http: Http, rng: Rng, postgres: Postgres, wire: Wire, deadline: Deadline
) -> None:
    """Nor is it kept when Redis has nothing since the write (brief)."""
    async with beside(app, http, wire, postgres, rng, deadline) as second:
        product, written = await _read_late(second, http, rng, postgres, between=False)
        await settled(wire, deadline)
        hint = f"{LATE} `SET` with `NX` is not enough: after the write there is nothing that it could find."
        for asked in (http, second.http):
            what = f"GET {path(product)} after the write, when a slow reader was done"
            expect_product(await asked.get(path(product)), written, what, hint)


@check(proves="CCH-06", deadline_s=20)
async def a_late_refresh_is_not_kept(
    app: App, http: Http, rng: Rng, postgres: Postgres, redis: Redis, wire: Wire, deadline: Deadline
) -> None:
    """Nor is the old value of a slow refresh (brief)."""
    async with beside(app, http, wire, postgres, rng, deadline) as second:
        for _ in range(ATTEMPTS_MAX):
            product = await added(postgres, rng)
            await http.get(path(product))
            await nearly_over(redis, rng, product)
            since = wire.mark()
            # The GET comes when the door is late already: a refresh that is quick would have its answer before.
            asked = asyncio.create_task(second.http.get(path(product)))
            async with second.held(second.answered(product, since), f"to refresh product {product['id']}"):
                was_late = second.was_late(product, since)
                written = await patched(http, rng, product)
                expect_product(await http.get(path(product)), written, "GET after PATCH")
            expect_product(await asked, product, "GET near its end")
            await settled(wire, deadline)
            what = f"GET {path(product)} after the write, when a slow refresh was done"
            expect_product(await http.get(path(product)), written, what, LATE)
            if was_late:
                return


@check(proves="CCH-06", deadline_s=20)
async def waiting_readers_see_the_write(
    app: App, http: Http, rng: Rng, postgres: Postgres, wire: Wire, deadline: Deadline
) -> None:
    """A GET that begins after a write's answer shows it, though others wait for an older answer (brief)."""
    async with beside(app, http, wire, postgres, rng, deadline) as second:
        for _ in range(ATTEMPTS_MAX):
            product, since = await added(postgres, rng), wire.mark()
            early = asyncio.create_task(second.http.get(path(product)))
            async with second.held(second.answered(product, since), f"for product {product['id']}"):
                was_late = not early.done()
                written = await patched(http, rng, product)
                late = asyncio.create_task(second.http.get(path(product)))
                await settled(wire, deadline)
            expect((await early).status, "status of a GET that began before the write").equals(200)
            hint = "It joined a reader who had asked before the write. Those who wait should look into Redis again."
            expect_product(await late, written, "GET that began after the write's answer", hint)
            if was_late:
                return


@check(proves="CCH-06", deadline_s=20)
async def the_last_write_stays(
    app: App, http: Http, rng: Rng, postgres: Postgres, wire: Wire, deadline: Deadline
) -> None:
    """Of two writes the later one is shown, whichever instance hears of its commit first (brief)."""
    async with beside(app, http, wire, postgres, rng, deadline) as second:
        for _ in range(ATTEMPTS_MAX):
            product = await added(postgres, rng)

            async def is_committed() -> bool:
                sql = "SELECT version FROM products WHERE id = %s"
                return bool(await postgres.value(sql, product["id"]) > product["version"])  # noqa: B023  # this round's

            cents = product["price_cents"] + 1
            slow = asyncio.create_task(send(second.http, rng, "PATCH", product, {"price_cents": cents}))
            async with second.held(is_committed, f"to change product {product['id']}"):
                was_late = not slow.done()
                written = await patched(http, rng, await stored(postgres, product))
            expect((await slow).status, f"status of the first PATCH {path(product)}").equals(200)
            await settled(wire, deadline)
            hint = (
                "The first writer put its own value into Redis, after the second one was done. Delete the key instead."
            )
            for asked in (http, second.http):
                expect_product(await asked.get(path(product)), written, "GET after two writes", hint)
            if was_late:
                return


async def _read_late(
    second: Beside, http: Http, rng: Rng, postgres: Postgres, *, between: bool
) -> tuple[Product, Product]:
    """The second instance reads a product, the first one writes it meanwhile; returns it as it was and is."""
    for _ in range(ATTEMPTS_MAX):
        product, since = await added(postgres, rng), second.wire.mark()
        slow = asyncio.create_task(second.http.get(path(product)))
        async with second.held(second.answered(product, since), f"for product {product['id']}"):
            was_late = not slow.done()
            written = await patched(http, rng, product)
            if between:
                expect_product(await http.get(path(product)), written, "GET after PATCH")
        _was_or_is(await slow, product, written)
        if was_late:
            break
    return product, written


def _was_or_is(reply: Reply, before: Product, after: Product) -> None:
    expect(reply.status, "status of a GET that began before the write").equals(200)
    if not (is_shown(reply, before) or is_shown(reply, after)):
        fail("A GET that began before the write shows neither the old nor the new product.")
