"""What name servers say of a zone that they do not take, in words that help to mend it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from firsthand.bench.failures import show_text
from firsthand.core.errors import SubjectError

LINES_MAX = 8


@dataclass(frozen=True)
class Refusal:
    """One program's complaint about the zones in `folder`."""

    title: str
    """The program's name."""
    folder: Path
    complaint: re.Pattern[str]
    """Finds `what` in what it told, with `file` and `line`; or `semantic`, where the complaint has no place."""
    told: str

    @property
    def found(self) -> dict[str, str]:
        """The groups of the complaint; empty where none is found."""
        match = self.complaint.search(self.told)
        return {key: text or "" for key, text in match.groupdict().items()} if match else {}

    @property
    def has_place(self) -> bool:
        """Whether it names file and line."""
        return bool(self.found.get("file"))

    def sentence(self) -> str:
        """Who refuses what, and why."""
        found = self.found
        what = found.get("what") or found.get("semantic", "")
        where = f"{self._file()}:{found['line']}" if self.has_place else "the zone"
        return f"{self.title} refuses {where}{': ' if what else ''}{show_text(what)}."

    def line(self) -> str:
        """The line that it names, with its number; empty where it names none of the learner's."""
        if not self.has_place or not Path(self.found["file"]).is_relative_to(self.folder):
            return ""
        lines = Path(self.found["file"]).read_bytes().decode("utf-8", "replace").splitlines()
        number = int(self.found["line"])
        return f"{number} | {show_text(lines[number - 1])}" if 0 < number <= len(lines) else ""

    def output(self) -> list[str]:
        """What it told, as far as anybody reads."""
        lines = [show_text(line) for line in self.told.replace(f"{self.folder}/", "").splitlines()]
        return (
            lines if len(lines) <= LINES_MAX else [*lines[:LINES_MAX], f"... and {len(lines) - LINES_MAX} more lines"]
        )

    def _file(self) -> str:
        path = Path(self.found["file"])
        return show_text(str(path.relative_to(self.folder) if path.is_relative_to(self.folder) else path))


def refused(refusals: Sequence[Refusal], origins: Sequence[str]) -> SubjectError:
    """The error that tells the learner of all of them: in one's words, best of one that names a line."""
    best = next((refusal for refusal in refusals if refusal.has_place), refusals[0])
    others = [refusal for refusal in refusals if refusal is not best]
    shown = [best.line(), *best.output()]
    for other in others:
        shown += other.output()
    told = [best.sentence(), *(refusal.told for refusal in (best, *others))]
    advice = next(filter(None, (_advice(words, origins) for words in told)), "")
    if re.match(r'\d+ \|\s*"', best.line()):
        advice = 'A record goes on over several lines only within round brackets: TXT ( "one" "two" ).'
    return SubjectError(best.sentence(), advice=advice, output="\n".join(filter(None, shown)))


def _advice(words: str, origins: Sequence[str]) -> str:
    if without := re.search(r"'(\S+)' has no address records", words):
        return _advice_on_address(without[1], origins)
    return next((advice for sign, advice in _COMMON if re.search(sign, words)), "")


def _advice_on_address(name: str, origins: Sequence[str]) -> str:
    origin = next((origin for origin in origins if name.endswith(f".{origin}")), "")
    short = name.removesuffix(f".{origin}")
    if origin and "." in short:
        return (
            f"A name without a dot at its end is relative: {origin} is put behind it. Did you mean {short}. with its "
            f"last dot? If {name} is right, give it an A or AAAA record."
        )
    return f"Give {name} an A or AAAA record: it is a name in your zone, and nobody else can know its address."


_COMMON = (
    (
        r"CNAME and other data|beside CNAME|multiple CNAME|multiple RRs of singleton",
        "An alias (CNAME) stands alone: no other record can have its name. The zone's own name has SOA and NS records, "
        "so it can be no alias.",
    ),
    (
        r"missing SOA|has 0 SOA|has no NS",
        "Every zone begins with an SOA record for its own name, @, and has NS records for that name.",
    ),
    (
        r"parenthes",
        "A bracket that was opened is not closed, or the other way round; the place may lie far above this line.",
    ),
    (
        r"text character|unbalanced quotes",
        'A text stands between straight quotes, "so", and one that was opened has to be closed before the line ends. '
        "Curly quotes are letters like others.",
    ),
    (
        r"invalid NS owner name",
        "A star cannot be given away. NS records stand at a name, and all that is below it goes along.",
    ),
    (
        r"no current owner|no owner|previous owner is invalid",
        "A line that begins with a blank is about the name of the line before; here there is none yet.",
    ),
    (r"MX is an address", "An MX names a machine, and that name has the address: MX 10 mail, and mail A 192.0.2.25."),
    (r"bad owner name", "The name of a machine has letters, digits and hyphens only."),
    (
        r"owner is invalid|domain name character|bad name",
        "A name has letters, digits, hyphens and dots, and sometimes underscores. The @ of a mail address is written "
        "as a dot, and a comment begins with a semicolon.",
    ),
    (
        r"time unit|valid number|invalid number|out of range|bigger than 32 bits",
        "Numbers are whole, and below 4294967296. A TTL is a number of seconds, or has units: 5m, 1h30m, 2d. Behind "
        "the names of an SOA stand five numbers, before the name of an MX one.",
    ),
    (
        r"unknown RR type|unsupported record type|unknown class/type",
        "Behind the name stand TTL, class (IN) and type, such as A or MX. A line that begins with a blank has no name "
        "of its own, and a comment begins with a semicolon.",
    ),
    (
        r"IPv[46] address|dotted quad|address character",
        "An A has an IPv4 address, such as 192.0.2.1. An AAAA has an IPv6 address, such as 2001:db8::1, where :: "
        "stands once at most.",
    ),
    (r"end of input|invalid record data", "Something is missing at the end of the record."),
    (r"extra input", "The record ends before the end of its line: is there a word too many, or a bracket missing?"),
    (r"syntax error", "Is a string of a TXT longer than 255 bytes? Cut it into several, each in quotes of its own."),
)
"""What is common among complaints, and what to do then; the first one that fits is said."""
