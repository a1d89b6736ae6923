"""Stage 4: many requests on one connection, many connections at once."""

from contextlib import AsyncExitStack

from kit import chunked, head, percent, pieces, small, something_came

from firsthand.lab import Connection, Http, Reply, Request, Rng, check, expect, hinting

IDLE = 60
PIPELINED = 24
NEXT_S = 3.0
"""How long a connection may be neither answered nor closed after a body that nobody wanted."""


@check(proves="NET-11")
async def keeps_the_connection_open(http: Http, rng: Rng) -> None:
    """After a reply, the same connection serves the next request (RFC 9112, 9.3)."""
    hint_text = "Did you close the connection after a reply? Say its length instead, and read the next request."
    async with http.connection() as connection:
        for _ in range(3):
            text, body = rng.token(), small(rng)
            with hinting(hint_text):
                reply = await connection.get(f"/echo/{text}")
                _echoed(reply, text.encode())
                reply = await connection.post("/echo", body=body)
                _echoed(reply, body)
                reply = await connection.get(f"/{text}")
                expect(reply.status, "status of an unknown path").equals(404)
                reply = await connection.delete(f"/echo/{text}")
                expect(reply.status, "status of a wrong method").equals(405)
                reply = await connection.head(f"/echo/{text}")
                expect(reply.status, "status of HEAD").equals(200)


@check(proves="NET-11")
async def answers_pipelined_requests(http: Http, rng: Rng) -> None:
    """Requests sent without waiting are all answered, in their order (RFC 9112, 9.3.2)."""
    texts = [(rng.token() + rng.text(1, 20)).encode() for _ in range(PIPELINED)]
    requests = [Request("GET", f"/echo/{percent(text, rng)}") for text in texts]
    hint_text = "One read may hold several requests: keep what follows the first one, and answer it next."
    async with http.connection() as connection:
        with hinting(hint_text):
            replies = await connection.pipeline(requests)
        for text, reply in zip(texts, replies, strict=True):
            _echoed(reply, text, hint_text)
    async with http.connection() as connection:
        data = b"".join(connection.encoded(request) for request in requests)
        await connection.send_pieces(pieces(rng, data, 7))
        for text in texts:
            with hinting(hint_text):
                reply = await connection.reply()
            _echoed(reply, text, hint_text)


@check(proves="NET-11")
async def keeps_bytes_after_a_body(http: Http, rng: Rng) -> None:
    """A request ends where its framing says: what follows is the next one, the body never is (RFC 9112, 6.3)."""
    one, two, three, four = rng.tokens(4)
    hint_text = "Read exactly the body's bytes; whatever came with them in one packet is the next request."
    first, second = small(rng), rng.any_bytes(1, 200)
    async with http.connection() as connection:
        with hinting(hint_text):
            replies = await connection.pipeline(
                [
                    Request("POST", "/echo", body=first),
                    Request("GET", f"/echo/{one}"),
                    Request("POST", "/echo", chunks=pieces(rng, second, 3)),
                    Request("GET", f"/echo/{two}"),
                ]
            )
        for reply, expected in zip(replies, (first, one.encode(), second, two.encode()), strict=True):
            _echoed(reply, expected, hint_text)
    async with http.connection() as connection:
        framed = chunked(rng, [second], trailers=[f"X-Sum: {len(second)}", f"x-{two}: {one}"])
        with_trailers = connection.encoded(Request("POST", "/echo", [("Transfer-Encoding", "chunked")])) + framed
        await connection.send(with_trailers + connection.encoded(Request("GET", f"/echo/{three}")))
        for expected in (second, three.encode()):
            with hinting("The trailer lines belong to the chunked body, with the empty line that ends them."):
                _echoed(await connection.reply(), expected, hint_text)
    hidden = head(f"GET /echo/{three} HTTP/1.1", f"Host: {four}")
    for method, path, status in (("GET", f"/echo/{four}", 200), ("POST", f"/{four}", 404)):
        async with http.connection() as connection:
            await connection.send(
                connection.encoded(Request(method, path, body=hidden))
                + connection.encoded(Request("GET", f"/echo/{one}"))
            )
            reply = await connection.reply(method)
            expect(reply.status, f"status of {method} {path} with a body").equals(status)
            await _next_is(connection, one, said_close="close" in (reply.headers.get("Connection") or "").lower())


@check(proves="NET-11")
async def honours_connection_close(http: Http, rng: Rng) -> None:
    """After a reply to a request with `Connection: close` the connection is closed (RFC 9112, 9.6)."""
    for value in ("close", rng.odd_case("close"), f"foo, {rng.odd_case('close')}", "close , x-bar"):
        text = rng.token()
        async with http.connection() as connection:
            last = Request("GET", f"/echo/{text}", headers=[("Connection", value)])
            await connection.send(connection.encoded(last) + connection.encoded(Request("GET", "/")))
            _echoed(await connection.reply(), text.encode())
            with hinting(f"`Connection: {value}` makes this request the last one, whatever came behind it."):
                await connection.closed()


@check(proves="NET-11")
async def closes_for_http_1_0(http: Http, rng: Rng) -> None:
    """After a reply to an HTTP/1.0 request the connection is closed; it needs no Host (RFC 9112, 9.3)."""
    for headers in ((), ("X-Mood: fine",)):
        text = rng.token()
        async with http.connection() as connection:
            await connection.send(head(f"GET /echo/{text} HTTP/1.0", *headers))
            with hinting("A client of 1996 sends neither Host nor Connection; answer it all the same."):
                reply = await connection.reply()
            _echoed(reply, text.encode())
            expect(reply.version, "HTTP version of the reply").equals(
                "1.1", hint="The version you speak, not the client's."
            )
            with hinting("An HTTP/1.0 client takes the end of the connection for the end of the reply."):
                await connection.closed()


@check(proves="NET-04")
async def lets_idle_clients_wait(http: Http, rng: Rng) -> None:
    """Idle connections cost the others nothing, and are served when they speak again (brief)."""
    hint_text = "A connection that waits for its next request must not hold anything that others need."
    async with AsyncExitStack() as stack:
        idle: list[Connection] = []
        for _ in range(IDLE):
            connection = await stack.enter_async_context(http.connection())
            with hinting(hint_text):
                _echoed(await connection.get(f"/echo/{len(idle)}"), str(len(idle)).encode())
            idle.append(connection)
        with hinting(hint_text):
            expect((await http.get("/")).status, "status of a client beside 60 idle ones").equals(200)
        rng.shuffle(idle)
        for connection in idle:
            text = rng.token()
            with hinting(hint_text):
                _echoed(await connection.get(f"/echo/{text}"), text.encode())


def _echoed(reply: Reply, expected: bytes, hint_text: str = "") -> None:
    expect(reply.status, "status").equals(200, hint=hint_text)
    expect(reply.body, "body").equals(expected, hint=hint_text)


async def _next_is(connection: Connection, text: str, *, said_close: bool) -> None:
    hint_text = "A body that nobody wanted must still be read, or the connection be closed; it is not the next request."
    if said_close or not (await something_came(connection, NEXT_S) or await connection.is_open()):
        with hinting(hint_text):
            await connection.closed()
        return
    with hinting(hint_text):
        reply = await connection.reply()
    _echoed(reply, text.encode(), hint_text)
