"""What the stages of ngx-static share: fresh files in the folders of the sites, and requests for a host."""

from collections.abc import Sequence
from urllib.parse import quote, unquote, urlsplit

from firsthand.lab import Http, Nginx, Reply, Rng, expect

BAKERY = "bakery.example"
MUSEUM = "museum.example"
KIDS = "kids.museum.example"
FOLDERS = {BAKERY: "sites/bakery", MUSEUM: "sites/museum", KIDS: "sites/kids"}
"""The folder of each site in the workspace."""


def put(nginx: Nginx, host: str, path: str, data: bytes) -> str:
    """Put a file where this path of the host belongs; returns the path as a request says it."""
    nginx.put(FOLDERS[host] + path, data)
    return quote(path, safe="/~")


def page(rng: Rng) -> bytes:
    """A page that nobody has seen before."""
    return f"<!doctype html>\n<title>{rng.token()}</title>\n<p>{rng.text(5, 60)}</p>\n".encode()


def about(text: str, rng: Rng, bytes_min: int) -> bytes:
    """So many bytes of words at least, that a compressor makes smaller."""
    words = " ".join(rng.tokens(12))
    return (f"{text} {words}\n" * (bytes_min // len(words) + 1)).encode()


async def ask(
    http: Http, host: str, target: str, *, method: str = "GET", headers: Sequence[tuple[str, str]] = ()
) -> Reply:
    """A request for this host."""
    return await http.request(method, target, headers=[("Host", host), *headers])


async def served(http: Http, host: str, target: str, data: bytes, *, file: str = "", hint: str = "") -> Reply:
    """GET gives these bytes of this file, with 200."""
    reply = await ask(http, host, target)
    what = f"GET {target} for {host}" + (f", where the check has put {file}" if file else "")
    expect(reply.status, f"status of {what}").equals(200, hint=hint)
    expect(reply.body, f"body of {what}").equals(data, hint=hint)
    return reply


def kind_of(reply: Reply) -> str:
    """Its media type in small letters, without parameters."""
    return (reply.headers.get("Content-Type") or "").partition(";")[0].strip().lower()


def charset_of(reply: Reply) -> str:
    """What Content-Type says of the charset, in small letters; empty if nothing."""
    for parameter in (reply.headers.get("Content-Type") or "").split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"').lower()
    return ""


def leads_to(reply: Reply, host: str, path: str, query: str, what: str, hint: str = "") -> None:
    """Location names this host, path and query; the scheme, the port and the host may be left out."""
    location = reply.headers.get("Location") or ""
    found = urlsplit(location)
    named = (found.hostname or host, unquote(found.path), found.query)
    expect(location, f"Location of {what}").differs_from("", hint=hint)
    expect(f"{named[0]}{named[1]}?{named[2]}", f"host, path and query in the Location of {what}").equals(
        f"{host}{path}?{query}", hint=hint
    )


def words_in(header: str | None) -> set[str]:
    """The members of a list in a header, in small letters."""
    return {word.strip().lower() for word in (header or "").split(",")} - {""}


def max_age(reply: Reply) -> int | None:
    """For how many seconds it may be kept; None where nothing is said."""
    for word in words_in(",".join(reply.headers.all("Cache-Control"))):
        name, _, value = word.partition("=")
        if name.strip() == "max-age" and value.strip('" ').isdigit():
            return int(value.strip('" '))
    return None
