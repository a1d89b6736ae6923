"""What proves a competency: a lab or a question, there already or planned; and what is planned is sound."""

from collections.abc import Sequence

from firsthand.content.findings import Finding, Kind, Report
from firsthand.content.model import Competency, LearningPath
from firsthand.content.reading_labs import LabRead
from firsthand.content.reading_planned import PlannedRead
from firsthand.content.reading_questions import QuestionRead
from firsthand.content.rules.ids import Known, close_unit, tell_second, tell_unknown_competencies
from firsthand.content.source import Table


def check_planned(plans: Sequence[PlannedRead], paths: Sequence[LearningPath], known: Known, report: Report) -> None:
    """All that can be said of the planned labs and questions themselves."""
    labs = [lab for plan in plans for lab in plan.labs]
    tell_second("planned lab", [(read.lab.id, read.table.file, read.table.line("id")) for read in labs], report)
    there = {lab.id: lab for path in paths for unit in path.units for lab in unit.labs}
    for read in labs:
        lab, table = read.lab, read.table
        if lab.id in there:
            message = f'The lab "{lab.id}" is planned, and it is there: {there[lab.id].file}.'
            table.tell(Kind.PLANNED_EXISTS, message, "id", advice="Take it out here.")
        if lab.unit and known.complete and lab.unit not in known.units:
            message = f'There is no unit "{lab.unit}".'
            table.tell(Kind.UNKNOWN_UNIT, message, "unit", advice=close_unit(lab.unit, known))
        tell_unknown_competencies(table, "proves", lab.proves, known)
        tell_what_proves_nothing(table, lab.proves, known)
    for plan in plans:
        tell_unknown_competencies(plan.table, "questions", plan.questions, known)


def tell_what_proves_nothing(table: Table, proves: Sequence[str], known: Known) -> None:
    """Tell a lab without competencies, and one that claims what only questions prove."""
    if table.is_empty_list("proves"):
        advice = "Name the competencies that it shows, or it is no lab."
        table.tell(Kind.LAB_PROVES_NOTHING, "The lab proves nothing.", "proves", advice=advice)
    for position, name in enumerate(proves):
        found = known.competencies.get(name)
        if found is not None and found.proof == "question":
            message = f"{name} is proved by questions, not by a lab."
            advice = f'Take it out, or give {name} the proof "both" in its unit.toml.'
            table.tell(Kind.LAB_PROVES_QUESTION, message, "proves", position, advice=advice)


def check_proofs(
    known: Known,
    labs: Sequence[LabRead],
    plans: Sequence[PlannedRead],
    questions: Sequence[QuestionRead],
    report: Report,
) -> None:
    """Tell every competency that nothing proves nor ever will, and every planned question that is there."""
    by_lab = {name for read in labs for name in read.lab.proves}
    by_lab |= {name for plan in plans for read in plan.labs for name in read.lab.proves}
    by_question = {read.question.competency for read in questions}
    for plan in plans:
        for position, name in enumerate(plan.questions):
            if name in by_question:
                message = f"A question on {name} is planned, and there is one."
                plan.table.tell(Kind.PLANNED_EXISTS, message, "questions", position, advice="Take it out here.")
        by_question |= set(plan.questions)
    for competency in known.competencies.values():
        missing = _missing(competency, competency.id in by_lab, competency.id in by_question)
        if missing:
            message, advice = missing
            report(Finding(competency.file, competency.line, message, advice, Kind.COMPETENCY_UNPROVED))


def _missing(competency: Competency, has_lab: bool, has_question: bool) -> tuple[str, str] | None:
    if competency.proof == "live" and not has_lab:
        return f"No lab proves {competency.id}.", "Write one, or add one to planned.toml."
    if competency.proof == "question" and not has_question:
        return f"No question is asked on {competency.id}.", "Write one, or name it under questions in planned.toml."
    if not has_lab and not has_question:
        return f"No lab and no question proves {competency.id}.", "Write one, or add a lab to planned.toml."
    return None
