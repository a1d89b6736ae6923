"""A learner's tests as checks see them: run against the good build, against mutants, and against other right builds."""

import asyncio
import itertools
import json
import math
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from firsthand.bench.ports import Command, Sandbox
from firsthand.bench.program.suites.outcome import COPY, Outcome, Test, of_node, of_pytest
from firsthand.bench.program.suites.pytest_runner import PytestRunner
from firsthand.bench.program.toolchain import Toolbox
from firsthand.content.builds import Build, Builds, read_builds
from firsthand.content.findings import stop_at_first
from firsthand.content.model import Lab
from firsthand.core.errors import StartError, WorkspaceError
from firsthand.core.tasks import to_the_end

SUITE_S = 20.0
"""How long the tests may take against one build, stretched on slow machines: who takes longer counts as hung."""
MUTANT_CPU_S = 3
"""How long the tests may compute with a mutant, beyond ten times what they take with the good build.

A mutant often lets a test go round for ever. Of processor time a test gets no less because the machine is busy.
"""
STARTING_S = 30.0
"""How long the runner itself may take to be ready, and to write down what it saw."""
AT_ONCE_MAX = 4
TESTS_ALONE_MAX = 200
NODE_MAJOR_MIN = 20
SHELL = "/bin/sh"
LIMITED = 'ulimit -t "$1"; shift; exec "$@"'
_HERE = Path(__file__).parent
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".git", ".venv", "venv", "node_modules")

LANGUAGES = {"python": "python", "javascript": "node"}
"""The languages in which tests can be written, and the command of each."""
COMMANDS = {"python": "python -m pytest", "javascript": "node --test"}
"""What a learner types to run the tests."""


@dataclass(frozen=True)
class Bed:
    """Where tests are run."""

    work: Path
    """The laid-out submission."""
    place: Path
    """An empty folder of ours for the copies of it."""
    sandbox: Sandbox
    toolbox: Toolbox
    environment: Mapping[str, str]
    factor: float


