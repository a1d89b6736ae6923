"""Stage 4: what is kept, under which key, for how long."""

from kit import NAMES, asked, cache_word, fetch, plain, say

from firsthand.core.deadlines import ticks
from firsthand.lab import Answer, Deadline, Hit, Http, Peers, Reply, Rng, check, expect

EXPIRES_S = 8.0
NOT_TO_KEEP = (
    ("Cache-Control", "no-store"),
    ("Cache-Control", "private, max-age=600"),
    ("Cache-Control", "no-cache"),
    ("Cache-Control", "max-age=0"),
    ("Expires", "Thu, 01 Jan 1970 00:00:01 GMT"),
    ("Set-Cookie", "basket=17; Path=/"),
)


@check(proves="NGX-05")
async def answers_from_the_cache(http: Http, peers: Peers, rng: Rng) -> None:
    """A page below /cached/ is fetched once: MISS at first, HIT from then on, as X-Cache says (brief)."""
    for body in (rng.payload(), rng.any_bytes(65_536, 65_536)):
        target, made = f"/cached/{rng.token()}", rng.token()
        say(peers, plain(body, ("X-Made", made)))
        for peer in peers.values():
            peer.forget()
        for word in ("MISS", "HIT", "HIT", "HIT"):
            reply = await fetch(http, target)
            expect(reply.status, "status").equals(200, hint="Is there a location for /cached/?")
            expect(reply.body, "body").equals(body)
            expect(reply.headers.get("X-Made"), "the back end's header X-Made").equals(made)
            expect(cache_word(reply), "X-Cache").equals(
                word, hint="What nginx found is in $upstream_cache_status; only what is said to be valid is kept."
            )
        expect(asked(peers), f"requests for {target} that the back ends got, of 4").equals(1)


@check(proves="NGX-05")
async def keys_by_host_path_and_query(http: Http, peers: Peers, rng: Rng) -> None:
    """Pages are told apart by host, path and query: none is given out for another (RFC 9111, 2)."""
    say(peers, lambda hit: plain(f"{(hit.header('Host') or '').lower().partition(':')[0]} {hit.target}"))
    paths = [f"/cached/{token}" for token in rng.tokens(2)]
    queries = ["", f"?page={rng.integer(1, 9)}", f"?page=1{rng.integer(10, 99)}&{rng.token()}"]
    hosts = [f"{token}.example" for token in rng.tokens(2)]
    asking = [(host, path + query) for host in hosts for path in paths for query in queries]
    for word in ("MISS", "HIT"):
        for host, target in rng.sample(asking, len(asking)):
            reply = await fetch(http, target, headers={"Host": host})
            expect(reply.body.decode("utf-8", "replace"), "page (its host and path)").equals(
                f"{host} {target}",
                hint="A page of another site, or another page: $proxy_host in a key is the upstream's name, not the "
                "visitor's, and $uri has no query.",
            )
            expect(cache_word(reply), f"X-Cache of {host}{target}").equals(word)


@check(proves="NGX-05")
async def keeps_variants_apart(http: Http, peers: Peers, rng: Rng) -> None:
    """A page that varies by a header of the request is kept for each of its values (RFC 9111, 4.1)."""
    say(peers, lambda hit: plain(f"in {hit.header('Accept-Language')}", ("Vary", "Accept-Language")))
    target = f"/cached/{rng.token()}"
    for word in ("MISS", "HIT"):
        for language in ("de", "en", "fr"):
            reply = await fetch(http, target, headers={"Accept-Language": language})
            expect(reply.body.decode("utf-8", "replace"), f"page for Accept-Language: {language}").equals(
                f"in {language}", hint="nginx heeds Vary by itself, unless it is told to ignore it."
            )
            expect(cache_word(reply), f"X-Cache of the page in {language}").equals(word)


@check(proves="NGX-05")
async def obeys_the_back_end(http: Http, peers: Peers, rng: Rng, deadline: Deadline) -> None:
    """What a back end marks as not to be kept is not kept, and what it gives a time is kept so long (RFC 9111, 5.2)."""
    for header in rng.sample(NOT_TO_KEEP, len(NOT_TO_KEEP)):
        target = f"/cached/{rng.token()}"
        _each_time_anew(peers, header)
        bodies = [await _page(http, target) for _ in range(3)]
        expect(len(set(bodies)), f"pages that the back ends made for 3 requests, marked {': '.join(header)}").equals(
            3, hint="The back end knows whether a page is for everybody. Do not ignore what it says."
        )
    target = f"/cached/{rng.token()}"
    _each_time_anew(peers, ("Cache-Control", "max-age=1"))
    first = await _page(http, target)
    async for _ in ticks(deadline.earlier(EXPIRES_S)):
        if await _page(http, target) != first:
            return
    expect(await _page(http, target), f"page with max-age=1, {EXPIRES_S:.0f} s later").differs_from(first)


@check(proves="NGX-05")
async def keeps_only_good_answers(http: Http, peers: Peers, rng: Rng) -> None:
    """200 and 404 are kept; other errors, and answers to a POST, are not; X-Cache is on errors too (brief)."""
    for status in rng.sample((400, 403, 410, 500, 503), 5):
        first, second = await _twice(http, peers, f"/cached/{rng.token()}", status)
        expect(first.status, "status").equals(status)
        expect(cache_word(first), f"X-Cache of an answer of {status}").equals(
            "MISS", hint="add_header leaves errors alone, unless it ends in `always`."
        )
        expect(second.body, f"body of a second answer of {status}").differs_from(
            first.body, hint="An error that is kept goes on after its cause is mended."
        )
    first, second = await _twice(http, peers, f"/cached/{rng.token()}", 404)
    expect(second.status, "status of a page that is not there").equals(404)
    expect(cache_word(second), "X-Cache of a second answer of 404").equals(
        "HIT", hint="Who guesses addresses should not reach the back ends each time: proxy_cache_valid 404 1m."
    )
    expect(second.body, "body of a second answer of 404").equals(first.body)
    target = f"/cached/{rng.token()}"
    _each_time_anew(peers)
    page = await _page(http, target)
    posted = [(await http.post(target, body=b"a=1")).body for _ in range(2)]
    expect(len({page, *posted}), "different answers to a GET and two POSTs").equals(
        3, hint="A POST does something each time: it must reach a back end."
    )
    expect((await fetch(http, target)).body, "page after two POSTs").equals(page)


def _each_time_anew(peers: Peers, *headers: tuple[str, str], status: int = 200) -> None:
    """Every answer has a body of its own."""
    made = 0

    def answer(_hit: Hit) -> Answer:
        nonlocal made
        made += 1
        return plain(f"number {made}", *headers, status=status)

    say(peers, answer, NAMES)


async def _page(http: Http, target: str) -> bytes:
    reply = await fetch(http, target)
    expect(reply.status, f"status of {target}").equals(200)
    return reply.body


async def _twice(http: Http, peers: Peers, target: str, status: int) -> tuple[Reply, Reply]:
    _each_time_anew(peers, status=status)
    return await fetch(http, target), await fetch(http, target)
