"""Stage 7: without Redis the shop goes on, PostgreSQL is not overrun, and nobody has to restart anything."""

from kit import (
    CATALOGUE,
    Product,
    added,
    back_in,
    expect_product,
    getting,
    gone,
    in_touch,
    is_shown,
    patched,
    path,
    queries,
    together,
)

from firsthand.bench.doors.heard import Heard
from firsthand.core.deadlines import ticks
from firsthand.lab import App, Deadline, Http, Postgres, Redis, Rng, Wire, check, expect, fail, hinting

AT_ONCE = 150
CONNECTIONS_MAX = 10
CLOSING = 3
"""Connections that may still be seen to close while their successors are opened."""
LATE_S = 0.02


@check()
async def answers_without_redis(
    http: Http, rng: Rng, postgres: Postgres, redis: Redis, wire: Wire, deadline: Deadline
) -> None:
    """While nobody listens where Redis was, reads and writes are answered from PostgreSQL (brief)."""
    await in_touch(http, wire, postgres, deadline)
    cached, unread = await added(postgres, rng), await added(postgres, rng)
    await http.get(path(cached))
    with gone(redis.door), hinting("An error of Redis is no error of the request: ask PostgreSQL."):
        for product in (cached, unread, cached):
            expect_product(await http.get(path(product)), product, "GET without Redis")
        written = await patched(http, rng, cached)
        expect_product(await http.get(path(cached)), written, "GET after PATCH, both without Redis")


@check()
async def bounds_the_load_on_the_database(
    http: Http, rng: Rng, postgres: Postgres, redis: Redis, wire: Wire, deadline: Deadline
) -> None:
    """However many requests come without Redis, an instance has at most 10 connections to PostgreSQL (brief)."""
    await in_touch(http, wire, postgres, deadline)
    targets = rng.sample(range(1, CATALOGUE + 1), AT_ONCE)
    since = wire.mark()
    with gone(redis.door), postgres.door.delay(LATE_S, direction="received"):
        for reply in await together(getting([http], targets)):
            expect(reply.status, "status of GET without Redis").equals(200)
        most = _open_at_most(wire.postgres.connections(), since)
    if most > CONNECTIONS_MAX + CLOSING:
        fail(
            f"While Redis was gone and {AT_ONCE} requests came, {most} connections to PostgreSQL were open at once.",
            expected=f"{CONNECTIONS_MAX} or fewer",
            got=str(most),
            hint="Take connections from a pool with an upper limit; who finds it empty waits.",
        )


@check()
async def answers_while_redis_hangs(
    http: Http, rng: Rng, postgres: Postgres, redis: Redis, wire: Wire, deadline: Deadline
) -> None:
    """While Redis accepts connections and says nothing, every request is answered within 3 seconds (brief)."""
    await in_touch(http, wire, postgres, deadline)
    cached = await added(postgres, rng)
    await http.get(path(cached))
    targets = [cached["id"], *rng.sample(range(1, CATALOGUE + 1), AT_ONCE - 1)]
    hint = "Give commands to Redis a timeout of a second or less, and leave it alone for a while when one has failed."
    with redis.door.black_hole(), hinting(hint):
        for reply in await together(getting([http], targets)):
            expect(reply.status, "status of GET while Redis hangs").equals(200, hint=hint)
        written = await patched(http, rng, cached)
        expect_product(await http.get(path(cached)), written, "GET after PATCH, while Redis hangs")


@check()
async def comes_back_by_itself(
    app: App, http: Http, rng: Rng, postgres: Postgres, redis: Redis, wire: Wire, deadline: Deadline
) -> None:
    """Within 5 seconds of its return Redis is used again (brief)."""
    product = await added(postgres, rng)
    with gone(redis.door):
        for _ in range(3):
            await http.get(path(product))
    if await _comes_from_redis(http, wire, product, back_in(deadline, app)):
        return
    fail(
        "Redis is back for 5 seconds, and PostgreSQL is still asked for each GET.",
        expected="answers from Redis",
        got=f"a query for each GET of product {product['id']}",
        hint="Try Redis again after a while, with a new connection.",
    )


@check()
async def starts_without_redis(app: App, http: Http, rng: Rng, postgres: Postgres, redis: Redis) -> None:
    """An instance that is started while Redis is gone serves (brief)."""
    product = await added(postgres, rng)
    with gone(redis.door), hinting("Does the program wait for Redis before it listens?"):
        (other,) = await app.start("web")
        expect_product(await http.at(other).get(path(product)), product, "GET at an instance started without Redis")


@check(proves="CCH-06", deadline_s=20)
async def makes_up_for_missed_deletions(
    app: App, http: Http, rng: Rng, postgres: Postgres, redis: Redis, wire: Wire, deadline: Deadline
) -> None:
    """What was written while Redis was gone is not shown as it was before, 5 seconds after its return (brief)."""
    other = http.at((await app.start("web"))[0])
    product = await added(postgres, rng)
    if not await _comes_from_redis(http, wire, product, back_in(deadline, app)):
        fail(f"Product {product['id']} was read for 5 seconds, and is not in Redis.")
    with gone(redis.door):
        written = await patched(http, rng, product)
    if await _comes_from_redis(other, wire, written, back_in(deadline, app)):
        return
    fail(
        "5 seconds after the return of Redis another instance still shows what was there before a write.",
        expected=f"version {written['version']} of product {product['id']}",
        got=f"version {product['version']}",
        hint="The key could not be deleted when it was written: remember that, and try again until it is done.",
    )


async def _comes_from_redis(http: Http, wire: Wire, product: Product, deadline: Deadline) -> bool:
    """Whether, before the deadline, the product is shown as it is without a question to PostgreSQL."""
    async for _ in ticks(deadline):
        since = wire.mark()
        reply = await http.get(path(product))
        expect(reply.status, f"status of GET {path(product)}").equals(200)
        if not queries(wire, product, since) and is_shown(reply, product):
            return True
    return False


def _open_at_most(connections: list[Heard], since: float) -> int:
    """How many of these were open at the same time. A closed one was open until its last word, the goodbye."""
    turns = []
    for one in connections:
        if one.closed_at is None or one.last_at >= since:
            turns.append((one.opened_at, 1))
            if one.closed_at is not None:
                turns.append((one.last_at, -1))
    most = now = 0
    for _, turn in sorted(turns):
        now += turn
        most = max(most, now)
    return most
