"""Stage 1: a reply of the right shape, at the right time, to many clients."""

from contextlib import AsyncExitStack

from kit import EARLY_S, pieces

from firsthand.lab import Http, Request, Rng, check, expect, hinting

SILENT = 60
HALFWAY = 40


@check(proves="NET-11")
async def answers_with_200(http: Http) -> None:
    """`GET /` is answered with 200, in lines that end in CR LF, and so is the next client's (RFC 9112, 2.1)."""
    for _ in range(3):
        with hinting("Read the request up to its empty line, then send a status line, headers and an empty line."):
            reply = await http.get("/")
        expect(reply.status, "status").equals(200)


@check(proves="NET-11")
async def says_http_1_1(http: Http) -> None:
    """The status line begins with HTTP/1.1 (RFC 9110, 2.5)."""
    reply = await http.get("/")
    expect(reply.version, "HTTP version of the reply").equals(
        "1.1", hint="The line begins with HTTP/1.1, not HTTP/1.0."
    )


@check(proves="NET-11")
async def waits_for_the_whole_head(http: Http, rng: Rng) -> None:
    """The reply comes when the whole head has come, in however many pieces, and not before (RFC 9112, 2.1)."""
    await _in_pieces(http, rng, last=rng.integer(1, 3), listen=True)
    for last in (1, 2, 3, rng.integer(4, 12)):
        await _in_pieces(http, rng, last=last, listen=False)


@check(proves="NET-04")
async def serves_clients_side_by_side(http: Http, rng: Rng) -> None:
    """Clients that are silent or halfway through a request keep nobody waiting (brief)."""
    async with AsyncExitStack() as stack:
        for _ in range(SILENT):
            await stack.enter_async_context(http.connection())
        halfway = []
        for _ in range(HALFWAY):
            connection = await stack.enter_async_context(http.connection())
            data = connection.encoded(Request("GET", "/"))
            cut = rng.integer(1, len(data) - 1)
            await connection.send(data[:cut])
            halfway.append((connection, data[cut:]))
        with hinting(
            "Does your program read from one client until that one is done? Each needs a thread, a task or a turn."
        ):
            expect((await http.get("/")).status, "status of a client beside 100 others").equals(200)
        rng.shuffle(halfway)
        for connection, rest in halfway:
            await connection.send(rest)
            with hinting("This client had sent half a head, and the other half after others had been served."):
                expect((await connection.reply()).status, "status of a client that was slow").equals(200)


async def _in_pieces(http: Http, rng: Rng, *, last: int, listen: bool) -> None:
    async with http.connection() as connection:
        data = connection.encoded(Request("GET", "/"))
        await connection.send_pieces(pieces(rng, data[:-last], rng.integer(2, 3)))
        if listen:
            with hinting(
                "A head ends with an empty line (CR LF CR LF). Keep what has come, and read on until it is there."
            ):
                await connection.nothing_more(EARLY_S)
        await connection.send_pieces([data[-last:]])
        with hinting(
            "The end of the head may itself come in two pieces: search in all that has come, not in the last piece."
        ):
            reply = await connection.reply()
        expect(reply.status, "status").equals(
            200, hint="Did you take the first packet for the whole head? Keep what has come, and read on."
        )
