"""Stage 5: a product that is read is refreshed before it expires, and no reader waits for that."""

from kit import (
    REFRESH_S,
    Product,
    added,
    back_in,
    beside,
    changed_by_others,
    expect_one_flight,
    expect_product,
    expect_spread,
    getting,
    gone,
    life_ms,
    nearly_over,
    path,
    queries,
    settled,
    together,
)

from firsthand.core.deadlines import until
from firsthand.lab import App, Deadline, Http, Postgres, Redis, Rng, Wire, check, expect, fail, hinting

READERS = (200, 40)
"""Fewer where the machine is busy."""
REFRESHED = 40
YOUNG_S = 18


@check(proves="CCH-04")
async def refreshes_before_expiry(
    app: App, http: Http, rng: Rng, postgres: Postgres, redis: Redis, wire: Wire, deadline: Deadline
) -> None:
    """A product that is read in the last 10 seconds of its life is loaded anew, and lives 30 to 60 more (brief)."""
    product = await added(postgres, rng)
    await http.get(path(product))
    newer = await changed_by_others(postgres, rng, product)
    await nearly_over(redis, rng, product)
    expect((await http.get(path(product))).status, "status of GET near the end").equals(200)

    async def is_refreshed() -> bool:
        return await life_ms(redis, product) > REFRESH_S * 1000

    if not await until(is_refreshed, back_in(deadline, app)):
        fail(
            f"`product:{product['id']}` was read in its last 10 seconds, and was not loaded anew.",
            expected="30 to 60 s to live",
            got=f"PTTL {await life_ms(redis, product)} ms",
            hint="Look at PTTL when you read the key; when little is left, ask PostgreSQL in the background.",
        )
    expect_product(await http.get(path(product)), newer, "GET after the refresh", "Load it anew, not only longer.")


@check(proves="CCH-04")
async def readers_do_not_wait(http: Http, rng: Rng, postgres: Postgres, redis: Redis) -> None:
    """While a product is being refreshed, and PostgreSQL takes its time, its readers get what Redis has (brief)."""
    product = await added(postgres, rng)
    await http.get(path(product))
    await changed_by_others(postgres, rng, product)
    await nearly_over(redis, rng, product)
    with (
        postgres.door.black_hole(),
        hinting("PostgreSQL does not answer now, and Redis has the product still. Answer first, refresh then."),
    ):
        for _ in range(4):
            expect_product(await http.get(path(product)), product, "GET during a refresh")


@check(proves="CCH-04", deadline_s=20)
async def refreshes_once(
    app: App, http: Http, rng: Rng, postgres: Postgres, redis: Redis, wire: Wire, deadline: Deadline
) -> None:
    """200 readers at two instances in these last seconds cause one query (brief)."""
    other = http.at((await app.start("web"))[0])

    async def prepare() -> Product:
        product = await added(postgres, rng)
        await http.get(path(product))
        await nearly_over(redis, rng, product)
        return product

    await expect_one_flight(
        [http, other],
        READERS,
        prepare,
        wire=wire,
        postgres=postgres,
        deadline=deadline,
        hint="Whoever refreshes needs the lock of stage 3, too.",
    )


@check(proves="CCH-04")
async def leaves_young_ones_alone(
    http: Http, rng: Rng, postgres: Postgres, redis: Redis, wire: Wire, deadline: Deadline
) -> None:
    """A product with more than 10 seconds to live is not loaded anew (brief)."""
    product = await added(postgres, rng)
    await http.get(path(product))
    await redis.command("EXPIRE", f"product:{product['id']}", YOUNG_S)
    since = wire.mark()
    for _ in range(10):
        expect_product(await http.get(path(product)), product, f"GET {path(product)}")
    await settled(wire, deadline)
    expect(len(queries(wire, product, since)), f"queries for a product with {YOUNG_S} s to live").equals(
        0, hint="PTTL is in milliseconds, TTL in seconds."
    )


@check(proves="CCH-04")
async def spreads_refreshed_ones(
    app: App, http: Http, rng: Rng, postgres: Postgres, redis: Redis, deadline: Deadline
) -> None:
    """What is refreshed together does not expire together (brief)."""
    products = [await added(postgres, rng) for _ in range(REFRESHED)]
    await together(getting([http], products))
    for product in products:
        await nearly_over(redis, rng, product)
    await together(getting([http], products))

    async def all_refreshed() -> bool:
        return min([await life_ms(redis, product) for product in products]) > REFRESH_S * 1000

    if not await until(all_refreshed, back_in(deadline, app)):
        fail(f"Not all of {REFRESHED} products were refreshed when each was read in its last 10 seconds.")
    expect_spread([await life_ms(redis, product) for product in products], "refreshed together")


@check(proves="CCH-04", deadline_s=20)
async def outlives_a_failed_refresh(
    app: App, http: Http, rng: Rng, postgres: Postgres, redis: Redis, wire: Wire, deadline: Deadline
) -> None:
    """A refresh that fails costs no reader anything; within 5 seconds of PostgreSQL's return all is well (brief)."""
    product, unread = await added(postgres, rng), await added(postgres, rng)
    async with beside(app, http, wire, postgres, rng, deadline) as second:
        await second.http.get(path(product))
        await nearly_over(redis, rng, product)
        with gone(second.door), hinting("Where does the error of a refresh go? Nobody waits for it: catch it there."):
            expect_product(await second.http.get(path(product)), product, "GET while PostgreSQL is gone")
            await settled(wire, deadline)
            for _ in range(4):
                expect_product(await second.http.get(path(product)), product, "GET after a refresh has failed")

        async def is_well() -> bool:
            return (await second.http.get(path(unread))).status == 200

        with hinting("Did the error of the refresh end the program?"):
            if not await until(is_well, back_in(deadline, app)):
                fail("PostgreSQL is back, and 5 seconds later a product that is not in Redis is still not shown.")
