"""Asks the warm bench: for a run, for servers, for how it is. Starts one where there is none."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import firsthand
from firsthand.bench.run import Bench, RunRequest
from firsthand.bench.sandbox.sweep import sweep
from firsthand.bench.warm import protocol
from firsthand.bench.warm.connection import Connection
from firsthand.bench.warm.place import LOG, LOG_BYTES_MAX, connected
from firsthand.bench.warm.remote_leases import RemoteLeases
from firsthand.bench.warm.version import version
from firsthand.core import events
from firsthand.core.deadlines import Deadline, ticks, until
from firsthand.core.errors import RetryableError, WorldError
from firsthand.core.limits import KILL_S
from firsthand.core.places import bench_dir
from firsthand.core.results import SCHEMA_VERSION, Failure, Report, StageResult
from firsthand.core.verdicts import Verdict

START_S = 60.0
"""How long a bench may take to listen and to answer; generous, since measuring the machine would cost every run."""
ATTEMPTS_MAX = 2
"""A run whose process died is performed once more."""
ANSWER_S = 120.0
"""How long it may take until a server is ready that was asked for."""
HANG_UPS_MAX = 3
"""So often an attempt may end without an answer, as when a bench was just about to end."""
LOG_LINES = 3

_BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
_BOOT += "from firsthand.bench.warm.boot import start_in_background; start_in_background(sys.argv[2])"


class RunDiedError(RetryableError):
    """The process that performed the run has ended unexpectedly."""


class NoBenchError(WorldError):
    """The warm bench cannot be started."""

    def __init__(self, message: str = "") -> None:
        """`message` says why, in a sentence."""
        super().__init__(
            message, advice="With FIRSTHAND_BENCH=here a run needs none. `firsthand bench run` shows what is wrong."
        )


class CrashedError(Exception):
    """Something went wrong inside Firsthand, in the process that performed the run; the notes have its traceback."""


async def perform_warm(request: RunRequest, emit: events.Emit, bench: Bench) -> Report:
    """As `bench.run.perform`, in a process of the warm bench; the events are the same.

    Raises:
        NoBenchError: none can be started.
    """
    begun: list[events.RunStarted] = []

    def heard(event: events.AnyEvent) -> None:
        if isinstance(event, events.RunStarted):
            begun.append(event)
        emit(event)

    for attempt in range(ATTEMPTS_MAX):
        try:
            return await _performed(request, heard, bench)
        except RunDiedError as error:
            died = error
            if begun:
                request = replace(request, run="", seed=begun[-1].seed)
            await _clear_up(bench.temp, begun)
            if attempt + 1 < ATTEMPTS_MAX:
                emit(events.Notice(at=0.0, text=f"{error.message} The run is repeated once by itself."))
    report = _unjudged(request, begun[-1] if begun else None, died)
    emit(events.RunFinished(at=0.0, report=report))
    return report


async def _clear_up(temp: Path, begun: list[events.RunStarted]) -> None:
    """Remove what a process that has died left of its run, once the system takes it for dead."""

    async def gone() -> bool:
        await sweep(temp)
        return not any((temp / run.run).exists() for run in begun)

    await until(gone, Deadline.after(KILL_S))


async def borrow(what: str) -> RemoteLeases:
    """Servers of the warm bench, until the returned leases are closed; `what` is shown by `firsthand bench status`.

    Raises:
        NoBenchError: none can be started.
    """
    connection, _ = await _opened(protocol.Borrow(version()), protocol.Answer)
    return RemoteLeases(connection.hearing(protocol.Reply), what)


async def ask(asked: protocol.AskStatus | protocol.Cool) -> protocol.Answer | None:
    """The bench's answer; None where there is no bench.

    Raises:
        WorldError: what was asked for failed, or the bench does not answer.
    """
    found = connected()
    if found is None:
        return None
    connection, answer = await _said(found, asked, (), protocol.Answer)
    await connection.close()
    found_answer: protocol.Answer | None = _checked(answer)
    return found_answer


async def stop(*, now: bool, within_s: float) -> bool:
    """Tell the bench to end; whether it has within this time, or there was none.

    It lets its runs finish, or cancels them `now`.
    """
    found = connected()
    if found is None:
        return True
    connection, _ = await _said(found, protocol.Stop(now), (), protocol.Answer)
    try:
        async with asyncio.timeout(within_s):
            return await connection.receive() is None
    except TimeoutError:
        return False
    finally:
        await connection.close()


async def warm(kind: str) -> None:
    """Have this kind of server ready in the bench.

    Raises:
        ServerMissingError: there is none on this machine.
        WorldError: it does not start, or there can be no bench.
    """
    connection, _ = await _opened(protocol.Warm(version(), kind), protocol.Answer)
    await connection.close()


async def _performed(request: RunRequest, emit: events.Emit, bench: Bench) -> Report:
    with _streams() as streams:
        connection, _ = await _opened(protocol.Perform(version()), protocol.FromRun, streams)
    try:
        connection.send(_order(request, bench))
        return await _followed(connection, request, emit)
    except asyncio.CancelledError:
        connection.send(protocol.Cancel())
        with suppress(RunDiedError, WorldError, CrashedError, asyncio.CancelledError):
            await _followed(connection, request, emit)  # its world is torn down before we go
        raise
    finally:
        await connection.close()


async def _followed(connection: Connection[Any], request: RunRequest, emit: events.Emit) -> Report:
    while True:
        match await connection.receive():
            case protocol.Happened(event=event):
                emit(event)
            case protocol.Kept(report=report):
                assert request.keep is not None, "a world is kept only when that was asked for"
                await request.keep(report)
                connection.send(protocol.GoOn())
            case protocol.Ended(report=Report() as report):
                return report
            case protocol.Fault() as fault:
                raise protocol.error_of(fault)
            case protocol.Crashed(error=error, story=story):
                crashed = CrashedError(error)
                crashed.add_note(story)
                raise crashed
            case _:
                raise RunDiedError


async def _opened(
    opening: protocol.Opening, kinds: Any, descriptors: Sequence[int] = ()
) -> tuple[Connection[Any], protocol.Message]:
    """A connection to a bench of our version, which has taken this up; one is started where there is none."""
    deadline = Deadline.after(START_S)
    hang_ups = 0
    async for _ in ticks(deadline):
        found = connected()
        if found is None:
            await _start(deadline)
            continue
        connection, answer = await _said(found, opening, descriptors, kinds)
        if answer is not None and not isinstance(answer, protocol.Retired):
            return connection, _checked(answer)
        await connection.close()
        hang_ups += answer is None
        if hang_ups > HANG_UPS_MAX:
            raise NoBenchError("The warm bench hangs up on us.")
    raise NoBenchError("The warm bench does not answer.")


async def _said(
    found: socket.socket, opening: protocol.Opening, descriptors: Sequence[int], kinds: Any
) -> tuple[Connection[Any], protocol.Message | None]:
    """The opening, said, and what was answered."""
    with suppress(OSError):  # it has hung up, which is read next
        socket.send_fds(found, [protocol.encoded(opening)], list(descriptors))
    connection = await Connection[Any].over(found, kinds)
    try:
        async with asyncio.timeout(ANSWER_S):
            return connection, await connection.receive()
    except TimeoutError:
        await connection.close()
        raise NoBenchError("The warm bench does not answer.") from None
    except asyncio.CancelledError:
        await connection.close()
        raise


def _checked(answer: protocol.Message | None) -> Any:
    if isinstance(answer, protocol.Fault):
        raise protocol.error_of(answer)
    return answer


async def _start(deadline: Deadline) -> None:
    """Start a bench in the background; on return it listens, or another starter was quicker."""
    log = bench_dir() / LOG
    with suppress(FileNotFoundError):  # a bench was just clearing up there: the next attempt makes the folder again
        process = _started(log)

        async def detached() -> bool:
            return process.poll() is not None

        if not await until(detached, deadline):
            process.kill()
        if process.wait() != 0:
            words = log.read_text(errors="replace").splitlines()[-LOG_LINES:]
            raise NoBenchError(f"The warm bench cannot be started: {' '.join(words)}")


def _started(log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as output:
        if output.tell() > LOG_BYTES_MAX:
            output.truncate(0)
        return subprocess.Popen(
            [sys.executable, "-c", _BOOT, json.dumps(_module_path()), version()],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _module_path() -> list[str]:
    """Where modules are found, but never in the folder where the learner happens to stand."""
    own = str(Path(firsthand.__file__).parents[1])
    here = _standing_in()
    return [own, *(each for each in sys.path if each not in ("", own) and Path(each).resolve() != here)]


def _standing_in() -> Path | None:
    try:
        return Path.cwd().resolve()
    except FileNotFoundError:  # the folder was removed under our feet
        return None


@contextmanager
def _streams() -> Iterator[list[int]]:
    """Our standard output and error, so that what a check prints is seen; nowhere, where they are no files."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        yield [_descriptor(sys.stdout, nowhere), _descriptor(sys.stderr, nowhere)]
    finally:
        os.close(nowhere)


