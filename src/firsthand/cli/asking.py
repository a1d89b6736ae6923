"""Asks a question in the terminal: shows it, reads an answer, and takes "I don't know" for one."""

import sys
from enum import Enum

from firsthand.cli.screen import line, markdown, show
from firsthand.content.question import Question
from firsthand.content.questions import problem, shuffled
from firsthand.core.errors import RetryableError, UsageError
from firsthand.study.answering import UNSURE, Reply, replied

TRIES_MAX = 20
"""How often one answer may be mistyped."""
END = ":end"


class Pause(Enum):
    """The learner answers no more."""

    LATER = "later"
    """Nobody is there, or not now: it goes on where it stopped."""
    ENOUGH = "enough"
    """They ask to finish with what was answered."""


def ask(question: Question, seed: int) -> Reply | Pause:
    """Ask one question. Its options are shuffled by the seed."""
    options = shuffled(question, seed)
    # Further lines of an option belong to it, as Markdown has it.
    shown = (text.replace("\n", "\n   ") for text in options)
    listed = "".join(f"\n{number}. {text}" for number, text in enumerate(shown, 1))
    markdown(f"{question.ask.strip()}\n{listed}\n")
    for _ in range(TRIES_MAX):
        typed = read(_prompt(question, len(options)))
        if typed is None:
            return Pause.LATER
        if typed.lower() == END:
            return Pause.ENOUGH
        if not typed or (options and typed == "0"):
            return UNSURE
        given = _given(question, options, typed)
        wrong = problem(question, given) if given is not None else _choose(question, len(options))
        try:
            if not wrong and given is not None:
                return replied(question, given)
        except RetryableError as error:
            wrong = str(error)
        show([line((wrong, "warn"))])
    return Pause.LATER


def read(prompt: str) -> str | None:
    """A line that the learner types, without the space around it; None at the end of what there is to read."""
    sys.stdout.write(prompt)
    sys.stdout.flush()
    typed = sys.stdin.readline()
    if not sys.stdin.isatty():
        sys.stdout.write("\n")  # no terminal echoed the line end
    return typed.strip() if typed else None


def nobody(command: str) -> UsageError:
    """What to say where questions cannot be asked."""
    return UsageError(
        f"{command} asks questions, and nobody is there to answer: the input is empty.",
        advice="Call it in a terminal. Answers can also be piped in, one a line.",
    )


def _prompt(question: Question, options: int) -> str:
    if question.kind == "choice":
        return f"1-{options}, or Enter for I don't know ({END} finishes): "
    if question.kind == "order":
        return f"The numbers in the right order, or Enter for I don't know ({END} finishes): "
    return f"Your answer, or Enter for I don't know ({END} finishes): "


def _given(question: Question, options: tuple[str, ...], typed: str) -> str | list[str] | None:
    """The answer as it is graded and kept; None when it names no options."""
    if not options:
        return typed
    numbers = typed.replace(",", " ").replace(".", " ").split()
    if not all(number.isascii() and number.isdigit() and 1 <= int(number[:4]) <= len(options) for number in numbers):
        return None
    chosen = [options[int(number) - 1] for number in numbers]
    if question.kind == "order":
        return chosen
    return chosen[0] if len(chosen) == 1 else None


def _choose(question: Question, options: int) -> str:
    if question.kind == "order":
        return (
            f"Type the numbers 1 to {options} in the right order, such as {' '.join(map(str, range(options, 0, -1)))}."
        )
    return f"Type one number from 1 to {options}, or only Enter."
