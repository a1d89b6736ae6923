"""Asks and grades quiz questions, for terminal and site alike: the same question, seed and answer, the same outcome.

An answer is text: of a choice the chosen option's text, of a number, token or pattern what was typed. Of an order it
is the steps' texts, as the learner put them. So an answer that was kept can be read and graded again later, however
the options were shuffled.
"""

import json
import re
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from firsthand.content import pattern_child
from firsthand.content.question import Question
from firsthand.core.errors import RetryableError
from firsthand.core.limits import ANSWER_CHARACTERS_MAX, PATTERN_BYTES_MAX, PATTERN_CPU_S, PATTERN_WALL_S
from firsthand.core.randomness import Rng

_KILLED = (-signal.SIGXCPU, -signal.SIGKILL)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}([, _’']\d{3})+(\.\d+)?")
_NUMBER = re.compile(r"[-+]?(\d+[.,]?\d*|[.,]\d+)(e[-+]?\d{1,3})?", re.IGNORECASE)


def shuffled(question: Question, seed: int) -> tuple[str, ...]:
    """The options of a choice, or the steps to put in order, as they are to be shown; empty for what is typed.

    Steps are never shown in the right order.
    """
    texts = [option.text for option in question.options] or list(question.steps)
    Rng(seed, question.id).shuffle(texts)
    if question.kind == "order" and tuple(texts) == question.steps:
        texts = [*texts[1:], texts[0]]
    return tuple(texts)


def problem(question: Question, given: str | Sequence[str]) -> str:
    """Why this cannot be an answer at all, so that it is asked again and not graded; empty when it can."""
    if question.kind == "order":
        return "" if sorted(given) == sorted(question.steps) else "Name each step once."
    text = _text(given)
    if not text:
        return "Nothing was typed."
    if len(text) > ANSWER_CHARACTERS_MAX:
        return f"That is too long for an answer: at most {ANSWER_CHARACTERS_MAX} characters."
    if question.kind == "choice":
        return "" if any(option.text == given for option in question.options) else "That is none of the options."
    if question.kind == "number" and _value(text) is None:
        return "That is not a number. Type digits only, such as 4 or 0.5, without a unit."
    flaw = _trial(text, question).flaw if question.kind == "pattern" else ""
    return f"That is not a regular expression: {flaw}." if flaw else ""


def grade(question: Question, given: str | Sequence[str]) -> bool:
    """Whether the answer is right; what `problem` objects to is not.

    Raises:
        RetryableError: the machine was too busy to try a regular expression.
    """
    if problem(question, given):
        return False
    text = _text(given)
    match question.kind:
        case "choice":
            return any(option.right and option.text == given for option in question.options)
        case "number":
            value = _value(text)
            rounding = 1e-9 * max(1.0, abs(question.answer))
            return value is not None and abs(value - question.answer) <= question.tolerance + rounding
        case "token":
            return _folded(text, question) in {_folded(answer, question) for answer in question.answers}
        case "order":
            return tuple(given) == question.steps
        case "pattern":
            return _trial(text, question).code == pattern_child.RIGHT


def reason(question: Question, given: str | Sequence[str] = "") -> str:
    """Why the answer is right or wrong: of a choice the reason of the option that was chosen."""
    if question.kind == "pattern" and _text(given) and _trial(_text(given), question).code in _KILLED:
        return f"On one of these texts your expression does not end: its repeats multiply. {question.why}"
    return next((option.why for option in question.options if option.text == given), question.why)


def solution(question: Question) -> str:
    """A right answer, to be shown after the learner's own; the steps of an order stand on lines of their own."""
    match question.kind:
        case "choice":
            return next((option.text for option in question.options if option.right), "")
        case "number":
            return f"{question.answer:.15g}"
        case "token":
            return " or ".join(question.answers)
        case "order":
            return "\n".join(question.steps)
        case "pattern":
            return question.example


def _text(given: str | Sequence[str]) -> str:
    return given.strip() if isinstance(given, str) else ""


def _value(text: str) -> float | None:
    """A number as people type it: 1,000 and 1 000 are a thousand, 0,5 is a half."""
    text = text.replace("\u2212", "-").replace("\u00a0", " ").replace("\u202f", " ")
    if _THOUSANDS.fullmatch(text):
        return float(re.sub(r"[, _’']", "", text))
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None


def _folded(text: str, question: Question) -> str:
    """The text without what never matters: how characters are composed, how wide a gap is, quotes around it."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if len(text) > 2 and text[0] == text[-1] and text[0] in "`\"'":
        text = text[1:-1]
    return text.casefold() if question.fold_case else text


@dataclass(frozen=True)
class _Trial:
    """How a regular expression did: the exit code, and what is wrong with it when it is none."""

    code: int
    flaw: str = ""


def _trial(pattern: str, question: Question) -> _Trial:
    return _tried(pattern, question.must_match, question.must_not_match)


@lru_cache(maxsize=256)
def _tried(pattern: str, must_match: tuple[str, ...], must_not_match: tuple[str, ...]) -> _Trial:
    """Try a pattern in a process that can be killed.

    Python's engine backtracks: some patterns would take it years, and nothing in the same process could stop it.
    """
    asked = {
        "pattern": pattern,
        "must_match": must_match,
        "must_not_match": must_not_match,
        "cpu_s": PATTERN_CPU_S,
        "bytes_max": PATTERN_BYTES_MAX,
    }
    command = [sys.executable, "-I", "-S", str(pattern_child.__file__)]
    too_busy = RetryableError("This machine was too busy to try your regular expression.", advice="Answer again.")
    try:
        child = subprocess.run(
            command, input=json.dumps(asked), text=True, capture_output=True, timeout=PATTERN_WALL_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise too_busy from None
    if child.returncode in (pattern_child.RIGHT, pattern_child.WRONG, pattern_child.NO_PATTERN, *_KILLED):
        return _Trial(child.returncode, child.stdout.strip())
    raise too_busy
