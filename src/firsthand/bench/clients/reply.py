"""A reply as a check looks at it: immutable, with the bytes it came as."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from firsthand.bench.failures import failed, show_bytes, show_text
from firsthand.core.limits import REPLY_BODY_BYTES_MAX


class Headers:
    """Header lines in order; names are compared without regard to case."""

    def __init__(self, items: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> None:
        """`items` are names as they came and values without white space around."""
        self.items: tuple[tuple[str, str], ...] = tuple(items)

    def get(self, name: str) -> str | None:
        """The first value of this header, or None."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[str]:
        """Every value of this header, one for each line."""
        return [value for have, value in self.items if have.lower() == name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.all(name))

    def __len__(self) -> int:
        return len(self.items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.items == other.items

    def __hash__(self) -> int:
        return hash(self.items)

    def __repr__(self) -> str:
        return f"Headers({list(self.items)!r})"


@dataclass(frozen=True)
class Reply:
    """One final reply. `version` is "1.1" or "1.0"; `raw` is the reply as it came, chunk framing included."""

    status: int
    reason: str
    version: str
    headers: Headers
    body: bytes
    head: bytes
    raw: bytes
    informational: list[int] = field(default_factory=list)
    """The statuses of 1xx replies that came before."""
    chunked: bool = False
    trailers: Headers = field(default_factory=lambda: Headers([]))
    began_at: float = 0.0
    """When its request was sent, in seconds since the run began, as the wire tells time: `during=reply`."""
    ended_at: float = 0.0
    """When its last byte had come."""

    @property
    def seconds(self) -> float:
        """From sending the request to the last byte of the reply."""
        return self.ended_at - self.began_at

    def decompressed(self, bytes_max: int = REPLY_BODY_BYTES_MAX) -> bytes:
        """The body without its Content-Encoding (gzip or none).

        Raises:
            CheckFailed: it is not gzip, ends too early or is larger than `bytes_max`.
        """
        codings = [c.strip().lower() for value in self.headers.all("Content-Encoding") for c in value.split(",")]
        codings = [c for c in codings if c not in ("", "identity")]
        if not codings:
            return self.body
        if codings not in (["gzip"], ["x-gzip"]):
            raise failed(
                "The reply's Content-Encoding is not one that was asked for.",
                kind="protocol",
                expected="gzip, or no Content-Encoding",
                got=show_text(", ".join(codings)),
            )
        return _gunzipped(self.body, bytes_max)


def _gunzipped(data: bytes, bytes_max: int) -> bytes:
    out = bytearray()
    rest = data
    while rest or not out:
        member = zlib.decompressobj(wbits=31)  # gzip only
        try:
            out += member.decompress(rest, bytes_max - len(out) + 1)
        except zlib.error:
            raise failed(
                "The reply says Content-Encoding: gzip, but its body is not gzip.",
                kind="protocol",
                expected="gzip data, which begins with the bytes 1f 8b",
                got=show_bytes(data[:40]),
            ) from None
        if len(out) > bytes_max:
            raise failed(f"The reply's body unpacks to more than {bytes_max} bytes.", kind="limit")
        if not member.eof:
            raise failed(
                f"The gzip data of the reply ends too early: {len(data)} bytes came, and the end mark is missing.",
                kind="protocol",
                remark="Was the compressor closed before its result was sent?",
            )
        rest = member.unused_data
        if not out and not rest:
            return b""
    return bytes(out)
