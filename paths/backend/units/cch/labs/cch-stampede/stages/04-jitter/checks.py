"""Stage 4: what is loaded together does not expire together."""

from kit import CATALOGUE, added, expect_product, expect_spread, getting, life_ms, patched, path, together

from firsthand.lab import Http, Postgres, Redis, Rng, check, expect

LOADED = 100
WRITTEN = 60
AT_ONCE = 20


@check(proves="CCH-04")
async def spreads_what_is_loaded_together(http: Http, rng: Rng, redis: Redis) -> None:
    """Of 100 products loaded together, at most half expire within the same 5 seconds (brief)."""
    ids = rng.sample(range(1, CATALOGUE + 1), LOADED)
    lives: list[int] = []
    for first in range(0, LOADED, AT_ONCE):
        loaded = ids[first : first + AT_ONCE]
        for reply in await together(getting([http], loaded)):
            expect(reply.status, "status of GET").equals(200)
        lives += [int(await redis.command("PTTL", f"product:{each}")) for each in loaded]
    expect(min(lives), "the shortest PTTL of the 100 in ms").is_at_least(0)
    expect_spread(lives, "loaded together")


@check(proves="CCH-04")
async def spreads_what_was_written(http: Http, rng: Rng, postgres: Postgres, redis: Redis) -> None:
    """So it is with products that were written together, and read since (brief)."""
    lives: list[int] = []
    for _ in range(WRITTEN):
        product = await patched(http, rng, await added(postgres, rng))
        expect_product(await http.get(path(product)), product, "GET after PATCH")
        lives.append(await life_ms(redis, product))
    expect(min(lives), "the shortest PTTL of them in ms").is_at_least(0)
    expect_spread(lives, "written together")
