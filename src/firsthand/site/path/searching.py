"""Finds lessons, labs, courses, skills and terms by words: a small index in memory, made once per process."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from firsthand.site.path.folding import folded
from firsthand.site.path.shelf import Shelf

QUERY_CHARACTERS_MAX = 200
"""What is beyond is passed over: nobody types more."""
QUERY_WORDS_MAX = 12
RESULTS_MAX = 40
SNIPPET_CHARACTERS = 190
SNIPPET_BEFORE = 60
TEXTS_KEPT_MAX = 4_096
"""Of which what they are without case and accents is remembered."""

FoundKind = Literal["unit", "lesson", "lab", "planned lab", "course", "skill", "term"]
WEIGHTS = {"name": 8.0, "more": 3.0, "text": 1.0}
"""What a word is worth by where it stands: in the name, in what is said beside it, in the text."""
WHOLE_WORD = 2.0
"""So much more than a word that only begins so."""
KIND_WEIGHTS: dict[FoundKind, float] = {
    "unit": 1.3,
    "lesson": 1.2,
    "lab": 1.2,
    "course": 1.0,
    "skill": 1.0,
    "term": 0.9,
    "planned lab": 0.6,
}


@dataclass(frozen=True)
class Entry:
    """Something that can be found."""

    kind: FoundKind
    name: str
    more: str
    text: str
    address: str


@dataclass(frozen=True)
class Found:
    """Something that was found."""

    entry: Entry
    title: SafeString
    snippet: SafeString


def words_of(text: str) -> list[str]:
    """The words of a text, folded; signs that belong to names of the field stay in them."""
    return re.findall(r"\w+(?:[+#]+|(?:[./-]\w+)*)", folded(text))


class Index:
    """All entries by the words in them."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = list(entries)
        weights: dict[str, dict[int, float]] = defaultdict(dict)
        for number, entry in enumerate(self._entries):
            for place, text in (("text", entry.text), ("more", entry.more), ("name", entry.name)):
                for word in _with_parts(set(words_of(text))):
                    weights[word][number] = max(WEIGHTS[place], weights[word].get(number, 0.0))
        self._weights = dict(weights)
        self._words = sorted(weights)

    def find(self, query: str) -> list[Found]:
        """What holds all words of the query, the last ones perhaps only begun; the best first."""
        wanted = list(dict.fromkeys(words_of(query[:QUERY_CHARACTERS_MAX])))[:QUERY_WORDS_MAX]
        if not wanted:
            return []
        scores: dict[int, float] | None = None
        for word in wanted:
            of_word = self._scores(word)
            scores = of_word if scores is None else {n: s + of_word[n] for n, s in scores.items() if n in of_word}
        ranked = sorted((scores or {}).items(), key=lambda each: (-self._ranked(*each), each[0]))
        return [_found(self._entries[number], wanted) for number, _ in ranked[:RESULTS_MAX]]

    def _scores(self, begin: str) -> dict[int, float]:
        scores: dict[int, float] = {}
        for at in range(bisect_left(self._words, begin), len(self._words)):
            word = self._words[at]
            if not word.startswith(begin):
                break
            more = WHOLE_WORD if word == begin else 1.0
            for number, weight in self._weights[word].items():
                scores[number] = max(scores.get(number, 0.0), weight * more)
        return scores

    def _ranked(self, number: int, score: float) -> float:
        """The score, more for the kinds that teach, and for a short name: there the words are most of it."""
        entry = self._entries[number]
        return score * KIND_WEIGHTS[entry.kind] * (1 + 1 / max(1, len(entry.name.split())))


def index_of(all_of_it: Shelf) -> Index:
    """The index of a path."""
    return Index(_entries(all_of_it))


