"""Stage 2: every user stays with one back end, and few move when the pool changes."""

from kit import NAMES, answered, ask_all, counts, pool

from firsthand.lab import Http, Nginx, Peers, Rng, check, expect

USERS = 200
LEAST = 10
"""Of 200 users each of four back ends has about 50; so few are no chance."""
METHODS = ("GET", "GET", "POST", "PUT")


@check(proves="NGX-04")
async def keeps_users_together(http: Http, rng: Rng) -> None:
    """Below /sticky/ all requests with the same `user` in the query go to the same back end (brief)."""
    for user in rng.tokens(8):
        names = []
        for method in rng.sample(METHODS, len(METHODS)):
            before, after = (f"{rng.token()}={rng.token()}&" if rng.chance(50) else "" for _ in range(2))
            target = f"/sticky/{rng.token()}?{before}user={user}&{after}z={rng.token()}"
            names.append(answered(await http.request(method, target), f"{method} {target}"))
        expect(sorted(set(names)), f"back ends of the user {user}, who sent {len(names)} requests").has_length(
            1, hint="Hash the user alone; the path and the rest of the query differ from request to request."
        )


@check(proves="NGX-04")
async def spreads_users(http: Http, peers: Peers, rng: Rng) -> None:
    """The users below /sticky/ are spread over all back ends of the pool (brief)."""
    await ask_all(http, [f"/sticky/{rng.token()}?user={user}" for user in rng.tokens(USERS)])
    for name, count in counts(peers).items():
        expect(count, f"users of {USERS} that {name} got").is_at_least(
            LEAST, hint="What is hashed must differ from user to user: `$arg_user` is the parameter `user`."
        )


@check(proves=("NGX-04", "NGX-08"))
async def follows_the_pool(http: Http, nginx: Nginx, peers: Peers, rng: Rng) -> None:
    """Below /sticky/ those back ends serve that pool.conf names when nginx is reloaded (brief)."""
    one, two, three, four = rng.sample(NAMES, len(NAMES))
    for staying in ((two, three, four), (one, two), (four,)):
        await nginx.reload({"pool.conf": pool(staying)})
        for peer in peers.values():
            peer.forget()
        await ask_all(http, [f"/sticky/?user={user}" for user in rng.tokens(40)])
        for name in NAMES:
            if name not in staying:
                expect(peers[name].count, f"requests of 40 that {name} got, which pool.conf names no more").equals(
                    0, hint="The servers stand in pool.conf alone: `include pool.conf;` in the upstream."
                )


@check(proves="NGX-04")
async def moves_only_who_must(http: Http, nginx: Nginx, rng: Rng) -> None:
    """When a back end leaves the pool, only its users move; when it is back, so are they (consistent hashing)."""
    users, left = rng.tokens(120), rng.choice(NAMES)
    targets = [f"/sticky/?user={user}" for user in users]
    before = [answered(reply, "a user's request") for reply in await ask_all(http, targets)]
    await nginx.reload({"pool.conf": pool([name for name in NAMES if name != left])})
    during = [answered(reply, "a user's request") for reply in await ask_all(http, targets)]
    stayed = [(old, new) for old, new in zip(before, during, strict=True) if old != left]
    moved = sum(old != new for old, new in stayed)
    expect(moved, f"users of the other back ends that moved, of {len(stayed)}, when {left} left").equals(
        0, hint="Without `consistent` the hash is divided by the number of servers: nearly everybody moves."
    )
    await nginx.reload()
    after = [answered(reply, "a user's request") for reply in await ask_all(http, targets)]
    expect(sum(a != b for a, b in zip(before, after, strict=True)), "users elsewhere than at first").equals(0)
