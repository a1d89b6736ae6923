"""Stage 4: the request that a redirect asks for."""

from itertools import product

from kit import Hand, Server, Written, reply, some_host, some_hosts, some_target, some_targets, some_text

from firsthand.bench.failures import show_bytes
from firsthand.lab import Answer, App, Doors, Hit, Peers, Rng, check, expect, fail

NAMED = "Location names the host as well: that one is asked next, not the one in HOST."


class Last:
    """The request that got a redirect, as the program is told of it."""

    def __init__(self, rng: Rng, method: str) -> None:
        """A request with this method, with a text when it is no GET."""
        self.host, self.method, self.text = some_host(rng), method, some_text(rng)
        self.env = {"HOST": self.host, "METHOD": method, "TARGET": some_target(rng), "TEXT": self.text}
        if method == "GET":
            self.env["TEXT"] = ""

    async def followed(self, app: App, status: str, *headers: str) -> Written:
        """What the program prints after such a reply."""
        heard = reply(status, *headers, body=b"look elsewhere\n")
        return await Hand(app).asks("next", stdin=heard, env=self.env)


@check(proves=("NET-10", "NET-09"))
async def fetches_after_303(app: App, rng: Rng) -> None:
    """After 303 it asks with GET for what Location names, whatever the method was before (RFC 9110, 15.4.4)."""
    for method, target in zip(("POST", "PUT", "GET"), some_targets(rng), strict=True):
        last = Last(rng, method)
        asked = await last.followed(app, "303 See Other", f"Location: {target}")
        asked.expect_whole("GET", target, last.host)
        asked.expect_bare()


@check(proves="NET-10")
async def fetches_again(app: App, rng: Rng) -> None:
    """After 301, 302, 307 and 308 a GET stays a GET, for the new target (RFC 9110, 15.4)."""
    for status in ("301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"):
        last, target = Last(rng, "GET"), some_target(rng)
        asked = await last.followed(app, status, f"{rng.odd_case('Location')}: {target}")
        asked.expect_whole("GET", target, last.host)


@check(proves="NET-10")
async def keeps_method_and_body(app: App, rng: Rng) -> None:
    """After 307 and 308 it says the same once more, method and body, to the new target (RFC 9110, 15.4.8)."""
    for status in ("307 Temporary Redirect", "308 Permanent Redirect"):
        for method in ("POST", "PUT"):
            last, target = Last(rng, method), some_target(rng)
            asked = await last.followed(app, status, f"Location: {target}")
            asked.expect_whole(method, target, last.host, last.text.encode())


@check(proves=("NET-10", "NET-09"))
async def goes_to_another_host(app: App, rng: Rng) -> None:
    """A Location that begins with http:// names the host as well: Host changes, the target is what follows (brief)."""
    ways = (("303 See Other", "POST"), ("308 Permanent Redirect", "POST"), ("302 Found", "GET"))
    targets = [*some_targets(rng), *some_targets(rng)]
    for ((status, method), host), target in zip(product(ways, some_hosts(rng)), targets, strict=True):
        last = Last(rng, method)
        asked = await last.followed(app, status, f"Location: http://{host}{target}")
        if status.startswith("308"):
            asked.expect_whole("POST", target, host, last.text.encode(), host_hint=NAMED)
        else:
            asked.expect_whole("GET", target, host, host_hint=NAMED)
    last, host = Last(rng, "GET"), some_host(rng)
    asked = await last.followed(app, "301 Moved Permanently", f"Location: http://{host}")
    asked.expect_whole("GET", "/", host, host_hint=NAMED)


@check(proves="NET-10")
async def stays_where_it_is(app: App, rng: Rng) -> None:
    """After any other status nothing is printed, even if there is a Location (RFC 9110, 10.2.2)."""
    for status in (
        "200 OK",
        "201 Created",
        "202 Accepted",
        "304 Not Modified",
        "404 Not Found",
        "503 Service Unavailable",
    ):
        last = Last(rng, "POST")
        asked = await last.followed(app, status, f"Location: {some_target(rng)}")
        if asked.raw:
            fail(
                f"After {status} there is nothing to follow.",
                expected="no byte",
                got=show_bytes(asked.raw, 120),
                hint="Location after 201 says where the new thing is. Only 301, 302, 303, 307 and 308 send you there.",
            )


@check(proves=("NET-10", "NET-09"))
async def arrives(app: App, peers: Peers, doors: Doors, rng: Rng) -> None:
    """From a POST by way of 307, 303 and 302 it arrives at a real server's 200, and posts twice only (brief)."""
    server, text = Server(peers, doors, app), some_text(rng)
    first, second, third, last = rng.tokens(4)
    way = {
        f"POST /{first}": Answer(307, (("Location", f"/{second}"),)),
        f"POST /{second}": Answer(303, (("Location", f"http://{server.host}/{third}?seen=1"),)),
        f"GET /{third}?seen=1": Answer(302, (("Location", f"/{last}"),)),
        f"GET /{last}": Answer(200, body=b"arrived\n"),
    }

    def script(hit: Hit) -> Answer:
        return way.get(f"{hit.method} {hit.target}", Answer(404))

    hand, method, target = Hand(app), "POST", f"/{first}"
    env = {"HOST": server.host, "METHOD": method, "TARGET": target, "TEXT": text}
    asked = await hand.asks("post", env=env)
    for _ in range(len(way) + 1):
        heard = await server.answers(asked, script)
        env |= {"METHOD": asked.method, "TARGET": asked.target, "TEXT": "" if asked.method == "GET" else text}
        asked = await hand.asks("next", stdin=heard, env=env)
        if not asked.raw:
            break
    said = ", then ".join(f"{hit.method} {hit.target}" for hit in server.hits)
    wanted = ", then ".join(way)
    if said != wanted:
        fail("The server was asked the wrong things.", expected=wanted, got=said, hint="Compare from the first one on.")
    for number, hit in enumerate(server.hits[:2], 1):
        expect(hit.body, f"body of request {number}").equals(text.encode())
