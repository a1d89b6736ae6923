"""Performs a run: stages in order, their checks one after another, events all the way, a report at the end."""

import dataclasses
import errno
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from firsthand.bench.failures import safe_to_show
from firsthand.bench.judge import judge
from firsthand.bench.loading import LoadedCheck, load_checks
from firsthand.bench.ports import Leases
from firsthand.bench.report import Evidence, new_run_id, retain, transcript, write_evidence
from firsthand.bench.submission import Submission, snapshot
from firsthand.bench.submission.model import cannot_write
from firsthand.bench.world import World
from firsthand.content.model import Lab, Stage
from firsthand.core import events
from firsthand.core.deadlines import Deadline, machine_factor, now_s
from firsthand.core.errors import ContentError, FirsthandError, SubjectError, WorldError
from firsthand.core.limits import RUN_S
from firsthand.core.places import cache_dir, data_dir, temp_dir
from firsthand.core.randomness import Rng, new_seed
from firsthand.core.results import SCHEMA_VERSION, CheckResult, Failure, Report, StageResult
from firsthand.core.tasks import to_the_end
from firsthand.core.verdicts import Verdict, run_verdict, stage_verdict

Keep = Callable[[Report], Awaitable[None]]


@dataclass(frozen=True)
class Bench:
    """Where runs are performed and kept."""

    data: Path
    cache: Path
    temp: Path
    evidence: bool = True
    """Whether report, transcript, wire and submission are written below `data`."""
    leases: Leases | None = field(default=None, compare=False)
    """Where labs with servers get them."""

    @classmethod
    def of_user(cls) -> "Bench":
        """The user's own folders (core.places)."""
        return cls(data_dir(), cache_dir(), temp_dir())


@dataclass(frozen=True)
class RunRequest:
    """What is to be run."""

    lab: Lab
    workspace: Path
    language: str = ""
    run: str = ""
    """Its id, which no other run has; a new one unless told."""
    seed: int | None = None
    """A new one unless told."""
    stage: str = ""
    """Id of the only stage to judge; all unless told."""
    all_stages: bool = False
    """Whether stages after the first failed one are judged too."""
    first_failure: bool = False
    """Whether to judge in file order and stop at the first check that does not pass: what a proof asks of a bug."""
    submission: Submission | None = None
    """To be judged instead of a snapshot of the workspace, as in a replay."""
    keep: Keep | None = field(default=None, compare=False)
    """Awaited with the report before the world of a run that did not pass is torn down."""


async def perform(request: RunRequest, emit: events.Emit, bench: Bench) -> Report:
    """Perform a run; every event goes to `emit`, the last one is RunFinished with the report.

    A fault of the learner, the author or ours is a verdict in the report, never an exception. A run that lost a server
    is repeated once by itself, with the same seed: a notice tells, and RunStarted comes a second time.
    """
    run = _Run(request, emit, bench)
    report = await run.perform()
    lost = run.world.surroundings.lost_because
    if report.verdict is Verdict.ERROR and lost:
        emit(events.Notice(at=run.clock(), text=f"{lost} The run is repeated once by itself."))
        again = dataclasses.replace(request, run="", seed=run.seed, submission=run.submission)
        run = _Run(again, emit, bench)
        report = await run.perform()
    emit(events.RunFinished(at=run.clock(), report=report))
    return report


