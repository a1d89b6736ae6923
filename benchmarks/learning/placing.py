"""The page of figures about placement: every promise with its bar, its aim and what was measured."""

import statistics
import sys

from benchmarks.learning.graphs import graph
from benchmarks.learning.real import real_path
from benchmarks.learning.timing import timings
from benchmarks.learning.trials import Setting, Tally, run

from firsthand.learning import Graph
from firsthand.learning.placement.prior import KINDS, SHARES

GRAPHS = (7, 11, 21)
MAIN = Setting("as it is")
BESIDE = (
    (Setting("no self-rating", ratings="none"), 90.5),
    (Setting('nobody uses "I don\'t know"', unsure=0.0), 91.0),
    (Setting("ratings that mean nothing", ratings="useless"), 89.0),
    *(
        (Setting(f"prior without `{kind}`", shares=tuple(0 if k == n else s for n, s in enumerate(SHARES))), 88.0)
        for k, kind in enumerate(KINDS)
    ),
)
RANDOM = Setting("random questions, same posterior", chooser="random")
SEARCH = Setting("binary search on chains", chooser="binary-search")

Row = tuple[str, ...]


def page(learners: int, beside: int, workers: int) -> str:
    """All tables as Markdown: so many learners on each graph, and for the other settings."""
    whole = _on_all(MAIN, learners, workers)
    fewer = _on_all(MAIN, beside, workers) if beside != learners else whole
    others = [(setting, bar, _on_all(setting, beside, workers)) for setting, bar in BESIDE]
    randomly, searched = (_on_all(setting, learners, workers) for setting in (RANDOM, SEARCH))
    many = f"{learners:,} learners on each of {len(GRAPHS)} graphs"
    few = f"{beside:,} learners on each of {len(GRAPHS)} graphs"
    parts = [
        "# Placement: figures",
        "**The learners are simulated.** What real learners do is not known yet; how these are made, and how the "
        "product's own assumptions differ, is told in [placement](placement.md). Written by "
        "`python -m benchmarks.learning`; seeded, so that all but the times comes out the same again.",
        f"## How right it is: {many}",
        _table(("after", "right, %", "bar / aim"), _right(whole)),
        _table(("after 20 questions", "%", "bar"), _declared(whole)),
        f"## Where it stops by itself: {many}",
        _table(("what", "measured", "bar"), _stops(whole)),
        f"## By kind of learner, after 20 questions: {many}",
        _table(
            ("learners", "right, %", "declared known: wrong, %", "recall, %", "questions until it stops"), _kinds(whole)
        ),
        f"## Calibration, after 20 questions: {many}",
        _table(("probability", "competencies", "expected known, %", "known, %"), _bins(whole)),
        f"## When something is otherwise: {few}, right after 20 questions",
        _table(("setting", "right, %", "bar"), _others(fewer, others)),
        f"## Beside simpler ways: {many}, right after 20 questions",
        _table(("setting", "right, %", "this is better by", "bar"), _simpler(whole, randomly, searched)),
        *_real(beside, workers),
        "## Time",
        _table(("what", "median, ms", "p95, ms", "bar"), timings()),
    ]
    return "\n\n".join(parts) + "\n"


def _on_all(setting: Setting, learners: int, workers: int) -> Tally:
    tally = Tally()
    for seed in GRAPHS:
        tally.merge(_told(setting, graph(seed), seed, learners, workers))
    return tally


def _told(setting: Setting, ground: Graph, seed: int, learners: int, workers: int) -> Tally:
    print(f"{setting.name}: {learners} learners on graph {seed} ...", file=sys.stderr, flush=True)
    return run(setting, ground, seed, learners, workers)


def _right(tally: Tally) -> list[Row]:
    bars = {0: (0.0, 0.0), 10: (90.0, 92.0), 20: (92.0, 94.0), 30: (93.5, 95.0)}
    rows: list[Row] = []
    for mark, (bar, aim) in bars.items():
        right = tally.after[mark].accuracy
        rows.append((f"{mark} questions", f"{right:.1f}", _judged(f"{bar:g} / {aim:g}", right >= bar, right >= aim)))
    rows[0] = ("self-rating only", rows[0][1], "")
    return rows


