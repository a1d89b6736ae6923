"""The map of the path in words: a table in the terminal, one unit in detail, and JSON for programs."""

from typing import TYPE_CHECKING, Any, TextIO

from firsthand.cli.columns import show_columns
from firsthand.cli.screen import BLANK, Line, line, show
from firsthand.cli.status import SIGNS
from firsthand.study import invocation
from firsthand.study.skill_words import TIERS

if TYPE_CHECKING:
    from firsthand.content.model import Competency, LearningPath
    from firsthand.study.path_map import PathMap, UnitOnMap

SCHEMA_VERSION = 1
BEYOND = "¹"
BAR_CELLS = 10


def show_map(whole: "PathMap", stream: TextIO) -> None:
    """Print all units as a table, with what the marks mean and what to do next."""
    you = ["you", "how far"] if whole.begun else []
    headings = ["no.", "unit", "title", "after", "skills", "time", "labs today", *you]
    rows = [_row(each, begun=whole.begun) for each in whole.units]
    show([line((whole.path.title, "title")), line(_sum(whole)), BLANK], stream)
    show_columns(
        headings,
        rows,
        right=("no.", "skills", "time"),
        wraps=("title", "how far"),
        roomy=("time", "how far"),
        stream=stream,
    )
    show(_footer(whole), stream)


def unit_lines(whole: "PathMap", each: "UnitOnMap") -> list[Line]:
    """One unit: why it is there, its skills with what they stand on, its courses and labs."""
    unit = each.unit
    covers = f"covers the source path's topic {unit.topic}" if unit.topic else "goes beyond the source path"
    after = ", ".join(one.title for one in each.after) or "nothing: begin at any time"
    lines = [
        line((f"{unit.code}  {unit.title}", "title")),
        line(unit.why),
        BLANK,
        line(f"Stands on {after}. It {covers}. About {hours(each.minutes)}."),
        BLANK,
    ]
    for competency in unit.competencies:
        lines += _competency_lines(whole, competency)
    lines += [BLANK, *_course_lines(each), *_lab_lines(each)]
    return lines


def as_json(whole: "PathMap") -> dict[str, Any]:
    """The map as data."""
    return {
        "schema": SCHEMA_VERSION,
        "path": whole.path.id,
        "title": whole.path.title,
        "units": [_unit_json(whole, each) for each in whole.units],
    }


def hours(minutes: int) -> str:
    """An estimate, no finer than it is."""
    return f"{round(minutes / 60)} h" if minutes >= 90 else f"{minutes} min"


def _sum(whole: "PathMap") -> str:
    skills = sum(len(each.unit.competencies) for each in whole.units)
    there, planned = len(whole.labs()), len(whole.path.planned)
    minutes = sum(each.minutes for each in whole.units)
    labs = f"{there} {'lab' if there == 1 else 'labs'} today, {planned} planned"
    proven = sum(each.proven for each in whole.units)
    you = f" You have proven {proven} of them." if proven else ""
    return f"{len(whole.units)} units in order of study, {skills} skills.{you} About {hours(minutes)}; {labs}."


def _row(each: "UnitOnMap", *, begun: bool) -> list[str]:
    unit = each.unit
    there = str(len(unit.labs) or "–")
    planned = f" ({len(each.planned)} planned)" if each.planned else ""
    row = [
        str(each.number),
        unit.code,
        unit.title + (f" {BEYOND}" if each.beyond else ""),
        ", ".join(one.code for one in each.after) or "–",
        str(len(unit.competencies)),
        hours(each.minutes),
        there + planned,
    ]
    return [*row, _bar(each), _standing(each)] if begun else row


def _bar(each: "UnitOnMap") -> str:
    total = len(each.unit.competencies) or 1
    proven = each.proven * BAR_CELLS // total
    touched = (each.proven + each.under_way) * BAR_CELLS // total
    return "█" * proven + "▒" * (touched - proven) + "·" * (BAR_CELLS - touched)


def _standing(each: "UnitOnMap") -> str:
    parts = [f"{each.proven} proven"] if each.proven else []
    parts += [f"{each.under_way} under way"] if each.under_way else []
    return ", ".join(parts)