def _descriptor(stream: TextIO, otherwise: int) -> int:
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return otherwise


def _order(request: RunRequest, bench: Bench) -> protocol.Order:
    umask = os.umask(0o077)
    os.umask(umask)
    return protocol.Order(
        lab_folder=request.lab.folder,
        unit=request.lab.unit,
        solutions_folder=request.lab.solutions_folder,
        workspace=request.workspace,
        language=request.language,
        run=request.run,
        seed=request.seed,
        stage=request.stage,
        all_stages=request.all_stages,
        first_failure=request.first_failure,
        submission=request.submission,
        keep=request.keep is not None,
        data=bench.data,
        cache=bench.cache,
        temp=bench.temp,
        evidence=bench.evidence,
        environment=dict(os.environb),
        folder=_standing_in(),
        umask=umask,
    )


def _unjudged(request: RunRequest, begun: events.RunStarted | None, error: RunDiedError) -> Report:
    """The report of a run whose process died twice."""
    lab = request.lab
    failure = Failure(kind="ours", message=error.message, remark="Run it again; nothing counts against you.")
    stages = [
        StageResult(
            id=stage.id, verdict=Verdict.NOT_REACHED if number else Verdict.ERROR, seconds=0.0, checks=[], reason=""
        )
        for number, stage in enumerate(stage for stage in lab.stages if request.stage in ("", stage.id))
    ]
    return Report(
        schema=SCHEMA_VERSION,
        run=begun.run if begun else "",
        lab=lab.id,
        language=request.language,
        seed=begun.seed if begun else request.seed or 0,
        started=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        verdict=Verdict.ERROR,
        reason=error.message,
        digest="",
        lab_digest=lab.digest(),
        tier=begun.tier if begun else "plain",
        limits=[],
        seconds=0.0,
        servers=[],
        stages=stages,
        evidence={},
        failure=failure,
    )
