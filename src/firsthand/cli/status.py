"""`firsthand status`: how far each skill is mastered, and by what evidence."""

from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from firsthand.cli.screen import BLANK, Line, Style, line, show
from firsthand.core.errors import FirsthandError
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.content.model import Competency, Unit
    from firsthand.learning.mastery import Mastery, Seen
    from firsthand.study.outlook import Outlook

SIGNS: dict[str, tuple[str, Style]] = {
    "open": ("·", "dim"),
    "taught": ("◔", ""),
    "known": ("◑", ""),
    "shown": ("◕", "good"),
    "passed": ("◕", "good"),
    "proven": ("✓", "good"),
}


class SkillName(click.types.StringParamType):
    """The id of a competency or unit."""

    name = "skill"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002
        """All competencies and units that begin so."""
        from firsthand.study import library

        try:
            units = library.catalogue().units()
        except FirsthandError:  # completion has no place to complain in
            return []
        named = [(unit.id, unit.title) for unit in units] + [(c.id, c.can) for unit in units for c in unit.competencies]
        return [CompletionItem(name, help=about) for name, about in named if name.startswith(incomplete)]


@click.command()
@click.argument("skill", required=False, default="", metavar="[SKILL]", type=SkillName())
@click.option("--json", "json_to", default="", metavar="FILE", help="Write it as JSON; - is standard output.")
def status(skill: str, json_to: str) -> None:
    """See where you stand: in all units, in one (status sql), or in one skill, with the reasons (status SQL-01).

    A skill is proven by a lab that was passed, together with enough other evidence to make it 95 % certain. A proof
    stays; only how fresh your memory is fades.
    """
    from firsthand.cli.author_output import write_json
    from firsthand.study.outlook import outlook

    here = outlook()
    named = here.named([skill]) if skill else list(here.competencies)
    if json_to:
        write_json(json_to, {"schema": 1, "skills": [_for_programs(here, competency) for competency in named]})
    elif not skill:
        show(_all(here))
    elif skill.lower() in here.units:
        show(_unit(here, here.units[skill.lower()]))
    else:
        show(_why(here, here.competencies[named[0]]))


def _all(here: "Outlook") -> list[Line]:
    from firsthand.learning.mastery import Status
    from firsthand.study.outlook import mark

    lines = []
    if here.is_new:
        lines = [line("Nothing is known about you yet. Begin with: ", (invocation.spell("place"), "code")), BLANK]
    for unit in here.units.values():
        if not unit.competencies:
            continue
        counts = dict.fromkeys(reversed(Status), 0)
        for competency in unit.competencies:
            counts[here.found[competency.id].status] += 1
        total = len(unit.competencies)
        done = counts[Status.PROVEN] + counts[Status.SHOWN] + counts[Status.PASSED]
        told = ", ".join(f"{number} {each}" for each, number in counts.items() if number and each is not Status.OPEN)
        lines.append(
            line(
                (mark(done / total), "good"),
                f" {unit.id:<4} {unit.title}",
                (f"  {total} skills{': ' if told else ''}{told}", "dim"),
            )
        )
    lines += [BLANK, line("A unit: ", (invocation.spell("status", "sql"), "code"))]
    return [*lines, line("A skill, and why: ", (invocation.spell("status", "SQL-01"), "code"))]


def _unit(here: "Outlook", unit: "Unit") -> list[Line]:
    lines = [line((unit.title, "title")), line((unit.why, "dim")), BLANK]
    for competency in unit.competencies:
        found = here.found[competency.id]
        sign, style = SIGNS[found.status]
        fresh = here.memories.get(competency.id)
        memory = f", {fresh.fresh:.0%} fresh" if fresh else ""
        facts = f"  {found.status}, {found.probability:.0%} likely{memory}"
        lines.append(line((f"{sign} ", style), (f"{competency.id}  ", "strong"), competency.can, (facts, "dim")))
    return [
        *lines,
        BLANK,
        line("One of them, and why: ", (invocation.spell("status", unit.competencies[0].id), "code")),
    ]


