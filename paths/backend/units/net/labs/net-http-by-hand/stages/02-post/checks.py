"""Stage 2: a request with a body, counted in bytes."""

from kit import WORDS, Hand, Server, Written, some_host, some_target, some_text

from firsthand.lab import Answer, App, Doors, Peers, Rng, check, expect, fail


async def _posted(app: App, rng: Rng, text: str) -> tuple[Written, str, str]:
    host, target = some_host(rng), some_target(rng)
    return await Hand(app).asks("post", env={"HOST": host, "TARGET": target, "TEXT": text}), host, target


@check(proves=("NET-09", "NET-10"))
async def posts_the_text(app: App, peers: Peers, doors: Doors, rng: Rng) -> None:
    """`post` prints a POST with the text as its body and its length, and the server reads it (RFC 9112, 6.2)."""
    server = Server(peers, doors, app)
    target, text = some_target(rng), " ".join(rng.tokens(3))
    asked = await Hand(app).asks("post", env={"HOST": server.host, "TARGET": target, "TEXT": text})
    asked.expect_whole("POST", target, server.host, text.encode())
    await server.answers(asked, lambda _: Answer(201, body=b"saved\n"))
    for hit in server.hits:
        expect(hit.body, "the body that the server read").equals(text.encode())


@check(proves="NET-09")
async def counts_bytes(app: App, rng: Rng) -> None:
    """Content-Length counts bytes, not characters (RFC 9110, 8.6)."""
    for text in (some_text(rng), "".join(rng.sample(WORDS, 3)), rng.choice(WORDS)):
        asked, host, target = await _posted(app, rng, text)
        asked.expect_whole("POST", target, host, text.encode())


@check(proves="NET-09")
async def changes_nothing(app: App, rng: Rng) -> None:
    """The body is the text as it is, with its spaces, lines, `%` and `\\` (brief)."""
    for text in (
        f"  {rng.token()} 100%s \\n\\t 'x' \"y\" $HOME ",
        f"{rng.token()}\n\n{rng.token()}\n",
        f"{rng.token()}\r\n",
    ):
        asked, host, target = await _posted(app, rng, text)
        asked.expect_whole("POST", target, host, text.encode())


@check(proves="NET-09")
async def says_that_it_is_empty(app: App, rng: Rng) -> None:
    """An empty text is a body of length 0, and that is said (RFC 9110, 8.6)."""
    asked, host, target = await _posted(app, rng, "")
    asked.expect_whole("POST", target, host, b"")


@check(proves="NET-09")
async def says_what_it_is(app: App, rng: Rng) -> None:
    """Content-Type says that it is plain text in UTF-8 (RFC 9110, 8.3)."""
    asked, _, _ = await _posted(app, rng, some_text(rng))
    found = asked.all("Content-Type")
    plain = [value.lower().replace(" ", "").replace('"', "") for value in found]
    if plain != ["text/plain;charset=utf-8"]:
        fail(
            "Content-Type is wrong.",
            expected="Content-Type: text/plain; charset=utf-8",
            got=", ".join(found) or "none",
            hint="Without the charset, whoever reads it has to guess what the bytes mean.",
        )
