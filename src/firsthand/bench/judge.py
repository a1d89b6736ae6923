"""Judges one check: gives it what it asks for, watches its time, and turns however it ends into a verdict."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from firsthand.bench.clients.http import Http
from firsthand.bench.failures import CheckFailed
from firsthand.bench.loading import LoadedCheck, author_position
from firsthand.bench.loop_guard import LoopBlockedError, loop_guarded
from firsthand.bench.program.app import App
from firsthand.bench.program.folders import Folder
from firsthand.bench.wire import Recorder
from firsthand.content.model import Lab
from firsthand.core.deadlines import Deadline, now_s
from firsthand.core.errors import ContentError, StartError, WorldError
from firsthand.core.randomness import Rng
from firsthand.core.results import CheckResult, Failure
from firsthand.core.verdicts import Verdict


class World(Protocol):
    """What a check's parameters are made from."""

    lab: Lab
    app: App
    recorder: Recorder
    factor: float
    seed: int

    def folder(self, variable: str) -> Folder | None:
        """The folder that this environment variable names, if the lab declares one."""
        ...


@dataclass
class _Given:
    """What one check was given, so that its last words can be asked for."""

    arguments: dict[str, Any]
    http: list[Http]


async def judge(check: LoadedCheck, world: World, stage_deadline: Deadline) -> CheckResult:
    """Run a check against the world. Never raises for a fault of the learner, the author or ours: see `verdict`."""
    began = now_s()
    deadline = stage_deadline.earlier(check.deadline_s or world.lab.check_s, world.factor)
    given = _Given({}, [])
    verdict, failure = Verdict.PASSED, None
    limit = asyncio.timeout(None)
    try:
        await world.app.ensure_running()
        given = _give(check, world, deadline)
        with loop_guarded():
            async with limit:
                limit.reschedule(asyncio.get_running_loop().time() + deadline.left_s)
                await check.function(**given.arguments)
    except CheckFailed as found:
        verdict, failure = Verdict.FAILED, await _complete(found.failure, given, world)
    except StartError as error:
        verdict, failure = Verdict.FAILED, _did_not_start_again(error)
    except TimeoutError as error:
        if limit.expired():
            verdict, failure = Verdict.FAILED, await _complete(_too_slow(deadline), given, world)
        else:  # the check's own code raised it
            verdict, failure = Verdict.ERROR, _authors(check, world, error)
    except ContentError as error:
        verdict, failure = Verdict.ERROR, Failure(kind="author", message=error.message, where=error.where)
    except WorldError as error:
        verdict, failure = Verdict.ERROR, Failure(kind="ours", message=str(error))
    except (Exception, LoopBlockedError) as error:  # noqa: BLE001  # an author's check may raise anything
        verdict, failure = Verdict.ERROR, _authors(check, world, error)
    return CheckResult(
        id=check.id,
        verdict=verdict,
        proves=list(check.proves),
        message=failure.message if failure else "",
        rule=check.rule,
        reproduce=failure.reproduce if failure else [],
        seconds=round(now_s() - began, 4),
        failure=failure if failure else msgspec.UNSET,
    )


def _give(check: LoadedCheck, world: World, deadline: Deadline) -> _Given:
    given = _Given({}, [])
    rng = Rng(world.seed, f"{world.lab.id}/{check.id}")

    def http() -> Http:
        client = Http(
            world.app.address, world.recorder, deadline=deadline, rng=rng.child("client"), factor=world.factor
        )
        given.http.append(client)
        return client

    makers: dict[type, Callable[[], Any]] = {
        Http: http,
        App: lambda: world.app,
        Rng: lambda: rng,
        Deadline: lambda: deadline,
    }
    for name, wanted in check.parameters.items():
        if wanted is Folder:
            given.arguments[name] = _folder(check, world, name)
        elif wanted in makers:
            given.arguments[name] = makers[wanted]()
        else:
            known = ", ".join(sorted(t.__name__ for t in (*makers, Folder)))
            raise ContentError(
                f"{check.id} asks for `{name}: {getattr(wanted, '__name__', wanted)}`, which nobody can give.",
                file=check.file,
                line=check.line,
                advice=f"A check may ask for: {known}.",
            )
    return given


def _folder(check: LoadedCheck, world: World, name: str) -> Folder:
    for variable in (f"{name.upper()}_DIR", name.upper()):
        folder = world.folder(variable)
        if folder is not None:
            return folder
    raise ContentError(
        f"{check.id} asks for the folder `{name}`, but the lab declares no {name.upper()}_DIR.",
        file=check.file,
        line=check.line,
        advice='Declare it in lab.toml: [environment] NAME_DIR = { kind = "folder", about = "..." }.',
    )


async def _complete(failure: Failure, given: _Given, world: World) -> Failure:
    """Add what only the run knows: how to see it again, the last words on the wire, how the program ended."""
    client = next((http for http in reversed(given.http) if http.reproduce()), None)
    changes: dict[str, Any] = {}
    if client is not None:
        changes["reproduce"] = failure.reproduce or client.reproduce()
        if not failure.detail:
            changes["detail"] = client.last_exchange()
    if failure.kind in ("closed", "refused"):
        await world.app.settle()
    died = world.app.obituary()
    if died:
        message, _, output = died.partition("\n")
        changes["message"] = f"{failure.message} {message}"
        changes["output"] = output
        if failure.kind in ("closed", "refused"):
            changes["kind"] = "exited"
    return msgspec.structs.replace(failure, **changes)


def _did_not_start_again(error: StartError) -> Failure:
    return Failure(
        kind="exited",
        message=f"Your program had ended, and did not start again: {error.message}",
        remark=error.advice,
        output=error.output,
    )


def _too_slow(deadline: Deadline) -> Failure:
    return Failure(
        kind="timeout",
        message=f"This took longer than the {deadline.allowed_s:.0f} seconds that the check has.",
        remark="Something was still being waited for: the recorded conversation shows what came last.",
    )


def _authors(check: LoadedCheck, world: World, error: BaseException) -> Failure:
    file, line = author_position(error, world.lab.folder)
    where = f"{file or check.file}:{line or check.line}"
    if isinstance(error, LoopBlockedError):
        what = "It blocks the event loop: it waits or computes for seconds without `await`."
    else:
        what = f"{type(error).__name__}: {error}"
    return Failure(
        kind="author", message=f"The check {check.id} is broken, which is not your fault. {what}", where=where
    )
