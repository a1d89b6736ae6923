"""Stage 6: a body that comes in chunks."""

from collections.abc import Sequence

from kit import Hand, reply, same_bytes

from firsthand.lab import App, Rng, check

ABOUT = "Size in hexadecimal, CR LF, so many bytes, CR LF; the chunk of size 0 is the last."


def _chunks(parts: Sequence[bytes], size: str = "%x", extension: str = "", trailers: str = "") -> bytes:
    """The parts as chunks."""
    found = b"".join((size % len(part)).encode() + f"{extension}\r\n".encode() + part + b"\r\n" for part in parts)
    return found + f"0{extension}\r\n{trailers}\r\n".encode()


async def _read(app: App, rng: Rng, parts: Sequence[bytes], chunked: bytes, what: str, more: bytes = b"") -> None:
    heard = reply("200 OK", f"Content-Type: text/plain; note={rng.token()}", chunked=chunked, more=more).replace(
        b"Transfer-Encoding", rng.odd_case("Transfer-Encoding").encode(), 1
    )
    same_bytes(await Hand(app).says("body", stdin=heard), b"".join(parts), f"The body of a reply {what}", ABOUT)


def _small(rng: Rng, count: int) -> list[bytes]:
    return [rng.token(rng.integer(1, 9)).encode() for _ in range(count)]


@check(proves="NET-09")
async def joins_the_chunks(app: App, rng: Rng) -> None:
    """`body` prints what the chunks hold, joined, without their sizes (RFC 9112, 7.1)."""
    for count in (1, rng.integer(2, 4), 0):
        parts = _small(rng, count)
        await _read(app, rng, parts, _chunks(parts), f"in {count} chunk{'' if count == 1 else 's'}")


@check(proves="NET-09")
async def reads_sizes_in_hexadecimal(app: App, rng: Rng) -> None:
    """Sizes are hexadecimal: `a` is ten, `1f` is thirty-one, in small or capital letters (RFC 9112, 7.1)."""
    for form in ("%x", "%X", "0%x"):
        sizes = [rng.choice((10, 11, 13)), rng.choice((16, 31)), 171]
        rng.shuffle(sizes)
        parts = [rng.token(size).encode() for size in sizes]
        await _read(app, rng, parts, _chunks(parts, form), f"with sizes such as {form % 27}")


@check(proves="NET-09")
async def counts_in_chunks(app: App, rng: Rng) -> None:
    """A chunk holds as many bytes as its size says, whatever they are, line ends too (RFC 9112, 7.1)."""
    awkward = [b"\r\n", f"{rng.token()}\r\n0\r\n\r\n".encode(), b"5\r\n", rng.any_bytes(1, 60), b"\n"]
    for _ in range(2):
        rng.shuffle(awkward)
        await _read(app, rng, awkward, _chunks(awkward), "whose chunks hold line ends and other bytes")


@check(proves="NET-09")
async def passes_over_extensions(app: App, rng: Rng) -> None:
    """What follows a size behind a semicolon is passed over (RFC 9112, 7.1.1)."""
    for extension in (";a", f";note={rng.token()}", ' ; x="1f"'):
        parts = _small(rng, 3)
        await _read(app, rng, parts, _chunks(parts, extension=extension), "whose sizes have extensions")


@check(proves="NET-09")
async def stops_at_the_last_chunk(app: App, rng: Rng) -> None:
    """The chunk of size 0 is the last: trailers and the next reply are not part of the body (RFC 9112, 7.1.2)."""
    after = reply("200 OK", body=f"3\r\n{rng.token(3)}\r\n".encode())
    for trailers, more in (("", after), (f"X-Check: {rng.token()}\r\n", b""), (f"X-{rng.token()}: 5\r\n", after)):
        parts = _small(rng, 2)
        chunked = _chunks(parts, trailers=trailers)
        await _read(app, rng, parts, chunked, "that something follows", more)
