"""Stage 1: two addresses that answer."""

from kit import CONCERTS, content, expect_concerts, expect_status, expect_text, media_type

from firsthand.lab import Http, Rng, check, expect

NUMBERS = [concert["number"] for concert in CONCERTS]


@check(proves="WEB-01")
async def says_hello(http: Http) -> None:
    """`GET /hello` is answered with 200 and the text `Hello!` (brief)."""
    reply = await http.get("/hello")
    expect_status(reply, 200, "GET /hello", "Is there a route for the path /hello, with the method GET?")
    expect_text(reply, "Hello!", "GET /hello")


@check(proves="WEB-01")
async def says_that_it_is_text(http: Http) -> None:
    """The greeting's Content-Type is `text/plain; charset=utf-8` (RFC 9110, 8.3)."""
    reply = await http.get("/hello")
    hint = "Many frameworks call every text HTML unless you say otherwise."
    expect(media_type(reply) or "none", "Content-Type of GET /hello").equals("text/plain", hint=hint)
    value = (reply.headers.get("Content-Type") or "").lower().replace(" ", "").replace('"', "")
    expect(value, "Content-Type of GET /hello").contains("charset=utf-8", hint="Names with ë or 日 follow soon.")


@check(proves="WEB-01")
async def lists_the_concerts(http: Http) -> None:
    """`GET /concerts` is answered with the list of all concerts as JSON, in order of their numbers (brief)."""
    reply = await http.get("/concerts")
    expect_status(reply, 200, "GET /concerts")
    expect_concerts(content(reply, "GET /concerts"), NUMBERS, "GET /concerts")


@check(proves="WEB-01")
async def finds_the_route_without_the_query(http: Http, rng: Rng) -> None:
    """What stands behind `?` takes no part in the choice of the route (brief)."""
    query = f"{rng.token()}={rng.token()}"
    hint = "Compare the path only: what stands before the first `?`."
    reply = await http.get(f"/hello?{query}")
    expect_status(reply, 200, f"GET /hello?{query}", hint)
    expect_text(reply, "Hello!", f"GET /hello?{query}")
    expect_status(await http.get(f"/concerts?{query}"), 200, f"GET /concerts?{query}", hint)
