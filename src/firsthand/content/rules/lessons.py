"""Lessons and glossary: blocks that can be run and drawn as they say, and terms that are explained once, by others."""

import re
from collections.abc import Sequence

from firsthand.content.findings import Finding, Kind, Report
from firsthand.content.glossary import TermRead
from firsthand.content.reading_lessons import LessonRead

_LITTLE_WORDS = frozenset(re.findall(r"\w+", "a an the of to in is are be it that which this and or for by as on with"))


def check_lessons(lessons: Sequence[LessonRead], report: Report) -> None:
    """Tell lessons that teach nothing though they neither open anything nor lead up to it, and mistakes in blocks."""
    for read in lessons:
        leads_up = read.lesson.opens or read.lesson.on_ramp
        if not leads_up and read.table.is_empty_list("teaches"):
            advice = "Name the competencies that it teaches; only an opening lesson, 00-overview.md, teaches none."
            read.table.tell(Kind.LESSON_TEACHES_NOTHING, "The lesson teaches nothing.", "teaches", advice=advice)
        read.lesson.parts(report)


def check_terms(terms: Sequence[TermRead], report: Report) -> None:
    """Tell forms that two terms have, and meanings that say nothing."""
    first: dict[str, TermRead] = {}
    for read in terms:
        for form in dict.fromkeys(each.casefold() for each in read.term.forms if each.strip()):
            other = first.setdefault(form, read)
            if other is not read:
                where = f"{other.term.file}:{other.term.line}"
                message = f'"{form}" is explained already, in {where}.'
                advice = "Take it out here; one term stands in one file."
                report(Finding(read.term.file, read.term.line, message, advice, Kind.DUPLICATE))
        words, own = _words(read.term.means), _words(" ".join(read.term.forms))
        if read.term.name.strip() and words and words <= own:
            advice = "Say it in other words, for somebody who does not know it."
            read.table.tell(Kind.TERM_MEANS, "means says nothing but the term itself.", "means", advice=advice)


def _words(text: str) -> set[str]:
    return {word.removesuffix("s") for word in set(re.findall(r"\w+", text.casefold())) - _LITTLE_WORDS}
