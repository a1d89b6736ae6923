"""The proof in words: a table of the labs, the times of their stages, and what is not as promised."""

from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from firsthand.cli.author_output import near
from firsthand.cli.screen import BLANK, Line, Style, line
from firsthand.proof.judge import Finding, Judgement
from firsthand.study import invocation

_HEAD = ("lab", "languages", "stages", "checks", "bugs", "caught", "flakes", "per stage")


def proof_lines(judgements: Sequence[Judgement], seconds: float, *, missing_ok: bool) -> list[Line]:
    """All that a proof has to say. `seconds` is how long it took; `missing_ok` forgives what the machine lacks."""
    findings = [f for j in judgements for f in j.findings]
    broken = [f for f in findings if not f.missing]
    missing = [f for f in findings if f.missing]
    lines = [*_table([_HEAD, *(_row(j) for j in judgements)]), *_times(judgements)]
    if broken:
        lines += [BLANK, line((f"{_count(len(broken), 'thing is', 'things are')} not as promised:", "bad"))]
        lines += _finding_lines(broken)
    if missing:
        lines += [BLANK, line(("Not proved on this machine:", "warn"))]
        lines += _finding_lines(missing)
    return [*lines, BLANK, _sum(judgements, seconds, proved=not broken and (missing_ok or not missing))]


def _row(judgement: Judgement) -> tuple[str, ...]:
    plan = judgement.plan
    times = [seconds for stage in judgement.stage_seconds().values() for seconds in stage.values()]
    return (
        plan.lab.id,
        ", ".join(sorted({s.language for s in plan.subjects})) or "none",
        str(len(plan.lab.stages)),
        str(sum(len(stage.checks) for stage in plan.lab.stages)),
        str(sum(1 for s in plan.subjects if s.bug)),
        str(judgement.caught),
        str(judgement.flakes),
        _seconds(median(times)) if times else "-",
    )


def _table(rows: Sequence[Sequence[str]], texts: int = 2) -> Iterator[Line]:
    """Aligned columns, the first `texts` of them to the left; the first row is the head."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [
            cell.ljust(w) if i < texts else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        style: Style = "dim" if number == 0 else ""
        yield line(("  ".join(cells).rstrip(), style), verbatim=True)


def _times(judgements: Iterable[Judgement]) -> Iterator[Line]:
    for judgement in judgements:
        by_stage = judgement.stage_seconds()
        if by_stage:
            languages = sorted({language for stage in by_stage.values() for language in stage})
            rows = [(stage, *(_seconds(times.get(x)) for x in languages)) for stage, times in by_stage.items()]
            yield BLANK
            yield from _table([(f"{judgement.plan.lab.id}, median per stage", *languages), *rows], texts=1)


def _finding_lines(findings: Iterable[Finding]) -> Iterator[Line]:
    for finding in findings:
        yield BLANK
        yield line((f"{finding.lab}: ", "strong"), finding.what, indent=2)
        yield line((_place(finding.where), "dim"), indent=6, verbatim=True)
        if finding.seeds:
            name = "seed" if len(finding.seeds) == 1 else "seeds"
            yield line((f"{name} {', '.join(map(str, finding.seeds))}", "dim"), indent=6)
        if finding.again:
            yield line((invocation.spell(*finding.again), "code"), indent=6, verbatim=True)


def _sum(judgements: Sequence[Judgement], seconds: float, *, proved: bool) -> Line:
    labs = _count(len(judgements), "lab")
    checks = _count(sum(len(s.checks) for j in judgements for s in j.plan.lab.stages), "check")
    bugs = _count(sum(1 for j in judgements for s in j.plan.subjects if s.bug), "bug")
    runs = _count(sum(len(done) for j in judgements for done in j.outcomes.values()), "run")
    flakes = _count(sum(j.flakes for j in judgements), "flake")
    word = "Proved" if proved else "Not proved"
    return line(
        (f"{word}: {labs}, {checks}, {bugs}, {runs}, {flakes}, in {seconds:.0f} s.", "good" if proved else "bad")
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f} s"


def _place(where: str) -> str:
    path, colon, number = where.rpartition(":")
    return f"{near(path)}:{number}" if colon and number.isdigit() else near(where)
