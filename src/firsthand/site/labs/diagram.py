"""The sequence diagram of a check as rows and lanes: pure, so that it can be tested without a page."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from firsthand.study.folding import Fold, folded
from firsthand.study.scenes import Loop, Scene, loops
from firsthand.study.steps import Step, family

Role = Literal["checks", "program", "beyond"]
Kind = Literal["say", "back", "fault", "remark", "gap", "loop"]

GAP_SHOWN_S = 0.1
"""A silence of this length is folded and said."""
COPIES_APART_MAX = 4
"""With more copies of one process than these, they share a lane."""
LANES_MAX = 12
"""As many as the style sheet has columns for; what is beyond shares the last one."""
SCENES_ROWS_MAX = 120
"""With more rows than these, steps are folded by shape, and what led to what is not shown."""
PAUSES_S = (0.01, 0.03)
"""A longer time between two rows moves them apart a little, in two degrees."""


@dataclass(frozen=True)
class Lane:
    """One lifeline: the checks, a process of the program, or a server or peer beyond it. `column` counts from 1."""

    name: str
    role: Role
    column: int


@dataclass(frozen=True)
class Lanes:
    """All lifelines from left to right."""

    all: tuple[Lane, ...]

    def of(self, door: str) -> Lane:
        """The lifeline that answers at this door."""
        names = {lane.name: lane for lane in self.all}
        return names.get(door) or names.get(family(door)) or self.all[-1]

    def asking(self, step: Step, around: Step | None) -> Lane:
        """Who asked: the checks, or the process in whose answer it lies, else the program's last one."""
        if self.of(step.door).role == "program":
            return self.all[0]
        if around is not None and self.of(around.door).role == "program":
            return self.of(around.door)
        return next((lane for lane in reversed(self.all) if lane.role == "program"), self.all[0])


@dataclass(frozen=True)
class Row:
    """One line of the diagram. `since` and `until` are columns between which its arrow goes."""

    kind: Kind
    at: float
    number: int = -1
    """Of the step that it opens; -1 for none."""
    door: str = ""
    asker: str = ""
    since: int = 0
    until: int = 0
    text: str = ""
    reply: str = ""
    ok: bool = True
    took_s: float = 0.0
    count: int = 1
    facts: str = ""
    """About what is folded."""
    pause: int = 0
    """How far it stands from the row above: 0, 1 or 2."""
    busy: tuple[int, ...] = ()
    """Columns of those who are at work on something that began above and ends below."""
    inner: tuple["Row", ...] = field(default=())
    """The rows of a loop."""
    copy: str = ""
    """Which of several processes it was that share a lifeline."""
    whole: bool = False
    """Whether question and answer are both in this row."""


def lanes(doors: Iterable[str], beyond: Iterable[str]) -> Lanes:
    """The lifelines for what was said at these doors; `beyond` names the servers and peers of the lab."""
    known = list(dict.fromkeys(doors))
    outside = set(beyond)
    of_program = [door for door in known if family(door) not in outside and door not in outside]
    if not of_program:  # a worker, which nobody speaks to
        of_program = ["your program"]
    of_program = _copies_together(of_program)
    servers = _copies_together([door for door in known if family(door) in outside or door in outside])
    named: list[tuple[str, Role]] = [("checks", "checks")]
    named += [(name, "program") for name in of_program]
    named += [(name, "beyond") for name in servers]
    return Lanes(tuple(Lane(name, role, n) for n, (name, role) in enumerate(named[:LANES_MAX], 1)))


def diagram(steps: Sequence[Step], beyond: Iterable[str]) -> tuple[Lanes, list[Row]]:
    """One check: scenes where they can be told, else what is alike folded, copies of a process on one lifeline."""
    doors = [step.door for step in steps if step.door]
    looped = _scenes_if_few(steps)
    if looped is not None:
        shown = lanes(doors, beyond)
        return shown, list(_with_time(row for loop in looped for row in _loop(loop, shown)))
    shown = lanes(map(family, doors), beyond)
    return shown, list(_with_time(_fold(fold, shown) for fold in folded(steps)))


def members(steps: Sequence[Step], number: int) -> list[Step]:
    """All that stands behind the row of `diagram` that begins with this step, in order; nothing where there is none."""
    looped = _scenes_if_few(steps)
    if looped is not None:
        found = [loop for loop in looped if loop.first.step.number == number]
        return [step for loop in found for scene in loop.scenes for step in scene.steps()]
    return [step for fold in folded(steps) if fold.first.number == number for step in fold.steps]


