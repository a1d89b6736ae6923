"""Stage 2: parameters in the path and in the query."""

from urllib.parse import quote, quote_plus

from kit import CONCERTS, content, expect_concerts, expect_members, expect_status, expect_text

from firsthand.lab import Http, Rng, check, fail

ODD_NAMES = ("Zoë", "日本", "Bo & Al", "a+b", "50%", "<b>Bo", "O'Hara", "x=1?", "%41", "🦀")
GENRES = sorted({str(concert["genre"]) for concert in CONCERTS})


@check(proves="WEB-01")
async def greets_by_name(http: Http, rng: Rng) -> None:
    """`GET /hello/NAME` is answered with `Hello, NAME!` (brief)."""
    for name in rng.tokens(3):
        expect_text(await http.get(f"/hello/{name}"), f"Hello, {name}!", f"GET /hello/{name}")


@check(proves="WEB-01")
async def decodes_the_name(http: Http, rng: Rng) -> None:
    """The name is what its percent signs stand for, read as UTF-8; a `+` in a path is a plus (RFC 3986, 2.1)."""
    for odd in ODD_NAMES:
        name = f"{odd} {rng.token(4)}"
        for path in dict.fromkeys(f"/hello/{quote(name, safe=kept)}" for kept in ("", "+")):
            hint = "Decode the path once, and change nothing else: a + is a space only in a query. It is no HTML."
            expect_text(await http.get(path), f"Hello, {name}!", f"GET {path}", hint)


@check(proves="WEB-01")
async def shows_a_concert(http: Http) -> None:
    """`GET /concerts/NUMBER` is answered with this one concert as JSON (brief)."""
    for concert in CONCERTS:
        what = f"GET /concerts/{concert['number']}"
        reply = await http.get(f"/concerts/{concert['number']}")
        expect_status(reply, 200, what)
        expect_members(content(reply, what), concert, what)


@check(proves="WEB-01")
async def filters_by_genre(http: Http, rng: Rng) -> None:
    """`GET /concerts?genre=folk` lists the concerts of this genre and no others (brief)."""
    more = f"&{rng.token()}={rng.token()}"
    for target in ("/concerts?genre=folk", f"/concerts?genre=folk{more}"):
        reply = await http.get(target)
        expect_status(reply, 200, f"GET {target}")
        expect_concerts(content(reply, f"GET {target}"), [1, 4], f"GET {target}")


@check(proves="WEB-01")
async def decodes_the_query(http: Http) -> None:
    """In a query, `%26` is `&`, `+` and `%20` are a space, and bytes are UTF-8 (WHATWG URL, 5.1)."""
    for genre in GENRES:
        for written in (quote_plus(genre), quote(genre)):
            what = f"GET /concerts?genre={written}"
            reply = await http.get(f"/concerts?genre={written}")
            expect_status(reply, 200, what)
            numbers = [int(str(concert["number"])) for concert in CONCERTS if concert["genre"] == genre]
            expect_concerts(content(reply, what), numbers, what)
    twice = "%2566olk"
    reply = await http.get(f"/concerts?genre={twice}")
    if reply.status == 200 and content(reply, f"GET /concerts?genre={twice}"):
        hint = "Your framework, or the reader of queries, has decoded it: do not do it once more."
        fail(
            f"`genre={twice}` was decoded twice.",
            expected="the genre `%66olk`, which no concert has",
            got="folk",
            hint=hint,
        )


@check(proves=("WEB-01", "NET-10"))
async def lists_nothing_for_an_unknown_genre(http: Http, rng: Rng) -> None:
    """A genre that no concert has is answered with 200 and the empty list: the list is there (brief)."""
    for genre in (rng.token(), "fol", "folk2"):
        what = f"GET /concerts?genre={genre}"
        reply = await http.get(f"/concerts?genre={genre}")
        expect_status(reply, 200, what, "The list exists; it is only empty.")
        expect_concerts(content(reply, what), [], what)
