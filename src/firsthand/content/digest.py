"""The digest of a lab: two labs with the same one judge alike."""

import hashlib
from pathlib import Path


def lab_digest(folder: Path) -> str:
    """sha256 (hex) over names and bytes, in order of name, of all that decides: see `_deciding`."""
    found = hashlib.sha256()
    for name, file in sorted((f.relative_to(folder).as_posix(), f) for f in _deciding(folder)):
        data = file.read_bytes()
        found.update(f"{len(name.encode())} {name} {len(data)}\n".encode())
        found.update(data)
    return found.hexdigest()


def _deciding(folder: Path) -> list[Path]:
    candidates = [folder / "lab.toml", folder / "kit.py", *folder.glob("stages/*/checks.py")]
    for deep in ("given/**/*", "builds/**/*"):
        candidates += [f for f in folder.glob(deep) if "__pycache__" not in f.parts]
    return [f for f in candidates if f.is_file()]
