"""Stage 5: who gets around the cache, who does not, and one request for all."""

from kit import REFRESH_KEY, asked, cache_word, crowd, fetch, plain, say, under_way

from firsthand.lab import Answer, Deadline, Hit, Http, Peers, Reply, Rng, Wire, check, expect

CROWD = 20
HELD_S = 0.5


@check(proves="NGX-05")
async def keeps_members_out(http: Http, peers: Peers, rng: Rng) -> None:
    """A request with Authorization or a cookie `session` gets its own page, which nobody else gets (RFC 9111, 3.5)."""
    say(peers, _whose)
    word = rng.token()
    for header in (("Authorization", f"Bearer {word}"), ("Cookie", f"theme=dark; session={word}")):
        what = f"a request with {header[0]}: {header[1]}"
        target = f"/cached/{rng.token()}"
        expect((await fetch(http, target)).body, "page for everybody").equals(b"everybody")
        for _ in range(2):
            reply = await fetch(http, target, headers=[header])
            expect(reply.body, f"page for {what}").equals(
                word.encode(), hint="A member saw the page for strangers: proxy_cache_bypass."
            )
            expect(cache_word(reply), f"X-Cache for {what}").differs_from("HIT")
        target = f"/cached/{rng.token()}"
        await fetch(http, target, headers=[header])
        expect((await fetch(http, target)).body, f"page for a stranger, after {what}").equals(
            b"everybody", hint="A stranger saw a member's page: to bypass is not enough, it must not be kept either."
        )


@check(proves="NGX-05")
async def ignores_other_cookies(http: Http, peers: Peers, rng: Rng) -> None:
    """Other cookies do not keep a request from the cache (brief)."""
    say(peers, _whose)
    target = f"/cached/{rng.token()}"
    await fetch(http, target)
    for cookie in (f"theme={rng.token()}", f"consent=yes; visitor={rng.token()}", f"old_session={rng.token()}"):
        reply = await fetch(http, target, headers={"Cookie": cookie})
        expect(cache_word(reply), f"X-Cache of a request with Cookie: {cookie}").equals(
            "HIT", hint="Nearly every visitor has some cookie; only `session` makes a member: $cookie_session."
        )


@check(proves="NGX-05")
async def cannot_be_forced(http: Http, peers: Peers, rng: Rng) -> None:
    """No visitor can get around the cache, by no-cache, Pragma or a wrong X-Refresh (brief)."""
    say(peers, _whose)
    target = f"/cached/{rng.token()}"
    await fetch(http, target)
    for header in (
        ("Cache-Control", "no-cache"),
        ("Cache-Control", "max-age=0"),
        ("Pragma", "no-cache"),
        ("X-Refresh", rng.token()),
        ("X-Refresh", "1"),
        ("X-Refresh", REFRESH_KEY[:-1]),
    ):
        reply = await fetch(http, target, headers=[header])
        expect(cache_word(reply), f"X-Cache of a request with {header[0]}: {header[1]}").equals(
            "HIT", hint="Whoever can get around your cache can bring your back ends down, one request at a time."
        )


@check(proves="NGX-05")
async def renews_on_request(http: Http, peers: Peers, rng: Rng) -> None:
    """A request with the right X-Refresh fetches the page anew, and all get that one from then on (brief)."""
    target = f"/cached/{rng.token()}"
    old, new = rng.tokens(2)
    say(peers, plain(old))
    await fetch(http, target)
    say(peers, plain(new))
    expect((await fetch(http, target)).body, "page before it is renewed").equals(old.encode())
    reply = await fetch(http, target, headers={"X-Refresh": REFRESH_KEY})
    expect(reply.body, "page for a request with the right X-Refresh").equals(
        new.encode(), hint="A `map` turns the right key into a word and all else into nothing, for proxy_cache_bypass."
    )
    reply = await fetch(http, target)
    expect(reply.body, "page after it was renewed").equals(
        new.encode(), hint="To renew is to bypass and to keep what comes: not in proxy_no_cache."
    )
    expect(cache_word(reply), "X-Cache after it was renewed").equals("HIT")


@check(proves="NGX-05")
async def asks_once(http: Http, peers: Peers, rng: Rng, wire: Wire, deadline: Deadline) -> None:
    """When many ask at once for a page that is not there yet, one back end is asked once (proxy_cache_lock)."""
    target, body = f"/cached/{rng.token()}", rng.payload()
    say(peers, plain(body))
    async with crowd(http, peers, deadline) as requests:
        await requests.enter(target)
        tasks = [requests.send(target) for _ in range(CROWD)]
        await wire.quiet(deadline, for_s=HELD_S)
        expect(under_way(peers), f"requests for one page under way, when {CROWD + 1} visitors wait for it").equals(
            1, hint="When a popular page is missing, a thousand visitors are a thousand requests: proxy_cache_lock."
        )
    for task in tasks:
        _is_page(await task, body)
    expect(asked(peers), f"requests for one page, of {CROWD + 1} visitors").equals(1)


def _whose(hit: Hit) -> Answer:
    """The page says whom it is for."""
    _, _, member = (hit.header("Authorization") or hit.header("Cookie") or "").rpartition("session=")
    return plain(member.removeprefix("Bearer ") or "everybody")


def _is_page(reply: Reply, body: bytes) -> None:
    expect(reply.status, "status").equals(200)
    expect(reply.body, "body").equals(body)
