"""Steps as scenes: what was asked of one door with all that it led to at others, and scenes that repeat as one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from firsthand.study.folding import Key, gathered
from firsthand.study.steps import Step, family


@dataclass
class Scene:
    """A step with the steps of other doors that began and ended within it."""

    step: Step
    inner: "list[Scene]" = field(default_factory=list)

    def steps(self) -> Iterator[Step]:
        """All its steps in the order in which they began."""
        yield self.step
        for scene in self.inner:
            yield from scene.steps()

    @property
    def key(self) -> Key:
        """What it has in common with others of its like."""
        step = self.step
        return (step.kind, step.door, step.shape, step.ok, *(scene.key for scene in self.inner))

    @property
    def faulty(self) -> bool:
        """Whether a fault lies in it, which is never folded away."""
        return any(step.kind == "fault" for step in self.steps())


@dataclass(frozen=True)
class Loop:
    """A scene, and those like it that are not shown."""

    scenes: tuple[Scene, ...]

    @property
    def first(self) -> Scene:
        """The one that stands for all."""
        return self.scenes[0]

    @property
    def ended(self) -> float:
        """When the last one was over, in seconds since the run began."""
        return max(step.ended for scene in self.scenes for step in scene.steps())

    def texts(self) -> list[str]:
        """What each step of the first scene says, and its shape where another scene says something else there."""
        rows = [list(scene.steps()) for scene in self.scenes]
        return [
            one.text if all(other[place].text == one.text for other in rows) else one.shape
            for place, one in enumerate(rows[0])
        ]


def scenes(steps: Iterable[Step]) -> list[Scene]:
    """The outermost scenes in order. Of scenes side by side, the one that began last takes in what follows."""
    roots: list[Scene] = []
    open_now: list[Scene] = []
    for step in steps:
        open_now = [scene for scene in open_now if step.at <= scene.step.ended]
        scene = Scene(step)
        around = _around(step, open_now)
        (around.inner if around else roots).append(scene)
        if step.kind == "exchange":
            open_now.append(scene)
    return roots


def loops(steps: Iterable[Step]) -> Iterator[Loop]:
    """The scenes in order; those that are alike as one, at the place of the first, but never over a fault."""
    for faulty, between in groupby(scenes(steps), key=lambda scene: scene.faulty):
        if faulty:
            yield from (Loop((scene,)) for scene in between)
        else:
            yield from (Loop(tuple(same)) for same in gathered(list(between), lambda scene: scene.key))


def _around(step: Step, open_now: Sequence[Scene]) -> Scene | None:
    own = family(step.door)
    for scene in reversed(open_now):
        if family(scene.step.door) != own and scene.step.at < step.at and step.ended <= scene.step.ended:
            return scene
    return None