class Suite:
    """The learner's tests. Checks ask for it by `suite: Suite`; what was run once is not run again."""

    def __init__(self, bed: Bed, builds: Builds, binary: Path) -> None:
        self.builds = builds
        self._bed = bed
        self._binary = binary
        self._known: dict[tuple[str, str], Outcome] = {}
        self._numbers = itertools.count(1)
        self._busy = asyncio.Lock()
        self._slots = asyncio.Semaphore(_at_once())
        self._pytest_runner: PytestRunner | None = None
        self._files: list[str] = []
        self._quick: bool | None = None

    @property
    def language(self) -> str:
        """In which the tests are written."""
        return self.builds.language

    @property
    def command(self) -> str:
        """What a learner types to run the tests against the good build."""
        return COMMANDS[self.language]

    def stretched(self, seconds: float) -> float:
        """So many seconds of a machine of today, on this one as it is now."""
        return seconds * self._bed.factor

    async def run(self, build: Build) -> Outcome:
        """All tests against this build; it lies where the units of the workspace lay.

        Raises:
            WorldError: the runner itself did not do its work.
        """
        return (await self.run_all([build]))[0]

    async def run_all(self, builds: Sequence[Build], *, first: bool = False) -> list[Outcome]:
        """All tests against each of these builds, some of them side by side.

        `first`: whether one failure is enough, as for a mutant.
        """
        quick = first and await self._may_be_quick()
        async with self._busy:
            new = [build for build in builds if (build.id, "") not in self._known]
            outcomes = await self._perform([(build, "") for build in new], first=first, quick=quick)
            self._known |= {(build.id, ""): outcome for build, outcome in zip(new, outcomes, strict=True)}
        return [self._known[build.id, ""] for build in builds]

    async def good(self) -> Outcome:
        """All tests against the good build, which have to be green: nothing else can be told from tests that are not.

        Raises:
            CheckFailed: they are not.
        """
        outcome = await self.run(self.builds.good)
        outcome.expect_green(
            "With the good build, ",
            hint="The good build keeps every promise, so here the test is wrong. Read what it expected and what came.",
            reproduce=[self.command],
        )
        return outcome

    async def survivors(self, builds: Sequence[Build]) -> list[Build]:
        """Of these mutants those that no test noticed.

        Raises:
            CheckFailed: the tests are not green with the good build.
        """
        await self.good()
        outcomes = await self.run_all(builds, first=True)
        return [build for build, outcome in zip(builds, outcomes, strict=True) if not outcome.red]

    async def again(self) -> Outcome:
        """All tests against the good build once more, whatever is known."""
        async with self._busy:
            return (await self._perform([(self.builds.good, "")]))[0]

    async def alone(self) -> dict[str, Outcome]:
        """Each test that passes with the good build run alone, by its name."""
        tests = (await self.good()).passed[:TESTS_ALONE_MAX]
        quick = self.language == "javascript" and await self._may_be_quick()
        async with self._busy:
            outcomes = await self._perform([(self.builds.good, test.only) for test in tests], quick=quick)
        return {test.name: _about(test, outcome) for test, outcome in zip(tests, outcomes, strict=True)}

    async def _may_be_quick(self) -> bool:
        """Whether the quicker way of running tests, which tells less, also says that the good build is good.

        Then it is taken where only the verdict counts. Some tests look at what it leaves out: the words that pytest
        gives to `assert`, or how Node runs a file.
        """
        self._files = list((await self.good()).files)
        async with self._busy:
            if self._quick is None:
                outcome = (await self._perform([(self.builds.good, "")], first=True, quick=True))[0]
                self._quick = not outcome.red
        return self._quick

    async def close(self) -> None:
        """End what was kept ready."""
        if self._pytest_runner is not None:
            await self._pytest_runner.close()

    async def _perform(
        self, jobs: Sequence[tuple[Build, str]], *, first: bool = False, quick: bool = False
    ) -> list[Outcome]:
        if not jobs:
            return []
        folders: dict[str, Path] = {}
        for build, _ in jobs:
            if build.id not in folders:
                folders[build.id] = await to_the_end(asyncio.to_thread(self._lay_out, build))
        try:
            placed = [(folders[build.id], only) for build, only in jobs]
            if self.language == "python":
                return await self._pytest(placed, first=first, quick=quick)
            return list(await asyncio.gather(*(self._nodes(folder, only, quick=quick) for folder, only in placed)))
        finally:
            for folder in folders.values():
                await asyncio.to_thread(shutil.rmtree, folder.parent, ignore_errors=True)

    def _lay_out(self, build: Build) -> Path:
        own = self._bed.place / str(next(self._numbers))
        folder = own / COPY
        own.mkdir(parents=True)
        own.chmod(0o711)
        shutil.copytree(self._bed.work, folder, symlinks=True, ignore=_LEFT_OUT)
        for name, text in build.files.items():
            target = folder / name
            if target.is_symlink() or target.is_dir():
                raise WorkspaceError(f"{name} has to be a file.", advice="Put the file back that the lab began with.")
            target.write_text(text, encoding="utf-8")
        self._bed.sandbox.give(own)
        return folder

    async def _pytest(self, jobs: Sequence[tuple[Path, str]], *, first: bool, quick: bool) -> list[Outcome]:
        limit_s = SUITE_S * self._bed.factor
        cpu_s = self._cpu_s() if first else 0
        read = await (await self._started()).perform(
            [
                {"folder": str(folder), "only": [only] if only else [], "first": first, "plain": quick, "cpu_s": cpu_s}
                for folder, only in jobs
            ],
            at_once=_at_once(),
            limit_s=limit_s,
            within_s=limit_s * len(jobs) + STARTING_S * self._bed.factor,
        )
        return [of_pytest(r["events"], r["exit_code"], hung=r["hung"], limit_s=limit_s) for r in read]

    async def _started(self) -> PytestRunner:
        if self._pytest_runner is None:
            self._pytest_runner = PytestRunner(self._bed.place / "pytest", self._bed.sandbox)
            if not await self._pytest_runner.start(self._binary, self._bed.environment, STARTING_S * self._bed.factor):
                raise StartError(
                    "Your tests need pytest, and it is not installed.",
                    advice="Install it once with `firsthand kits install python`, which needs a network.",
                )
        return self._pytest_runner

    async def _nodes(self, folder: Path, only: str, *, quick: bool) -> Outcome:
        """One run of Node's tests; a quick one reads file by file, and no further than to the first that fails."""
        async with self._slots:
            if only and quick:
                file, *path = only.split("\n")
                return await self._node(folder, [file], path)
            if only:
                file, *path = only.split("\n")
                return await self._node(folder, ["--test", file], path)
            if not quick:
                return await self._node(folder, ["--test"], [])
            return await self._node_by_files(folder)

    async def _node_by_files(self, folder: Path) -> Outcome:
        """Each file in a process of its own, as `node --test` does it, but the one first that noticed most lately."""
        outcome = Outcome(())
        for file in list(self._files):
            outcome = await self._node(folder, [file], [], self._cpu_s())
            if outcome.red:
                self._files.remove(file)
                self._files.insert(0, file)
                break
        return outcome

    async def _node(self, folder: Path, words: Sequence[str], path: Sequence[str], cpu_s: int = 0) -> Outcome:
        told = folder.parent / f"told-{next(self._numbers)}"
        told.mkdir()
        for name in ("node_reporter.mjs", "node_watch.mjs"):
            shutil.copy(_HERE / name, told)
        self._bed.sandbox.give(told)
        report, seen = told / "report", told / "seen"
        options = [f"--test-reporter={told}/node_reporter.mjs", f"--test-reporter-destination={report}"]
        options += [f"--test-name-pattern=/^{pattern}$/" for pattern in _patterns(path)]
        env = {"NODE_OPTIONS": f"--import={(told / 'node_watch.mjs').as_uri()}", "SEEN_FILE": str(seen)}
        limit_s = SUITE_S * self._bed.factor
        code, _, hung = await self._called([*options, *words], folder, limit_s, env, cpu_s)
        events = [event for file in (report, seen) for event in _lines(file)]
        return of_node(events, code, hung=hung, limit_s=limit_s)

    def _cpu_s(self) -> int:
        return MUTANT_CPU_S + math.ceil(10 * self._known[self.builds.good.id, ""].seconds)

    async def _called(
        self,
        words: Sequence[str],
        cwd: Path,
        limit_s: float,
        env: Mapping[str, str] | None = None,
        cpu_s: int = 0,
    ) -> tuple[int, str, bool]:
        """Call the interpreter; returns its exit code, the end of what it printed, and whether it took too long."""
        whole = {**self._bed.environment, **(env or {})}
        limiting = [SHELL, "-c", LIMITED, SHELL, str(cpu_s)] if cpu_s else []
        program = await self._bed.sandbox.spawn(Command([*limiting, str(self._binary), *words], cwd, whole))
        try:
            async with asyncio.timeout(limit_s):
                return await program.wait(), program.stdout.tail(), False
        except TimeoutError:
            return -9, program.stdout.tail(), True
        finally:
            await program.stop(0)


