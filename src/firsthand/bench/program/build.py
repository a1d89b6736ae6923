"""Runs the `build` line of a Procfile in the sandbox, or takes what the same build made before."""

import asyncio
import contextlib
import hashlib
import json
import os
import secrets
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

from firsthand.bench.failures import show_text
from firsthand.bench.ports import Command, Program, Sandbox
from firsthand.bench.program.build_cache import BuildCache
from firsthand.bench.program.procfile import ProcessLine
from firsthand.bench.program.shared_cache import shared_cache
from firsthand.bench.program.toolchain import Resolved, Start, Toolbox
from firsthand.bench.submission import Submission
from firsthand.bench.submission.model import cannot_write
from firsthand.core.deadlines import now_s
from firsthand.core.errors import BuildError, StartError
from firsthand.core.events import BuildFinished, BuildStarted, Emit
from firsthand.core.limits import BUILD_S, STOP_GRACE_S

"""Where tool caches live when programs run as another user, who cannot read the cache of the one that grades."""

OUTPUT_LINES = 30
"""The last lines of a failed build that are shown."""

_KEY_VERSION = 1
_COMMAND_NOT_FOUND = 127


async def build(
    submission: Submission,
    line: ProcessLine,
    work: Path,
    sandbox: Sandbox,
    *,
    lab: str,
    cache: Path,
    toolbox: Toolbox,
    emit: Emit,
    clock: Callable[[], float],
    factor: float = 1.0,
) -> None:
    """Build what was laid out in `work`; afterwards it holds what the build made.

    The build of the same submission with the same line and tools is not run again: what it made is taken from `cache`.
    `clock` tells the seconds since the run began; `factor` stretches the deadline of `BUILD_S`.

    Raises:
        BuildError: it failed, took too long, or its command was not found.
        WorldError: it could not be tried, for example because the disk is full.
    """
    began = now_s()
    try:
        home = _build_home(cache, lab, sandbox, work.parent)
        start = _start(line, toolbox, home, _given_home(home.with_name(".go-build"), sandbox))
        key = _key(submission, line, work, toolbox.commands(line, line.argv(start.env)))
        kept = BuildCache(cache / "builds")
        skip = frozenset(entry.path for entry in submission.beside)
        if _take_kept(kept, key, work, skip):
            sandbox.give(work)
            emit(BuildFinished(at=clock(), seconds=now_s() - began, cached=True))
            return
        emit(BuildStarted(at=clock(), command=line.command))
        await _run(line, start, work, sandbox, factor)
        kept.store(key, work, skip)
    except StartError as error:
        raise BuildError(f"The build did not start. {error.message}", advice=error.advice) from None
    except OSError as error:
        raise cannot_write(error) from None
    emit(BuildFinished(at=clock(), seconds=now_s() - began, cached=False))


def _start(line: ProcessLine, toolbox: Toolbox, home: Path, go_cache: Path) -> Start:
    variables = {
        # Shared by all labs: Go compiles its standard library into it, which takes up to a minute.
        "GOCACHE": str(go_cache),
        # Else modules are read-only and nobody can delete the home again.
        "GOFLAGS": "-modcacherw",
        # Java asks the user database instead of HOME.
        "GRADLE_USER_HOME": str(home / ".gradle"),
        "MAVEN_OPTS": f"-Duser.home={home}",
    }
    return toolbox.start(line, variables, home)


async def _run(line: ProcessLine, start: Start, work: Path, sandbox: Sandbox, factor: float) -> None:
    program = await sandbox.spawn(Command(start.argv, work, start.env))
    shown = show_text(line.command, 200)
    try:
        async with asyncio.timeout(BUILD_S * factor):
            code = await program.wait()
    except TimeoutError:
        await program.stop(STOP_GRACE_S)
        raise BuildError(
            f"The build took longer than {BUILD_S * factor:.0f} s and was stopped: {shown}",
            advice="Does it wait for input, or start the server? The `build:` line must end by itself.",
            output=_tail(program),
        ) from None
    finally:
        # Also when the run is cancelled; what a build leaves running is not part of what it made.
        await program.stop(0)
    if code != 0:
        raise BuildError(_why(code, shown), advice=_advice(code, line), output=_tail(program))


def _tail(program: Program) -> str:
    return program.stdout.tail(OUTPUT_LINES)


def _why(code: int, shown: str) -> str:
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"The build was ended by {signal.Signals(-code).name}: {shown}"
    if code == _COMMAND_NOT_FOUND:
        return f"A command of the build was not found (exit code {code}): {shown}"
    return f"The build failed with exit code {code}: {shown}"


def _advice(code: int, line: ProcessLine) -> str:
    if code == -signal.SIGKILL:
        return "Often that means that the machine ran out of memory."
    return f"Try it in your workspace: {show_text(line.command, 200)}"


def _take_kept(kept: BuildCache, key: str, work: Path, skip: frozenset[str]) -> bool:
    """Replace `work` by the kept tree of this key; what lies beside the submission stays."""
    restored = work.with_name(f"{work.name}.restored")
    if not kept.restore(key, restored):
        return False
    for path in sorted(skip):
        if os.path.lexists(work / path) and not os.path.lexists(restored / path):
            (restored / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).rename(restored / path)
    shutil.rmtree(work)
    restored.rename(work)
    return True


def _key(submission: Submission, line: ProcessLine, work: Path, commands: list[Resolved]) -> str:
    """The name of this build: it changes with the files, lock files, the line, and the tools' paths and versions."""
    tools = [_tool(resolved.path, work) for resolved in commands]
    inputs = [_KEY_VERSION, submission.digest, sorted(submission.locks.items()), line.command, tools]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


def _tool(path: Path, work: Path) -> list[str | int]:
    if path.is_relative_to(work):
        # Written anew for every run; its contents are part of the digest.
        return [str(path.relative_to(work))]
    found = path.stat()
    return [str(path), found.st_size, found.st_mtime_ns]


def _build_home(cache: Path, lab: str, sandbox: Sandbox, place: Path) -> Path:
    """The lasting HOME of this lab's builds, the program user's own; in the run's folder where none can last."""
    shared = shared_cache(cache, sandbox)
    return _given_home(shared / "homes" / lab if shared else place / "build-home", sandbox)


def _given_home(home: Path, sandbox: Sandbox) -> Path:
    if not home.is_dir():
        new = home.with_name(f".{home.name}.{secrets.token_hex(8)}")
        (new / "tmp").mkdir(parents=True)
        sandbox.give(new)
        try:
            new.rename(home)
        except OSError:
            shutil.rmtree(new)
            if not home.is_dir():  # else another run was first
                raise
    return home
