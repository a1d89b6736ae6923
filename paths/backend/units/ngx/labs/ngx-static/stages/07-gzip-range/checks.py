"""Stage 7: text is sent packed, a part when a part is asked for, nothing when nothing has changed."""

from kit import BAKERY, about, ask, page, put, words_in

from firsthand.lab import Http, Nginx, Rng, check, expect

PACKED = ("html", "css", "js", "json", "svg")
AS_THEY_ARE = ("png", "jpg", "woff2", "pdf")
LEAST = 1000
GZIP = ("Accept-Encoding", "gzip")


@check(proves="NGX-01")
async def packs_text(http: Http, nginx: Nginx, rng: Rng) -> None:
    """HTML, CSS, JavaScript, JSON and SVG come by gzip to those who accept it, only to those (RFC 9110, 8.4.1.3)."""
    for ending in PACKED:
        data = about(ending, rng, 4 * LEAST)
        target = put(nginx, BAKERY, f"/{rng.token()}.{ending}", data)
        what = f"GET {target} with Accept-Encoding: gzip"
        reply = await ask(http, BAKERY, target, headers=[GZIP])
        expect(reply.status, f"status of {what}").equals(200)
        expect(reply.headers.get("Content-Encoding"), f"Content-Encoding of {what}, {len(data)} bytes").equals(
            "gzip", hint="`gzip on;` alone means text/html only: gzip_types names the others."
        )
        expect(reply.decompressed(), f"unpacked body of {what}").equals(data)
        reply = await ask(http, BAKERY, target)
        expect(reply.headers.get("Content-Encoding"), f"Content-Encoding of GET {target}, without that").equals(None)
        expect(reply.body, f"body of GET {target}, without that").equals(data)


@check(proves="NGX-01")
async def warns_the_caches(http: Http, nginx: Nginx, rng: Rng) -> None:
    """What can come packed says Vary: Accept-Encoding, packed or not (RFC 9110, 12.5.5)."""
    for ending in PACKED:
        target = put(nginx, BAKERY, f"/{rng.token()}.{ending}", about(ending, rng, 4 * LEAST))
        for headers in ([GZIP], []):
            reply = await ask(http, BAKERY, target, headers=headers)
            said = words_in(",".join(reply.headers.all("Vary")))
            expect(said, f"Vary of GET {target} with {headers or 'no Accept-Encoding'}").contains(
                "accept-encoding",
                hint="A cache in between would give the packed one to somebody who cannot unpack it: gzip_vary.",
            )


@check(proves="NGX-01")
async def packs_nothing_in_vain(http: Http, nginx: Nginx, rng: Rng) -> None:
    """What is shorter than 1000 bytes, and pictures, fonts and PDF, come as they are (brief)."""
    for size in (rng.integer(40, 400), rng.integer(800, LEAST - 1)):
        data = about("small", rng, LEAST)[:size]
        target = put(nginx, BAKERY, f"/{rng.token()}.{rng.choice(PACKED)}", data)
        reply = await ask(http, BAKERY, target, headers=[GZIP])
        expect(reply.headers.get("Content-Encoding"), f"Content-Encoding of GET {target}, {size} bytes").equals(
            None, hint="gzip_min_length says from how many bytes it is worth the work; else 20."
        )
    for ending in AS_THEY_ARE:
        target = put(nginx, BAKERY, f"/{rng.token()}.{ending}", about(ending, rng, 4 * LEAST))
        reply = await ask(http, BAKERY, target, headers=[GZIP])
        expect(reply.headers.get("Content-Encoding"), f"Content-Encoding of GET {target}").equals(
            None, hint="They are packed inside; to try it again makes them no smaller. Name types, not `*`."
        )


@check(proves="NGX-01")
async def gives_parts(http: Http, nginx: Nginx, rng: Rng) -> None:
    """A Range of bytes gets 206 and this part; one behind the end gets 416 (RFC 9110, 14.2)."""
    data = rng.any_bytes(500, 900)
    target, size = put(nginx, BAKERY, f"/{rng.token()}.mp4", data), len(data)
    first = rng.integer(1, 200)
    last = rng.integer(first, 400)
    hint = "nginx gives parts of files by itself. Something turned that off, such as max_ranges."
    for asked, start, end in (
        (f"{first}-{last}", first, last),
        (f"{first}-", first, size - 1),
        (f"-{first}", size - first, size - 1),
    ):
        reply = await ask(http, BAKERY, target, headers=[("Range", f"bytes={asked}")])
        what = f"GET {target} with Range: bytes={asked}"
        expect(reply.status, f"status of {what}").equals(206, hint=hint)
        expect(reply.headers.get("Content-Range"), f"Content-Range of {what}").equals(f"bytes {start}-{end}/{size}")
        expect(reply.body, f"body of {what}").equals(data[start : end + 1])
    reply = await ask(http, BAKERY, target, headers=[("Range", f"bytes={size}-")])
    expect(reply.status, f"status of GET {target} with Range: bytes={size}-, of {size} bytes").equals(416)


@check(proves="NGX-01")
async def knows_what_is_unchanged(http: Http, nginx: Nginx, rng: Rng) -> None:
    """Whoever has the file gets 304: by ETag and If-None-Match, by date and If-Modified-Since (RFC 9110, 13.1)."""
    target = put(nginx, BAKERY, f"/{rng.token()}.html", page(rng))
    reply = await ask(http, BAKERY, target)
    for tells, asks in (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")):
        mark = reply.headers.get(tells)
        expect(mark, f"{tells} of GET {target}").is_present(hint="nginx says it by itself, unless told not to.")
        again = await ask(http, BAKERY, target, headers=[(asks, mark or "")])
        expect(again.status, f"status of GET {target} with {asks}: {mark}").equals(304)
        expect(len(again.body), "bytes of its body").equals(0)


@check(proves="NGX-01")
async def sees_what_has_changed(http: Http, nginx: Nginx, rng: Rng) -> None:
    """When the file has changed, the old ETag gets the new one, with 200 (RFC 9110, 13.1.2)."""
    path, data = f"/{rng.token()}.html", page(rng)
    target = put(nginx, BAKERY, path, data)
    old = (await ask(http, BAKERY, target)).headers.get("ETag") or ""
    changed = data + page(rng)
    put(nginx, BAKERY, path, changed)
    reply = await ask(http, BAKERY, target, headers=[("If-None-Match", old)])
    hint = "An ETag must change with the file, as nginx's own does. Do you set one, or keep an open_file_cache?"
    expect(reply.status, f"status of GET {target} with If-None-Match: {old}, of the file before").equals(200, hint=hint)
    expect(reply.body, f"body of GET {target}").equals(changed, hint=hint)
