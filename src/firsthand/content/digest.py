"""Digests of a lab: two labs with the same one judge alike, or are proved by the same programs."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def lab_digest(folder: Path) -> str:
    """sha256 (hex) over names and bytes, in order of name, of all that decides verdicts."""
    return _digest(folder, _deciding(folder))


def proof_digest(folder: Path) -> str:
    """sha256 (hex) of all that a proof of the lab is about: what decides verdicts, and what was judged."""
    return _digest(folder, [*_deciding(folder), *_below(folder, "solutions", "starters", "bugs")])


def _digest(folder: Path, files: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for name, file in sorted((f.relative_to(folder).as_posix(), f) for f in files):
        data = file.read_bytes()
        found.update(f"{len(name.encode())} {name} {len(data)}\n".encode())
        found.update(data)
    return found.hexdigest()


def _deciding(folder: Path) -> list[Path]:
    candidates = [folder / "lab.toml", folder / "kit.py", *folder.glob("stages/*/checks.py")]
    return [*(f for f in candidates if f.is_file()), *_below(folder, "given", "builds")]


def _below(folder: Path, *names: str) -> list[Path]:
    found = [f for name in names for f in folder.glob(f"{name}/**/*")]
    return [f for f in found if f.is_file() and "__pycache__" not in f.parts]
