"""Stage 8: requests whose end is in doubt, and what may hide behind them."""

from kit import head, refusals

from firsthand.core.limits import KIB
from firsthand.lab import Http, Rng, check, expect

POST = "POST /echo HTTP/1.1"
HOST = "Host: localhost"
CHUNKED = "Transfer-Encoding: chunked"


@check(proves="NET-11")
async def refuses_both_lengths(http: Http, rng: Rng) -> None:
    """Content-Length and Transfer-Encoding together: 400, and closed (RFC 9112, 6.1 and 6.3)."""
    hidden = head(f"GET /echo/{rng.token()} HTTP/1.1", HOST)
    whole = b"0\r\n\r\n" + hidden
    why = "One side of a proxy goes by the length, the other by the chunks: that is how requests are smuggled."
    async with refusals(http) as refused:
        for lines in (
            (f"Content-Length: {len(whole)}", CHUNKED),
            (CHUNKED, f"content-length: {len(whole)}"),
            ("Content-Length: 5", CHUNKED),
        ):
            await refused(head(POST, HOST, *lines) + whole, (400,), why)


@check(proves="NET-11")
async def refuses_unclear_lengths(http: Http, rng: Rng) -> None:
    """A Content-Length that is no number, or several that differ: 400, and closed (RFC 9112, 6.3)."""
    body = rng.token(5).encode()
    async with refusals(http) as refused:
        for value in ("+5", "0x5", "-5", "5 5", "", "5a", "5.0", "0, 5", "5,6"):
            why = f"`Content-Length: {value}` is not one number of decimal digits; lenient conversions take it for one."
            await refused(head(POST, HOST, f"Content-Length: {value}") + body, (400,), why)
        for one, two in (("5", "0"), ("0", "5"), ("5", "6")):
            why = "Two lengths that differ: whichever you take, somebody before you may have taken the other."
            await refused(head(POST, HOST, f"Content-Length: {one}", f"Content-Length: {two}") + body, (400,), why)


@check(proves="NET-11")
async def refuses_bad_chunks(http: Http, rng: Rng) -> None:
    """A chunk without a hexadecimal size, or without CR LF after its data: 400, and closed (RFC 9112, 7.1)."""
    data = rng.token(5).encode()
    why = "A chunk size is hexadecimal digits only, and after so many bytes comes CR LF."
    async with refusals(http) as refused:
        for bad in (b"xyz", b"0x5", b"-5", b"", b"+5", b"5 5", b"g", b"5_0"):
            await refused(head(POST, HOST, CHUNKED) + bad + b"\r\n" + data + b"\r\n0\r\n\r\n", (400,), why)
        for after in (b"xx", b"x\r\n", b"\n\n", b"\r\r"):
            await refused(head(POST, HOST, CHUNKED) + b"5\r\n" + data + after + b"0\r\n\r\n", (400,), why)


@check(proves="NET-11")
async def refuses_bare_lf(http: Http, rng: Rng) -> None:
    """A line of the head, or of a chunk's size, that ends with LF alone: 400, and closed (brief)."""
    token, body = rng.token(), b"5\nhello\r\n0\r\n\r\n"
    why = "Split lines at CR LF, and refuse a LF that has no CR before it."
    async with refusals(http) as refused:
        for bad in (
            f"GET /echo/{token} HTTP/1.1\n{HOST}\r\n\r\n".encode(),
            f"GET /echo/{token} HTTP/1.1\r\n{HOST}\nX-{token}: 1\r\n\r\n".encode(),
            f"GET /echo/{token} HTTP/1.1\r\n{HOST}\r\nX-A: 1\nX-{token}: 1\r\n\r\n".encode(),
            f"GET /echo/{token} HTTP/1.1\r\n{HOST}\r\nX-A: 1\n\r\n\r\n".encode(),
            head(POST, HOST, CHUNKED) + body,
            head(POST, HOST, CHUNKED) + b"5;a\nb\r\nhello\r\n0\r\n\r\n",
        ):
            await refused(bad, (400,), why)