async def open_suite(bed: Bed, builds: Builds) -> Suite:
    """The tests in this language, once it is sure that they can be run here.

    Raises:
        StartError: the interpreter, or what runs tests in it, is not on this machine.
    """
    binary = bed.toolbox.resolve(LANGUAGES[builds.language]).path
    suite = Suite(bed, builds, binary)
    bed.place.mkdir(parents=True)
    bed.place.chmod(0o711)
    if builds.language == "python":
        await suite._started()
        return suite
    _, printed, _ = await suite._called(["--version"], bed.work, STARTING_S * bed.factor)
    major = re.match(r"v(\d+)", printed)
    if major is None or int(major[1]) < NODE_MAJOR_MIN:
        raise StartError(
            f"Your tests need Node.js {NODE_MAJOR_MIN} or newer, and this is {printed.strip() or 'unknown'}.",
            advice="Install a newer one: https://nodejs.org",
        )
    return suite


def builds_for(lab: Lab, work: Path, told: str) -> Builds:
    """The builds in the language of a workspace: the one it was begun in, else the one whose units lie in it.

    Raises:
        ContentError: they cannot be read.
        WorkspaceError: it has none of the units.
    """
    offered = {language: read_builds(lab.folder, language, stop_at_first) for language in lab.starters()}
    found = [builds for builds in offered.values() if builds is not None]
    chosen = [b for b in found if b.language == told] or [
        b for b in found if any((work / unit).is_file() for unit in b.good.files)
    ]
    if chosen:
        return chosen[0]
    names = " or ".join(", ".join(builds.good.files) for builds in found)
    raise WorkspaceError(
        f"There is nothing to test here: no {names}.", advice="Check again from the workspace of this lab."
    )


def _about(test: Test, outcome: Outcome) -> Outcome:
    """What one run alone says of the test that it was for: others may have been skipped beside it."""
    own = tuple(each for each in outcome.tests if each.name == test.name)
    return Outcome(own, outcome.trouble, outcome.waited_s, outcome.network, outcome.seconds)


def _patterns(path: Sequence[str]) -> list[str]:
    """What selects a test of Node: its own name (Node 20), or its whole name (22)."""
    return list(dict.fromkeys(_escaped(name) for name in (*path[-1:], " ".join(path)) if name))


def _escaped(name: str) -> str:
    return re.sub(r"([.*+?^${}()|\[\]\\/])", r"\\\1", name)


def _lines(file: Path) -> list[dict[str, object]]:
    if not file.is_file():
        return []
    found = []
    for row in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found.append(json.loads(row))
        except json.JSONDecodeError:  # a run that was killed ends in the middle of a line
            continue
    return found


def _at_once() -> int:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(2 * (count or 1), AT_ONCE_MAX)
