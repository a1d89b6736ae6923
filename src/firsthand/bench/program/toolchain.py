"""Finds the program that a Procfile's word means: the workspace's own, else the learner's, never ours, never a shim."""

import difflib
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from firsthand.bench.program.environment import learner_path, program_environment
from firsthand.bench.program.installing import how_to_install
from firsthand.bench.program.procfile import ProcessLine
from firsthand.bench.program.shims import real_binary, shim_at
from firsthand.core.errors import StartError

WORKSPACE_BINS = (".venv/bin", "venv/bin", "node_modules/.bin")
LANGUAGE_COMMANDS = (
    "python3", "python", "node", "npm", "npx", "java", "javac", "go", "php", "ruby", "dotnet", "cargo", "deno", "bun",
)  # fmt: skip
NAMES_SEEN_MAX = 20_000
"""Commands looked through for near misses."""

_FALLBACKS = {"python": "python3", "pip": "pip3"}


@dataclass(frozen=True)
class Resolved:
    """A command's absolute path, and where it was found: `workspace`, `PATH`, or the version manager's name."""

    path: Path
    how: str


@dataclass(frozen=True)
class Start:
    """All that starting a line takes: `argv[0]` is absolute, `env` is the whole environment."""

    argv: list[str]
    env: dict[str, str]


