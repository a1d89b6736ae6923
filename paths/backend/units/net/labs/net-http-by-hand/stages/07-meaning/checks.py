"""Stage 7: methods and statuses by their meaning."""

from itertools import cycle

from kit import Hand, Written, reply, same_line, some_host, some_target, some_text

from firsthand.lab import App, Rng, check

SAFE = ("GET", "HEAD", "OPTIONS")
IDEMPOTENT = (*SAFE, "PUT", "DELETE")
NOT_IDEMPOTENT = ("POST", "PATCH")
FAMILIAR = {
    "done": ("200 OK", "201 Created", "202 Accepted", "204 No Content"),
    "follow": (
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ),
    "mend": (
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "405 Method Not Allowed",
        "409 Conflict",
    ),
}
TROUBLE = ("500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout")


class Wish:
    """One call with `wish`, and what it was given."""

    def __init__(self, rng: Rng) -> None:
        """A text is there, whether it is needed or not."""
        self.host, self.target, self.text = some_host(rng), some_target(rng), some_text(rng)

    async def asked(self, app: App, name: str) -> Written:
        """The request for this wish."""
        env = {"HOST": self.host, "TARGET": self.target, "TEXT": self.text}
        return await Hand(app).asks("wish", name, env=env)

    async def means(self, app: App, name: str, method: str, *, with_text: bool = False) -> None:
        """The request for this wish must have this method, and the text only if it needs one."""
        asked = await self.asked(app, name)
        asked.expect_whole(method, self.target, self.host, self.text.encode() if with_text else None)


async def _verdict(app: App, method: str, heard: bytes, expected: str, what: str, hint: str = "") -> None:
    same_line(await Hand(app).says("verdict", method, stdin=heard), expected, f"The verdict on {method} {what}", hint)


def _answered(status: str, *headers: str, rng: Rng) -> bytes:
    return reply(status, *headers, body=None if status.startswith("204") else rng.token().encode())


@check(proves="NET-10")
async def looks_without_touching(app: App, rng: Rng) -> None:
    """To look and to peek are safe methods, of which the second brings no body (RFC 9110, 9.2.1)."""
    await Wish(rng).means(app, "look", "GET")
    await Wish(rng).means(app, "peek", "HEAD")


@check(proves="NET-10")
async def adds_what_the_server_names(app: App, rng: Rng) -> None:
    """To add something whose address the server picks, it hands the text over (RFC 9110, 9.3.3)."""
    await Wish(rng).means(app, "add", "POST", with_text=True)


@check(proves="NET-10")
async def places_what_it_names_itself(app: App, rng: Rng) -> None:
    """To have exactly this text at this address, it says so with a method that may be repeated (RFC 9110, 9.3.4)."""
    await Wish(rng).means(app, "place", "PUT", with_text=True)


@check(proves="NET-10")
async def removes_it(app: App, rng: Rng) -> None:
    """To have nothing at this address any more, there is a method of its own (RFC 9110, 9.3.5)."""
    await Wish(rng).means(app, "remove", "DELETE")


@check(proves="NET-10")
async def knows_whose_turn_it_is(app: App, rng: Rng) -> None:
    """2xx is done, 3xx is to be followed, 4xx is to be mended, whatever the method was (RFC 9110, 15)."""
    for word, statuses in FAMILIAR.items():
        for status in statuses:
            method = rng.choice((*IDEMPOTENT, *NOT_IDEMPOTENT))
            await _verdict(app, method, _answered(status, rng=rng), word, f"after {status}", "The first digit says it.")


@check(proves="NET-10")
async def repeats_what_is_idempotent(app: App, rng: Rng) -> None:
    """When no reply came, only an idempotent request is sent again by itself (RFC 9110, 9.2.2)."""
    for method in IDEMPOTENT:
        await _verdict(app, method, b"", "again", "without a reply", f"{method} twice has the effect of {method} once.")
    for method in NOT_IDEMPOTENT:
        await _verdict(
            app, method, b"", "ask", "without a reply", "It may have been done: a second one may be one too many."
        )


@check(proves="NET-10")
async def tells_5xx_by_the_method(app: App, rng: Rng) -> None:
    """After 5xx an idempotent request is sent again, and for any other somebody is asked (RFC 9110, 9.2.2)."""
    for methods, word in ((IDEMPOTENT, "again"), (NOT_IDEMPOTENT * 2, "ask")):
        for method, status in zip(methods, cycle(rng.sample(TROUBLE, len(TROUBLE))), strict=False):
            await _verdict(app, method, _answered(status, rng=rng), word, f"after {status}")


@check(proves="NET-10")
async def waits_when_told(app: App, rng: Rng) -> None:
    """429 and 503 with Retry-After say how long to wait, to any method (RFC 9110, 10.2.3)."""
    for status in ("429 Too Many Requests", "503 Service Unavailable"):
        seconds = rng.integer(2, 900)
        heard = _answered(status, f"{rng.odd_case('Retry-After')}: {seconds}", rng=rng)
        for method in (rng.choice(IDEMPOTENT), rng.choice(NOT_IDEMPOTENT)):
            await _verdict(app, method, heard, f"later {seconds}", f"after {status} with Retry-After: {seconds}")
    plain = _answered("429 Too Many Requests", rng=rng)
    await _verdict(app, rng.choice(IDEMPOTENT), plain, "mend", "after 429 without Retry-After", "It is a 4xx.")


@check(proves="NET-10")
async def takes_strange_numbers_by_their_hundred(app: App, rng: Rng) -> None:
    """A status that nobody knows is treated as the first of its hundred (RFC 9110, 15)."""
    for hundred, words in (
        (2, ("done", "done")),
        (3, ("follow", "follow")),
        (4, ("mend", "mend")),
        (5, ("again", "ask")),
    ):
        status = f"{hundred}{rng.integer(60, 99)} {rng.token()}"
        for method, word in zip((rng.choice(IDEMPOTENT), rng.choice(NOT_IDEMPOTENT)), words, strict=True):
            await _verdict(app, method, _answered(status, rng=rng), word, f"after {status}", "Look at the first digit.")
