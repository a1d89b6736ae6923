"""The languages in which labs have starters: what they are called, which tools they need, what Git should not keep."""

import shutil
from dataclasses import dataclass, replace

from firsthand.content.kits import FRAMEWORKS, language_of


@dataclass(frozen=True)
class Language:
    """A language, or a framework of one, as terminal and site know it. `tools` must all be on PATH; of a tuple inside,
    one is enough."""

    id: str
    name: str
    tools: tuple[tuple[str, ...], ...]
    ignored: tuple[str, ...]

    def missing(self) -> tuple[str, ...]:
        """The tools that are not on PATH."""
        return tuple(names[0] for names in self.tools if not any(shutil.which(name) for name in names))


_PLAIN = (
    Language("python", "Python", (("python3", "python"),), ("__pycache__/", "*.pyc", ".venv/")),
    Language("javascript", "JavaScript", (("node",),), ("node_modules/", "npm-debug.log*")),
    Language("java", "Java", (("java",), ("javac",)), ("*.class", "target/", "build/", ".gradle/")),
    Language("go", "Go", (("go",),), ("*.test", "*.out")),
    Language("php", "PHP", (("php",),), ("vendor/",)),
    Language("bash", "Shell", (("bash",),), ()),
    Language("sql", "SQL", (), ()),
    Language("git", "Git", (("git",),), ()),
)
_FRAMED = tuple(
    replace(known, id=name, name=f"{name.title()} ({known.name})")
    for name, of in FRAMEWORKS.items()
    for known in _PLAIN
    if known.id == of
)
LANGUAGES = (*_PLAIN, *_FRAMED)

_ALIASES = {
    "py": "python", "python3": "python", "js": "javascript", "node": "javascript", "golang": "go",
    "sh": "bash", "shell": "bash",
}  # fmt: skip


def language(name: str) -> Language:
    """The language of this name; one that we do not know needs no tools as far as we can tell."""
    wanted = canonical(name)
    return next((known for known in LANGUAGES if known.id == wanted), Language(wanted, wanted, (), ()))


def canonical(name: str) -> str:
    """The id that is meant by a usual name, such as `javascript` by `JS`."""
    low = name.lower()
    return _ALIASES.get(low, low)


def preferred(available: tuple[str, ...], before: str = "") -> str:
    """Of these the one that was used before, or its language; else the first (in our order) whose tools are here."""
    for name in (before, language_of(before)):
        if name in available:
            return name
    order = [known.id for known in LANGUAGES]
    ranked = sorted(available, key=lambda name: order.index(name) if name in order else len(order))
    return next((name for name in ranked if not language(name).missing()), ranked[0])
