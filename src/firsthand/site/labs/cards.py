"""Why a check did not pass, ready to be shown: what was expected and what came, how to see it, what helps."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from firsthand.content.model import Catalogue, Lab, Lesson
from firsthand.core.results import CheckResult, Failure, Report, StageResult
from firsthand.core.verdicts import Verdict
from firsthand.history import Event
from firsthand.site.labs.kept import Kept, folder_there
from firsthand.site.learner import Person
from firsthand.study import invocation
from firsthand.study.failure_words import Seeing, readable, says_both, seeing, verdict_words
from firsthand.study.hints import Hints, hints
from firsthand.study.memory import Past

OUTPUT_CHARACTERS_MAX = 12_000
"""Of what a program printed: half of it from the beginning, half from the end."""

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_BYTE = re.compile(r"\\x[0-9a-f]{2}|\\.|.")
"""One byte as failures write it."""


@dataclass(frozen=True)
class Pointed:
    """One row of bytes, with the first wrong one marked."""

    name: str
    before: str
    wrong: str
    after: str


@dataclass(frozen=True)
class Card:
    """A check that did not pass, whole."""

    stage: StageResult
    number: int
    title: str
    check: CheckResult
    failure: Failure
    pointed: tuple[Pointed, ...]
    pointer: str
    """What is wrong with the marked byte."""
    detail: str
    compared: bool
    """Whether to show what was expected and what came by themselves."""
    output: str
    seeing: Seeing
    keep: str
    """The command that makes the run again and leaves the program running."""
    lesson: Lesson | None
    hints: Hints | None


@dataclass(frozen=True)
class Shown:
    """A report as its page shows it."""

    run: Kept
    report: Report
    lab: Lab | None
    event: Event | None
    words: str
    cards: dict[str, Card]
    """By check."""
    first: Card | None
    output: str
    """Of a program that did not start."""
    again: str
    """The command that makes the run again."""
    replay: str
    folder: str
    """The workspace; "" where it is not known."""
    titles: dict[str, tuple[int, str]]


def shown(run: Kept, report: Report, lab: Lab | None, event: Event | None, person: Person) -> Shown:
    """The report with all that helps beside it."""
    folder = event.text("folder") if event else ""
    titles = {stage.id: (stage.number, stage.title) for stage in lab.stages} if lab else {}
    only = len(report.stages) == 1 and len(titles) > 1
    spell = _speller(folder)
    words = ("check", *(("--stage", report.stages[0].id) if only else ()), "--seed", str(report.seed))
    make = _Maker(lab, titles, spell(*words, "--keep"), person)
    cards = {
        check.id: make.card(stage, check)
        for stage in report.stages
        for check in stage.checks
        if check.verdict in (Verdict.FAILED, Verdict.INVALID, Verdict.ERROR)
    }
    failure = report.failure if isinstance(report.failure, Failure) else None
    return Shown(
        run,
        report,
        lab,
        event,
        verdict_words(report, subject=lab.subject if lab else "program", only_stage=only),
        cards,
        next(iter(cards.values()), None),
        plain(failure.output) if failure else "",
        spell(*words),
        invocation.spell("replay", run.id),
        folder,
        titles,
    )


def pointed(detail: str) -> tuple[tuple[Pointed, ...], str]:
    """The two rows of a detail that points at a byte, and what is wrong with it; nothing where it is another one."""
    rows = detail.split("\n")
    if len(rows) != 3 or not rows[0].startswith("expected ") or "^ byte" not in rows[2]:
        return (), ""
    at = rows[2].index("^")
    found = []
    for row in rows[:2]:
        byte = _BYTE.match(row, at)
        wrong = byte[0] if byte else ""
        name = row[:9].strip()
        found.append(Pointed(name, row[9:at], wrong, row[at + len(wrong) :]))
    return tuple(found), rows[2][at + 2 :]


def plain(text: str) -> str:
    """What a program printed, without colours, control characters made visible; of much the beginning and the end."""
    text = _ANSI.sub("", text).replace("\r\n", "\n")
    if len(text) > OUTPUT_CHARACTERS_MAX:
        half = OUTPUT_CHARACTERS_MAX // 2
        left_out = len(text) - 2 * half
        text = f"{text[:half]}\n… {left_out} characters left out …\n{text[-half:]}"
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)


class _Maker:
    """Makes the cards of one run."""

    def __init__(self, lab: Lab | None, titles: dict[str, tuple[int, str]], keep: str, person: Person) -> None:
        self._lab = lab
        self._titles = titles
        self._keep = keep
        self._past = Past(person.events)
        self._shelf = Catalogue((person.outlook.path,))

    def card(self, stage: StageResult, check: CheckResult) -> Card:
        failure = readable(check.failure) if isinstance(check.failure, Failure) else Failure("mismatch", check.message)
        number, title = self._titles.get(stage.id, (0, stage.id))
        rows, pointer = pointed(failure.detail)
        return Card(
            stage,
            number,
            title,
            check,
            failure,
            rows,
            pointer,
            "" if rows else plain(failure.detail),
            bool(failure.expected and failure.got and not says_both(failure)),
            plain(failure.output),
            _seeing(self._lab),
            self._keep,
            self._shelf.lesson_for(tuple(check.proves)),
            self._hints(check.id),
        )

    def _hints(self, check_id: str) -> Hints | None:
        declared = {c.id for s in self._lab.stages for c in s.checks} if self._lab else set()
        return hints(self._lab, check_id, self._past) if self._lab and check_id in declared else None


def _seeing(lab: Lab | None) -> Seeing:
    return seeing(lab.subject, is_called=lab.is_called) if lab else seeing("program", is_called=False)


def _speller(folder: str) -> Callable[..., str]:
    """Commands for a workspace; where it is not known or gone, for whoever stands in it."""
    place = folder_there(folder)
    return lambda *words: invocation.spell(*words, workspace=place)
