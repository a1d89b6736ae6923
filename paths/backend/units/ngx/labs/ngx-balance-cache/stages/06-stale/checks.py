"""Stage 6: an old page is better than none, and than waiting."""

from kit import NAMES, OLD, asked, becomes, cache_word, crowd, fetch, forgotten, plain, say

from firsthand.core.deadlines import ticks
from firsthand.lab import Answer, Deadline, Doors, Hit, Http, Nginx, Peers, Rng, Wire, check, expect

OTHERS = 10
WAITING_S = 2.0
RENEWED_S = 5.0


@check(proves="NGX-05")
async def answers_with_the_old(http: Http, nginx: Nginx, peers: Peers, doors: Doors, rng: Rng) -> None:
    """A page that is out of date is given out while the back ends fail to make a new one (proxy_cache_use_stale)."""
    async with forgotten(nginx):
        target, old, new = f"/cached/{rng.token()}", rng.token(), rng.token()
        say(peers, plain(old, OLD))
        expect((await fetch(http, target)).body, "page while all is well").equals(old.encode())
        failures = rng.sample((500, 502, 503, 504), 4)
        for status in (*failures, 0):
            say(peers, plain("out of order", status=status or 500))
            if not status:
                _refuse_all(doors)
            what = f"all back ends answer {status}" if status else "no back end takes a connection"
            reply = await fetch(http, target)
            expect(reply.status, f"status of an old page while {what}").equals(
                200, hint="error and timeout are no answers at all; an answer of 500 has a name of its own: http_500."
            )
            expect(reply.body, f"body of an old page while {what}").equals(old.encode())
            expect(cache_word(reply), f"X-Cache of an old page while {what}").is_one_of(("STALE", "UPDATING"))
        for name in NAMES:
            doors[name].heal()
        await nginx.restart()
        say(peers, plain(new))
        await fetch(http, target)
        expect((await fetch(http, target)).body, "page when the back ends are well again").equals(new.encode())


@check(proves="NGX-05")
async def says_what_is_gone(http: Http, peers: Peers, rng: Rng, wire: Wire, deadline: Deadline) -> None:
    """A page that is out of date and that a back end answers with 404 now is not given out any more (brief)."""
    target = f"/cached/{rng.token()}"
    say(peers, plain(rng.token(), OLD))
    await fetch(http, target)
    say(peers, plain("no more", status=404))
    await fetch(http, target)
    await wire.quiet(deadline)  # an update in the background is over
    expect((await fetch(http, target)).status, "status of the page, when the back ends answer 404").equals(
        404, hint="404 is an answer, not a failure: somebody has taken this page away, and wants it to be gone."
    )


@check(proves="NGX-05")
async def lets_nobody_wait(http: Http, peers: Peers, rng: Rng, deadline: Deadline) -> None:
    """While one request fetches a page anew, the others get the old one at once (proxy_cache_use_stale updating)."""
    target, old, new = f"/cached/{rng.token()}", rng.token(), rng.token()
    say(peers, plain(old, OLD))
    await fetch(http, target)
    say(peers, plain(new))
    async with crowd(http, peers, deadline) as requests:
        first = requests.send(target)  # it may be answered with the old one, too
        await becomes(lambda: asked(peers) > 1, deadline.earlier(WAITING_S))
        tasks = [requests.send(target) for _ in range(OTHERS)]
        in_time = deadline.earlier(WAITING_S)
        await becomes(lambda: asked(peers) > 2 or all(task.done() for task in tasks), in_time)
        expect(asked(peers) - 1, f"requests for an old page that reached a back end, of {OTHERS + 1}").equals(
            1, hint="A lock is for pages that are not there yet. For old ones it is the word `updating`."
        )
        expect(sum(task.done() for task in tasks), f"visitors of {OTHERS} who have an answer already").equals(OTHERS)
    for task in tasks:
        expect((await task).body, "page for those who did not wait").equals(old.encode())
    expect((await first).body, "page for the one who was first").is_one_of((old.encode(), new.encode()))
    async for _ in ticks(deadline.earlier(RENEWED_S)):
        reply = await fetch(http, target)
        if reply.body == new.encode():
            break
    expect(reply.body, "page after it was fetched anew").equals(new.encode())
    expect(asked(peers), "requests that the back ends got in all").equals(2)


@check(proves="NGX-05")
async def asks_whether_it_changed(http: Http, peers: Peers, rng: Rng, deadline: Deadline) -> None:
    """An old page with an ETag is asked for with If-None-Match, and a 304 makes it new (proxy_cache_revalidate)."""
    target, body, tag = f"/cached/{rng.token()}", rng.payload(), f'"{rng.token()}"'
    sent: list[str | None] = []

    def answer(hit: Hit) -> Answer:
        sent.append(hit.header("If-None-Match"))
        if sent[-1] == tag:
            return Answer(304, [("ETag", tag), ("Cache-Control", "max-age=600")])
        return plain(body, ("ETag", tag), *([] if sent[1:] else [OLD]))

    say(peers, answer)
    await fetch(http, target)
    reply = await fetch(http, target)
    expect(reply.body, "body of an old page").equals(body)
    await becomes(lambda: len(sent) > 1, deadline.earlier(RENEWED_S))
    expect(sent[1:], "If-None-Match that a back end was asked with").equals(
        [tag], hint="Most pages have not changed when they are out of date; ask, and the body need not come again."
    )
    async for _ in ticks(deadline.earlier(RENEWED_S)):
        reply = await fetch(http, target)
        expect(reply.body, "body after a 304").equals(body)
        if cache_word(reply) == "HIT":
            break
    expect(cache_word(reply), "X-Cache after a 304").equals("HIT")
    expect(asked(peers), "requests that the back ends got in all").equals(2)


def _refuse_all(doors: Doors) -> None:
    for name in NAMES:
        doors[name].refuse()
        doors[name].reset()
