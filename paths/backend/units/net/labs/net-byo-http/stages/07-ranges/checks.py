"""Stage 7: parts of files, and readers that take their time."""

from kit import coding, compressible, content_range, media_type, publish, tag_of

from firsthand.core.limits import KIB, MIB
from firsthand.lab import Folder, Http, Reply, Request, Rng, check, expect, fail, hinting

GZIP = ("Accept-Encoding", "gzip")
SLOW_BYTES = 4 * MIB
PIPELINED = 3
"""Replies of that size are more than the buffers of both ends hold: the server has to wait for its reader."""
QUICK_BYTES = 600 * KIB
QUICK = 8
"""As many replies to others give the server the time to get stuck at the slow one, whatever the machine."""


@check(proves="NET-14")
async def sends_a_part(http: Http, rng: Rng, public: Folder) -> None:
    """`bytes=a-b` is answered with 206 and exactly those bytes, both ends included (RFC 9110, 14.1.2 and 15.3.7)."""
    content = rng.any_bytes(2_000, 6_000)
    target = publish(public, rng, content)
    size = len(content)
    first = rng.integer(1, size - 500)
    tag = tag_of(await http.get(target))
    for start, end in (
        (0, 0),
        (0, 9),
        (first, first + rng.integer(1, 400)),
        (first, first),
        (size - 1, size - 1),
        (0, size - 1),
    ):
        reply = await _part(http, target, f"{start}-{end}")
        _is_part(reply, content, start, end)
        expect(reply.headers.get("ETag") or "none", "ETag of the part").equals(
            tag,
            hint="By its tag the client sees that two parts are of the same version: that of the whole, as in a 200.",
        )


@check(proves="NET-14")
async def reads_open_ends(http: Http, rng: Rng, public: Folder) -> None:
    """`a-` runs to the end, `-n` is the last n bytes, and ends past the end are cut (RFC 9110, 14.1.2)."""
    content = rng.any_bytes(2_000, 6_000)
    target = publish(public, rng, content)
    size = len(content)
    start, last = rng.integer(1, size - 2), rng.integer(2, size - 1)
    _is_part(await _part(http, target, f"{start}-"), content, start, size - 1)
    _is_part(await _part(http, target, f"-{last}"), content, size - last, size - 1)
    _is_part(await _part(http, target, "-1"), content, size - 1, size - 1)
    for spec in (f"{start}-{size}", f"{start}-{size + rng.integer(1, 500)}", f"{start}-{'9' * 20}"):
        _is_part(await _part(http, target, spec), content, start, size - 1)
    for spec in (f"-{size + rng.integer(1, 500)}", f"-{'9' * 20}"):
        reply = await _part(http, target, spec)
        if reply.status != 200 or reply.body != content:
            _is_part(reply, content, 0, size - 1)


@check(proves="NET-14")
async def refuses_parts_beyond_the_end(http: Http, rng: Rng, public: Folder) -> None:
    """A range that begins at or after the end is answered with 416 and the size (RFC 9110, 14.4 and 15.5.17)."""
    content = rng.any_bytes(500, 900)
    target = publish(public, rng, content)
    size = len(content)
    for spec in (f"{size}-", f"{size}-{size + 5}", f"{size + rng.integer(1, 500)}-", f"{'9' * 20}-", "-0"):
        reply = await _part(http, target, spec)
        expect(reply.status, f"status with Range: bytes={spec}").equals(
            416, hint=f"The last byte of {size} is number {size - 1}; there is no byte number {size}."
        )
        expect((reply.headers.get("Content-Range") or "").lower(), "Content-Range").equals(f"bytes */{size}")


@check(proves="NET-14")
async def ignores_other_units(http: Http, rng: Rng, public: Folder) -> None:
    """A range in another unit is ignored; several ranges give the whole file or multipart (RFC 9110, 14.2)."""
    content = rng.any_bytes(500, 900)
    target = publish(public, rng, content)
    for value in ("lines=0-1", f"{rng.token()}=5-9", "bits=0-7"):
        reply = await http.get(target, headers={"Range": value})
        expect(reply.status, f"status with Range: {value}").equals(200, hint="Only `bytes` is a unit that you know.")
        expect(reply.body, f"body with Range: {value}").equals(content)
    for value in ("bytes=0-1,5-6", "bytes=10-19, -5"):
        reply = await http.get(target, headers={"Range": value})
        if reply.status == 206 and media_type(reply) == "multipart/byteranges":
            continue
        expect(reply.status, f"status with Range: {value}").equals(200, hint="For several ranges, send the whole file.")
        expect(reply.body, f"body with Range: {value}").equals(content)


