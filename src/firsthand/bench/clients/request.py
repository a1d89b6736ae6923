"""A request as a check states it, and the bytes that say it; framing is ours, the rest is the author's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from firsthand.core.randomness import Rng

HeaderPairs = Sequence[tuple[str, str]] | Mapping[str, str]
"""Header lines in order, or a mapping when order and repetition do not matter."""

DEFAULT_HOST = "localhost"

_BROWSER_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

# None of them says Accept-Encoding, Connection or Range: those change what a right answer is, so checks send them.
_CLIENTS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("User-Agent", "curl/8.5.0"), ("Accept", "*/*")),
    (("User-Agent", "Wget/1.24.5"), ("Accept", "*/*")),
    (("User-Agent", "python-requests/2.32.3"), ("Accept", "*/*")),
    (("User-Agent", "Go-http-client/1.1"),),
    (("User-Agent", "okhttp/4.12.0"),),
    (("accept", "*/*"), ("accept-language", "*"), ("sec-fetch-mode", "cors"), ("user-agent", "node")),
    (
        ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
        ("Accept", _BROWSER_ACCEPT),
        ("Accept-Language", "en-US,en;q=0.5"),
        ("Upgrade-Insecure-Requests", "1"),
    ),
    (
        ("Cache-Control", "max-age=0"),
        ("Upgrade-Insecure-Requests", "1"),
        (
            "User-Agent",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
        ),
        ("Accept", _BROWSER_ACCEPT),
    ),
)


@dataclass(frozen=True)
class Request:
    """One request. With `body` it says Content-Length, with `chunks` it is sent chunked, with neither it has no body.

    A header given here takes the place of ours, so a check can say a wrong Content-Length or a Host of its own.
    """

    method: str
    target: str
    headers: HeaderPairs = ()
    body: bytes | None = None
    chunks: Sequence[bytes] | None = None

    def __post_init__(self) -> None:
        if self.body is not None and self.chunks is not None:
            raise ValueError("a request has either body or chunks")
        if self.chunks is not None and not all(self.chunks):
            raise ValueError("a chunk of no bytes would end the body")

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The header lines as given, in order."""
        return list(self.headers.items()) if isinstance(self.headers, Mapping) else list(self.headers)

    @property
    def has_body(self) -> bool:
        """Whether a body is sent, be it of no bytes."""
        return self.body is not None or self.chunks is not None

    @property
    def content(self) -> bytes:
        """The body without its framing."""
        return b"".join(self.chunks) if self.chunks is not None else self.body or b""

    def encode(self, host: str = DEFAULT_HOST) -> bytes:
        """The bytes to send; `host` is the value of Host where the headers have none."""
        return self.encode_head(host) + self.encode_body()

    def encode_head(self, host: str = DEFAULT_HOST) -> bytes:
        """Request line, header lines and the empty line."""
        pairs = self.pairs
        given = {name.lower() for name, _ in pairs}
        if "host" not in given:
            pairs.insert(0, ("Host", host))
        if self.body is not None and not given & {"content-length", "transfer-encoding"}:
            pairs.append(("Content-Length", str(len(self.body))))
        if self.chunks is not None and "transfer-encoding" not in given:
            pairs.append(("Transfer-Encoding", "chunked"))
        first = f"{self.method} {self.target} HTTP/1.1\r\n".encode()
        headers = "".join(f"{name}: {value}\r\n" for name, value in pairs)
        return first + headers.encode("latin-1") + b"\r\n"  # as headers of replies are read

    def encode_body(self) -> bytes:
        """The body as it is framed."""
        if self.chunks is None:
            return self.body or b""
        return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in self.chunks) + b"0\r\n\r\n"


class Manner:
    """How one connection's requests look besides what the check says: like those of some real client."""

    def __init__(self, rng: Rng, host: str) -> None:
        """Chosen once: a real client does not change its name between two requests."""
        names = list(rng.choice(_CLIENTS))
        if rng.chance(25):
            rng.shuffle(names)
        if rng.chance(30):
            names = [(rng.odd_case(name), value) for name, value in names]
        # Host keeps its case: a program that misreads odd case shall fail in the check for it, not by luck in another.
        self._before = [("Host", host)] if rng.chance(80) else []
        self._after = [] if self._before else [("Host", host)]
        self._names = names

    def dress(self, request: Request) -> Request:
        """The request with this client's own headers, where the check did not say them."""
        pairs = request.pairs
        given = {name.lower() for name, _ in pairs}
        ours = [*self._before, *self._names, *self._after]
        return replace(request, headers=[*((n, v) for n, v in ours if n.lower() not in given), *pairs])
