"""Stage 1: requests reach the back ends unchanged, shared by weight or by who is least busy."""

from kit import NAMES, ZONE, answered, counts, crowd, plain, say, shares

from firsthand.lab import Deadline, Http, Peers, Rng, Wire, check, expect

TURN = 8
"""5 for alpha, 2 for beta, 1 for gamma."""
PLACES = 5
"""2 for alpha, 1 for each other."""
SMALL = 3
"""What delta takes at a time."""


@check(proves="NGX-04")
async def passes_requests_on(http: Http, peers: Peers, rng: Rng) -> None:
    """Method, path, query, Host and body reach a back end as they came, and so does its answer the client (brief)."""
    target = f"/weighted/{rng.token()}"
    reply = await http.get(target)
    answered(reply, f"GET {target}", hint="Nothing is configured for /weighted/ yet: a location with a proxy_pass.")
    for path in ("/weighted/", "/least/"):
        for method, body in (("GET", None), ("POST", rng.payload()), ("PUT", rng.any_bytes(1, 300))):
            host, word, made = f"{rng.token()}.example", rng.token(), rng.payload()
            target = f"{path}{rng.token()}/%7E{rng.token()}?q={rng.token()}%2F&r="
            say(peers, plain(made, ("X-Word", word), status=rng.choice((200, 201, 404, 418))))
            for peer in peers.values():
                peer.forget()
            reply = await http.request(method, target, headers={"Host": host}, body=body)
            hits = [hit for name in NAMES for hit in peers[name].hits]
            expect(len(hits), f"back ends that got {method} {target}").equals(1)
            expect(f"{hits[0].method} {hits[0].target}", "what the back end was asked").equals(
                f"{method} {target}", hint="A path behind the name in proxy_pass replaces what the location matched."
            )
            expect((hits[0].header("Host") or "").lower().partition(":")[0], "Host that the back end got").equals(
                host, hint="nginx says the name of the upstream unless told: proxy_set_header Host $host."
            )
            expect(hits[0].body, "body that the back end got").equals(body or b"")
            expect(reply.body, "body of the reply").equals(made)
            expect(reply.headers.get("X-Word"), "the back end's header X-Word").equals(word)


@check(proves="NGX-04")
async def shares_by_weight(http: Http, peers: Peers, rng: Rng) -> None:
    """Of 8 requests in a row below /weighted/, 5 go to alpha, 2 to beta, 1 to gamma (ngx_http_upstream_module)."""
    turns = rng.integer(3, 6)
    for _ in range(turns):
        for peer in peers.values():
            peer.forget()
        for _ in range(TURN):
            target = f"/weighted/{rng.token()}"
            answered(await http.get(target), f"GET {target}")
        expect(shares(**counts(peers)), "requests of 8 in a row").equals(
            shares(alpha=5, beta=2, gamma=1, delta=0), hint=f"weight=5, weight=2, weight=1; no delta. {ZONE}"
        )


@check(proves="NGX-04")
async def prefers_the_least_busy(http: Http, peers: Peers, rng: Rng, wire: Wire, deadline: Deadline) -> None:
    """A request below /least/ goes to a back end with the fewest requests under way (least_conn)."""
    freed = peers[rng.choice(("beta", "gamma"))]
    async with crowd(http, peers, deadline) as requests:
        for _ in range(SMALL * PLACES):
            await requests.enter(f"/least/{rng.token()}")
        freed.release(freed.open_requests)
        await wire.quiet(deadline)  # nginx has seen that they are over
        for _ in range(SMALL - 1):
            chosen = await requests.enter(f"/least/{rng.token()}")
            expect(chosen.name, f"who gets the next request, when {freed.name} alone has nothing to do").equals(
                freed.name, hint=f"In turns it is somebody else's turn: least_conn looks who is free. {ZONE}"
            )


@check(proves="NGX-04")
async def weighs_the_open_requests(http: Http, peers: Peers, rng: Rng, deadline: Deadline) -> None:
    """Below /least/ alpha has twice as many requests under way as each of the others (least_conn, weight)."""
    async with crowd(http, peers, deadline) as requests:
        for turn in range(1, SMALL):
            for _ in range(PLACES):
                await requests.enter(f"/least/{rng.token()}")
            expect(shares(**counts(peers)), f"requests under way, {turn * PLACES} in all").equals(
                shares(alpha=2 * turn, beta=turn, gamma=turn, delta=turn), hint=f"alpha has weight=2. {ZONE}"
            )


@check(proves="NGX-04")
async def spares_the_small_one(http: Http, peers: Peers, rng: Rng, deadline: Deadline) -> None:
    """Below /least/ delta never has more than 3 requests under way, the others take the rest (max_conns)."""
    async with crowd(http, peers, deadline) as requests:
        entering = rng.integer(24, 30)
        for _ in range(entering):
            await requests.enter(f"/least/{rng.token()}")
        expect(sum(counts(peers).values()), "requests under way").equals(entering)
        expect(peers["delta"].open_requests_most, "requests that delta had at a time").equals(
            SMALL, hint=f"max_conns=3 behind delta's address; without a limit it gets its share of all. {ZONE}"
        )
