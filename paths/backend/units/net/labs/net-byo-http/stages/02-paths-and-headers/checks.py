"""Stage 2: what is asked for, and the header lines that say more."""

from kit import options, percent

from firsthand.lab import Http, Rng, check, expect, hinting


@check(proves="NET-11")
async def unknown_path_is_404(http: Http, rng: Rng) -> None:
    """A path that is not in the table is answered with 404 (RFC 9110, 15.5.5)."""
    one, two, three = rng.tokens(3)
    for path in (f"/{one}", f"/{one}/{two}", f"/echo{one}/{two}", f"/headers{three}", f"/about{two}"):
        reply = await http.get(path)
        expect(reply.status, f"status of {path}").equals(404, hint="Compare whole names, not how the path begins.")


@check(proves="NET-11")
async def echoes_the_path(http: Http, rng: Rng) -> None:
    """`GET /echo/{text}` gives the text back, without the query (RFC 3986, 3.3 and 3.4)."""
    one, two, three = rng.tokens(3)
    for text, query in (
        (one, ""),
        (rng.odd_case(two), f"?{three}"),
        (f"{one}/{two}/echo/{three}", ""),
        (f"{three}-_~.{one}", f"?a=/echo/{two}?b"),
    ):
        reply = await http.get(f"/echo/{text}{query}")
        expect(reply.status, f"status of /echo/{text}{query}").equals(200)
        expect(reply.body, f"body of /echo/{text}{query}").equals(
            text.encode(), hint="The text is all after /echo/ and before the first question mark."
        )


@check(proves="NET-11")
async def decodes_percent_once(http: Http, rng: Rng) -> None:
    """The text is percent-decoded once; a plus stays a plus (RFC 3986, 2.1 and 2.4)."""
    odd = bytes(rng.choice(b"\x01\t\r\n !\"#$%&'()*,/:;<=>?@[\\]^`{|}\x7f") for _ in range(rng.integer(3, 20)))
    for data, hint_text in (
        (rng.token().encode() + odd, "Each % and its two hexadecimal digits, in either case, are one byte."),
        (f"{rng.token()}%41%2F%25".encode(), "Decode once: %25 is a percent sign, and what follows it is text."),
        (rng.token().encode() + b"\r\n\r\n" + rng.token().encode(), "Decoded bytes may be CR LF; they are body."),
    ):
        await _echoes(http, percent(data, rng, every=rng.chance(50)), data, hint_text)
    plus = f"{rng.token()}+{rng.token()}"
    await _echoes(http, plus, plus.encode(), "A plus means a space only in forms.")


@check(proves="NET-11")
async def echoes_a_header(http: Http, rng: Rng) -> None:
    """`GET /headers/{name}` gives the value of that header, without the spaces around it, or 404 (RFC 9112, 5.1)."""
    one, two, three, four = rng.tokens(4)
    name = f"x-{one}"
    for before, value, after in (
        (" ", two, ""),
        ("", f"{two}:{three}", " "),
        ("   ", f"{two}  {three}: http://{four}:80/", "   \t"),
        ("\t", f'"{two}", a;b=\t{three}', "\t "),
    ):
        reply = await http.get(f"/headers/{name}", headers=[(name, f"{before}{value}{after}")])
        expect(reply.status, "status").equals(200)
        expect(reply.body, f"value of {name}").equals(
            value.encode(),
            hint="The name ends at the first colon; spaces and tabs around the value do not belong to it.",
        )
    reply = await http.get(f"/headers/x-{three}", headers=[(name, two)])
    expect(reply.status, "status for a header that the request does not have").equals(404)


@check(proves="NET-11")
async def header_names_ignore_case(http: Http, rng: Rng) -> None:
    """Names of headers do not care about case, in the request and in the path (RFC 9110, 5.1)."""
    for _ in range(3):
        name, value = f"x-{rng.token()}", rng.token()
        sent, asked = rng.odd_case(name), rng.odd_case(name)
        for one, other in ((sent, name), (name, asked), (sent, asked), (name.upper(), name)):
            reply = await http.get(f"/headers/{other}", headers=[(one, value)])
            hint_text = f"{one} and {other} are the same header: bring names into one case on both sides."
            expect(reply.status, f"status of /headers/{other} with the header {one}").equals(200, hint=hint_text)
            expect(reply.body, "body").equals(value.encode(), hint=hint_text)


@check(proves="NET-11")
async def wrong_method_is_405(http: Http, rng: Rng) -> None:
    """A method that a path does not know is answered with 405 and Allow (RFC 9110, 15.5.6 and 10.2.1)."""
    for path in ("/", f"/echo/{rng.token()}", "/headers/host"):
        method = rng.choice(("PUT", "DELETE", "PATCH"))
        with hinting("A request of any method, without a body, must get a reply."):
            reply = await http.request(method, path)
        expect(reply.status, f"status of {method} {path}").equals(405, hint="The path is there: 404 would be untrue.")
        allowed = options(reply, "Allow")
        expect(allowed, "Allow").contains("GET", hint="Allow lists the methods that work, separated by commas.")
        expect(allowed, "Allow").lacks(method)


async def _echoes(http: Http, path: str, data: bytes, hint_text: str) -> None:
    reply = await http.get(f"/echo/{path}")
    expect(reply.status, f"status of /echo/{path}").equals(200)
    expect(reply.body, f"body of /echo/{path}").equals(data, hint=hint_text)
