"""Stage 3: of many who miss the same product, one asks PostgreSQL."""

import asyncio
from itertools import pairwise

from kit import added, beside, expect_one_flight, expect_product, getting, path, queries, together

from firsthand.lab import App, Deadline, Http, Postgres, Rng, Wire, check, expect, fail, hinting

READERS = (500, 120, 40)
"""Fewer where the machine is busy."""
APART = 12
PACE_S = 0.1


@check(proves="CCH-04", deadline_s=20)
async def asks_once_for_five_hundred(http: Http, rng: Rng, postgres: Postgres, wire: Wire, deadline: Deadline) -> None:
    """500 requests at the same time for a product that is not in Redis ask PostgreSQL once (brief)."""
    await expect_one_flight(
        [http],
        READERS,
        lambda: added(postgres, rng),
        wire=wire,
        postgres=postgres,
        deadline=deadline,
        hint="Until PostgreSQL has answered, everybody misses. Let one ask, and let the others wait.",
    )


@check(proves="CCH-04", deadline_s=20)
async def asks_once_across_instances(
    app: App, http: Http, rng: Rng, postgres: Postgres, wire: Wire, deadline: Deadline
) -> None:
    """Also when these 500 come to four instances, PostgreSQL is asked once (brief)."""
    https = [http, *(http.at(instance) for instance in await app.start("web", count=3))]
    await expect_one_flight(
        https,
        READERS,
        lambda: added(postgres, rng),
        wire=wire,
        postgres=postgres,
        deadline=deadline,
        hint="Instances have only Redis in common: who may ask has to be agreed upon there (SET with NX).",
    )


@check(proves="CCH-04")
async def others_do_not_wait(http: Http, rng: Rng, postgres: Postgres, wire: Wire) -> None:
    """While one product is being loaded, other products are loaded, too (brief)."""
    products, since = [await added(postgres, rng) for _ in range(APART)], wire.mark()
    with postgres.door.delay(PACE_S, direction="received"):
        replies = await together(getting([http], products))
    for product, reply in zip(products, replies, strict=True):
        expect_product(reply, product, f"GET {path(product)}")
    began = sorted(one.began for product in products for one in queries(wire, product, since))
    pauses = [later - earlier for earlier, later in pairwise(began)]
    if pauses and min(pauses) >= PACE_S:
        fail(
            f"{APART} products were asked for at once, and each query waited for the answer to the one before.",
            expected="queries for different products side by side",
            got=f"one after another, {min(pauses):.2f} s or more apart",
            hint="One lock for each product, not one for all.",
        )


@check(proves="CCH-04")
async def survives_a_dead_asker(
    app: App, http: Http, rng: Rng, postgres: Postgres, wire: Wire, deadline: Deadline
) -> None:
    """When the instance that asks dies, another one asks in its place; nobody waits longer than 3 seconds (brief)."""
    product, since = await added(postgres, rng), wire.mark()
    async with beside(app, http, wire, postgres, rng, deadline) as second:
        asker = asyncio.create_task(second.http.get(path(product)))
        async with second.held(second.answered(product, since), f"for product {product['id']}"):
            await second.instance.kill()
        await asyncio.gather(asker, return_exceptions=True)
        with hinting(
            "Whoever held the lock is dead: it has to expire by itself (SET with NX and PX), after 2 seconds."
        ):
            reply = await http.get(path(product))
        expect(reply.status, "status of GET after the instance that was asking had died").equals(200)
        expect_product(reply, product, f"GET {path(product)}")
