"""What `firsthand author lint` says: findings, what waits, what was run, and how much there is of each unit."""

from collections import Counter
from collections.abc import Sequence

from firsthand.cli.author_output import near
from firsthand.cli.columns import show_columns
from firsthand.cli.screen import BLANK, Line, line
from firsthand.content.findings import Finding
from firsthand.content.inventory import Counts
from firsthand.proof.lesson_runs import PageRun
from firsthand.study import invocation


def finding_lines(files: int, findings: Sequence[Finding]) -> list[Line]:
    """Each finding, and how many there are."""
    lines: list[Line] = []
    for finding in findings:
        place = near(finding.file) + (f":{finding.line}" if finding.line else "")
        lines.append(line((place, "strong"), verbatim=True))
        first, *shown = finding.message.split("\n")
        lines.append(line(first, indent=4))
        lines += [line(row, indent=4, verbatim=True) for row in shown]
        first, *shown = finding.advice.split("\n")
        lines += [line((first, "dim"), indent=4)] if first else []
        lines += [line((row, "dim"), indent=6, verbatim=True) for row in shown]
    count = len(findings)
    if not count:
        return [line((f"{files} files read, no findings.", "good"))]
    return [*lines, BLANK, line((f"{files} files read, {count} {'finding' if count == 1 else 'findings'}.", "bad"))]


def waiting_lines(waiting: dict[str, list[str]], *, listed: bool) -> list[Line]:
    """How many competencies wait for what is planned, or which."""
    if not waiting:
        return []
    labs = {lab for each in waiting.values() for lab in each}
    questions = sum(not each for each in waiting.values())
    words = f"{len(waiting)} competencies wait for what is planned: {len(labs)} labs, and questions on {questions}."
    if not listed:
        command = invocation.spell("author", "lint", "--planned")
        return [line((words, "dim")), line("They are listed by ", (command, "code"), verbatim=True)]
    rows = [line((name, "strong"), f"  {', '.join(each) or 'questions'}", indent=2) for name, each in waiting.items()]
    return [line(words), *rows]


def run_lines(runs: Sequence[PageRun]) -> list[Line]:
    """How many lessons were run, and which could not be."""
    if not runs:
        return []
    counts = Counter(run.state for run in runs)
    done = counts["right"] + counts["wrong"]
    same = f" Unchanged since they were right: {counts['unchanged']}." if counts["unchanged"] else ""
    lines = [line((f"The code of {done} {'lesson' if done == 1 else 'lessons'} was run.{same}", "dim"))]
    missing = [run for run in runs if run.state == "not run"]
    if missing:
        lines.append(line((f"not run: {len(missing)}", "warn")))
        lines += [line((run.lesson.id, "strong"), f"  {run.lacks}", indent=2) for run in missing]
    return lines


def show_table(counts: Sequence[Counts]) -> None:
    """A row for each unit, and their sum."""
    numbers = ("Lessons", "Questions", "Courses", "Labs", "Minutes")
    rows = [(each.unit or "-", each.title, *map(str, _numbers(each))) for each in counts]
    sums = [str(sum(column)) for column in zip(*map(_numbers, counts), strict=True)] or ["0"] * len(numbers)
    show_columns(("Unit", "Title", *numbers), [*rows, ("all", "", *sums)], right=numbers, wraps=("Title",))


def _numbers(each: Counts) -> tuple[int, ...]:
    return each.lessons, each.questions, each.courses, each.labs, each.minutes
