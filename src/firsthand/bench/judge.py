"""Judges one check: gives it what it asks for, watches its time, and turns however it ends into a verdict."""

import asyncio
from typing import Any

import msgspec

from firsthand.bench.clients.http import Http
from firsthand.bench.failures import CheckFailed, safe_to_show
from firsthand.bench.giving import Given, World, give
from firsthand.bench.loading import LoadedCheck, author_position
from firsthand.bench.loop_guard import LoopBlockedError, loop_guarded
from firsthand.core.deadlines import Deadline, now_s
from firsthand.core.errors import ContentError, RetryableError, SubjectError, WorldError
from firsthand.core.results import CheckResult, Failure
from firsthand.core.verdicts import Verdict

LAST_WORDS_LINES = 14
"""Of what a program printed that answered with a 5xx: the end of a stack trace says what went wrong."""


async def judge(check: LoadedCheck, world: World, stage_deadline: Deadline) -> CheckResult:
    """Run a check against the world. Never raises for a fault of the learner, the author or ours: see `verdict`."""
    began = now_s()
    if stage_deadline.passed:
        return _result(check, began, Verdict.FAILED, _no_time_left(stage_deadline))
    given = Given()
    try:
        verdict, failure = await _performed(check, world, given, stage_deadline)
        if verdict is not Verdict.PASSED:
            await world.surroundings.refuse_if_lost()
        await given.restore()
    except RetryableError as error:
        verdict, failure = Verdict.ERROR, Failure(kind="ours", message=error.message, remark=error.advice)
    finally:
        world.surroundings.heal()
        await given.close()
    return _result(check, began, verdict, failure)


async def _performed(
    check: LoadedCheck, world: World, given: Given, stage_deadline: Deadline
) -> tuple[Verdict, Failure | None]:
    limit = asyncio.timeout(stage_deadline.left_s)
    try:
        async with limit:
            if world.runs_program:
                world.app.forget_calls()
                await world.app.stop_others()
                await world.app.ensure_running()
            deadline = given.deadline = stage_deadline.earlier(check.deadline_s or world.lab.check_s, world.factor)
            limit.reschedule(asyncio.get_running_loop().time() + deadline.left_s)
            give(given, deadline, check, world)
            with loop_guarded():
                await check.function(**given.arguments)
    except BaseException as error:
        if _ends_the_run(error):
            raise
        if not (limit.expired() and isinstance(error, TimeoutError)):
            return await _judged(_first(error), check, given, world)
    if limit.expired():  # also when the check has swallowed it
        return Verdict.FAILED, await _complete(_too_slow(given, stage_deadline), given, world)
    return Verdict.PASSED, None


def _result(check: LoadedCheck, began_s: float, verdict: Verdict, failure: Failure | None = None) -> CheckResult:
    if failure:
        failure = safe_to_show(failure)
    return CheckResult(
        id=check.id,
        verdict=verdict,
        proves=list(check.proves),
        message=failure.message if failure else "",
        rule=check.rule,
        reproduce=failure.reproduce if failure else [],
        seconds=round(now_s() - began_s, 4),
        failure=failure or msgspec.UNSET,
    )


def _ends_the_run(error: BaseException) -> bool:
    """Whether somebody wants the whole run to end, and not only the check went wrong."""
    task = asyncio.current_task()
    cancelled = isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling() > 0
    return cancelled or isinstance(error, KeyboardInterrupt)


