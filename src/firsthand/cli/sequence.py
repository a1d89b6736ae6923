"""The steps on all doors as lines: who was asked what and when, folded, with what went wrong marked."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from firsthand.cli.heading import GAP_SHOWN_S, Failures, Paint, heading, painted
from firsthand.study.folding import Fold, folded
from firsthand.study.steps import Step

DEPTH_SHOWN_MAX = 4

_INDENT = " " * 13


def sequence(
    steps: Iterable[Step], *, colour: bool, fold: bool = True, failed: Failures | None = None
) -> Iterator[str]:
    """The sequence line by line, grouped by stage and check.

    Args:
        steps: as `steps.steps` gives them.
        colour: add ANSI colours; everything is said without them, too.
        fold: show those of one shape as one.
        failed: the messages of the checks that failed, by stage and check.
    """

    paint = painted(colour)
    first = True
    for where, group in groupby(steps, key=lambda step: (step.stage, step.check)):
        if not first:
            yield ""
        first = False
        yield from heading(where, paint, failed or {})
        yield from _group(list(group), paint, fold=fold)


def _group(steps: list[Step], paint: Paint, *, fold: bool) -> Iterator[str]:
    folds = list(folded(steps) if fold else (Fold((step,)) for step in steps))
    most = max(len(one.steps) for one in folds)
    doors = max(len(one.first.door) for one in folds)
    count_width = len(f"{most}×") if most > 1 else 0
    until = folds[0].first.at
    for one in folds:
        step = one.first
        if step.at - until >= GAP_SHOWN_S:
            yield paint("quiet", f"{_INDENT}({step.at - until:.2f} s of silence)")
        until = max(until, one.until)
        count = f"{len(one.steps)}×" if len(one.steps) > 1 else ""
        counted = paint("strong", f"{count:>{count_width}}") + " " if count_width else ""
        lead = paint("quiet", f"{step.at:9.3f} s") + "  " + counted + paint("quiet", f"{step.door:<{doors}}") + "  "
        yield lead + _said(one, paint)
        if not one.alike and step.shape != step.text:
            yield paint("quiet", f"{_INDENT}{' ' * (count_width + doors + 3)}the first: {step.text}")


def _said(one: Fold, paint: Paint) -> str:
    step = one.first
    indent = "  " * min(step.depth, DEPTH_SHOWN_MAX)
    if step.kind == "fault":
        return paint("fault", f"! {step.text}")
    if step.kind == "remark":
        return paint("remark", f"{indent}· {step.text}") + _times(one, paint)
    text = step.text if one.alike else step.shape
    return indent + (text if step.ok else paint("failed", text)) + _times(one, paint)


def _times(one: Fold, paint: Paint) -> str:
    if len(one.steps) == 1:
        took = one.first.ended - one.first.at
        return paint("quiet", f"  ({_seconds(took)})") if one.first.kind == "exchange" else ""
    facts = [f"until {one.until:.3f} s"]
    if one.connections > 1:
        facts.append(f"{one.connections} connections")
    if one.first.kind == "exchange":
        facts.append(f"{_seconds(one.median_s)} each")
    if not one.alike:
        facts.append(f"{one.different} different")
    return paint("quiet", f"  ({', '.join(facts)})")


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"