@check(proves="NET-11")
async def refuses_malformed_header_lines(http: Http, rng: Rng) -> None:
    """A header line that is not `name: value`: 400, and closed (RFC 9112, 5.1 and 5.2)."""
    token = rng.token()
    async with refusals(http) as refused:
        for line, why in (
            (f"X-{token} : 1", "A space before the colon: others may have read another name than you."),
            ("Content-Length\t: 5", "A tab before the colon: others may have read another name than you."),
            (token, "A line without a colon is no header."),
            (": 1", "A header needs a name."),
            (
                f"X-A: 1\r\n  {token}",
                "A line that begins with a space once continued the one before; nobody may rely on it.",
            ),
            (f"X-A: 1\r\n\tX-{token}: 1", "A line that begins with a tab once continued the one before."),
            (f"X {token}: 1", "A name has no spaces in it."),
        ):
            await refused(head(f"GET /echo/{token} HTTP/1.1", HOST, line), (400,), why)


@check(proves="NET-11")
async def demands_one_host(http: Http, rng: Rng) -> None:
    """An HTTP/1.1 request without Host, or with two: 400, and closed (RFC 9112, 3.2)."""
    line = f"GET /echo/{rng.token()} HTTP/1.1"
    why = "Host says whose server is meant. Without one, or with two, nobody can tell."
    async with refusals(http) as refused:
        for headers in (
            (),
            ("X-Host: localhost",),
            (HOST, "Host: elsewhere"),
            (HOST, "Accept: */*", f"hOST: {rng.token()}"),
        ):
            await refused(head(line, *headers), (400,), why)


@check(proves="NET-11")
async def limits_the_head(http: Http, rng: Rng) -> None:
    """A head of more than 64 KiB, even one without an end: 431, and closed; 8 KiB are taken (RFC 6585, 5)."""
    why = "Count while you read: one client must not fill your memory. Refuse with 431, but only above 8 KiB."
    line = f"GET /echo/{rng.token()} HTTP/1.1"
    filler = rng.token(1) * (7 * KIB)
    async with http.connection() as connection:
        await connection.send(head(line, HOST, f"X-Long: {filler}", f"X-{rng.token()}: 1"))
        expect((await connection.reply()).status, "status for a head of 7 KiB").equals(200, hint=why)
    many = [f"X-{number}: {rng.token()}" for number in range(6 * KIB)]
    async with refusals(http) as refused:
        for endless in (head(line, HOST, *many)[: 72 * KIB], head(line, HOST, f"X-Long: {filler * 11}")[:-4]):
            await refused(endless, (431,), why, behind=b"")
        await refused(head(line, HOST, f"X-Long: {filler * 11}"), (431,), why)


@check(proves="NET-11")
async def refuses_unknown_codings(http: Http, rng: Rng) -> None:
    """A transfer coding that is not `chunked` alone: 501 or 400, and closed (RFC 9112, 6.1 and 6.3)."""
    why = "Only the whole word `chunked`, alone, tells where the body ends. Anything else you cannot frame."
    async with refusals(http) as refused:
        for value in (
            "gzip, chunked",
            f"x-{rng.token()}",
            "xchunked",
            "chunkedx",
            "chunked, gzip",
            "identity",
            "chunked;q=1",
        ):
            await refused(head(POST, HOST, f"Transfer-Encoding: {value}") + b"0\r\n\r\n", (501, 400), why)


@check(proves="NET-11")
async def refuses_other_versions(http: Http, rng: Rng) -> None:
    """Another major version of HTTP: 505; a version that is none: 400; and closed (RFC 9110, 15.6.6)."""
    path = f"/echo/{rng.token()}"
    async with refusals(http) as refused:
        for version in ("HTTP/2.0", "HTTP/3.1", "HTTP/9.9"):
            await refused(head(f"GET {path} {version}", HOST), (505,), "You speak HTTP/1.x, and say so with 505.")
        for line in (f"GET {path} HTP/1.1", f"GET {path} HTTP/1.x", f"GET {path}", f"GET {path} x HTTP/1.1"):
            await refused(head(line, HOST), (400,), "METHOD, TARGET and HTTP/1.x, with one space between.")
