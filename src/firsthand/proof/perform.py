"""Runs what the plans ask for: plants the bugs, hands all runs to a pool, and gathers the outcomes."""

import asyncio
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from firsthand.bench.program import repositories
from firsthand.bench.program.kits import installed
from firsthand.bench.program.procfile import ProcessLine, read_procfile
from firsthand.bench.program.suites.suite import LANGUAGES as RUNNERS
from firsthand.bench.program.toolchain import LANGUAGE_COMMANDS, Toolbox
from firsthand.bench.sandbox.sweep import claim_folder, remove_folder, sweep
from firsthand.bench.servers.offered import offered
from firsthand.content.kits import kit_for
from firsthand.content.model import Lab
from firsthand.core.errors import ContentError, ProcfileError, ServerMissingError, StartError, WorldError
from firsthand.core.places import cache_dir, temp_dir
from firsthand.proof import patches
from firsthand.proof.orders import RUNS, Answer, Order
from firsthand.proof.outcomes import Fault, Outcome, fault, outcome_of
from firsthand.proof.patches import PatchError
from firsthand.proof.plan import Plan, Subject, Trial
from firsthand.proof.pool import WORKERS_MAX, Pool

Watch = Callable[[Plan, Outcome], None]
"""Told of every trial as it is done."""


@dataclass
class _Prepared:
    """Where each subject's files are, and which subjects cannot run."""

    workspaces: dict[Subject, Path] = field(default_factory=dict)
    faults: dict[Subject, tuple[Fault, str]] = field(default_factory=dict)


def default_jobs() -> int:
    """Twice as many runs at once as there are cores for us: many bugs make a check wait, not compute."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(2 * (count or 1), WORKERS_MAX)


def perform_plans(plans: Sequence[Plan], *, jobs: int, watch: Watch) -> list[list[Outcome]]:
    """Run everything that the plans ask for, `jobs` runs at once; the outcomes of each plan, in its order.

    Raises:
        WorldError: git is not here, or there is no place to work in.
    """
    with _place() as place:
        prepared = _prepare(plans, place, jobs)
        shares: list[tuple[float, int, Trial]] = []
        outcomes: list[list[Outcome]] = [[] for _ in plans]

        def done(number: int, outcome: Outcome) -> None:
            outcomes[number].append(outcome)
            watch(plans[number], outcome)

        for number, plan in enumerate(plans):
            for done_before, trial in enumerate(plan.trials):
                if trial.subject in prepared.faults:
                    done(number, fault(trial, *prepared.faults[trial.subject]))
                else:
                    shares.append((done_before / len(plan.trials), number, trial))
        # All labs side by side: while the programs of one compute, those of another wait.
        waiting = [(number, trial) for _, number, trial in sorted(shares, key=lambda each: each[:2])]
        orders = [_order(place_in, plans[n], trial, prepared) for place_in, (n, trial) in enumerate(waiting)]
        if orders:
            with Pool(min(jobs, len(orders)), place) as pool:
                for answer in pool.perform(orders):
                    number, trial = waiting[answer.number]
                    done(number, _outcome(trial, answer))
        return outcomes


def missing_tool(folder: Path) -> str:
    """Why programs in this folder cannot be started on this machine; empty when nothing they name is missing."""
    box = Toolbox(folder, cache=cache_dir(), reachable=lambda _: True)
    try:
        for line in read_procfile(folder).processes.values():
            for name in _commands(line):
                box.resolve(name, line)
    except ProcfileError:
        return ""  # the run itself says what is wrong with it
    except StartError as error:
        return str(error).replace("\n", " ")
    return ""


def missing_server(lab: Lab) -> str:
    """Why the lab cannot be judged on this machine; empty when every server that it needs is here."""
    try:
        for use in lab.servers:
            if not use.if_present:
                offered(use.kind)
    except ServerMissingError as error:
        return str(error).replace("\n", " ")
    return ""


def missing_git(lab: Lab) -> str:
    """Why a lab about repositories cannot be judged on this machine; empty where git is here or not needed."""
    try:
        if lab.repositories:
            repositories.find_git()
    except WorldError as error:
        return str(error).replace("\n", " ")
    return ""


def missing_runner(lab: Lab, language: str) -> str:
    """Why tests in this language cannot be run on this machine; empty where they can, or where none are asked for."""
    if not lab.is_about("tests"):
        return ""
    try:
        Toolbox(lab.folder, cache=cache_dir(), reachable=lambda _: True).resolve(RUNNERS[language])
    except StartError as error:
        return str(error).replace("\n", " ")
    kit = kit_for(lab, language)
    return "" if kit is None or installed(kit) else f"The {kit.language} kit, which has pytest, is not installed."


def _prepare(plans: Sequence[Plan], place: Path, jobs: int) -> _Prepared:
    prepared = _Prepared()
    lacks: dict[Path, str] = {}
    for number, (plan, subject) in enumerate((one, s) for one in plans for s in one.subjects):
        if subject.folder not in lacks:
            lacks[subject.folder] = (
                missing_server(plan.lab)
                or missing_tool(subject.folder)
                or missing_git(plan.lab)
                or missing_runner(plan.lab, subject.language)
            )
        if lacks[subject.folder]:
            prepared.faults[subject] = "missing", lacks[subject.folder]
            continue
        prepared.workspaces[subject] = subject.folder
        if subject.bug:
            _plant(subject, place / f"planted-{number}", prepared)
    _make_repositories(plans, place, prepared, jobs)
    return prepared


def _make_repositories(plans: Sequence[Plan], place: Path, prepared: _Prepared, jobs: int) -> None:
    """Where solutions are scripts: make the workspaces that those of each subject make of the starter's."""
    made = place / "made"
    wanted = [
        (plan.lab, s) for plan in plans if plan.lab.repositories for s in plan.subjects if s not in prepared.faults
    ]

    def make(numbered: tuple[int, tuple[Lab, Subject]]) -> None:
        number, (lab, subject) = numbered
        scripts = prepared.workspaces[subject]
        workspace = prepared.workspaces[subject] = made / f"{number}"
        patches.copy(lab.folder / "starters" / subject.language.partition("-")[0], workspace)
        try:
            repositories.make(workspace)
            if subject.kind != "starter":
                repositories.solve(scripts, workspace)
        except ContentError as error:
            prepared.faults[subject] = "broken", error.message

    with ThreadPoolExecutor(jobs) as threads:
        for _ in threads.map(make, enumerate(wanted)):  # an error of ours comes out here
            pass


