"""`firsthand plan`: the steps to a goal with their dates, and how much time there is for them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from firsthand.cli.screen import BLANK, Line, line, show
from firsthand.core.errors import UsageError
from firsthand.study import invocation

if TYPE_CHECKING:
    from firsthand.learning.plan import Milestone, Plan, Planned
    from firsthand.study.outlook import Outlook

STEPS_SHOWN = 12


@click.command()
@click.option(
    "--goal", metavar="GOAL", help="first-job (so unless told), path, or units and labs: sql,api,net-byo-http."
)
@click.option("--hours", metavar="HOURS", help='Hours of study: "mon-fri 1.5, sat 3", or 7 for so many a week.')
@click.option("--start", metavar="DATE", help="The first day, YYYY-MM-DD; today unless told.")
@click.option("--deadline", metavar="DATE", help="The day by which it should be done; none takes it away.")
@click.option("--ics", metavar="FILE", help="Write the plan as a calendar file; import it again to move its events.")
@click.option("--all", "everything", is_flag=True, help="Show all steps, not only the next ones.")
@click.option("--json", "json_to", default="", metavar="FILE", help="Write the plan as JSON; - is standard output.")
def plan(
    goal: str | None,
    hours: str | None,
    start: str | None,
    deadline: str | None,
    ics: str | None,
    everything: bool,
    json_to: str,
) -> None:
    """See your way to a goal, with dates; set goal, hours and deadline.

    What you set is kept; the plan is made anew each time. Dates follow your own pace: four in five learners are done
    between the two that are shown. When something slips, the dates move. Nothing piles up.
    """
    from firsthand.cli.author_output import write_json
    from firsthand.history import History
    from firsthand.study.outlook import begin_here, outlook
    from firsthand.study.planning import wish_data, wished

    here = outlook()
    if any(given is not None for given in (goal, hours, start, deadline)):
        History.open().append("plan", wish_data(wished(here, goal, hours, start, deadline)))
        here = outlook()
    elif here.is_new:
        raise begin_here(here)
    if ics:
        _write_calendar(here, Path(ics))
    if json_to:
        write_json(json_to, _for_programs(here.plan))
    if not (ics or json_to):
        show(_lines(here, everything))


def step_for_programs(planned: "Planned") -> dict[str, Any]:
    """A step of the plan as JSON has it."""
    step, ends = planned.step, planned.ends
    return {
        "id": step.id,
        "kind": step.kind,
        "name": step.name,
        "title": step.title,
        "unit": step.unit,
        "minutes": step.minutes,
        "competencies": list(step.competencies),
        "requires": list(step.requires),
        "lessons": list(step.lessons),
        "there": step.there,
        "planned_labs": list(step.planned),
        "begins": planned.begins.isoformat(),
        "ends": {"early": f"{ends.early}", "expected": f"{ends.expected}", "late": f"{ends.late}"},
    }


def _write_calendar(here: "Outlook", file: Path) -> None:
    from firsthand.learning.calendar import calendar

    links = {course.id: course.url for course in here.path.courses}
    data = calendar(here.plan, here.learner.events, here.learner.now, links)
    try:
        file.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.", advice="Name another file.") from None
    show(
        [
            line(("✓ ", "good"), f"{len(here.plan.steps)} steps are in {file}. Import it into your calendar."),
            line("When the plan has changed, write and import it again: its events move.", indent=2),
        ]
    )


def _lines(here: "Outlook", everything: bool) -> list[Line]:
    from firsthand.study.planning import planned_words

    found = here.plan
    lines = _head(here)
    if not found.steps:
        from firsthand.cli.next import nothing_left

        return [*lines, BLANK, *nothing_left(here)]
    lines += [BLANK, _milestone(here, found.milestones[0], "Next milestone: "), BLANK]
    shown = found.steps if everything else found.steps[:STEPS_SHOWN]
    lines += [each for planned in shown for each in _step(here, planned)]
    if len(shown) < len(found.steps):
        rest = f"... and {len(found.steps) - len(shown)} more: "
        lines.append(line(rest, (invocation.spell("plan", "--all"), "code"), indent=2))
    if len(found.milestones) > 1:
        lines += [BLANK, line(("Then", "strong"))]
        lines += [_milestone(here, each, "") for each in found.milestones[1:]]
    if words := planned_words(found):
        lines += [BLANK, line((words, "dim"))]
    return [*lines, BLANK, line("What to do now: ", (invocation.spell("next"), "code"))]


def _head(here: "Outlook") -> list[Line]:
    from firsthand.study.outlook import day_words, minutes_words, range_words
    from firsthand.study.planning import late_words, pace_words

    found = here.plan
    counts = [f"{number} {status}" for status, number in reversed(list(found.reached.items())) if number]
    lines = [
        line(("Goal: ", "strong"), f"{found.goal.words} - {sum(found.reached.values())} skills: {', '.join(counts)}"),
        line(("Time: ", "strong"), f"{found.hours.words} hours, {minutes_words(found.hours.a_week)} a week"),
    ]
    if found.ends:
        when = range_words(found.ends.early, found.ends.late, here.today)
        lines.append(line(("Done: ", "strong"), f"{when}; {minutes_words(found.minutes)} are left"))
    if told := pace_words(found):
        lines.append(line(("Pace: ", "strong"), told))
    if found.deadline:
        day, late = day_words(found.deadline, here.today), late_words(found)
        lines.append(line(("By:   ", "strong"), (day, "bad" if late else "good"), f" - {late}" if late else ""))
    return lines


def _milestone(here: "Outlook", milestone: "Milestone", head: str) -> Line:
    from firsthand.study.outlook import range_words

    when = range_words(milestone.ends.early, milestone.ends.late, here.today)
    steps = f"{milestone.steps} step{'s' if milestone.steps > 1 else ''}"
    return line((head, "strong"), milestone.title, (f"  {when} · {steps}", "dim"), indent=0 if head else 2)


def _step(here: "Outlook", planned: "Planned") -> list[Line]:
    from firsthand.study.outlook import day_words, minutes_words
    from firsthand.study.ways import HEADS

    step = planned.step
    title = f"{step.name} {step.title}" if step.kind in ("learn", "questions") else step.title
    day = day_words(planned.begins, here.today)
    note = "" if step.there else "  (nothing here teaches it yet)"
    facts = f"  {minutes_words(step.minutes)}"
    if step.kind in ("course", "lab"):
        facts += f" · {', '.join(step.competencies)}"
    return [line((f"{day:<15} ", "dim"), f"{HEADS[step.kind]} ", (title, "strong"), (facts + note, "dim"))]


def _for_programs(found: "Plan") -> dict[str, Any]:
    from firsthand.learning.learner import WEEKDAYS

    return {
        "schema": 1,
        "goal": found.goal.text,
        "hours": dict(zip(WEEKDAYS, (each / 60 for each in found.hours.minutes), strict=True)),
        "start": found.start.isoformat(),
        "deadline": found.deadline.isoformat() if found.deadline else None,
        "misses_deadline": found.misses_deadline,
        "pace": round(found.pace.factor, 3),
        "minutes": found.minutes,
        "skills": {str(status): number for status, number in found.reached.items()},
        "steps": [step_for_programs(planned) for planned in found.steps],
        "milestones": [
            {"unit": m.unit, "steps": m.steps, "early": f"{m.ends.early}", "late": f"{m.ends.late}"}
            for m in found.milestones
        ],
        "planned_labs": [lab.id for lab in found.planned],
    }
