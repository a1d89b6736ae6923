"""Stage 3: where a body ends."""

from kit import EARLY_S, chunked, percent, pieces, small, something_came

from firsthand.core.limits import KIB
from firsthand.lab import Connection, Http, Request, Rng, check, expect, fail, hinting

CONTINUE_S = 3.0


@check(proves="NET-11")
async def counts_bytes(http: Http, rng: Rng) -> None:
    """A reply's length counts bytes, not characters (RFC 9110, 8.6)."""
    for text in (rng.text(), "e\u0301漢" + rng.text(), rng.token() + "🦀"):
        data = (rng.token() + text).encode()
        with hinting("Count the bytes that you send, after encoding the text."):
            reply = await http.get(f"/echo/{percent(data, rng)}")
        expect(reply.body, "body").equals(data, hint="Content-Length counts bytes: é is two of them in UTF-8.")


@check(proves="NET-11")
async def gives_the_body_back(http: Http, rng: Rng) -> None:
    """`POST /echo` gives the body back, byte for byte; without a length there is no body (RFC 9112, 6.2 and 6.3)."""
    for body in (rng.token().encode(), small(rng), rng.any_bytes(200, 300), b"\r\n\r\n" + small(rng), b"", None):
        with hinting("Content-Length says how many bytes follow the empty line; without it, and unchunked, none do."):
            reply = await http.post("/echo", body=body)
        expect(reply.status, "status").equals(200)
        expect(reply.body, "body").equals(body or b"", hint="Take the bytes as they are; do not decode or trim them.")


@check(proves="NET-11")
async def reads_a_body_in_pieces(http: Http, rng: Rng) -> None:
    """A body may come long after its head, in any number of pieces (RFC 9112, 6.2)."""
    hint_text = "One read gives what has come so far, not the body: read on until Content-Length bytes are there."
    for size, parts in ((0, 5), (64 * KIB, 2), (1024 * KIB, 1)):
        body = rng.any_bytes(size, size) if size else b"." + small(rng)
        async with http.connection() as connection:
            data = connection.encoded(Request("POST", "/echo", body=body))
            start = len(data) - len(body)
            await connection.send_pieces([data[:start], *pieces(rng, data[start:-1], parts)])
            if not size:
                with hinting(hint_text):
                    await connection.nothing_more(EARLY_S)
            await connection.send_pieces([data[-1:]])
            with hinting(hint_text):
                reply = await connection.reply("POST")
            expect(reply.status, "status").equals(200)
            expect(reply.body, "body").equals(body, hint=hint_text)


@check(proves="NET-11")
async def reads_chunked_bodies(http: Http, rng: Rng) -> None:
    """A chunked body is put together; extensions and trailers are skipped, pieces cut anywhere (RFC 9112, 7.1)."""
    for number, content in enumerate((rng.token().encode() * 3, small(rng), b"", rng.any_bytes(3000, 9000))):
        chunks = pieces(rng, content, rng.integer(1, 6))
        trailers = ["X-Sum: 1", f"{rng.token()}: {rng.token()}"] if number % 2 else []
        await _echoes_chunks(http, rng, content, chunked(rng, chunks, extensions=bool(number % 2), trailers=trailers))
    lines = f"{rng.token()}\r\n{rng.token()}\r\n0\r\n\r\n{rng.token()}".encode()
    await _echoes_chunks(http, rng, lines, chunked(rng, [lines]))
    big = [rng.any_bytes(size, size) for size in (0xABC, 64 * KIB, 1, 0xDEF, 0xFED)]
    await _echoes_chunks(http, rng, b"".join(big), chunked(rng, big))


@check(proves="NET-11")
async def head_has_no_body(http: Http, rng: Rng) -> None:
    """HEAD is answered like GET, without the body (RFC 9110, 9.3.2)."""
    for path in ("/", f"/echo/{rng.token()}{percent(rng.text().encode(), rng)}"):
        full = await http.get(path)
        async with http.connection() as connection:
            reply = await connection.head(path)
            expect(reply.status, f"status of HEAD {path}").equals(200)
            length = reply.headers.get("Content-Length")
            if length is not None:
                expect(length, f"Content-Length of HEAD {path}").equals(
                    str(len(full.body)), hint="Say the length that GET would have, and do not send the body."
                )
            if path != "/":
                with hinting("A reply to HEAD ends with its empty line, whatever its headers say."):
                    await connection.nothing_more(EARLY_S)


@check(proves="NET-11")
async def says_continue(http: Http, rng: Rng) -> None:
    """A client that expects 100-continue is told to go on before it sends the body (RFC 9110, 10.1.1)."""
    body = rng.any_bytes(10, 300)
    lengths = (Request("POST", "/echo", body=body), Request("POST", "/echo", chunks=pieces(rng, body, 2)))
    for request in lengths:
        expecting = Request(
            "POST", "/echo", [("Expect", rng.choice(("100-continue", "100-Continue")))], request.body, request.chunks
        )
        async with http.connection() as connection:
            await _told_to_go_on(connection, expecting)


async def _told_to_go_on(connection: Connection, request: Request) -> None:
    data = connection.encoded(request)
    start = data.index(b"\r\n\r\n") + 4
    hint_text = "Send `HTTP/1.1 100 Continue` and an empty line when the head says `Expect: 100-continue`."
    await connection.send(data[:start])
    if not await something_came(connection, CONTINUE_S) and await connection.is_open():
        fail("No 100 Continue came, and the client still waits to send its body.", expected="100", hint=hint_text)
    await connection.send(data[start:])
    with hinting(hint_text):
        reply = await connection.reply("POST")
    expect(reply.informational, "interim replies").contains(100, hint=hint_text)
    expect(reply.status, "status of the final reply").equals(200)
    expect(reply.body, "body of the final reply").equals(request.content)


async def _echoes_chunks(http: Http, rng: Rng, content: bytes, framed: bytes) -> None:
    async with http.connection() as connection:
        data = connection.encoded(Request("POST", "/echo", [("Transfer-Encoding", "chunked")])) + framed
        await connection.send_pieces(pieces(rng, data, rng.integer(2, 8)))
        with hinting(
            "Sizes are hexadecimal and may be followed by `;`; after size 0 come trailer lines up to an empty one."
        ):
            reply = await connection.reply("POST")
        expect(reply.status, "status").equals(200)
        expect(reply.body, "body").equals(content, hint="Count the bytes of each chunk: its data may hold CR LF too.")
