"""How far a proof or the code of lessons is, on standard error: bars on a terminal, a line now and then when piped."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from firsthand.cli.screen import console, fancy
from firsthand.proof import lesson_runs
from firsthand.proof.outcomes import Outcome
from firsthand.proof.perform import Watch
from firsthand.proof.plan import Plan

LINES_MAX = 4
"""Lines for each lab, or for all lessons, when piped."""


@contextmanager
def progress(plans: Sequence[Plan], stream: TextIO) -> Iterator[Watch]:
    """While this holds, what is told to the watch is shown."""
    if fancy(stream):
        with _bars(plans, stream) as watch:
            yield watch
    else:
        yield _printed(stream)


@contextmanager
def run_progress(total: int, stream: TextIO) -> Iterator[lesson_runs.Watch]:
    """While this holds, each of so many lessons that is told to the watch is counted."""
    if fancy(stream):
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("running lessons"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=console(stream), transient=True) as bars:
            task = bars.add_task("", total=total)
            yield lambda run: bars.update(task, advance=1, description=run.lesson.id)
        return
    done = 0

    def count(_run: lesson_runs.PageRun) -> None:
        nonlocal done
        done += 1
        if done * LINES_MAX // total > (done - 1) * LINES_MAX // total:
            print(f"lessons run: {done} of {total}", file=stream, flush=True)

    yield count


@contextmanager
def _bars(plans: Sequence[Plan], stream: TextIO) -> Iterator[Watch]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("runs"))
    with Progress(*columns, TimeElapsedColumn(), console=console(stream), transient=True) as bars:
        tasks = {plan.lab.id: bars.add_task(plan.lab.id, total=len(plan.trials)) for plan in plans}

        def watch(plan: Plan, _outcome: Outcome) -> None:
            bars.advance(tasks[plan.lab.id])

        yield watch


def _printed(stream: TextIO) -> Watch:
    done: Counter[str] = Counter()

    def watch(plan: Plan, _outcome: Outcome) -> None:
        done[plan.lab.id] += 1
        count, total = done[plan.lab.id], len(plan.trials)
        if count * LINES_MAX // total > (count - 1) * LINES_MAX // total:
            print(f"{plan.lab.id}: {count} of {total} runs", file=stream, flush=True)

    return watch
