"""The words of the field that a path explains, and where a page uses each of them first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from firsthand.content.findings import Kind, Report
from firsthand.content.source import Table, read_toml

FOLDER = "glossary"
MEANS_CHARACTERS_MAX = 400
PATTERNS_KEPT_MAX = 8


@dataclass(frozen=True)
class Term:
    """A word or phrase, and what it means in a sentence or two."""

    name: str
    also: tuple[str, ...]
    """Other forms that are found in texts."""
    means: str
    file: Path
    line: int

    @property
    def forms(self) -> tuple[str, ...]:
        """All spellings."""
        return (self.name, *self.also)


@dataclass(frozen=True)
class TermRead:
    """A term, and the table it was read from."""

    term: Term
    table: Table


@dataclass(frozen=True)
class Use:
    """Where a text uses a term first: `text[start:end]`."""

    term: Term
    start: int
    end: int


def read_glossary(path_folder: Path, report: Report) -> list[TermRead]:
    """The terms in `glossary/*.toml` of the path in this folder, file by file."""
    found: list[TermRead] = []
    for file in sorted((path_folder / FOLDER).glob("*.toml")):
        table = read_toml(file, report)
        if table is not None:
            found += [TermRead(_term(each), each) for each in table.tables("term")]
            table.done()
    return found


def _term(table: Table) -> Term:
    term = Term(
        name=table.text("term"),
        also=table.texts("also", ()),
        means=table.text("means"),
        file=table.file,
        line=table.line(),
    )
    if len(term.means) > MEANS_CHARACTERS_MAX:
        message = f"means has {len(term.means)} characters; expected {MEANS_CHARACTERS_MAX} at most."
        table.tell(Kind.TERM_MEANS, message, "means", advice="A sentence or two; the lesson says the rest.")
    table.done()
    return term


def first_uses(markdown: str, terms: Sequence[Term]) -> list[Use]:
    """Where a text uses each term first, in order; of two that begin at one place the longer.

    Code, headings, links, addresses and HTML are passed over. A form with a capital letter in it is found only as it is
    written, others also with a capital at the beginning; a plural by s, es or ies is found by itself.
    """
    pattern, by_group = _pattern(tuple(terms))
    if pattern is None:
        return []
    found: dict[str, Use] = {}
    for each in pattern.finditer(_masked(markdown)):
        term = by_group[(each.lastindex or 1) - 1]
        found.setdefault(term.name, Use(term, each.start(), each.end()))
    return list(found.values())


_PASSED_OVER = re.compile(
    r"""
      ^[ \t]*(?:[-*+>][ \t]+)*(?P<fence>`{3,}|~{3,}).*?(?:^[ \t>]*(?P=fence)[`~]*[ \t]*$|\Z)   # a block of code
    | ^\#{1,6}[ \t].*?$                                                                     # a heading
    | ^[^\n]+\n[ ]{0,3}(?:=+|--+)[ \t]*$                                                    # an underlined heading
    | ^[ ]{0,3}\[[^\]\n]+\]:.*?$                                                            # where a link leads
    | (?P<ticks>`+)(?!`)(?:[^`]|(?!(?P=ticks)(?!`))`)+?(?P=ticks)(?!`)                      # code in a line
    | !?\[(?:[^\[\]]|\[[^\]]*\])*\](?:\([^)]*\)|\[[^\]]*\])                                 # a link or picture
    | <[^>\n]+>                                                                             # HTML, or an address
    | \bhttps?://\S+
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)


def _masked(markdown: str) -> str:
    """The text of the same length, in which nothing is found where no link may be."""
    return _PASSED_OVER.sub(lambda found: re.sub(r"[^\n]", "\0", found[0]), markdown)


@lru_cache(maxsize=PATTERNS_KEPT_MAX)
def _pattern(terms: tuple[Term, ...]) -> tuple[re.Pattern[str] | None, list[Term]]:
    """One pattern with a group for each form, longest first, and the term that each group stands for.

    Forms of one first letter stand together behind a look at that letter: so a page costs ms, not tenths of a second.
    """
    forms = sorted(_forms(terms), key=lambda each: (each[0][0].lower(), -len(each[0]), each[0]))
    if not forms:
        return None, []
    begun = [_begun_alike([form for form, _ in same]) for _, same in groupby(forms, lambda each: each[0][0].lower())]
    pattern = re.compile(rf"(?<![\w\0/.@-])(?:{'|'.join(begun)})(?![\w\0@]|[-/.]\w)")
    return pattern, [term for _, term in forms]


def _begun_alike(forms: Sequence[str]) -> str:
    letters = {letter for form in forms for letter in (form[0], form[0].upper()[0])}
    return rf"(?=[{re.escape(''.join(sorted(letters)))}])(?:{'|'.join(f'({_form(form)})' for form in forms)})"


def _forms(terms: Sequence[Term]) -> Iterator[tuple[str, Term]]:
    seen: set[str] = set()
    for term in terms:
        for form in term.forms:
            words = " ".join(form.split())
            if words and words not in seen:
                seen.add(words)
                yield words, term


def _form(form: str) -> str:
    words = r"\s+".join(map(re.escape, form.split()))
    if form == form.lower() and form[:1].isalpha():
        words = f"[{re.escape(form[0] + form[0].upper())}]{words[1:]}" if len(form[0].upper()) == 1 else words
    if not form[-1].isalpha():
        return words
    plural = rf"(?:{words[:-1]}ies)|" if form[-1] == "y" else ""
    return rf"{plural}{words}(?:s|es)?"
