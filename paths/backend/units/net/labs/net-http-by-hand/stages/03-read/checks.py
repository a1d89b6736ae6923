"""Stage 3: status, headers and body of a reply, no byte more."""

from kit import Hand, reply, same_bytes, same_line

from firsthand.lab import App, Rng, check, expect, fail

STATUSES = ("200 OK", "201 Created", "404 Not Found", "418 I'm a teapot", "503 Service Unavailable", "302 ")
ABOUT_LENGTH = "Content-Length says how many bytes of what follows the empty line are the body."


@check(proves="NET-09")
async def tells_the_status(app: App, rng: Rng) -> None:
    """`status` prints the number of the status line (RFC 9112, 4)."""
    for status in (*STATUSES, f"{rng.integer(200, 599)} HTTP/1.1 404 {rng.token()}"):
        heard = reply(status, f"X-Number: {rng.integer(100, 999)}", body=rng.token().encode())
        same_line(await Hand(app).says("status", stdin=heard), status[:3], f"The status of `HTTP/1.1 {status}`")


@check(proves="NET-09")
async def finds_a_header(app: App, rng: Rng) -> None:
    """`header NAME` prints the value of that header, without the spaces around it (RFC 9112, 5.1)."""
    value = f"{rng.token()}: {rng.token()}; a=b, {rng.token()}"
    name = f"x-{rng.token()}"
    for gap in (" ", "", "   "):
        heard = reply("200 OK", f"x{name}: no", f"{name}:{gap}{value}", f"{name}-too: no", body=b"x")
        got = await _header(app, name, heard)
        same_line(got, value, f"The value of {name}", "It is all that stands behind the first colon.")


@check(proves="NET-09")
async def minds_no_case(app: App, rng: Rng) -> None:
    """Names of headers are the same in upper and lower case (RFC 9110, 5.1)."""
    for name in ("Content-Type", "Location", f"X-{rng.token()}"):
        value = f"/{rng.token()}"
        heard = reply("200 OK", f"{rng.odd_case(name)}: {value}")
        same_line(await _header(app, rng.odd_case(name), heard), value, f"The value of {name}")


@check(proves="NET-09")
async def looks_in_the_head_only(app: App, rng: Rng) -> None:
    """A header that is not in the head is not there: nothing is printed, and the exit code is 1 (brief)."""
    name = f"X-{rng.token()}"
    body = f"{name}: from the body\r\n\r\n{name}: from the body\r\n".encode()
    for heard in (reply("200 OK", f"X-{rng.token()}: {name}: no", body=body), reply("204 No Content", body=None)):
        code, out = await Hand(app).completed("header", name, stdin=heard)
        expect(out.strip(), f"what `header {name}` prints when the head has no such header").equals(
            b"", hint="The head ends at the first empty line. What comes after it is body."
        )
        expect(code, "exit code for a header that is not there").equals(1)


@check(proves="NET-09")
async def gives_the_body(app: App, rng: Rng) -> None:
    """`body` prints the bytes of the body, as they are (RFC 9112, 6.2)."""
    awkward = f"{rng.token()}\r\n\r\n{rng.token()}\r\nContent-Length: 1\r\n\r\n".encode()
    for body in (rng.token().encode(), rng.text().encode(), awkward, rng.any_bytes(), b"\n \n"):
        got = await Hand(app).says("body", stdin=reply("200 OK", "Content-Type: text/plain", body=body))
        same_bytes(got, body, "The body", "Read and write bytes; do not trim, decode or add a line end.")


@check(proves="NET-09")
async def stops_where_the_body_ends(app: App, rng: Rng) -> None:
    """What comes behind the body belongs to the next reply, and a reply may have an empty body (RFC 9112, 6.3)."""
    after = reply("200 OK", body=rng.token().encode())
    for body in (rng.any_bytes(), rng.token().encode(), b""):
        got = await Hand(app).says("body", stdin=reply("200 OK", body=body, more=after))
        same_bytes(got, body, "The body of a reply that another one follows", ABOUT_LENGTH)
    got = await Hand(app).says("body", stdin=reply("204 No Content", body=None, more=after))
    same_bytes(got, b"", "The body of a 204, which never has one", "204 means: no content.")


async def _header(app: App, name: str, heard: bytes) -> bytes:
    """What is printed for a header that is there."""
    hand = Hand(app)
    code, out = await hand.completed("header", name, stdin=heard)
    if code == 1 and not out and not hand.complaint:
        fail(
            f"`header {name}` ends with exit code 1, which says that there is no such header. There is one.",
            expected="its value, and exit code 0",
            got="nothing, and exit code 1",
            hint="The name is what stands before the first colon, in any case; a space need not follow it.",
        )
    return await hand.says("header", name, stdin=heard) if code else out
