"""Stage 2: each answer says what it is: type, charset, and that nobody should guess."""

from collections.abc import Sequence

from kit import BAKERY, ask, charset_of, kind_of, page, put

from firsthand.lab import Http, Nginx, Reply, Rng, check, expect

KINDS: dict[str, Sequence[str]] = {
    "html": ("text/html",),
    "css": ("text/css",),
    "js": ("text/javascript", "application/javascript"),
    "txt": ("text/plain",),
    "xml": ("text/xml", "application/xml"),
    "json": ("application/json",),
    "svg": ("image/svg+xml",),
    "png": ("image/png",),
    "jpg": ("image/jpeg",),
    "ico": ("image/x-icon", "image/vnd.microsoft.icon"),
    "pdf": ("application/pdf",),
    "woff2": ("font/woff2",),
}
OWN = {"md": "text/markdown", "gpx": "application/gpx+xml"}
WRITTEN = ("html", "css", "js", "txt")
PICTURED = ("png", "jpg", "woff2", "pdf")


async def _with_ending(http: Http, nginx: Nginx, rng: Rng, ending: str) -> tuple[str, Reply]:
    target = put(nginx, BAKERY, f"/{rng.token()}{'.' if ending else ''}{ending}", page(rng))
    reply = await ask(http, BAKERY, target)
    expect(reply.status, f"status of GET {target}").equals(200)
    return target, reply


@check(proves="NGX-01")
async def names_types(http: Http, nginx: Nginx, rng: Rng) -> None:
    """Content-Type is what the ending of the file's name means (RFC 9110, 8.3)."""
    for ending, kinds in KINDS.items():
        target, reply = await _with_ending(http, nginx, rng, ending)
        expect(kind_of(reply), f"type that Content-Type of GET {target} names").is_one_of(
            kinds,
            hint="`include mime.types;` in http knows them. A `types` block further inside (in a server or location) "
            "takes the place of all types outside.",
        )


@check(proves="NGX-01")
async def knows_more_types(http: Http, nginx: Nginx, rng: Rng) -> None:
    """.md is text/markdown, .gpx is application/gpx+xml: types that nginx's own list lacks (brief)."""
    for ending, kind in OWN.items():
        target, reply = await _with_ending(http, nginx, rng, ending)
        expect(kind_of(reply), f"type that Content-Type of GET {target} names").equals(
            kind, hint="A `types` block of your own, beside the include: type first, then the endings."
        )


@check(proves="NGX-01")
async def calls_the_unknown_bytes(http: Http, nginx: Nginx, rng: Rng) -> None:
    """What has an unknown ending, or none, is application/octet-stream: just bytes (RFC 2046, 4.5.1)."""
    for ending in (f"q{rng.token()}", ""):
        target, reply = await _with_ending(http, nginx, rng, ending)
        expect(kind_of(reply), f"type that Content-Type of GET {target} names").equals(
            "application/octet-stream", hint="`default_type` says what files of no known ending are; else text/plain."
        )


@check(proves="NGX-01")
async def names_the_charset(http: Http, nginx: Nginx, rng: Rng) -> None:
    """HTML, CSS, JavaScript and plain text say charset=utf-8; pictures, fonts and PDF say none (RFC 9110, 8.3.2)."""
    for ending in WRITTEN:
        target, reply = await _with_ending(http, nginx, rng, ending)
        expect(charset_of(reply), f"charset that Content-Type of GET {target} names").equals(
            "utf-8", hint="`charset utf-8;` does so for the types that `charset_types` lists; text/css is not among "
            "them by itself."
        )  # fmt: skip
    for ending in PICTURED:
        target, reply = await _with_ending(http, nginx, rng, ending)
        expect(charset_of(reply), f"charset that Content-Type of GET {target} names").equals(
            "", hint="What is not text has no charset: list the types, not `*`."
        )


@check(proves="NGX-01")
async def forbids_guessing(http: Http, nginx: Nginx, rng: Rng) -> None:
    """Every answer says X-Content-Type-Options: nosniff, a 404 too (Fetch standard, 3.6)."""
    found = put(nginx, BAKERY, f"/{rng.token()}.html", page(rng))
    for target in (found, f"/{rng.token()}.html"):
        reply = await ask(http, BAKERY, target)
        expect(
            (reply.headers.get("X-Content-Type-Options") or "").lower(),
            f"X-Content-Type-Options of GET {target}, which has status {reply.status}",
        ).equals("nosniff", hint="add_header speaks only with good answers, unless its last word is `always`.")
