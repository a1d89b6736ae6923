"""A lab of two stages, made by hand, for the pure parts of the proof."""

from pathlib import Path

import pytest

from firsthand.content.model import CheckDeclaration, Lab, Stage, StarterPromise

CHECKS = {"hello": ("greets", "says_text"), "notes": ("keeps", "forgets", "replaces")}
BUGS = (
    ("python", "greets--absent"),
    ("python", "says_text--html"),
    ("python", "keeps--absent-notes"),
    ("javascript", "keeps--cut"),
    ("python", "forgets--always-200"),
    ("python", "replaces--first-wins"),
)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    folder = tmp_path / "labs" / "demo"
    for language in ("python", "javascript"):
        (folder / "solutions" / language).mkdir(parents=True)
    (folder / "starters" / "python").mkdir(parents=True)
    for language, name in BUGS:
        file = folder / "bugs" / language / f"{name}.patch"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    stages = tuple(_stage(folder, number, name) for number, name in enumerate(CHECKS, 1))
    return Lab(
        id="demo",
        title="Demo",
        summary="",
        minutes=10,
        proves=(),
        unit="demo",
        stages=stages,
        environment=(),
        ready="tcp",
        ready_s=10,
        check_s=10,
        servers=(),
        peers=(),
        starter=StarterPromise("hello", "greets", "closed the connection"),
        folder=folder,
        file=folder / "lab.toml",
        solutions_folder=folder,
    )


def _stage(folder: Path, number: int, name: str) -> Stage:
    place = folder / "stages" / f"{number:02}-{name}"
    checks = tuple(
        CheckDeclaration(check, "It does (brief).", (), (), place / "checks.py", 10 * line)
        for line, check in enumerate(CHECKS[name], 1)
    )
    return Stage(name, number, name.title(), "program", (), (), False, 60, place, checks, 1)