def _why(here: "Outlook", competency: "Competency") -> list[Line]:
    from firsthand.study.skill_words import MEANS

    found = here.found[competency.id]
    sign, style = SIGNS[found.status]
    unit = here.units[competency.unit]
    lines = [
        line((competency.id, "strong"), f"  {competency.can}"),
        line((f"{unit.title} · tier {competency.tier} · about {competency.minutes} min", "dim")),
        BLANK,
        line((f"{sign} {found.status}", style), f" - {MEANS[found.status]}"),
        line(f"{found.probability:.0%} likely that you can do it, by all evidence", indent=2),
    ]
    if found.proved:
        lines.append(line(f"proved on {_day(here, found.proved)}; a proof stays", indent=2))
    lines += [*_memory(here, competency.id), BLANK, line(("Evidence", "title"))]
    lines += [_beginning(here, found), *(_seen(here, each) for each in found.seen)]
    lines += [BLANK, *_missing(here, competency), *_around(here, competency)]
    return lines


def _memory(here: "Outlook", competency: str) -> list[Line]:
    from firsthand.study.outlook import day_words
    from firsthand.study.reviewing import day_of

    memory = here.memories.get(competency)
    if memory is None:
        return []
    day = day_of(here, competency)
    when = f"; next review {day_words(day, here.today)}" if day else ""
    return [line(f"{memory.fresh:.0%} likely that you remember it today{when}", indent=2)]


def _beginning(here: "Outlook", found: "Mastery") -> Line:
    words = "before anything was seen"
    if found.placed is not None:
        words = f"placement of {_day(here, found.placed)} (it counts from 15 to 90 %)"
    return line(f"{found.beginning:>4.0%}  ", (words, ""), indent=2)


def _seen(here: "Outlook", each: "Seen") -> Line:
    seen = each.evidence
    facts = f"  {_day(here, seen.at)}" + (f" · grader {seen.grader[:12]}" if seen.grader else "")
    style: Style = "good" if seen.weight > 0 or seen.learned else "bad" if seen.weight < 0 else ""
    return line(
        f"{each.probability:>4.0%}  ", (f"{seen.source}: ", "strong"), (seen.words, style), (facts, "dim"), indent=2
    )


def _missing(here: "Outlook", competency: "Competency") -> list[Line]:
    """What is missing until it is proven."""
    from firsthand.study.skill_words import missing

    found = missing(here, competency)
    planned = ", ".join(way.title for way in found if way.kind == "planned")
    lines = [line(("A lab that proves it is planned: ", "dim"), planned)] if planned else []
    for way in found:
        if way.kind in ("begin", "go-on"):
            lines.append(line("To prove it, pass the lab: ", (invocation.spell("begin", way.name), "code")))
        elif way.kind == "questions":
            lines.append(line("Answer a question on it: ", (invocation.spell("review", way.name), "code")))
    return lines


def _around(here: "Outlook", competency: "Competency") -> list[Line]:
    lines = []
    for title, names in (("Stands on", competency.requires), ("Leads to", here.graph.followers[competency.id])):
        told = ", ".join(f"{name} {SIGNS[here.found[name].status][0]}" for name in names)
        if told:
            lines.append(line((f"{title}: ", "dim"), told))
    return lines


def _day(here: "Outlook", at: Any) -> str:
    day = at.astimezone(here.learner.now.tzinfo)
    return f"{day.day} {day:%b %Y}"


def _for_programs(here: "Outlook", name: str) -> dict[str, Any]:
    found, memory = here.found[name], here.memories.get(name)
    return {
        "skill": name,
        "can": here.competencies[name].can,
        "status": str(found.status),
        "probability": round(found.probability, 4),
        "proved": found.proved.isoformat() if found.proved else None,
        "fresh": round(memory.fresh, 4) if memory else None,
        "beginning": found.beginning,
        "evidence": [
            {
                "at": each.evidence.at.isoformat(),
                "source": each.evidence.source,
                "what": each.evidence.words,
                "grader": each.evidence.grader,
                "weight": round(each.evidence.weight, 3),
                "probability": round(each.probability, 4),
            }
            for each in found.seen
        ],
    }