@check(proves="NET-14")
async def honours_if_range(http: Http, rng: Rng, public: Folder) -> None:
    """With If-Range the range counts only for the current strong tag, else the whole is sent (RFC 9110, 13.1.5)."""
    content = rng.any_bytes(500, 900)
    target = publish(public, rng, content)
    tag = tag_of(await http.get(target))
    start, end = rng.integer(1, 200), rng.integer(201, 400)
    spec = f"{start}-{end}"
    _is_part(await _part(http, target, spec, ("If-Range", tag)), content, start, end)
    for value in (f'"{rng.token()}"', f"W/{tag}", "Mon, 01 Jan 2001 00:00:00 GMT"):
        reply = await _part(http, target, spec, ("If-Range", value))
        expect(reply.status, f"status with If-Range: {value}").equals(
            200, hint="The halves would come from two versions; and a weak tag never promises the same bytes."
        )
        expect(reply.body, f"body with If-Range: {value}").equals(content)


@check(proves="NET-14")
async def keeps_part_and_coding_together(http: Http, rng: Rng, public: Folder) -> None:
    """A part is one of the gzip or one of the plain file, with that form's size and tag (RFC 9110, 14.2 and 8.8.1)."""
    content = compressible(rng)
    target = publish(public, rng, content)
    plain, packed = await http.get(target), await http.get(target, headers=[GZIP])
    expect(coding(packed), "Content-Encoding").equals("gzip")
    spec = f"{rng.integer(0, 20)}-{rng.integer(30, 60)}"
    _is_part_of_one(await _part(http, target, spec, GZIP), plain, packed)
    for form in (plain, packed):
        reply = await _part(http, target, spec, GZIP, ("If-Range", tag_of(form)))
        _is_part_of_one(reply, plain, packed, held=form)
    if tag_of(packed).startswith("W/"):
        expect(reply.status, "status with If-Range and the weak tag of the gzip").equals(200)
    reply = await _part(http, target, spec, ("If-Range", tag_of(packed)))
    expect(reply.status, "status of a plain range with If-Range and the gzip's tag").equals(
        200, hint="The client holds the beginning of the gzip; bytes of the plain file would not fit it."
    )


@check(proves="NET-04")
async def waits_for_slow_readers(http: Http, rng: Rng, public: Folder) -> None:
    """A client that does not read hinders nobody, and gets every byte in the end (brief)."""
    content, quick = rng.any_bytes(SLOW_BYTES, SLOW_BYTES), rng.any_bytes(QUICK_BYTES, QUICK_BYTES)
    target, other = publish(public, rng, content), publish(public, rng, quick)
    async with http.connection() as slow:
        await slow.send(slow.encoded(Request("GET", target)) * PIPELINED)
        for _ in range(QUICK):
            with hinting("A client that does not read its reply may only hold up its own thread or task."):
                reply = await http.get(other)
            expect(reply.body, "body for a quick client").equals(quick)
        for _ in range(PIPELINED):
            with hinting("A send may take only a part of the bytes: go on with the rest until all are sent."):
                reply = await slow.reply()
            expect(reply.status, "status for the slow client").equals(200)
            expect(reply.body, "body for the slow client").equals(
                content, hint="A send may take only a part of the bytes: go on with the rest until all are sent."
            )


async def _part(http: Http, target: str, spec: str, *headers: tuple[str, str]) -> Reply:
    return await http.get(target, headers=[("Range", f"bytes={spec}"), *headers])


def _is_part(reply: Reply, content: bytes, start: int, end: int) -> None:
    size = len(content)
    expect(reply.status, f"status for bytes {start} to {end} of {size}").equals(206)
    expect(content_range(reply), "Content-Range (first, last, size)").equals(
        (start, end, size), hint="Positions count from 0, and the last one is included."
    )
    expect(reply.body, f"bytes {start} to {end}").equals(
        content[start : end + 1], hint=f"Both ends are included, so many bytes in all: {end + 1 - start}."
    )


def _is_part_of_one(reply: Reply, plain: Reply, packed: Reply, held: Reply | None = None) -> None:
    """The reply is a part of one of the two forms; of `held` alone, if the client already holds its beginning."""
    form, name = (packed, "gzip") if coding(reply) else (plain, "plain file")
    if reply.status == 200:
        expect(reply.decompressed(), "the whole file, unpacked").equals(plain.body)
        return
    expect(reply.status, "status with Range and Accept-Encoding: gzip").equals(206)
    if held is not None and form is not held:
        fail(
            "The client holds the other form's beginning; this part does not fit it.",
            expected="200 and the whole, or a part of the same form",
            got=f"206 and a part of the {name}",
            hint="If-Range must name the form that you would send now.",
        )
    hint_text = "First choose the form, plain or gzip; then cut that form's bytes, and tell its size and tag."
    start, end, size = content_range(reply)
    expect(size, f"size in Content-Range for a part of the {name}").equals(len(form.body), hint=hint_text)
    expect(reply.body, f"the part of the {name}").equals(form.body[start : end + 1], hint=hint_text)
    expect(reply.headers.get("ETag"), f"ETag with a part of the {name}").equals(tag_of(form), hint=hint_text)