def _entries(of: Shelf) -> Iterator[Entry]:
    for unit in of.units.values():
        yield Entry("unit", unit.title, unit.code, unit.why, reverse("unit", args=[unit.id]))
        for skill in unit.competencies:
            yield Entry(
                "skill",
                skill.can[:1].upper() + skill.can[1:],
                skill.id,
                unit.title,
                f"{reverse('unit', args=[unit.id])}#{skill.id}",
            )
    for lesson in of.lessons.values():
        more = " ".join((*lesson.teaches, of.units[lesson.unit].title if lesson.unit in of.units else ""))
        yield Entry(
            "lesson", lesson.title, more, _plain(lesson.text()), reverse("lesson", args=lesson.id.split("/", 1))
        )
    for lab in of.labs.values():
        text = f"{lab.summary} {' '.join(stage.title for stage in lab.stages)}"
        yield Entry("lab", lab.title, f"{lab.id} {' '.join(lab.proves)}", text, f"/lab/{lab.id}/")
    for planned in of.path.planned:
        more = f"{planned.id} {' '.join(planned.proves)}"
        yield Entry(
            "planned lab", planned.title, more, " ".join(planned.stages), f"{reverse('unit', args=[planned.unit])}#labs"
        )
    for course in of.path.courses:
        more = " ".join(of.units[unit].title for unit in course.units if unit in of.units)
        yield Entry("course", course.title, more, " ".join(course.teaches), f"{reverse('courses')}#{course.id}")
    for anchor, term in of.terms.items():
        yield Entry("term", term.name, " ".join(term.also), term.means, f"{reverse('glossary')}#{anchor}")


def _with_parts(words: Iterable[str]) -> Iterator[str]:
    """Each word, and the parts of one that is put together: `if-none-match` is found by `match`, too."""
    for word in words:
        yield word
        if not word.isalnum():
            yield from re.findall(r"\w+", word)


def _plain(markdown: str) -> str:
    """The words of a lesson without its marks."""
    text = re.sub(r"(?m)^(```|~~~).*$|^\|[-| ]+\|$", " ", markdown)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return " ".join(re.sub(r"[*`#|\[\]]+|[\u2500-\u25ff]+", " ", text).split())


def _found(entry: Entry, wanted: list[str]) -> Found:
    text = entry.text if entry.kind != "skill" else f"{entry.more} · {entry.text}"
    return Found(entry, _marked(entry.name, wanted), _marked(_cut(text, wanted), wanted))


def _cut(text: str, wanted: list[str]) -> str:
    """The part of a text around the first word that was looked for."""
    whole = _folded_once(text)
    hit = next(_hits(text, wanted), None) if any(one in whole for one in wanted) else None
    start = max(0, hit[0] - SNIPPET_BEFORE) if hit else 0
    start = text.rfind(" ", 0, start) + 1 if start else 0
    cut = text[start : start + SNIPPET_CHARACTERS]
    if start + SNIPPET_CHARACTERS < len(text):
        cut = cut.rpartition(" ")[0] + " …"
    return f"… {cut}" if start else cut


@lru_cache(maxsize=TEXTS_KEPT_MAX)
def _folded_once(text: str) -> str:
    return folded(text)


def _hits(text: str, wanted: list[str]) -> Iterator[tuple[int, int]]:
    """Where words stand that begin with one that was looked for."""
    for word in re.finditer(r"\w+(?:[+#]+|(?:[./-]\w+)*)", text):
        parts = [folded(word[0])]
        if not parts[0].isalnum():
            parts += re.findall(r"\w+", parts[0])
        if any(part.startswith(one) for part in parts for one in wanted):
            yield word.span()


def _marked(text: str, wanted: list[str]) -> SafeString:
    parts, done = [], 0
    for start, end in _hits(text, wanted):
        parts += [escape(text[done:start]), '<mark class="hit">', escape(text[start:end]), "</mark>"]
        done = end
    parts.append(escape(text[done:]))
    # Every part of the text is escaped; the marks are ours.
    return mark_safe("".join(parts))  # noqa: S308
