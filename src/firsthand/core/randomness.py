"""Seeded randomness with wide domains. The same seed gives the same data on every machine and Python version."""

import hashlib
import random
import secrets
import unicodedata
from collections.abc import Callable, MutableSequence, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")

SEED_MAX = 2**32 - 1
KIB_64 = 65_536

_WORD_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""Lower case without look-alikes (l and 1, o and 0): read aloud and typed again without mistakes."""

_WIDE_TEXT = (
    "abcdefghijklmnopqrstuvwxyz",
    "ABCXYZ0123456789 .,;:!?'\"<>&%+/\\=#~_-",
    "äöüßéèñçøåłžğ",
    "Ωλжяשלוםسلام",
    "漢字かなカナ한국어",
    "e\u0301a\u0308n\u0303o\u0302",
    "😀🚀🦀👩‍💻🏳️‍🌈𝔘𐍈",
    "\u200b\u00a0\u2028\ufeff",
)


def new_seed() -> int:
    """A seed that nobody can foresee, short enough to be typed again."""
    return secrets.randbelow(SEED_MAX + 1)


@dataclass(frozen=True)
class Domain:
    """A kind of byte strings to draw from.

    `file_safe` says whether a value, used as a file name, is the same name on every system: no separators or control
    characters, not empty, and nothing that a system which folds case or Unicode would confuse with another name.
    """

    name: str
    file_safe: bool
    about: str


TOKEN = Domain("token", True, "8 to 12 lower-case letters and digits")
ANY_BYTES = Domain("any bytes", False, "1 to 300 bytes of every value, NUL and 0xFF included")
TEXT = Domain("text", False, "UTF-8 of 1 to 80 characters with combining and astral ones")
CRLF_INSIDE = Domain("CR LF inside", False, "tokens joined by CR LF, blank lines and lone CR and LF")
EMPTY = Domain("empty", False, "no bytes at all")
ONE_BYTE = Domain("one byte", False, "a single byte of any value")
BIG = Domain("64 KiB", False, "65,536 bytes of every value")
ODD_CASE = Domain("odd case", False, "letters in random case")

DOMAINS = (TOKEN, ANY_BYTES, TEXT, CRLF_INSIDE, EMPTY, ONE_BYTE, BIG, ODD_CASE)


class Rng:
    """A stream of random values that depends on nothing but the seed and the labels of its children."""

    def __init__(self, seed: int, label: str = "") -> None:
        """`label` names the use, so that two uses of one seed have nothing in common."""
        self.seed = seed
        self.label = label
        material = hashlib.sha256(f"{seed}\0{label}".encode()).digest()
        self._bits = random.Random(int.from_bytes(material))  # noqa: S311  # test data, not secrets

    def child(self, label: str) -> "Rng":
        """An independent stream, whatever has been drawn from this one."""
        return Rng(self.seed, f"{self.label}/{label}")

    # Only getrandbits is used below: it is the one generator that Python promises to keep.

    def below(self, stop: int) -> int:
        """A whole number from 0 to `stop - 1`."""
        assert stop > 0, "there is no number below 0 or 1 to choose from"
        bits = stop.bit_length()
        while (value := self._bits.getrandbits(bits)) >= stop:
            pass
        return value

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """True in `percent` of a hundred cases."""
        return self.below(100) < percent

    def choice(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def shuffle(self, items: MutableSequence[T]) -> None:
        """Put the items into a random order, in place (Fisher-Yates)."""
        for last in range(len(items) - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different members of `options`, in random order."""
        pool = list(options)
        self.shuffle(pool)
        assert count <= len(pool), f"cannot take {count} of {len(pool)}"
        return pool[:count]

    def token(self, length: int = 0) -> str:
        """A word of lower-case letters and digits, 8 to 12 long unless told; begins with a letter; a safe file name."""
        length = length or self.integer(8, 12)
        return self.choice(_WORD_LETTERS[:24]) + "".join(self.choice(_WORD_LETTERS) for _ in range(length - 1))

    def tokens(self, count: int) -> list[str]:
        """`count` different words, also different on systems that fold case or Unicode."""
        words: dict[str, None] = {}
        while len(words) < count:
            words[self.token()] = None
        return list(words)

    def any_bytes(self, low: int = 1, high: int = 300) -> bytes:
        """`low` to `high` bytes of every value."""
        length = self.integer(low, high)
        return self._bits.getrandbits(8 * length).to_bytes(length) if length else b""

    def text(self, low: int = 1, high: int = 80) -> str:
        """`low` to `high` characters, among them at least one that takes more than one byte in UTF-8."""
        chars = [self.choice(self.choice(_WIDE_TEXT)) for _ in range(self.integer(low, high))]
        if chars and all(c.isascii() for c in chars):
            chars[self.below(len(chars))] = self.choice("éßλж漢🦀")
        return "".join(chars)

    def odd_case(self, text: str) -> str:
        """The same letters, at least one of them in the other case where the text has a letter."""
        flipped = [c.upper() if self.chance(50) else c.lower() for c in text]
        if "".join(flipped) == text:
            letters = [i for i, c in enumerate(text) if c.swapcase() != c]
            if letters:
                at = self.choice(letters)
                flipped[at] = text[at].swapcase()
        return "".join(flipped)

    def bytes_of(self, domain: Domain) -> bytes:
        """A value of the domain."""
        return _DRAW[domain.name](self)

    def payload(self) -> bytes:
        """A body of any domain: what a program that keeps its promises must carry unchanged."""
        return self.bytes_of(self.choice(DOMAINS))

    def split(self, data: bytes, parts: int) -> list[bytes]:
        """The data in at most `parts` pieces, none empty, cut at random places."""
        parts = min(parts, len(data))
        if 2 * parts > len(data):
            cuts = set(self.sample(range(1, len(data)), parts - 1)) if parts > 1 else set()
        else:  # few cuts in much data: to draw again is quicker than to shuffle all places
            cuts = set()
            while len(cuts) < parts - 1:
                cuts.add(self.integer(1, len(data) - 1))
        ends = [0, *sorted(cuts), len(data)]
        return [data[a:b] for a, b in pairwise(ends) if a < b]


def _draw_crlf(rng: Rng) -> bytes:
    glue = (b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\r\n0\r\n\r\n")
    words = [w.encode() for w in rng.tokens(rng.integer(2, 6))]
    return b"".join(word + rng.choice(glue) for word in words)


_DRAW: dict[str, Callable[[Rng], bytes]] = {
    TOKEN.name: lambda rng: rng.token().encode(),
    ANY_BYTES.name: lambda rng: rng.any_bytes(),
    TEXT.name: lambda rng: rng.text().encode(),
    CRLF_INSIDE.name: _draw_crlf,
    EMPTY.name: lambda _rng: b"",
    ONE_BYTE.name: lambda rng: rng.any_bytes(1, 1),
    BIG.name: lambda rng: rng.any_bytes(KIB_64, KIB_64),
    ODD_CASE.name: lambda rng: rng.odd_case(rng.token()).encode(),
}


def same_file_name(one: str, other: str) -> bool:
    """Whether a system that folds case and normalises Unicode could take the two for one file."""

    def fold(name: str) -> str:
        return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())

    return fold(one) == fold(other)
