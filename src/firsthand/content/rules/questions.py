"""Questions: each has an id of its competency, and can be answered in just the way that its kind says."""

import re
from collections.abc import Iterator, Sequence

from firsthand.content.findings import Kind, Report
from firsthand.content.model import Unit
from firsthand.content.question import Question
from firsthand.content.questions import grade, problem
from firsthand.content.reading_questions import QuestionRead
from firsthand.content.rules.ids import Known, tell_second, unknown_competency
from firsthand.core.errors import RetryableError

OPTIONS_COUNT = 4
STEPS_MIN, STEPS_MAX = 3, 8


def check_questions(unit: Unit, reads: Sequence[QuestionRead], known: Known) -> None:
    """All that can be said of the questions of one unit."""
    asks: dict[str, str] = {}
    for read in reads:
        question, table = read.question, read.table
        _names(unit, read, known)
        {
            "choice": _choice,
            "number": lambda _read: None,
            "token": lambda read: _items(read, "answers", 1, 20),
            "order": lambda read: _items(read, "steps", STEPS_MIN, STEPS_MAX),
            "pattern": _pattern,
        }[question.kind](read)
        before = asks.setdefault(" ".join(question.ask.split()), question.id)
        if question.ask and before != question.id:
            message = f"{question.id} asks the same as {before}."
            table.tell(Kind.QUESTION_REPEATS, message, "ask", advice="Ask something else, or take one out.")


def check_question_ids(reads: Sequence[QuestionRead], report: Report) -> None:
    """Tell every id that a question before has."""
    tell_second("question", [(r.question.id, r.table.file, r.table.line("id")) for r in reads], report)


def _names(unit: Unit, read: QuestionRead, known: Known) -> None:
    question, table = read.question, read.table
    message, advice = unknown_competency(question.competency, known)
    if question.competency and message:
        table.tell(Kind.UNKNOWN_COMPETENCY, message, "competency", advice=advice)
        return
    if question.competency in known.competencies and known.competencies[question.competency].unit != unit.id:
        home = known.competencies[question.competency].unit
        message = f"{question.competency} is no competency of this unit."
        table.tell(Kind.QUESTION_UNIT, message, "competency", advice=f"Move the question to units/{home}/.")
    if question.id and question.competency:
        if re.fullmatch(rf"{re.escape(question.competency)}\.[1-9]\d*", question.id):
            return
        message = f'"{question.id}" is no id for a question on {question.competency}.'
        table.tell(Kind.QUESTION_ID, message, "id", advice=f"Its form is {question.competency}.1.")


def _choice(read: QuestionRead) -> None:
    options, table = read.question.options, read.table
    if not options:
        return  # told already, as a key that is missing
    if len(options) != OPTIONS_COUNT:
        advice = '"I don\'t know" is always offered beside them.'
        table.tell(
            Kind.QUESTION_OPTIONS, f"A choice has {len(options)} options; expected {OPTIONS_COUNT}.", advice=advice
        )
    right = [number for number, option in enumerate(options, 1) if option.right]
    if len(right) != 1:
        which = f"options {' and '.join(map(str, right))} are" if right else "none is"
        advice = "Write right = true at exactly one option."
        table.tell(Kind.QUESTION_RIGHT, f"One option of a choice is right, but {which}.", advice=advice)
    for position, text in _repeated([option.text for option in options]):
        read.option_tables[position].tell(Kind.QUESTION_REPEATS, f'The option "{text}" is there already.', "text")


def _items(read: QuestionRead, key: str, count_min: int, count_max: int) -> None:
    texts = read.question.answers if key == "answers" else read.question.steps
    if not count_min <= len(texts) <= count_max:
        message = f"{key} holds {len(texts)}; expected {count_min} to {count_max}."
        read.table.tell(Kind.QUESTION_ITEMS, message, key)
    for position, text in _repeated(texts):
        read.table.tell(Kind.QUESTION_REPEATS, f'"{text}" is in {key} already.', key, position)


def _pattern(read: QuestionRead) -> None:
    question, table = read.question, read.table
    for key, texts in (("must_match", question.must_match), ("must_not_match", question.must_not_match)):
        if not texts:
            table.tell(Kind.QUESTION_ITEMS, f"{key} is empty; expected at least one text.", key)
    if question.example.strip() and question.must_match and question.must_not_match:
        flaw = _flaw_of_example(question)
        if flaw:
            table.tell(Kind.QUESTION_EXAMPLE, flaw, "example", advice="It is what the learner is shown as right.")


def _flaw_of_example(question: Question) -> str:
    try:
        flaw = problem(question, question.example)
        return flaw or ("" if grade(question, question.example) else "The example is no right answer.")
    except RetryableError as error:
        return error.message


def _repeated(texts: Sequence[str]) -> Iterator[tuple[int, str]]:
    for position, text in enumerate(texts):
        if text and text in texts[:position]:
            yield position, text
