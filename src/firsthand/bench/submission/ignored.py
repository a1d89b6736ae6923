"""Decides what is not submission: what .gitignore files name, and dependencies, outputs and caches by their names.

| kind         | what becomes of it                                              | always                              |
|--------------|-----------------------------------------------------------------|-------------------------------------|
| `dependency` | linked beside the submission                                    | node_modules, .venv, ...            |
| `output`     | linked beside, unless the Procfile builds it anew               | .next, *.class, ...                 |
| `ignored`    | linked beside: .gitignore names it, and we know no more         |                                     |
| `never`      | left out altogether: worthless to a program, or none of its own | .git, caches, editors' folders, ... |

`vendor`, `target`, `build`, `dist`, `bin`, ... may also be the name of a learner's own folder. They count only beside a
file that says what they are (`vendor` beside go.mod, `target` beside Cargo.toml), and not where a .gitignore says
`!build/`. Any folder that holds a pyvenv.cfg is a Python environment, whatever its name.
"""

import fnmatch
import re
import warnings
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from firsthand.core.limits import KIB

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

Kind = Literal["dependency", "output", "ignored", "never"]

GITIGNORE_BYTES_MAX = 256 * KIB
"""What lies beyond is not read."""

_FOLDERS: dict[str, Kind] = {
    **dict.fromkeys(("node_modules", "bower_components", "jspm_packages", ".pnpm-store"), "dependency"),
    **dict.fromkeys((".venv", "venv", "__pypackages__", ".eggs", ".bundle"), "dependency"),
    **dict.fromkeys((".next", ".nuxt", ".svelte-kit", ".output", ".angular"), "output"),
    **dict.fromkeys((".git", ".hg", ".svn", ".bzr", ".jj", "CVS"), "never"),
    **dict.fromkeys((".idea", ".vscode", ".vs", ".fleet", ".zed", ".settings", ".history"), "never"),
    **dict.fromkeys(("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"), "never"),
    **dict.fromkeys((".tox", ".nox", ".ipynb_checkpoints", "htmlcov", ".nyc_output", ".cache"), "never"),
    **dict.fromkeys((".gradle", ".kotlin", ".parcel-cache", ".turbo", ".eslintcache", ".sass-cache"), "never"),
    **dict.fromkeys((".terraform", ".vagrant", ".Trash", ".Spotlight-V100", "__MACOSX"), "never"),
}  # fmt: skip

_FILES: tuple[tuple[str, Kind], ...] = (
    ("*.class", "output"),
    ("*.o", "output"),
    ("*.pyc", "never"),
    ("*.pyo", "never"),
    (".DS_Store", "never"),
    ("Thumbs.db", "never"),
    ("desktop.ini", "never"),
    ("*.swp", "never"),
    ("*.swo", "never"),
    ("*~", "never"),
    (".#*", "never"),
    (".coverage", "never"),
    ("*.tsbuildinfo", "never"),
)

_SIGNED: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "vendor": ("dependency", ("go.mod", "composer.json", "Gemfile")),
    "deps": ("dependency", ("mix.exs", "rebar.config")),
    "target": ("output", ("Cargo.toml", "pom.xml", "build.sbt", "project.clj")),
    "build": (
        "output",
        ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts", "CMakeLists.txt",
         "meson.build", "package.json", "pyproject.toml", "setup.py"),
    ),
    "dist": ("output", ("package.json", "pyproject.toml", "setup.py")),
    "out": ("output", ("next.config.js", "next.config.mjs", "next.config.ts", "*.iml", "foundry.toml")),
    "bin": ("output", ("*.csproj", "*.fsproj", "*.vbproj")),
    "obj": ("output", ("*.csproj", "*.fsproj", "*.vbproj")),
    "_build": ("output", ("mix.exs", "rebar.config", "dune-project")),
    "zig-out": ("output", ("build.zig",)),
    ".build": ("output", ("Package.swift",)),
}  # fmt: skip
"""Folder names that count only beside a file that says so."""


@dataclass(frozen=True)
class Rules:
    """The .gitignore files from the workspace's root down to one folder, the deepest last."""

    found: tuple[tuple[str, "GitIgnoreSpec"], ...] = ()

    def below(self, folder: str, gitignore: bytes) -> "Rules":
        """The rules in `folder` (relative, empty for the root), whose .gitignore holds these bytes."""
        spec = _spec(gitignore[:GITIGNORE_BYTES_MAX])
        prefix = f"{folder}/" if folder else ""
        return Rules((*self.found, (prefix, spec))) if spec is not None else self

    def says(self, path: str, *, is_folder: bool) -> bool | None:
        """True: ignored. False: named with `!`. None: not named."""
        named = path + "/" if is_folder else path
        for prefix, spec in reversed(self.found):
            answer = spec.check_file(named.removeprefix(prefix)).include
            if answer is not None:
                return answer
        return None


def kind_of_folder(
    path: str, siblings: Collection[str], rules: Rules, has_pyvenv_cfg: Callable[[], bool]
) -> Kind | None:
    """Why this folder is not submission; None if it is. `siblings` are the names beside it."""
    name = path.rpartition("/")[2]
    if name in _FOLDERS:
        return _FOLDERS[name]
    if name.endswith(".egg-info"):
        return "never"
    said = rules.says(path, is_folder=True)
    kind, signs = _SIGNED.get(name, (None, ()))
    if said:
        return kind or ("dependency" if has_pyvenv_cfg() else "ignored")
    if said is None and any(fnmatch.filter(siblings, sign) for sign in signs):
        return kind
    return "dependency" if has_pyvenv_cfg() else None


def kind_of_file(path: str, rules: Rules) -> Kind | None:
    """Why this file or link is not submission; None if it is."""
    name = path.rpartition("/")[2]
    if name in _FOLDERS:  # a link named node_modules
        return _FOLDERS[name]
    for pattern, kind in _FILES:
        if fnmatch.fnmatchcase(name, pattern):
            return kind
    return "ignored" if rules.says(path, is_folder=False) else None


def _spec(gitignore: bytes) -> "GitIgnoreSpec | None":
    lines = gitignore.decode("utf-8-sig", errors="surrogateescape").splitlines()
    wanted = [line for line in lines if line.strip() and not line.startswith("#")]
    if not wanted:
        return None
    # Costs 20 ms, and many workspaces have no .gitignore.
    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():
        # `[[a]` is a pattern for git; the regular expression that pathspec makes of it draws a warning.
        warnings.simplefilter("ignore", FutureWarning)
        try:
            return GitIgnoreSpec.from_lines(wanted)
        except (ValueError, re.error):
            # As git does: a pattern that is none matches nothing, the others count.
            return GitIgnoreSpec.from_lines([line for line in wanted if _is_pattern(line)])


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except (ValueError, re.error):
        return False
    return True