def _declared(tally: Tally) -> list[Row]:
    count, error = tally.after[20], tally.calibration_error
    return [
        ("declared known (p >= 0.8), and wrong", f"{count.wrong:.1f}", _judged("<= 5.5", count.wrong <= 5.5)),
        ("known, and declared so (recall)", f"{count.recall:.1f}", _judged(">= 79", count.recall >= 79)),
        ("calibration error", f"{100 * error:.1f}", _judged("<= 2", error <= 0.02)),
    ]


def _stops(tally: Tally) -> list[Row]:
    newcomers = statistics.mean(tally.questions["newcomer"])
    mean, most = statistics.mean(tally.all_questions), max(tally.all_questions)
    count = tally.stopped
    return [
        ("questions, newcomers, mean", f"{newcomers:.1f}", _judged("<= 8", newcomers <= 8)),
        ("questions, all, mean", f"{mean:.1f}", _judged("<= 18", mean <= 18)),
        ("questions, at most", f"{most}", _judged("<= 25", most <= 25)),
        ("right then, %", f"{count.accuracy:.1f}", ""),
        ("declared known then: wrong, recall, %", f"{count.wrong:.1f}, {count.recall:.1f}", ""),
    ]


def _kinds(tally: Tally) -> list[Row]:
    return [
        (
            kind,
            f"{count.accuracy:.1f}",
            f"{count.wrong:.1f}",
            f"{count.recall:.1f}",
            f"{statistics.mean(tally.questions[kind]):.1f}",
        )
        for kind, count in sorted(tally.by_kind.items())
    ]


def _bins(tally: Tally) -> list[Row]:
    return [
        (f"{k / 10:.1f}-{(k + 1) / 10:.1f}", f"{int(n):,}", f"{100 * expected / n:.1f}", f"{100 * known / n:.1f}")
        for k, (n, expected, known) in enumerate(tally.bins)
        if n
    ]


def _others(main: Tally, others: list[tuple[Setting, float, Tally]]) -> list[Row]:
    rows: list[Row] = [(MAIN.name, f"{main.after[20].accuracy:.1f}", "")]
    for setting, bar, tally in others:
        right = tally.after[20].accuracy
        rows.append((setting.name, f"{right:.1f}", _judged(f">= {bar:g}", right >= bar)))
    return rows


def _simpler(main: Tally, randomly: Tally, searched: Tally) -> list[Row]:
    rows: list[Row] = []
    for setting, tally, bar in ((RANDOM, randomly, 4.0), (SEARCH, searched, 10.0)):
        right = tally.after[20].accuracy
        better = main.after[20].accuracy - right
        rows.append((setting.name, f"{right:.1f}", f"{better:.1f}", _judged(f">= {bar:g}", better >= bar)))
    return rows


def _real(learners: int, workers: int) -> list[str]:
    ground, askable = real_path()
    title = f"## The real path: {len(ground.order)} competencies, {learners:,} learners"
    if not any(ground.prerequisites.values()):
        return [title, "Its competencies have no prerequisites yet, so there is nothing to measure."]
    rows: list[Row] = []
    for name, some in askable.items():
        if some:
            tally = _told(Setting(name, askable=some), ground, 1, learners, workers)
            right = (f"{tally.after[mark].accuracy:.1f}" for mark in (0, 10, 20, 30))
            count = tally.after[20]
            stops = f"{statistics.mean(tally.all_questions):.1f}"
            rows.append(
                (name, *right, f"{count.wrong:.1f} / {count.recall:.1f}", f"{tally.calibration_error:.3f}", stops)
            )
    heads = (
        "questions",
        "rating only",
        "10",
        "20",
        "30",
        "declared at 20: wrong / recall",
        "calibration",
        "stops after",
    )
    return [title, _table(heads, rows)]


def _judged(bar: str, holds: bool, aim: bool | None = None) -> str:
    words = "holds" if holds else "**missed**"
    if aim is not None:
        words += ", aim reached" if aim else ", aim not reached"
    return f"{bar}: {words}"


def _table(heads: Row, rows: list[Row]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
