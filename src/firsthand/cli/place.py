"""`firsthand place`: finds out in few questions what the learner knows already."""

import sys
from typing import TYPE_CHECKING

import click

from firsthand.cli.arguments import SEED
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.cli.asking import Pause
    from firsthand.cli.screen import Line, Style
    from firsthand.learning import Placement
    from firsthand.learning.learner import Placed
    from firsthand.learning.placement.result import Rating
    from firsthand.study.outlook import Outlook

EXIT_INTERRUPTED = 130
RATING_TRIES_MAX = 10


@click.command()
@click.option("--show", "only_show", is_flag=True, help="Show the last result, and ask nothing.")
@click.option("--correct", is_flag=True, help="Correct the last result, and ask nothing else.")
@click.option("--again", is_flag=True, help="Begin anew. Answers that were given stay in your history.")
@click.option(
    "--json",
    "json_to",
    default="",
    metavar="FILE",
    help="Write the last result as JSON, ask nothing; - is standard output.",
)
@click.option("--seed", type=SEED, help="Ask as for this seed: the same answers lead to the same questions.")
def place(only_show: bool, correct: bool, again: bool, json_to: str, seed: int | None) -> int:
    """Find out where to start: six to 25 questions, of which each is chosen by the answers before it.

    "I don't know" is always a good answer: it finds the right place soonest. Stop whenever you like with Ctrl-C: all
    answers are kept, and the next call goes on. The result says what you need not be taught. It proves nothing; labs
    do that.
    """
    from firsthand.cli import place_result
    from firsthand.study.outlook import outlook

    here = outlook()
    if only_show or correct or json_to:
        place_result.show_last(here, json_to=json_to)
        if correct:
            place_result.corrections(here)
        return 0
    placed = None if again else here.learner.open_placement
    if placed is None and here.learner.placed is not None and not again:
        place_result.show_last(here)
        place_result.offer_more()
        return 0
    try:
        return _asked(here, placed, seed)
    except KeyboardInterrupt:
        return _kept()


def _asked(here: "Outlook", placed: "Placed | None", seed: int | None) -> int:
    from firsthand.cli import place_result
    from firsthand.cli.asking import Pause
    from firsthand.history import History
    from firsthand.study import placing

    if not here.questions:
        return _no_questions()
    history = History.open()
    append = history.append
    placed = placed or placing.begin(append, seed)
    resumed = bool(placed.ratings or placed.answers)
    _introduce(len(placed.answers), resumed)
    ratings = dict(placed.ratings) if resumed else _ratings(here)
    if ratings is None:
        return _kept()
    if not resumed:
        placing.keep_ratings(history.append_all, placed, ratings)
    placement = placing.going_on(here, placed, ratings)
    if _questions(here, placement, placed) is Pause.LATER:
        return _kept()
    placing.end(append, placed, placement)
    from firsthand.study.outlook import outlook

    done = outlook()
    place_result.show_last(done)
    place_result.corrections(done)
    return 0


def _introduce(answers: int, resumed: bool) -> None:
    from firsthand.cli.screen import BLANK, line, show

    if resumed:
        show(
            [line(f"It goes on after {answers} answer{'' if answers == 1 else 's'}. Anew: ", _code("place", "--again"))]
        )
        return
    show(
        [
            line(("Where do you start? ", "title")),
            line("A few questions find out what you know already, so that nothing you know is taught again."),
            line(('"I don\'t know" is always a good answer. ', "strong"), "Ctrl-C stops; all answers are kept."),
            BLANK,
        ]
    )


def _ratings(here: "Outlook") -> "dict[str, Rating] | None":
    """What the learner says about each unit; empty when they skip it, None when nobody is there."""
    from firsthand.cli.screen import BLANK, line, show

    units = list(here.units.values())
    width = len(str(len(units)))
    show([line("First, in one look: how well do you know these?")])
    show([line(f"{number:>{width}}  {unit.id:<4} {unit.title}", indent=2) for number, unit in enumerate(units, 1)])
    show([BLANK])
    solid = _units("Solid in (numbers or names; Enter: none; skip: no rating): ", list(here.units))
    some = [] if solid == "skip" else _units("Some of it, in (numbers or names; Enter: none): ", list(here.units))
    if solid is None or some is None:
        return None
    if solid == "skip" or some == "skip":
        return {}
    return {unit: "solid" if unit in solid else "some" if unit in some else "never" for unit in here.units}


def _units(prompt: str, units: list[str]) -> list[str] | str | None:
    """The units that are typed, "skip" for that word, None at the end of the input."""
    from firsthand.cli.asking import read
    from firsthand.cli.screen import line, show

    for _ in range(RATING_TRIES_MAX):
        typed = read(prompt)
        if typed is None or typed.lower() == "skip":
            return typed and "skip"
        words = typed.lower().replace(",", " ").split()
        named = [_unit(word, units) for word in words]
        if None not in named:
            return [unit for each in named if each for unit in each]
        unknown = words[named.index(None)]
        show(
            [line((f'There is no "{unknown}" in the list. Type numbers or names from it, such as 2 git 5-7.', "warn"))]
        )
    return []


def _unit(word: str, units: list[str]) -> list[str] | None:
    """The units that a word names: a name, a number, a range of numbers, or `all`."""
    if word in units:
        return [word]
    if word == "all":
        return units
    first, dash, last = word.partition("-")
    numbers = [first, last if dash else first]
    if not all(number.isascii() and number.isdigit() and 1 <= int(number[:4]) <= len(units) for number in numbers):
        return None
    return units[int(numbers[0]) - 1 : int(numbers[1])]


def _questions(here: "Outlook", placement: "Placement", placed: "Placed") -> "Pause | None":
    """Ask until the placement has enough or the learner stops; returns why it stopped, None for enough."""
    from firsthand.cli.asking import Pause, ask, nobody
    from firsthand.cli.screen import BLANK, show
    from firsthand.history import History
    from firsthand.study.answering import asked_as, keep_answer

    while (competency := placement.next()) is not None:
        question = here.question_for(competency)
        show([BLANK, _progress(here, placement, competency)])
        reply = ask(question, placed.seed)
        if isinstance(reply, Pause):
            if reply is Pause.LATER and not placement.answers and not sys.stdin.isatty():
                raise nobody(invocation.spell("place"))
            return reply
        keep_answer(History.open().append, question, reply, "placement", placed.id)
        placement.answer(competency, reply.result, asked_as(question))
    return None


def _progress(here: "Outlook", placement: "Placement", competency: str) -> "Line":
    from firsthand.cli.screen import line
    from firsthand.study.outlook import mark
    from firsthand.study.placing import progress

    now = progress(placement)
    unit = here.units[here.competencies[competency].unit]
    head = f"Question {now.number} of at most {now.at_most}"
    certain = "" if now.certain is None else f" {now.certain:.0%} certain"
    return line((head, "strong"), f"  {unit.title}  ", (f"{mark(now.part)}{certain}", "dim"))


def _kept() -> int:
    from firsthand.cli.screen import BLANK, line, show

    show([BLANK, line("All your answers are kept. It goes on where you stopped with: ", _code("place"))])
    return EXIT_INTERRUPTED


def _no_questions() -> int:
    from firsthand.cli.screen import line, show

    show([line("There are no questions in these content folders yet, so begin with a plan: ", _code("plan"))])
    return 0


def _code(*words: str) -> "tuple[str, Style]":
    return (invocation.spell(*words), "code")