def each(steps: Iterable[Step], shown: Lanes) -> list[Row]:
    """One row for each step, nothing folded."""
    return list(_with_time([_fold(Fold((step,)), shown) for step in steps]))


def split(text: str) -> tuple[str, str]:
    """Question and answer of an exchange's line."""
    asked, arrow, answer = text.rpartition("→ ")
    return (asked.strip() or "(an empty one)", answer.strip()) if arrow else (text.strip(), "")


def _scenes_if_few(steps: Sequence[Step]) -> list[Loop] | None:
    """The scenes, folded; None where they are too many to be read, as when much goes on at once."""
    looped = list(loops(steps))
    return looped if sum(1 for loop in looped for _ in loop.first.steps()) <= SCENES_ROWS_MAX else None


def _copies_together(doors: list[str]) -> list[str]:
    copies: dict[str, list[str]] = {}
    for door in doors:
        copies.setdefault(family(door), []).append(door)
    found: list[str] = []
    for name, several in copies.items():
        found += several if len(several) <= COPIES_APART_MAX else [name]
    return found


def _loop(loop: Loop, shown: Lanes) -> Iterator[Row]:
    texts = loop.texts()
    drawn = list(_scene(loop.first, None, (), shown, iter(texts)))
    if len(loop.scenes) == 1:
        yield from drawn
        return
    first = loop.first.step
    yield Row(
        "loop",
        first.at,
        first.number,
        first.door,
        count=len(loop.scenes),
        took_s=loop.ended - first.at,
        facts=f"until {loop.ended:.3f} s",
        whole=True,
        inner=tuple(_with_time(drawn)),
    )


def _scene(
    scene: Scene, around: Step | None, busy: tuple[int, ...], shown: Lanes, texts: Iterator[str]
) -> Iterator[Row]:
    step = scene.step
    text = next(texts)
    if not scene.inner:
        yield _row(step, text, around, busy, shown, whole=True)
        return
    asked, answer = split(text)
    lane, asker = shown.of(step.door), shown.asking(step, around)
    yield _row(step, asked, around, busy, shown, whole=False)
    for inner in scene.inner:
        yield from _scene(inner, step, (*busy, lane.column), shown, texts)
    yield Row(
        "back",
        step.ended,
        step.number,
        lane.name,
        asker.name,
        lane.column,
        asker.column,
        text=answer or "answered",
        ok=step.ok,
        took_s=step.ended - step.at,
        busy=busy,
    )


def _fold(fold: Fold, shown: Lanes) -> Row:
    step = fold.first
    row = _row(step, step.text if fold.alike else step.shape, None, (), shown, whole=True)
    if row.door != step.door:  # it shares a lifeline with others
        row = replace(row, copy=step.door)
    if len(fold.steps) == 1:
        return row
    facts = [f"until {fold.until:.3f} s"]
    if fold.connections > 1:
        facts.append(f"{fold.connections} connections")
    if step.kind == "exchange":
        facts.append(f"{fold.median_s * 1000:.1f} ms each")
    if not fold.alike:
        facts.append(f"{fold.different} different")
    return replace(row, count=len(fold.steps), facts=", ".join(facts))


def _row(step: Step, text: str, around: Step | None, busy: tuple[int, ...], shown: Lanes, *, whole: bool) -> Row:
    lane = shown.of(step.door)
    if step.kind in ("fault", "remark"):
        kind: Kind = "fault" if step.kind == "fault" else "remark"
        return Row(kind, step.at, step.number, step.door, since=lane.column, until=lane.column, text=text, busy=busy)
    asked, answer = split(text) if whole else (text, "")
    asker = shown.asking(step, around)
    return Row(
        "say",
        step.at,
        step.number,
        lane.name,
        asker.name,
        asker.column,
        lane.column,
        text=asked,
        reply=answer,
        ok=step.ok or not whole,
        took_s=step.ended - step.at if whole else 0.0,
        busy=busy,
        whole=whole,
    )


def _with_time(drawn: Iterable[Row]) -> Iterator[Row]:
    """The rows with the silences between them."""
    until: float | None = None
    for row in drawn:
        silence = row.at - until if until is not None else 0.0
        if silence >= GAP_SHOWN_S:
            yield Row("gap", until or 0.0, took_s=silence)
        pause = sum(silence >= least for least in PAUSES_S) if silence < GAP_SHOWN_S else 0
        yield replace(row, pause=pause)
        until = max(until or 0.0, _over(row))


def _over(row: Row) -> float:
    return row.at + (row.took_s if row.whole else 0.0)
