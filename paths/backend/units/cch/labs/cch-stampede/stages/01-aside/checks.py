"""Stage 1: products come from Redis, and from PostgreSQL where Redis has none."""

from kit import (
    FAR_ID,
    LIFE_MS,
    added,
    changed_by_others,
    expect_product,
    in_touch,
    key,
    life_ms,
    path,
    queries,
    settled,
)

from firsthand.lab import App, Deadline, Http, Postgres, Redis, Rng, Wire, check, expect, fail

READERS = 6


@check(proves="CCH-03")
async def shows_products(http: Http, rng: Rng, postgres: Postgres) -> None:
    """`GET /products/ID` shows the product as it stands in the table, or answers 404 (brief)."""
    for _ in range(3):
        product = await added(postgres, rng)
        reply = await http.get(path(product))
        expect_product(reply, product, f"GET {path(product)}")
        content_type = (reply.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        expect(content_type, "Content-Type").equals("application/json")
    reply = await http.get(path(FAR_ID + rng.integer(0, FAR_ID)))
    expect(reply.status, "status of GET for a product that does not exist").equals(404)


@check(proves="CCH-03")
async def asks_the_database_once(http: Http, rng: Rng, postgres: Postgres, wire: Wire, deadline: Deadline) -> None:
    """The first GET of a product asks PostgreSQL, and those after it do not (brief)."""
    await in_touch(http, wire, postgres, deadline)
    for _ in range(2):
        product, since = await added(postgres, rng), wire.mark()
        for _ in range(READERS):
            expect_product(await http.get(path(product)), product, f"GET {path(product)}")
        expect(len(queries(wire, product, since)), f"queries for product {product['id']} by {READERS} GETs").equals(
            1, hint="Look into Redis first. When it is not there, ask PostgreSQL and keep the answer in Redis."
        )


@check(proves="CCH-03")
async def keeps_it_in_redis(
    app: App, http: Http, rng: Rng, postgres: Postgres, redis: Redis, wire: Wire, deadline: Deadline
) -> None:
    """What is kept is kept in Redis under `product:ID`, for all instances, and nowhere else (brief)."""
    product = await added(postgres, rng)
    await http.get(path(product))
    if not await redis.command("EXISTS", key(product)):
        fail(f"After GET {path(product)} there is no key `{key(product)}` in Redis.", expected=key(product), got="none")
    newer = await changed_by_others(postgres, rng, product)
    (other,) = await app.start("web")
    await in_touch(http.at(other), wire, postgres, deadline)
    since = wire.mark()
    reply = await http.at(other).get(path(product))
    expect(len(queries(wire, product, since)), "queries by another instance for a product that Redis has").equals(0)
    expect_product(reply, product, f"GET {path(product)}, answered from Redis")
    await redis.command("DEL", key(product))
    hint = "Does the program keep products in its own memory, too? Then no other instance could ever correct it."
    for asked in (http, http.at(other)):
        expect_product(await asked.get(path(product)), newer, f"GET {path(product)} after its key expired", hint)


@check(proves="CCH-03")
async def lets_it_expire(http: Http, rng: Rng, postgres: Postgres, redis: Redis, wire: Wire) -> None:
    """A key lives for 30 to 60 seconds from when it was loaded; being read does not prolong it (brief)."""
    low, high = LIFE_MS
    for _ in range(4):
        product, since = await added(postgres, rng), wire.mark()
        await http.get(path(product))
        left = await life_ms(redis, product)
        if left < 0:
            got = "no expiry" if left == -1 else "no such key"
            fail(
                f"`{key(product)}` does not expire.", expected="30 to 60 s", got=got, hint="SET can do both: EX or PX."
            )
        spent_ms = (wire.mark() - since) * 1000
        expect(left, f"PTTL of {key(product)} in ms").is_at_most(high, hint="EX counts seconds, PX milliseconds.")
        whole_s = round((left + spent_ms) / 1000, 1)
        expect(whole_s, f"time to live of {key(product)} in seconds, when it was loaded").is_at_least(low / 1000)
    await redis.command("EXPIRE", key(product), 25)
    for _ in range(3):
        await http.get(path(product))
    expect(
        await life_ms(redis, product), f"PTTL of {key(product)} in ms, 25 s before its end and read 3 times"
    ).is_at_most(25_000, hint="If readers prolong it, the product that everybody reads is never loaded again.")


@check(proves="CCH-03")
async def finds_new_products(http: Http, rng: Rng, postgres: Postgres, wire: Wire, deadline: Deadline) -> None:
    """That a product does not exist is not kept: as soon as there is one, it is shown (brief)."""
    product_id = 2 * FAR_ID + rng.integer(0, FAR_ID)
    for _ in range(2):
        reply = await http.get(path(product_id))
        expect(reply.status, "status of GET for a product that does not exist").equals(404)
    await settled(wire, deadline)
    product = await added(postgres, rng, product_id)
    reply = await http.get(path(product))
    expect(reply.status, "status of GET for a product that another program has just added").equals(
        200, hint="Is `null` or an empty value kept in Redis for an unknown product?"
    )
    expect_product(reply, product, f"GET {path(product)}")