def _footer(whole: "PathMap") -> list[Line]:
    lines = []
    if any(each.beyond for each in whole.units):
        lines.append(line((f"{BEYOND} goes beyond the source path, which has no course on it.", "dim")))
    if whole.begun:
        words = "█ proven by a lab or, where none is needed, by questions   ▒ taught, known or shown in part   · open"
        lines.append(line((words, "dim")))
    example = whole.units[min(1, len(whole.units) - 1)].unit.id if whole.units else "UNIT"
    lines.append(line("Look into a unit: ", (invocation.spell("path", example), "code"), verbatim=True))
    lines.append(line("Have it as a picture: ", (invocation.spell("path", "--svg", "path.svg"), "code"), verbatim=True))
    return lines


def _competency_lines(whole: "PathMap", competency: "Competency") -> list[Line]:
    status = whole.mastered[competency.id].status.value
    sign, style = SIGNS[status]
    told = "" if status == "open" else f"  {status}"
    stands = f"stands on {', '.join(competency.requires)}" if competency.requires else "stands on nothing"
    facts = (
        f"{TIERS[competency.tier]} · {_proof(whole.path, competency)} · {minutes_words(competency.minutes)} · {stands}"
    )
    return [
        line((sign, style), " ", (competency.id, "strong"), f"  {competency.can}", (told, style)),
        line((facts, "dim"), indent=2),
    ]


def minutes_words(minutes: int) -> str:
    """A length of time as one plans it."""
    whole, rest = divmod(minutes, 60)
    return " ".join(filter(None, (f"{whole} h" if whole else "", f"{rest} min" if rest else "")))


def _proof(path: "LearningPath", competency: "Competency") -> str:
    labs = [lab.id for unit in path.units for lab in unit.labs if competency.id in lab.proves]
    planned = [lab.id for lab in path.planned if competency.id in lab.proves]
    if labs:
        return f"proved by {', '.join(labs)}"
    if competency.proof == "question":
        waits = " (planned)" if competency.id in path.planned_questions else ""
        return f"proved by questions{waits}"
    return f"proved by {', '.join(planned)} (planned)" if planned else "proved by questions"


def _course_lines(each: "UnitOnMap") -> list[Line]:
    if not each.courses:
        return []
    lines = [line(("Courses", "strong"))]
    for course in each.courses:
        length = minutes_words(round(course.seconds / 60)) if course.seconds else "length unknown"
        lines.append(line((course.id, "code"), f"  {course.title}, {length}", indent=2))
        lines.append(line((course.url, "dim"), indent=4, verbatim=True))
    return [*lines, BLANK]


def _lab_lines(each: "UnitOnMap") -> list[Line]:
    there = [line((lab.id, "code"), f"  {lab.title}: {', '.join(lab.proves)}", indent=2) for lab in each.unit.labs]
    planned = [
        line((lab.id, "dim"), f"  {lab.title}: {', '.join(lab.proves)}", ("  planned", "warn"), indent=2)
        for lab in each.planned
    ]
    if not (there or planned):
        return []
    lines = [line(("Labs", "strong")), *there, *planned]
    if each.unit.labs:
        begin = invocation.spell("begin", each.unit.labs[0].id)
        lines += [BLANK, line("Begin one: ", (begin, "code"), verbatim=True)]
    return lines


def _unit_json(whole: "PathMap", each: "UnitOnMap") -> dict[str, Any]:
    unit = each.unit
    return {
        "id": unit.id,
        "code": unit.code,
        "title": unit.title,
        "why": unit.why,
        "number": each.number,
        "requires": list(unit.requires),
        "topic": unit.topic,
        "beyond_source": each.beyond,
        "minutes": each.minutes,
        "proven": each.proven,
        "under_way": each.under_way,
        "competencies": [_competency_json(whole, c) for c in unit.competencies],
        "courses": [course.id for course in each.courses],
        "labs": [{"id": lab.id, "title": lab.title, "proves": list(lab.proves)} for lab in unit.labs],
        "planned_labs": [
            {
                "id": lab.id,
                "title": lab.title,
                "wave": lab.wave,
                "proves": list(lab.proves),
                "servers": list(lab.servers),
                "stages": list(lab.stages),
            }
            for lab in each.planned
        ],
    }


def _competency_json(whole: "PathMap", competency: "Competency") -> dict[str, Any]:
    return {
        "id": competency.id,
        "can": competency.can,
        "tier": competency.tier,
        "proof": competency.proof,
        "minutes": competency.minutes,
        "requires": list(competency.requires),
        "status": whole.mastered[competency.id].status.value,
        "question_planned": competency.id in whole.path.planned_questions,
    }