def _first(error: BaseException) -> BaseException:
    """What went wrong first, where a check has several tasks."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _judged(error: BaseException, check: LoadedCheck, given: Given, world: World) -> tuple[Verdict, Failure]:
    if isinstance(error, CheckFailed):
        return Verdict.FAILED, await _complete(error.failure, given, world)
    if isinstance(error, SubjectError):
        return Verdict.FAILED, _did_not_start(error, again=given.deadline is None)
    if isinstance(error, ContentError):
        where = error.where or _position(check, world, error)
        return Verdict.ERROR, Failure(kind="author", message=error.message, remark=error.advice, where=where)
    if isinstance(error, WorldError):
        return Verdict.ERROR, Failure(kind="ours", message=error.message, remark=error.advice)
    return Verdict.ERROR, _authors(check, world, error)


async def _complete(failure: Failure, given: Given, world: World) -> Failure:
    """Add what only the run knows: how to see it again, the last words on the wire, how the program ended."""
    client = next((http for http in reversed(given.http) if http.reproduce()), None)
    changes: dict[str, Any] = {}
    if client is not None:
        changes["reproduce"] = failure.reproduce or client.reproduce()
        if not failure.detail:
            changes["detail"] = client.last_exchange()
    # What a check asks for itself is no help to whoever writes the queries.
    if not changes.get("reproduce", failure.reproduce) and not world.lab.is_about("sql"):
        changes["reproduce"] = given.reproduce()
    if world.runs_program and not changes.get("reproduce", failure.reproduce):
        changes["reproduce"] = world.app.reproduce()
    if given.repo is not None and not failure.detail:
        command, changes["detail"] = await given.repo.picture()
        changes["reproduce"] = [command]
    if not world.runs_program:
        return msgspec.structs.replace(failure, **changes)
    return msgspec.structs.replace(failure, **changes, **await _last_words(failure, client, world))


async def _last_words(failure: Failure, client: Http | None, world: World) -> dict[str, Any]:
    """What is to be added of a program that has ended, or that answered with a fault of its own, or of its workers."""
    if failure.kind in ("closed", "refused"):
        await world.app.settle()
    died = world.app.obituary()
    if died:
        message, _, output = died.partition("\n")
        kind = "exited" if failure.kind in ("closed", "refused") else failure.kind
        return {"message": f"{failure.message} {message}", "output": output, "kind": kind}
    if client is not None and client.was_told_of_a_fault():
        await asyncio.sleep(0)  # the loop takes in what was printed before the reply went out
        return {"output": world.app.output(LAST_WORDS_LINES)}
    if crashed := [each for each in world.app.instances if each.crashed]:
        return {"output": crashed[-1].program.stdout.tail(LAST_WORDS_LINES)}
    return {}


def _did_not_start(error: SubjectError, *, again: bool) -> Failure:
    lead = "Your program had ended, and did not start again: " if again else ""
    return Failure(kind="exited", message=lead + error.message, remark=error.advice, output=error.output)


def _no_time_left(stage_deadline: Deadline) -> Failure:
    return Failure(
        kind="timeout",
        message=f"The time of this stage ({stage_deadline.allowed_s:.3g} s) was over before this check began.",
        remark="See first what the other checks were waiting for.",
    )


def _too_slow(given: Given, stage_deadline: Deadline) -> Failure:
    if given.deadline is None:
        message = "Your program had ended, and was not ready again when the time of this stage was over"
        return Failure(kind="exited", message=f"{message} ({stage_deadline.allowed_s:.3g} s).")
    if given.deadline is stage_deadline:
        message = f"This was not finished when the time of this stage ({stage_deadline.allowed_s:.3g} s) was over."
    else:
        message = f"This took longer than the {given.deadline.allowed_s:.3g} seconds that the check has."
    remark = "Something was still being waited for: the recorded conversation shows what came last."
    return Failure(kind="timeout", message=message, remark=remark)


def _authors(check: LoadedCheck, world: World, error: BaseException) -> Failure:
    if isinstance(error, LoopBlockedError):
        what = "It blocks the event loop: it waits or computes for seconds without `await`."
    else:
        what = f"{type(error).__name__}: {error}".removesuffix(": ")
    message = f"The check {check.id} is broken, which is not your fault. {what}"
    return Failure(kind="author", message=message, where=_position(check, world, error))


def _position(check: LoadedCheck, world: World, error: BaseException) -> str:
    file, line = author_position(error, world.lab.folder)
    return f"{file or check.file}:{line or check.line}"
