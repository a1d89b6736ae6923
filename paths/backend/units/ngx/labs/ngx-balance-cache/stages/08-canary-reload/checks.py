"""Stage 8: a new version for a tenth of the visitors, and a reload that nobody notices."""

import asyncio
from collections.abc import Coroutine

from kit import NAMES, PRIMARIES, answered, ask_all, becomes, counts, forgotten, plain, pool

from firsthand.lab import Answer, Deadline, Doors, Hit, Http, Nginx, Peers, Request, Rng, check, expect, hinting

CANARY = "delta"
VISITORS = 400
FEWEST, MOST = 11, 70
"""A tenth of them, more or less: one lot in a million is outside."""
UNDER_WAY_S = 1.2


@check(proves="NGX-08")
async def obeys_the_header(http: Http, rng: Rng) -> None:
    """X-Canary: always leads to the new version below /app/, never to the old one; other values say nothing (brief)."""
    for _ in range(4):
        for value, expected in (("always", (CANARY,)), ("never", PRIMARIES)):
            cookie = {"Cookie": f"visitor={rng.token()}"}
            reply = await http.get(f"/app/{rng.token()}", headers={"X-Canary": value, **cookie})
            expect(answered(reply, f"GET /app/ with X-Canary: {value}"), f"who answers X-Canary: {value}").is_one_of(
                expected, hint="delta runs the new version; alpha, beta and gamma the old one."
            )


@check(proves="NGX-08")
async def remembers_by_cookie(http: Http, rng: Rng) -> None:
    """The cookie `canary` decides as X-Canary does, which goes before it (brief)."""
    for header, cookie, expected in (
        ("", "always", (CANARY,)),
        ("", "never", PRIMARIES),
        (rng.token(), "always", (CANARY,)),
        (rng.token(), "never", PRIMARIES),
        ("never", "always", PRIMARIES),
        ("always", "never", (CANARY,)),
    ):
        headers = [("Cookie", f"visitor={rng.token()}; canary={cookie}; theme=dark")]
        if header:
            headers.append(("X-Canary", header))
        what = f"the cookie canary={cookie}" + (f" and X-Canary: {header}" if header else "")
        reply = await http.get(f"/app/{rng.token()}", headers=headers)
        expect(answered(reply, f"GET /app/ with {what}"), f"who answers a request with {what}").is_one_of(expected)


@check(proves="NGX-08")
async def draws_a_tenth(http: Http, peers: Peers, rng: Rng) -> None:
    """About 10 of 100 visitors, by the cookie `visitor`, get the new version below /app/ (split_clients)."""
    for visitor in rng.tokens(VISITORS):
        await http.get(f"/app/{rng.token()}", headers={"Cookie": f"visitor={visitor}"})
    found = counts(peers)
    what = f"visitors of {VISITORS} who got the new version"
    expect(found[CANARY], what).is_at_least(FEWEST, hint="A tenth of them are about 40.")
    expect(found[CANARY], what).is_at_most(MOST, hint="A tenth of them are about 40.")
    for name in PRIMARIES:
        expect(found[name], f"visitors of {VISITORS} who got {name}").is_at_least(MOST)


@check(proves="NGX-08")
async def keeps_visitors_with_their_version(http: Http, nginx: Nginx, rng: Rng) -> None:
    """A visitor stays with one version: whatever is asked, and after a reload too (brief)."""
    versions: dict[str, list[bool]] = {visitor: [] for visitor in rng.tokens(60)}
    for _ in range(3):
        for visitor, seen in versions.items():
            target = f"/app/{rng.token()}?{rng.token()}={rng.token()}"
            reply = await http.get(target, headers={"Cookie": f"visitor={visitor}"})
            seen.append(answered(reply, f"GET {target}") == CANARY)
        await nginx.reload()
    changed = sum(len(set(seen)) > 1 for seen in versions.values())
    expect(changed, f"visitors of {len(versions)} who saw both versions").equals(
        0, hint="Draw the lot from the visitor alone; not from the request, the time or the address."
    )


@check(proves="NGX-08")
async def spares_the_nameless(http: Http, rng: Rng) -> None:
    """Who has no cookie `visitor`, or an empty one, gets the old version (brief)."""
    for headers in ({}, {"Cookie": "theme=dark"}, {"Cookie": "visitor="}, {"X-Canary": rng.token()}):
        for _ in range(3):
            reply = await http.get(f"/app/{rng.token()}", headers=headers)
            expect(answered(reply, "GET /app/"), f"who answers a request with {headers or 'no cookie'}").is_one_of(
                PRIMARIES, hint="All who have no cookie draw the same lot, that of an empty text. Look who gets it."
            )


@check(proves="NGX-08")
async def falls_back_to_the_old(http: Http, nginx: Nginx, doors: Doors, rng: Rng) -> None:
    """When the new version does not take connections, its visitors are served by the old one (backup)."""
    async with forgotten(nginx):
        doors[CANARY].refuse()
        doors[CANARY].reset()
        for _ in range(3):
            reply = await http.get(f"/app/{rng.token()}", headers={"X-Canary": "always"})
            answered(
                reply,
                "GET /app/ with X-Canary: always, when delta refuses connections",
                hint="An upstream of delta alone has nobody else to ask: the others can be its backup.",
            )


@check(proves="NGX-08")
async def finishes_what_is_under_way(http: Http, nginx: Nginx, peers: Peers, rng: Rng, deadline: Deadline) -> None:
    """When a reload takes a back end away, its requests under way are finished, and new ones go elsewhere (brief)."""
    target, free = f"/sticky/{rng.token()}?user={rng.token()}", asyncio.Event()
    leaving = peers[answered(await http.get(target), f"GET {target}")]

    async def answers_the_rest(hit: Hit) -> Answer:
        if hit.target == target:
            await free.wait()
        return plain(leaving.name)

    leaving.script = answers_the_rest
    leaving.forget()
    async with http.connection() as connection:
        try:
            await connection.send(connection.encoded(Request("GET", target)))
            await becomes(lambda: leaving.open_requests == 1, deadline)
            await _all_answered_during(nginx.reload({"pool.conf": pool([n for n in NAMES if n != leaving.name])}), http)
            for reply in await ask_all(http, [target] * 4):
                what = f"GET {target} after the reload"
                expect(answered(reply, what), f"who answers {what}").differs_from(leaving.name)
            with hinting("A request was cut off: worker_shutdown_timeout ends what the old workers still do."):
                await connection.nothing_more(UNDER_WAY_S)
                free.set()
                reply = await connection.reply()
            expect(answered(reply, "the request that was under way"), "who answers it").equals(leaving.name)
        finally:
            free.set()


async def _all_answered_during(reload: Coroutine[None, None, None], http: Http) -> None:
    """New requests are answered before, while and after the workers change."""
    async with asyncio.TaskGroup() as group:
        reloading = group.create_task(reload)
        while not reloading.done():
            answered(await http.get("/weighted/"), "a request during the reload")
