"""What the blocks of a page are run with: interpreters, kits and psql, as programs that are checked would find them."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from firsthand.bench.program.environment import learner_path, program_environment
from firsthand.bench.program.installing import how_to_install
from firsthand.bench.program.kits import InstalledKit, installed
from firsthand.bench.program.toolchain import Resolved, Toolbox
from firsthand.bench.sandbox.program_user import ProgramUser
from firsthand.bench.servers.place import Place, Ports
from firsthand.bench.servers.postgres_cluster import find_postgres
from firsthand.content.blocks import Block
from firsthand.content.kits import Kit
from firsthand.content.servers import KINDS
from firsthand.core.errors import StartError
from firsthand.core.places import cache_dir

COMMANDS = {"python": "python3", "js": "node", "sh": "bash"}
"""What runs a block of each language; psql runs SQL."""

_IMPORTED = re.compile(r"""(?:^|\s)(?:from|import)\s+['"]?([\w-]+)|\brequire\(['"]([\w-]+)['"]\)|-m\s+([\w-]+)""")
_NOT_FOUND = re.compile(r"^bash: line \d+: ([^\s:]+): command not found$", re.MULTILINE)
_GIT_SETTINGS = {"init.defaultBranch": "main", "user.name": "Ada", "user.email": "ada@example.test"}
_GIT_DATE = "2026-01-05T09:00:00+00:00"


def servers_of(blocks: Sequence[Block]) -> list[str]:
    """The kinds of servers that a page speaks to: PostgreSQL by SQL that is run, others by their variables' names."""
    texts = "".join(block.text for block in blocks if block.kind in ("run", "file"))
    by_sql = any(block.kind == "run" and block.language == "sql" for block in blocks)
    named = [kind.name for kind in KINDS.values() if kind.variable and re.search(rf"\b{kind.variable}\b", texts)]
    return list(dict.fromkeys([*(["postgres"] if by_sql else []), *named]))


class Tools:
    """The interpreters and kits for one page, found before anything is run."""

    def __init__(self, blocks: Sequence[Block], kits: Mapping[str, Kit]) -> None:
        """Find what these blocks need; `kits` are those of the page's path.

        Raises:
            StartError: an interpreter or a kit is not here.
            ServerMissingError: psql would be PostgreSQL's own, and there is none.
        """
        self._box = Toolbox(Path("/"), cache=cache_dir(), reachable=ProgramUser.of_this_process().reaches)
        self._found: dict[str, Resolved] = {}
        text = "\n".join(block.text for block in blocks if block.kind in ("run", "file"))
        languages = {block.language for block in blocks if block.kind == "run"}
        for language, command in COMMANDS.items():
            if language in languages:
                self._found[language] = self._box.resolve(command)
            elif re.search(rf"\b{command}\b", text):
                with suppress(StartError):  # it may be only a word; a command that is not found is told when it is run
                    self._found[language] = self._box.resolve(command)
        self._psql = self._find_psql() if "sql" in languages else None
        self._kits = [_installed(kit) for kit in kits.values() if _names(kit) & _imports(text)]

    def state(self) -> list[str]:
        """What changes when a tool or a kit does."""
        paths = [*(found.path for found in self._found.values()), *([self._psql] if self._psql else [])]
        seen = [(path, path.stat()) for path in paths]
        return [*(f"{p} {s.st_size} {s.st_mtime_ns}" for p, s in seen), *(str(kit.tree) for kit in self._kits)]

    def put_beside(self, work: Path) -> None:
        """Lay the kits where the page's programs find them."""
        for kit in self._kits:
            kit.put_beside(work)

    def environment(self, work: Path, variables: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of the page's programs; `work` is their home."""
        managed = [found.path.parent for found in self._found.values() if found.how != "PATH"]
        kits = {name: value for kit in self._kits for name, value in kit.variables(work).items()}
        return program_environment({**_git(), **kits, **variables}, work, learner_path(self._box.path, managed))

    def start(self, block: Block, script: Path, database: str) -> list[str]:
        """The command that runs a block: its text from `script`, in bash as it is, SQL from standard input."""
        if block.language == "sql":
            return [str(self._psql), "--no-psqlrc", "--dbname", database]
        command = str(self._found[block.language].path)
        # Behind the script stands its name in bash's own messages.
        return [command, "-c", block.text, "bash"] if block.language == "sh" else [command, script.name]

    def _find_psql(self) -> Path:
        with tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder), mark="", cache=cache_dir(), ports=Ports(0))
            beside = find_postgres(place).path.with_name("psql")
        return beside if beside.is_file() else self._box.resolve("psql").path


def refuse_not_found(printed: str, expected: str) -> None:
    """Tell a command that is not on this machine from one that the page expects not to be there.

    Raises:
        StartError: a block named a command that is not here.
    """
    for found in _NOT_FOUND.finditer(printed):
        if f"{found[1]}: command not found" not in expected:
            advice = how_to_install(found[1]) or "Install it."
            raise StartError(f"The command `{found[1]}` is not on this machine.", advice=advice)


def _installed(kit: Kit) -> InstalledKit:
    found = installed(kit)
    if found is None:
        advice = f"Install it: `firsthand kits install {kit.language}`."
        raise StartError(f"The {kit.language} kit is not installed.", advice=advice)
    return found


def _names(kit: Kit) -> set[str]:
    return {package.replace("-", "_").lower() for package in kit.packages()}


def _imports(text: str) -> set[str]:
    return {name.replace("-", "_").lower() for groups in _IMPORTED.findall(text) for name in groups if name}


def _git() -> dict[str, str]:
    """The same author and dates in every run, so that ids of commits are the same as well."""
    people = ("AUTHOR", "COMMITTER")
    found = {f"GIT_{who}_{what}": value for who in people for what, value in (("NAME", "Ada"), ("DATE", _GIT_DATE))}
    found |= {f"GIT_{who}_EMAIL": _GIT_SETTINGS["user.email"] for who in people}
    for number, (name, value) in enumerate(_GIT_SETTINGS.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found | {"GIT_CONFIG_COUNT": str(len(_GIT_SETTINGS)), "GIT_CONFIG_NOSYSTEM": "1", "GIT_EDITOR": "true"}
