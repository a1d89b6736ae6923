"""Decides from the outcomes of all trials whether a lab's graders are right; without I/O."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from firsthand.core.verdicts import Verdict
from firsthand.proof.outcomes import Outcome
from firsthand.proof.plan import Bug, Plan, Subject

SCHEMA_VERSION = 1
LANGUAGES_MIN = 2
"""Solutions a lab needs: one alone cannot show that the checks judge behaviour and not one program's habits."""

_WORST_FIRST = (Verdict.ERROR, Verdict.INVALID, Verdict.FAILED, Verdict.SKIPPED, Verdict.PASSED)


@dataclass(frozen=True)
class Finding:
    """Something that is not as promised."""

    lab: str
    what: str
    where: str
    """The file or folder to open, with the line where it is known."""
    seeds: tuple[int, ...] = ()
    """Of the runs that showed it, the first few."""
    again: tuple[str, ...] = ()
    """The arguments after `firsthand` that show it again."""
    missing: bool = False
    """Nothing is wrong with the lab: this machine cannot run it."""


@dataclass(frozen=True)
class Judgement:
    """The proof of one lab, judged."""

    plan: Plan
    outcomes: Mapping[Subject, Sequence[Outcome]]
    findings: tuple[Finding, ...]
    flakes: int

    @property
    def caught(self) -> int:
        """How many bugs were caught as promised in every run."""
        return sum(1 for s, done in self.outcomes.items() if s.bug and all(_keeps(self.plan, o) for o in done))

    def stage_seconds(self) -> dict[str, dict[str, float]]:
        """Median seconds by stage and language of the solution."""
        table: dict[str, dict[str, float]] = {}
        for stage in self.plan.lab.stages:
            for subject, done in self.outcomes.items():
                times = [seconds for o in done for name, seconds in o.stages if name == stage.id]
                if subject.kind == "solution" and times:
                    table.setdefault(stage.id, {})[subject.language] = median(times)
        return table


def judge(plan: Plan, outcomes: Iterable[Outcome]) -> Judgement:
    """Hold the outcomes against the law of proof (docs/author/law-of-proof.md)."""
    by_subject: dict[Subject, list[Outcome]] = {subject: [] for subject in plan.subjects}
    for outcome in sorted(outcomes, key=lambda o: o.trial.repeat):
        by_subject[outcome.trial.subject].append(outcome)
    findings = [
        *_gaps(plan),
        *(f for subject, done in by_subject.items() for f in _broken_promises(plan, subject, done)),
    ]
    flakes = sum(_flakes(plan, done) for done in by_subject.values())
    return Judgement(plan, by_subject, tuple(findings), flakes)


def as_json(judgements: Iterable[Judgement]) -> dict[str, object]:
    """The proof as data, schema 1 (docs/author/prove.md)."""
    return {"schema": SCHEMA_VERSION, "labs": [_lab_json(j) for j in judgements]}


# What the files alone show.


def _gaps(plan: Plan) -> Iterator[Finding]:
    lab = plan.lab
    if lab.solutions_folder is None:
        yield Finding(
            lab.id,
            "Its solutions are not installed here, so nothing of it can be proved.",
            str(lab.folder),
            missing=True,
        )
        return
    if not plan.selection.whole:
        return
    if "solution" in plan.selection.kinds and len(lab.solutions()) < LANGUAGES_MIN:
        what = f"It has {len(lab.solutions()) or 'no'} solution: the law asks for solutions in two languages."
        yield Finding(lab.id, what, str(lab.solutions_folder / "solutions"))
    if "starter" in plan.selection.kinds and not lab.starters():
        yield Finding(lab.id, "It has no starter.", str(lab.folder / "starters"))
    if "bug" in plan.selection.kinds:
        yield from _bug_gaps(plan)


def _bug_gaps(plan: Plan) -> Iterator[Finding]:
    lab = plan.lab
    for stray in plan.strays:
        what = (
            f"{stray.name} is no bug of this lab: it wants to be bugs/<language>/<check>--<slug>.patch,"
            " with a check of this lab and a language that has a solution."
        )
        yield Finding(lab.id, what, str(stray))
    for stage in lab.stages:
        bugs = [b for b in plan.bugs if b.check in {c.id for c in stage.checks}]
        if not any(b.absent for b in bugs):
            what = f"Stage {stage.id} has no bug that leaves its feature out (a slug that begins with `absent`)."
            yield Finding(lab.id, what, f"{stage.checks[0].file if stage.checks else stage.folder}")
        for check in stage.checks:
            if not any(b.check == check.id for b in bugs):
                what = f"Check {check.id} (stage {stage.id}) has no planted bug, so nothing shows that it can fail."
                yield Finding(lab.id, what, f"{check.file}:{check.line}")


# What the runs show.


def _broken_promises(plan: Plan, subject: Subject, done: Sequence[Outcome]) -> Iterator[Finding]:
    if len(done) < plan.repeats:
        what = f"The {subject.title} ran {len(done)} times instead of {plan.repeats}."
        yield Finding(plan.lab.id, what, str(subject.where))
    grouped: dict[str, list[Outcome]] = {}
    for outcome in done:
        if problem := _problem(plan, outcome):
            grouped.setdefault(problem, []).append(outcome)
    for problem, bad in grouped.items():
        often = f" In {len(bad)} of {len(done)} runs." if len(done) > 1 else ""
        ran = not bad[0].fault or bad[0].fault == "died"
        yield Finding(
            plan.lab.id,
            f"The {subject.title} {problem}{often}",
            bad[0].where or str(subject.where),
            tuple(o.trial.seed for o in bad[:3]) if ran else (),
            _again(subject, bad[0].trial.seed) if ran else (),
            missing=_is_missing(bad[0]),
        )


