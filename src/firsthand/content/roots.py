"""Where content comes from: the folders that hold paths, and the package that holds solutions."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path


def default_roots() -> list[Path]:
    """Our own content: `paths/` of the clone that this package lies in, else the one inside the installed package."""
    package = Path(__file__).resolve().parents[1]
    return [root for root in (package.parents[1] / "paths", package / "_paths") if holds_paths(root)][:1]


def holds_paths(folder: Path) -> bool:
    """Whether a folder is a root: something like backend/path.toml lies in it."""
    return any(folder.glob("*/path.toml"))


def solutions_of(root: Path, lab_folder: Path) -> Path | None:
    """Where solutions and bugs of a lab are: in its own folder, else in the installed solutions, else nowhere."""
    if (lab_folder / "solutions").is_dir() or (lab_folder / "bugs").is_dir():
        return lab_folder
    elsewhere = _installed_solutions()
    if elsewhere is None:
        return None
    candidate = elsewhere / lab_folder.relative_to(root)
    return candidate if candidate.is_dir() else None


@lru_cache(maxsize=1)
def _installed_solutions() -> Path | None:
    spec = find_spec("firsthand_solutions")
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) / "_paths" if places else None