class Toolbox:
    """Resolves commands for one laid-out submission."""

    def __init__(
        self,
        folder: Path,
        *,
        cache: Path,
        reachable: Callable[[Path], bool],
        source: Path | None = None,
        path: str | None = None,
    ) -> None:
        """`folder` is where programs run, `source` the learner's workspace, in which version managers are asked.

        `reachable` is the sandbox's: a binary that the program's user cannot read is passed over. `path` is the PATH to
        search, by default the learner's.
        """
        self.folder = folder
        self._cache = cache
        self._reachable = reachable
        self._source = source if source is not None and source.is_dir() else folder
        self._search = learner_path(path)
        self._found: dict[str, Resolved] = {}

    @property
    def path(self) -> str:
        """The search path that programs get: the workspace's own commands first, folders out of reach left out."""
        return self._path(())

    def start(self, line: ProcessLine, variables: Mapping[str, str], home: Path, args: Sequence[str] = ()) -> Start:
        """What starts this line, with `args` behind its own; `variables` and `home` as in `program_environment`.

        Without PORT among the variables it is expanded when the program starts, from the environment it has then.

        Raises:
            StartError: its command was not found.
        """
        env = program_environment(variables, home, self.path)
        env |= line.environment(env)
        argv = line.argv(env, args)
        resolved = self.commands(line, argv)
        argv[0] = str(resolved[0].path)
        script = line.late_script(env)
        if script:
            argv = ["/bin/sh", "-c", script, argv[0], *args]
        if "PATH" not in variables and "PATH" not in dict(line.assignments):
            # A program that starts its own interpreter by name gets the same one, not the shim.
            env["PATH"] = self._path([r.path.parent for r in resolved if r.how not in ("workspace", "PATH")])
        return Start(argv, env)

    def commands(self, line: ProcessLine, argv: Sequence[str]) -> list[Resolved]:
        """What the line starts, resolved, and behind it the language commands that a shell line mentions.

        Raises:
            StartError: its command was not found.
        """
        found = [self.resolve(argv[0], line)]
        if line.needs_shell:
            words = set(re.findall(r"[A-Za-z0-9_]+", line.command))
            mentioned = (self._lookup(name) for name in LANGUAGE_COMMANDS if name in words)
            found += [r for r in mentioned if r is not None]
        return found

    def resolve(self, name: str, line: ProcessLine | None = None) -> Resolved:
        """The program that `name` means; `line` is quoted when there is none.

        Raises:
            StartError: it was not found, or cannot be run.
        """
        if "/" in name:
            return Resolved(self._at(name, line), "workspace" if not name.startswith("/") else "PATH")
        found = self._lookup(name)
        if found is None:
            raise self._not_found(name, line)
        return found

    def _path(self, first: Sequence[Path]) -> str:
        own = [self.folder / b for b in WORKSPACE_BINS if (self.folder / b).is_dir()]
        entries = learner_path(self._search, [*own, *first]).split(os.pathsep)
        return os.pathsep.join(e for e in entries if self._reachable(Path(e))) or "/usr/bin:/bin"

    def _lookup(self, name: str) -> Resolved | None:
        if name not in self._found:
            found = self._search_for(name)
            if found is None and name in _FALLBACKS:
                found = self._search_for(_FALLBACKS[name])
            if found is None:
                return None
            self._found[name] = found
        return self._found[name]

    def _search_for(self, name: str) -> Resolved | None:
        """The first candidate that the program's user can run."""
        for candidate, how in self._candidates(name):
            shim = shim_at(candidate) if how == "PATH" else None
            if shim is not None:
                real = real_binary(shim, self._source, self._cache, self._search)
                if real is not None and self._usable(real):
                    return Resolved(real, shim.manager)
            elif self._usable(candidate):
                return Resolved(candidate, how)
        return None

    def _candidates(self, name: str) -> Iterator[tuple[Path, str]]:
        for folder in WORKSPACE_BINS:
            yield from self._executable(self.folder / folder / name, "workspace")
        for entry in self._search.split(os.pathsep):
            yield from self._executable(Path(entry) / name, "PATH")

    def _executable(self, path: Path, how: str) -> Iterator[tuple[Path, str]]:
        try:
            if path.is_file() and os.access(path, os.X_OK):
                yield path, how
        except OSError:
            return

    def _usable(self, path: Path) -> bool:
        # A link within reach may lead to an interpreter that is not.
        return self._reachable(path) and self._reachable(path.resolve())

    def _at(self, name: str, line: ProcessLine | None) -> Path:
        """The file that a command with a slash names."""
        path = self.folder / name
        if not os.path.exists(path):  # noqa: PTH110  # false where we may not even look
            near = difflib.get_close_matches(path.name, _names_in(path.parent), n=3, cutoff=0.6)
            advice = f"Did you mean {_listed(near)}? " if near else ""
            raise StartError(
                f"There is no file {name}{_in_workspace(name)}{_quoted(line)}",
                advice=f"{advice}If a build makes it, let the Procfile's `build:` line write it there.",
            )
        if not path.is_file():
            raise StartError(f"{name} is a folder, not a program{_quoted(line)}", advice="Name the file to start.")
        if not os.access(path, os.X_OK):
            raise StartError(f"{name} is not executable{_quoted(line)}", advice=f"Make it so: chmod +x {name}")
        if name.startswith("/") and not self._usable(path):
            raise _out_of_reach(name, path, line)
        _refuse_crlf(path, name, line)
        return path

    def _not_found(self, name: str, line: ProcessLine | None) -> StartError:
        message = f"The command `{name}` was not found{_quoted(line)}"
        hidden = next((path for path, _ in self._candidates(name) if not self._usable(path)), None)
        if hidden is not None:
            return _out_of_reach(name, hidden, line)
        near = difflib.get_close_matches(name, self._known_names(), n=3, cutoff=0.75)
        parts = [f"Did you mean {_listed(near)}?" if near else "", how_to_install(name), self._project_hint(name)]
        advice = " ".join(part for part in parts if part)
        return StartError(message, advice=advice or f"Install {name}, or correct the Procfile.")

    def _project_hint(self, name: str) -> str:
        if how_to_install(name):
            return ""
        if (self.folder / "package.json").exists():
            return "If it comes with your project, install that first: npm install"
        if (self.folder / "requirements.txt").exists():
            return "If it comes with your project: python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"
        return ""

    def _known_names(self) -> list[str]:
        folders = [self.folder / b for b in WORKSPACE_BINS] + [Path(e) for e in self._search.split(os.pathsep)]
        names: dict[str, None] = {}
        for folder in folders:
            names.update(dict.fromkeys(_names_in(folder)))
            if len(names) > NAMES_SEEN_MAX:
                break
        return list(names)


def _names_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry, _ in zip(entries, range(NAMES_SEEN_MAX), strict=False)]
    except OSError:
        return []


def _listed(names: Sequence[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _in_workspace(name: str) -> str:
    return "" if name.startswith("/") else " in your workspace"


def _out_of_reach(name: str, path: Path, line: ProcessLine | None) -> StartError:
    return StartError(
        f"The command `{name}` cannot be used{_quoted(line)}",
        advice=f"It is at {path}, where programs that are checked cannot read: they run as another user, "
        "without your privileges. Install it for all users, or run `firsthand` as yourself instead of root. "
        f"{how_to_install(name)}".rstrip(),
    )


def _quoted(line: ProcessLine | None) -> str:
    return f" ({line.where})." if line is not None else "."


def _refuse_crlf(path: Path, name: str, line: ProcessLine | None) -> None:
    """The system takes the CR for a part of the interpreter's name and says "no such file", which misleads people."""
    with path.open("rb") as file:
        first = file.readline(256)
    if first.startswith(b"#!") and first.endswith(b"\r\n"):
        raise StartError(
            f"{name} has Windows line ends, so its first line names no interpreter{_quoted(line)}",
            advice=f"Save it with LF line ends: sed -i 's/\\r$//' {name}",
        )