class _Run:
    def __init__(self, request: RunRequest, emit: events.Emit, bench: Bench) -> None:
        self.request = request
        self.lab = request.lab
        self.bench = bench
        self.id = request.run or new_run_id()
        self.seed = new_seed() if request.seed is None else request.seed
        self.began_s = now_s()
        self.started = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        self.happened: list[events.AnyEvent] = []
        self.stages: list[StageResult] = []
        self.submission: Submission | None = request.submission
        self._emit = emit
        self.world = World(
            lab=self.lab,
            run=self.id,
            seed=self.seed,
            factor=machine_factor(),
            workspace=request.workspace,
            emit=self.emit,
            clock=self.clock,
            cache=bench.cache,
            temp=bench.temp,
            leases=bench.leases,
            language=request.language,
        )

    def clock(self) -> float:
        """Seconds since the run began."""
        return round(now_s() - self.began_s, 6)

    def emit(self, event: events.AnyEvent) -> None:
        self.happened.append(event)
        self._emit(event)

    async def perform(self) -> Report:
        self.emit(
            events.RunStarted(
                at=self.clock(),
                run=self.id,
                lab=self.lab.id,
                title=self.lab.title,
                language=self.request.language,
                seed=self.seed,
                tier=self.world.tier,
                stages=[(stage.id, stage.title) for stage in self.lab.stages],
            )
        )
        failure: Failure | None = None
        try:
            failure = await self._stages()
            report = self._report(failure)
            if self.request.keep is not None and report.verdict is not Verdict.PASSED:
                await self.request.keep(report)
        finally:
            output = self.world.output()
            await self._tear_down()
        return self._keep(self._report(failure), output)

    async def _tear_down(self) -> None:
        try:
            await to_the_end(self.world.close())
        except (WorldError, OSError) as error:  # what was found stands, and the next run sweeps again
            self.emit(events.Notice(at=self.clock(), text=str(error)))

    async def _stages(self) -> Failure | None:
        """Judge all stages; returns why one could not even begin, if so: then none after it can."""
        try:
            _refuse_what_is_not_there_yet(self.lab)
            checks = load_checks(self.lab, self._only())
            if self.submission is None:
                self.submission = snapshot(self.request.workspace, self.lab.repositories)
            await self.world.open(self.submission)
            deadline = Deadline.after(RUN_S, self.world.factor)
            for stage in self.lab.stages:
                if stage.id not in checks:
                    continue
                result = await self._beforehand(stage)
                if result is not None:
                    self._finish(stage, result)
                    if result.verdict is Verdict.SKIPPED or self.request.all_stages:
                        continue
                    break
                if stage.fresh and self.stages and self.world.runs_program:
                    await self.world.app.restart()
                result = await self._stage(stage, checks[stage.id], deadline)
                self._finish(stage, result)
                if self.world.surroundings.lost_because:
                    break
                if result.verdict not in (Verdict.PASSED, Verdict.SKIPPED) and not self.request.all_stages:
                    break
        except (FirsthandError, OSError) as error:
            verdict, failure = _cannot_begin(_refused(error) if isinstance(error, OSError) else error)
            failure = safe_to_show(failure)
            self._skip_rest(verdict, failure.message)
            return failure
        self._skip_rest(Verdict.NOT_REACHED, "")
        return None

    async def _beforehand(self, stage: Stage) -> StageResult | None:
        """The verdict on a stage that needs what is not here, or judges what is not there; None for others."""
        lacks = self.world.surroundings.lacks(stage.needs)
        if lacks:
            return _unjudged(stage, Verdict.SKIPPED, lacks)
        try:
            for file in stage.files:
                self.world.text_of(file)
            if stage.repository:
                await self.world.open_repository(stage.repository)
        except SubjectError as error:
            return _unjudged(stage, Verdict.INVALID, str(error))
        return None

    def _only(self) -> Stage | None:
        return self.lab.stage(self.request.stage) if self.request.stage else None

    async def _stage(self, stage: Stage, checks: list[LoadedCheck], run_deadline: Deadline) -> StageResult:
        began = now_s()
        self.emit(events.StageStarted(at=self.clock(), stage=stage.id, title=stage.title, checks=len(checks)))
        self.world.recorder.stage = stage.id
        deadline = run_deadline.earlier(stage.deadline_s, self.world.factor)
        found: dict[str, CheckResult] = {}
        for check in self._order(stage, checks):
            found[check.id] = await self._check(stage, check, deadline)
            if self.request.first_failure and found[check.id].verdict is not Verdict.PASSED:
                break
        results = [found[check.id] for check in checks if check.id in found]
        return StageResult(
            id=stage.id,
            verdict=stage_verdict(result.verdict for result in results),
            seconds=round(now_s() - began, 4),
            checks=results,
        )

    def _order(self, stage: Stage, checks: list[LoadedCheck]) -> list[LoadedCheck]:
        order = list(checks)
        if not self.request.first_failure:
            Rng(self.seed, f"{self.lab.id}/order/{stage.id}").shuffle(order)
        return order

    async def _check(self, stage: Stage, check: LoadedCheck, deadline: Deadline) -> CheckResult:
        self.emit(events.CheckStarted(at=self.clock(), stage=stage.id, check=check.id, rule=check.rule))
        self.world.recorder.check = check.id
        result = await judge(check, self.world, deadline)
        self.emit(events.CheckFinished(at=self.clock(), stage=stage.id, result=result))
        return result

    def _finish(self, stage: Stage, result: StageResult) -> None:
        self.stages.append(result)
        self.emit(events.StageFinished(at=self.clock(), title=stage.title, result=result))

    def _skip_rest(self, first: Verdict, reason: str) -> None:
        """Give the first stage that was not judged the verdict, and the others `not reached`."""
        judged = {stage.id for stage in self.stages}
        rest = [stage for stage in self.lab.stages if self._only() in (None, stage) and stage.id not in judged]
        for stage in rest:
            verdict = first if stage is rest[0] else Verdict.NOT_REACHED
            self._finish(stage, _unjudged(stage, verdict, reason if stage is rest[0] else ""))

    def _report(self, failure: Failure | None) -> Report:
        return Report(
            schema=SCHEMA_VERSION,
            run=self.id,
            lab=self.lab.id,
            language=self.request.language,
            seed=self.seed,
            started=self.started,
            verdict=run_verdict(stage.verdict for stage in self.stages),
            reason=failure.message if failure else _reason(self.stages),
            digest=self.submission.digest if self.submission else "",
            lab_digest=self.lab.digest(),
            tier=self.world.tier,
            limits=self.world.limits(),
            seconds=round(now_s() - self.began_s, 4),
            servers=self.world.surroundings.used(),
            stages=self.stages,
            evidence={"locks": dict(self.submission.locks)} if self.submission else {},
            failure=failure or msgspec.UNSET,
        )

    def _keep(self, report: Report, output: str) -> Report:
        """Write the evidence; a verdict stands even where it cannot be kept."""
        if not self.bench.evidence:
            return report
        place = Evidence(self.bench.data / "runs" / self.id)
        kept = msgspec.structs.replace(report, evidence={**report.evidence, **place.paths()})
        finished = events.RunFinished(at=self.clock(), report=kept)  # its words end the transcript
        try:
            words = transcript([*self.happened, finished], output, self._faults())
            write_evidence(place, kept, words, self.world.recorder, self.submission)
            retain(place.folder.parent)
        except WorldError as error:
            self.emit(events.Notice(at=self.clock(), text=str(error)))
            return report
        return kept

    def _faults(self) -> list[tuple[float, str]]:
        """What checks did to doors and servers, on this run's clock."""
        recorder = self.world.recorder
        later = recorder.began_s - self.began_s
        return [(r.at + later, f"{r.door}: {r.text}") for r in recorder.records if r.kind == "fault"]


