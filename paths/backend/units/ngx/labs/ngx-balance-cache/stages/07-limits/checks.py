"""Stage 7: how many requests in a minute, and how many at a time."""

import asyncio
from functools import partial
from typing import Any

from kit import asked, becomes, crowd, under_way

from firsthand.lab import Deadline, Http, Nginx, Peers, Reply, Rng, check, expect, hinting

ALLOWED = 5
AT_A_TIME = 3
FITS_S = 5.0
KEY = "X-API-Key"


@check(proves="NGX-06")
async def limits_the_rate(http: Http, nginx: Nginx, peers: Peers, rng: Rng) -> None:
    """Below /limited/ a client may send 5 requests at once, then one a minute; more are answered with 429 (brief)."""
    await nginx.restart()  # what was counted so far is forgotten
    key = rng.token()
    with hinting("What is over the rate, and within the burst, waits for its minute, unless you say nodelay."):
        replies = [await http.get(f"/limited/{rng.token()}", headers={KEY: key}) for _ in range(12)]
    _expect_five(replies, "12 requests of one client")
    expect(asked(peers), "requests that reached a back end").equals(ALLOWED)


@check(proves="NGX-06")
async def counts_each_client_apart(http: Http, nginx: Nginx, rng: Rng) -> None:
    """Each X-API-Key has an allowance of its own (brief)."""
    await nginx.restart()
    keys = rng.tokens(3)
    replies: dict[str, list[Reply]] = {key: [] for key in keys}
    for _ in range(ALLOWED + 2):
        for key in rng.sample(keys, len(keys)):
            replies[key].append(await http.get("/limited/", headers={KEY: key}))
    for key in keys:
        _expect_five(
            replies[key], f"{ALLOWED + 2} requests with {KEY}: {key}", "One client uses up what belongs to the others."
        )


@check(proves="NGX-06")
async def limits_who_brings_no_key(http: Http, nginx: Nginx, peers: Peers, rng: Rng) -> None:
    """Requests without a key, or with an empty one, are limited together by their address (brief)."""
    await nginx.restart()
    replies = []
    for _ in range(9):
        headers = {KEY: ""} if rng.chance(30) else {}
        replies.append(await http.get(f"/limited/{rng.token()}", headers=headers))
    _expect_five(replies, "9 requests without a key", "nginx does not limit requests whose key is empty.")
    expect(asked(peers), "requests that reached a back end").equals(ALLOWED)


@check(proves="NGX-06")
async def limits_open_requests(http: Http, peers: Peers, rng: Rng, deadline: Deadline) -> None:
    """Below /slots/ a client may have 3 requests under way; a fourth is answered with 429 at once (limit_conn)."""
    key, other = rng.tokens(2)
    async with crowd(http, peers, deadline) as requests:
        first, *_ = [await requests.enter(f"/slots/{rng.token()}", [(KEY, key)]) for _ in range(AT_A_TIME)]
        fourth = requests.send(f"/slots/{rng.token()}", [(KEY, key)])
        await becomes(lambda: fourth.done() or under_way(peers) > AT_A_TIME, deadline)
        expect(under_way(peers), "requests of one client under way").equals(
            AT_A_TIME, hint="A rate alone lets slow requests pile up: limit_conn counts those that are not over."
        )
        expect((await fourth).status, "status of a fourth request at a time").equals(429)
        await requests.enter(f"/slots/{rng.token()}", [(KEY, other)])
        first.release(1)
        await becomes(lambda: under_way(peers) == AT_A_TIME, deadline)
        in_time = deadline.earlier(FITS_S)
        while under_way(peers) == AT_A_TIME and not in_time.passed:  # nginx may not have seen yet that one is over
            again = requests.send(f"/slots/{rng.token()}", [(KEY, key)])
            await becomes(partial(_went_on, again, peers), deadline)
        expect(under_way(peers), "requests under way, when one was over and another came").equals(AT_A_TIME + 1)


@check(proves="NGX-06")
async def says_when_to_come_back(http: Http, peers: Peers, rng: Rng, deadline: Deadline) -> None:
    """Each 429 says Retry-After: 60, and no other answer does (RFC 6585, 4)."""
    key = rng.token()
    for number in range(1, ALLOWED + 3):
        reply = await http.get("/limited/", headers={KEY: key})
        expect(reply.status, f"status of request {number}").equals(200 if number <= ALLOWED else 429)
        expect(reply.headers.get("Retry-After"), f"Retry-After of request {number}, a {reply.status}").equals(
            None if number <= ALLOWED else "60",
            hint="add_header leaves errors alone, unless it ends in `always`; with an empty value it adds nothing.",
        )
    async with crowd(http, peers, deadline) as requests:
        for _ in range(AT_A_TIME):
            await requests.enter(f"/slots/{rng.token()}", [(KEY, key)])
        with hinting("A fourth request at a time is refused, and waits for nothing."):
            reply = await http.get("/slots/", headers={KEY: key})
        expect(reply.status, "status of a fourth request at a time").equals(429)
        expect(reply.headers.get("Retry-After"), "its Retry-After").equals("60")


def _expect_five(replies: list[Reply], what: str, hint: str = "") -> None:
    statuses = [reply.status for reply in replies]
    refused = len(statuses) - ALLOWED
    expect(statuses, f"statuses of {what}").equals(
        [200] * ALLOWED + [429] * refused,
        hint=hint or "rate=1r/m, burst=4 and nodelay: one, and four more that need not wait; limit_req_status 429.",
    )


def _went_on(task: asyncio.Task[Any], peers: Peers) -> bool:
    """Whether the request was answered at once, or is under way beside the others."""
    return task.done() or under_way(peers) > AT_A_TIME
