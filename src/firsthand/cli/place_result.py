"""The result of a placement on screen: three groups, which the learner may correct."""

from typing import TYPE_CHECKING, get_args

from firsthand.cli.asking import read
from firsthand.cli.author_output import write_json
from firsthand.cli.screen import BLANK, Line, Style, line, show
from firsthand.core.errors import UsageError
from firsthand.learning.placement.result import Group
from firsthand.study import invocation
from firsthand.study.memory import remember
from firsthand.study.outlook import Outlook, day_words
from firsthand.study.placing import GROUPS, by_unit, compact, grouped

if TYPE_CHECKING:
    from firsthand.learning.learner import Placed

CORRECTIONS_MAX = 200
STYLES: dict[Group, Style] = {"known": "good", "prove": "warn", "learn": "strong"}


def show_last(here: Outlook, *, json_to: str = "") -> None:
    """Show the result of the last placement that ended.

    Raises:
        UsageError: none has ended yet.
    """
    placed = here.learner.placed
    if placed is None:
        goes_on = here.learner.open_placement is not None
        what = "Your placement is not finished yet." if goes_on else "You were not placed yet."
        raise UsageError(what, advice=f"`firsthand place` {'goes on with it' if goes_on else 'asks the questions'}.")
    groups = grouped(here, placed)
    if json_to:
        write_json(json_to, _for_programs(placed, groups))
        return
    asked = f"{len(placed.answers)} question{'' if len(placed.answers) == 1 else 's'}"
    assert placed.ended is not None, "it is the last that ended"
    when = day_words(placed.ended.astimezone(here.learner.now.tzinfo).date(), here.today)
    lines: list[Line] = [BLANK, line(("Where you stand", "title"), f"  after {asked}, {when}")]
    for group, (title, about) in GROUPS.items():
        lines += [BLANK, line((title, STYLES[group]), f": {len(groups[group])} skills - {about}")]
        lines += _by_unit(here, groups[group])
    lines += [BLANK, line(("Placement skips teaching only. What you can do is proved by labs.", "dim"))]
    if here.on_ramp is not None:
        page = here.on_ramp.ahead[0]
        lines += [BLANK, line("You never programmed: begin with ", _code("lesson", page.id), f" ({page.title})")]
    show(lines)


def corrections(here: Outlook) -> None:
    """Let the learner correct the result, line by line, and say what comes next."""
    show(
        [
            BLANK,
            line("Is it right? You may correct it with known, prove or learn, and skills or units, such as:"),
            line(("known SQL-01 SQL-02 git", "code"), indent=2, verbatim=True),
        ]
    )
    for _ in range(CORRECTIONS_MAX):
        typed = read("Correct, or Enter when it is right: ")
        if not typed:
            break
        show([_corrected(here, typed.split())])
    show(
        [
            BLANK,
            line("Next, say how much time you have: ", _code("plan", "--hours", "mon-fri 1.5")),
            line("Or begin right away: ", _code("next")),
        ]
    )


def offer_more() -> None:
    """What else can be done with a result."""
    show(
        [
            line("Correct it: ", _code("place", "--correct"), "   Place anew: ", _code("place", "--again")),
            line("What comes next: ", _code("next")),
        ]
    )


def _corrected(here: Outlook, words: list[str]) -> Line:
    group = next((each for each in get_args(Group) if each == words[0].lower()), None)
    if group is None or len(words) < 2:
        return line(("Begin with known, prove or learn, then name skills or units: learn NET-06 sql", "warn"))
    try:
        named = here.named(word.strip(",") for word in words[1:])
    except UsageError as error:
        return line((f"{error.message} {invocation.spelt(error.advice)}", "warn"))
    kept = [remember("corrected", {"competency": competency, "group": group}) for competency in named]
    sign: tuple[str, Style] = ("✓ ", "good") if all(kept) else ("not kept: ", "bad")
    return line(sign, f"{GROUPS[group][0]}: {compact(named)}")


def _by_unit(here: Outlook, competencies: list[str]) -> list[Line]:
    """The units of these competencies: those that are in it whole on one line, others with the ids."""
    whole, parts = by_unit(here, competencies)
    lines = [line(f"{unit.title}: ", (compact(own), "dim"), indent=2) for unit, own in parts]
    titles = ", ".join(unit.title for unit in whole)
    return [*lines, line("All of: ", (titles, "dim"), indent=2)] if whole else lines


def _for_programs(placed: "Placed", groups: dict[Group, list[str]]) -> dict[str, object]:
    return {
        "schema": 1,
        "placement": placed.id,
        "seed": placed.seed,
        "ended": placed.ended.isoformat() if placed.ended else None,
        "questions": len(placed.answers),
        "known": groups["known"],
        "prove": groups["prove"],
        "learn": groups["learn"],
        "probabilities": dict(placed.probabilities),
    }


def _code(*words: str) -> tuple[str, Style]:
    return (invocation.spell(*words), "code")