SUBJECTS = ("program", "config", "sql", "repo", "tests")
"""What this version can judge."""


def _refuse_what_is_not_there_yet(lab: Lab) -> None:
    """A lab for a later version is refused before anything runs, never judged by half."""
    kinds = sorted({stage.subject for stage in lab.stages}.difference(SUBJECTS))
    if kinds:
        raise WorldError(
            f"The lab {lab.id} needs stages of the subject {', '.join(kinds)}, which this version does not have.",
            advice="Update Firsthand; your workspace stays as it is.",
        )


def _unjudged(stage: Stage, verdict: Verdict, reason: str) -> StageResult:
    return StageResult(id=stage.id, verdict=verdict, seconds=0.0, checks=[], reason=reason or msgspec.UNSET)


def _refused(error: OSError) -> WorldError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return cannot_write(error)
    return WorldError(f"The system refused us something: {error}.", advice="Run it again; nothing was lost.")


def _cannot_begin(error: FirsthandError) -> tuple[Verdict, Failure]:
    """The verdict on a stage for which there was nothing to judge, and why."""
    if isinstance(error, SubjectError):
        return Verdict.INVALID, Failure(kind="exited", message=error.message, remark=error.advice, output=error.output)
    if isinstance(error, ContentError):
        return Verdict.ERROR, Failure(kind="author", message=error.message, remark=error.advice, where=error.where)
    return Verdict.ERROR, Failure(kind="ours", message=error.message, remark=error.advice)


def _reason(stages: list[StageResult]) -> str:
    """Why the run did not pass, from its first stage that did not; empty when all passed."""
    for stage in stages:
        if stage.verdict in (Verdict.PASSED, Verdict.SKIPPED):
            continue
        if stage.reason:
            return str(stage.reason)
        for check in stage.checks:
            if check.verdict is stage.verdict:
                return f"{stage.id}, {check.id}: {check.message}"
    return ""