def _keeps(plan: Plan, outcome: Outcome) -> bool:
    return _problem(plan, outcome) == ""


def _problem(plan: Plan, outcome: Outcome) -> str:
    """What is not as promised, as the rest of a sentence that begins with the subject; empty when all is."""
    match outcome.fault:
        case "missing":
            return f"is not proved here: {outcome.message}"
        case "broken":
            return f"cannot be made: {outcome.message}"
        case "died":
            return f"did not finish: {outcome.message}"
    if outcome.verdict is Verdict.ERROR:
        return f"could not be judged{_at(outcome)}: {outcome.message}"
    subject = outcome.trial.subject
    if subject.bug:
        return _bug_problem(plan, subject.bug, outcome)
    return _starter_problem(plan, outcome) if subject.kind == "starter" else _solution_problem(outcome)


def _solution_problem(outcome: Outcome) -> str:
    if outcome.verdict is Verdict.INVALID:
        return f"did not start{_at(outcome)}: {outcome.message}"
    if outcome.verdict is Verdict.FAILED:
        return f"fails{_at(outcome)}: {outcome.message}"
    if outcome.skipped:
        return f"is not proved here in every stage, because some were skipped ({'; '.join(outcome.skipped)})."
    return ""


def _starter_problem(plan: Plan, outcome: Outcome) -> str:
    promise = plan.lab.starter
    promised = f"lab.toml says that an unchanged starter fails check {promise.check} of stage {promise.stage}"
    if outcome.verdict is Verdict.PASSED:
        return f"passes, but {promised}."
    if outcome.verdict is Verdict.INVALID:
        return f"did not start{_at(outcome)}, but {promised}: {outcome.message}"
    if (outcome.stage, outcome.check) != (promise.stage, promise.check):
        return f"fails{_at(outcome)}, but {promised}: {outcome.message}"
    if promise.says not in outcome.message and promise.says not in outcome.remark:
        return f'fails where it should, but without the promised words "{promise.says}": {outcome.message}'
    return ""


def _bug_problem(plan: Plan, bug: Bug, outcome: Outcome) -> str:
    stage = _stage_of(plan, bug.check)
    if outcome.verdict is Verdict.PASSED:
        skipped = f" (skipped: {'; '.join(outcome.skipped)})" if outcome.skipped else ""
        return f"is caught by no check{skipped}."
    if outcome.verdict is Verdict.INVALID:
        return f"is caught by no check, because the program did not start{_at(outcome)}: {outcome.message}"
    if outcome.stage != stage:
        return f"is caught in stage {outcome.stage} by {outcome.check}, not in stage {stage}: {outcome.message}"
    if outcome.check != bug.check:
        return f"is caught first by {outcome.check}, not by {bug.check}: {outcome.message}"
    return ""


def _flakes(plan: Plan, done: Sequence[Outcome]) -> int:
    """Runs that went another way than the promised one; if none kept the promise, another way than most."""
    ways = Counter(o.signature for o in done)
    if len(ways) <= 1:
        return 0
    kept = sum(1 for o in done if _keeps(plan, o))
    return len(done) - (kept or max(ways.values()))


def _is_missing(outcome: Outcome) -> bool:
    passed = outcome.fault == "" and outcome.verdict is Verdict.PASSED
    return outcome.fault == "missing" or (passed and outcome.trial.subject.kind == "solution" and bool(outcome.skipped))


def _at(outcome: Outcome) -> str:
    if outcome.check:
        return f" at check {outcome.check} of stage {outcome.stage}"
    return f" in stage {outcome.stage}" if outcome.stage else ""


def _stage_of(plan: Plan, check: str) -> str:
    return next((s.id for s in plan.lab.stages if any(c.id == check for c in s.checks)), "")


def _again(subject: Subject, seed: int) -> tuple[str, ...]:
    what = ("--bug", subject.bug.name) if subject.bug else ("--only", f"{subject.kind}s")
    return ("author", "prove", subject.lab, *what, "--lang", subject.language, "--seed", str(seed))


# The proof as data.


def _lab_json(judgement: Judgement) -> dict[str, object]:
    plan = judgement.plan
    solutions = [(s, done) for s, done in judgement.outcomes.items() if s.kind == "solution"]
    bugs = [(s.bug, done) for s, done in judgement.outcomes.items() if s.bug]
    return {
        "lab": plan.lab.id,
        "repeats": plan.repeats,
        "flakes": judgement.flakes,
        "solutions": [
            {"language": s.language, "verdict": _worst(done), "seconds": _median_seconds(done)} for s, done in solutions
        ],
        "checks": [
            {
                "check": check.id,
                "stage": stage.id,
                "bugs": [
                    {"bug": bug.slug, "language": bug.language, "caught_by": _caught_by(plan, done)}
                    for bug, done in bugs
                    if bug.check == check.id
                ],
            }
            for stage in plan.lab.stages
            for check in stage.checks
        ],
    }


def _worst(done: Sequence[Outcome]) -> str:
    found = {Verdict.SKIPPED if o.fault == "missing" else o.verdict for o in done} or {Verdict.SKIPPED}
    return next(v for v in _WORST_FIRST if v in found).value


def _median_seconds(done: Sequence[Outcome]) -> float:
    times = [o.seconds for o in done if not o.fault]
    return round(median(times), 3) if times else 0.0


def _caught_by(plan: Plan, done: Sequence[Outcome]) -> str | None:
    shown = next((o for o in done if not _keeps(plan, o)), done[0] if done else None)
    if shown is None or shown.fault or shown.verdict is not Verdict.FAILED:
        return None
    return shown.check or None
