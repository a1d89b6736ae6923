"""Stage 5: cookies that come back as they should, and one that is set with care."""

import re

from kit import Hand, Server, Written, reply, some_host

from firsthand.lab import Answer, App, Doors, Hit, Peers, Rng, check, expect, fail

EVERYWHERE = "; Path=/"


async def _visited(app: App, rng: Rng, target: str, *cookies: str) -> Written:
    host = some_host(rng)
    heard = reply("200 OK", *(f"{rng.odd_case('Set-Cookie')}: {each}" for each in cookies), body=b"hello\n")
    asked = await Hand(app).asks("visit", stdin=heard, env={"HOST": host, "TARGET": target})
    asked.expect_whole("GET", target, host)
    return asked


def _expect_cookies(asked: Written, *pairs: str, hint: str) -> None:
    lines = asked.all("Cookie")
    wanted = "; ".join(pairs)
    if lines != ([wanted] if wanted else []):
        fail(
            "The cookies that go along are wrong.",
            expected=f"Cookie: {wanted}" if wanted else "no Cookie header",
            got=" and ".join(f"Cookie: {line}" for line in lines) or "no Cookie header",
            hint=hint,
        )


@check(proves="NET-13")
async def brings_the_cookie_back(app: App, peers: Peers, doors: Doors, rng: Rng) -> None:
    """What Set-Cookie has set goes along with the next request, so that a real server knows it again (RFC 6265, 3)."""
    server, number = Server(peers, doors, app), f"{rng.token()}=={rng.token()}"
    hand, env = Hand(app), {"HOST": server.host, "TARGET": "/"}

    def script(hit: Hit) -> Answer:
        if hit.header("Cookie"):
            return Answer(body=b"again\n")
        return Answer(headers=(("Set-Cookie", f"visitor={number}{EVERYWHERE}"),), body=b"a stranger\n")

    heard = await server.answers(await hand.asks("get", env=env), script)
    asked = await hand.asks("visit", stdin=heard, env=env)
    asked.expect_whole("GET", "/", server.host)
    if not asked.all("Cookie"):
        fail(
            "The request has no Cookie header, and the server takes it for a stranger's.",
            expected=f"Cookie: visitor={number}",
            got=", ".join(asked.lines),
        )
    await server.answers(asked, script)
    got = server.hits[-1].header("Cookie") or "none"
    hint = "Name, `=` and value, as they were set. The value may hold `=` too."
    if ";" in got:
        hint = "What stands behind the first semicolon are attributes: they are for you, and never go back."
    expect(got, "the cookie that the server got back").equals(f"visitor={number}", hint=hint)


@check(proves="NET-13")
async def keeps_attributes_to_itself(app: App, rng: Rng) -> None:
    """Only name and value go back, none of the attributes (RFC 6265, 4.2.2)."""
    for attributes in (
        "; Path=/; HttpOnly; SameSite=Lax",
        ";path=/;httponly;samesite=strict",
        "; SameSite=Strict ;  Path=/",
    ):
        pair = f"{rng.token()}={rng.token()}"
        _expect_cookies(
            await _visited(app, rng, f"/{rng.token()}", pair + attributes),
            pair,
            hint="Attributes are for you: cut at the first semicolon.",
        )


@check(proves="NET-13")
async def brings_several_in_one_line(app: App, rng: Rng) -> None:
    """Several cookies go along in one Cookie line, `; ` between them; without any there is none (RFC 6265, 4.2.1)."""
    pairs = [f"{rng.token()}={rng.token()}" for _ in range(rng.integer(2, 4))]
    asked = await _visited(app, rng, "/", *(pair + EVERYWHERE for pair in pairs))
    _expect_cookies(asked, *pairs, hint="Each was set by a line of its own; they go back in one, in the same order.")
    _expect_cookies(await _visited(app, rng, "/"), hint="No cookie was set, so the header is left out.")


@check(proves="NET-13")
async def minds_the_path(app: App, rng: Rng) -> None:
    """A cookie goes along only for its Path and what lies below it (RFC 6265, 5.1.4)."""
    folder, other = rng.tokens(2)
    pair, near = f"{rng.token()}={rng.token()}", f"{rng.token()}=everywhere"
    cookies = (f"{pair}; Path=/{folder}", f"{near}; Path=/")
    for target in (f"/{folder}", f"/{folder}/{other}", f"/{folder}?page=2", f"/{folder}/"):
        asked = await _visited(app, rng, target, *cookies)
        _expect_cookies(asked, pair, near, hint=f"{target} is /{folder} or lies below it; the query does not count.")
    for target in (f"/{folder}{other}", f"/{other}", "/", f"/{other}/{folder}"):
        asked = await _visited(app, rng, target, *cookies)
        _expect_cookies(
            asked, near, hint=f"{target} does not lie below /{folder}: behind it has to come a `/`, or the end."
        )


@check(proves="NET-13")
async def forgets_what_is_over(app: App, rng: Rng) -> None:
    """Max-Age=0 removes a cookie: it does not go along (RFC 6265, 4.1.2.2)."""
    over, stays = f"{rng.token()}={rng.token()}", f"{rng.token()}={rng.token()}"
    for word, age in (("Max-Age", 10 * rng.integer(1, 900)), ("max-age", rng.integer(10, 9000))):
        asked = await _visited(app, rng, "/", f"{over}; Path=/; {word}=0", f"{stays}; {word}={age}; Path=/")
        _expect_cookies(asked, stays, hint="Max-Age says how many seconds it lives. 0 is: not any more.")


@check(proves="NET-13")
async def keeps_secure_ones_back(app: App, rng: Rng) -> None:
    """A cookie with Secure does not go along here, for this is plain HTTP (RFC 6265, 4.1.2.5)."""
    secret, plain = f"{rng.token()}={rng.token()}", f"secure{rng.token()}={rng.token()}"
    for word in ("Secure", "secure"):
        asked = await _visited(app, rng, "/", f"{secret}; Path=/; {word}; HttpOnly", f"{plain}; HttpOnly; Path=/")
        _expect_cookies(asked, plain, hint="Everybody on the same Wi-Fi could read it.")


@check(proves="NET-13")
async def sets_a_careful_cookie(app: App, rng: Rng) -> None:
    """`welcome` prints a 200 that sets a session: Path=/, two hours, HttpOnly, Secure, SameSite=Lax (brief)."""
    session = rng.token(20)
    said = Written(await Hand(app).says("welcome", env={"SESSION": session}), "welcome")
    said.expect_end()
    said.expect_crlf()
    if not re.match(r"HTTP/1\.1 200( |$)", said.line):
        said.refuse("This is no reply.", "HTTP/1.1 200 OK", said.line, "A reply begins with version and status.")
    said.expect_body(said.body)
    lines = said.all("Set-Cookie")
    parts = [part.strip() for part in lines[0].split(";")] if len(lines) == 1 else []
    attributes = sorted(part.lower() for part in parts[1:])
    if parts[:1] != [f"session={session}"]:
        said.refuse(
            "The cookie is wrong.", f"Set-Cookie: session={session}; ...", " and ".join(lines) or "no Set-Cookie"
        )
    wanted = ["httponly", "max-age=7200", "path=/", "samesite=lax", "secure"]
    if attributes != wanted:
        fail(
            "The attributes of the session are not the right ones.",
            expected=", ".join(wanted),
            got=", ".join(attributes) or "none",
            hint="The lesson on cookies has a table: which of them does what.",
        )