def _plant(subject: Subject, to: Path, prepared: _Prepared) -> None:
    assert subject.bug is not None, "only a bug is planted"
    patches.copy(subject.folder, to)
    try:
        patches.apply(subject.bug.patch, to)
    except PatchError as error:
        prepared.faults[subject] = "broken", f"{error.message} {error.advice}".strip()
    else:
        prepared.workspaces[subject] = to


def _commands(line: ProcessLine) -> list[str]:
    """The commands of a line that have to be on the machine; what a build makes itself is not looked for."""
    if not line.needs_shell:
        return [word for word in line.words[:1] if "/" not in word]
    words = line.command.replace(";", " ").replace("&", " ").replace("|", " ").split()
    return [name for name in LANGUAGE_COMMANDS if name in words]


def _order(number: int, plan: Plan, trial: Trial, prepared: _Prepared) -> Order:
    subject = trial.subject
    return Order(
        number,
        plan.lab,
        prepared.workspaces[subject],
        subject.language,
        trial.seed,
        first_failure=subject.kind != "solution",
    )


def _outcome(trial: Trial, answer: Answer) -> Outcome:
    if answer.report is None:
        return fault(trial, "died", answer.error)
    return outcome_of(trial, answer.report)


@contextmanager
def _place() -> Iterator[Path]:
    """A folder for this proof. It and what killed workers left are gone afterwards."""
    temp = temp_dir()
    asyncio.run(sweep(temp))
    place = claim_folder(temp, f"proof-{secrets.token_hex(4)}")
    try:
        yield place
    finally:
        for runs in place.glob(f"*/{RUNS}"):
            asyncio.run(sweep(runs))
        remove_folder(place)
