"""Builds a broken copy of tests/content/good: what a case's folder holds is laid over it, what it names is changed."""

import shutil
import tomllib
from pathlib import Path

CONTENT = Path(__file__).parents[2] / "content"
GOOD = CONTENT / "good"
BROKEN = CONTENT / "broken"


def build(case: Path, place: Path) -> list[Path]:
    """Make the content of a case in `place`; the roots, in order."""
    expected = tomllib.loads((case / "expected.toml").read_text(encoding="utf-8"))
    shutil.copytree(GOOD, place, dirs_exist_ok=True)
    for name in expected.get("remove", []):
        gone = place / name
        assert gone.exists(), f"{case.name} removes {name}, which is not there"
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    shutil.copytree(case, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected.toml"))
    for change in expected.get("change", []):
        file = place / change["file"]
        text = file.read_text(encoding="utf-8")
        assert change["find"] in text, f"{case.name} changes what is not in {change['file']}"
        file.write_text(text.replace(change["find"], change["put"], 1), encoding=change.get("encoding", "utf-8"))
    return [place / "main", place / "company"]
