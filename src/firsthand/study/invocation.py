"""How we were called, so that every command that we print works where the reader stands."""

import os
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

NAME = "firsthand"

_TAKES_FOLDER = frozenset({"check", "run"})
"""Commands whose workspace is an argument."""

_TAKES_OPTION = frozenset({"brief", "hint", "solution", "trace"})
"""Commands whose workspace is an option."""

_content: tuple[Path, ...] = ()
_anywhere = False


def remember_content(folders: Sequence[Path]) -> None:
    """Take in the `--content` folders of this call: the commands that we print need them too."""
    global _content  # noqa: PLW0603  # a fact about this process, set once at its start
    _content = tuple(folder.absolute() for folder in folders)


def content_folders() -> tuple[Path, ...]:
    """The `--content` folders of this call."""
    return _content


def read_anywhere() -> None:
    """Who reads what we print may stand in any folder, as readers of a page do: say all places whole."""
    global _anywhere  # noqa: PLW0603  # a fact about this process, set once at its start
    _anywhere = True


def spell(*words: str, workspace: Path | None = None, cwd: Path | None = None) -> str:
    """A command line that works in a POSIX shell standing in `cwd` (where we were called unless told).

    `words` are the command and its arguments, such as `"check", "--seed", "5"`. The workspace is named where the
    reader does not stand in it.
    """
    here = cwd or _here()
    parts = program_words(here)
    for folder in _content:
        parts += ["--content", _from(here, folder)]
    parts += words
    if workspace is not None and words and not _inside(here, workspace):
        parts += _naming(words[0], _from(here, workspace))
    return shlex.join(parts)


def spelt(text: str, *, workspace: Path | None = None, cwd: Path | None = None) -> str:
    """The text with every command in it, `firsthand ...` in backquotes or at the head of a line, as `spell` has it."""

    def own(words: str) -> str:
        return spell(*shlex.split(words), workspace=workspace, cwd=cwd)

    text = re.sub(r"`firsthand((?: [^`\n]*)?)`", lambda found: f"`{own(found[1])}`", text)
    return re.sub(r"(?m)^firsthand((?: [^#\n]*?)?)( *(?:#.*)?)$", lambda found: own(found[1]) + found[2], text)


def program() -> str:
    """How to call us, without arguments, as help texts show it."""
    return shlex.join(program_words(_here()))


def program_words(here: Path | None) -> list[str]:
    """What to type to call this same program when standing in `here`."""
    script = _script()
    if script is None:
        return [_python(), "-m", NAME]
    on_path = shutil.which(NAME)
    if on_path is not None and Path(on_path).is_absolute() and _same(Path(on_path), script):
        return [NAME]
    if here is None:
        return [str(script)]
    relative = os.path.relpath(script, here)
    if relative.startswith("../../.."):  # longer to read than where it is
        return [str(script)]
    return [relative if "/" in relative else f"./{relative}"]


def _naming(command: str, folder: str) -> list[str]:
    """The words that tell a command its workspace; commands that need none are told none."""
    if command in _TAKES_FOLDER:
        return [folder]
    return ["--workspace", folder] if command in _TAKES_OPTION else []


def _script() -> Path | None:
    """The file that was called: the bootstrap of a clone, or the script of an installation."""
    named = os.environ.get("FIRSTHAND_SCRIPT")
    if named and os.access(named, os.X_OK):
        return Path(named).absolute()
    called = Path(sys.argv[0])
    if called.name == NAME and os.access(called, os.X_OK) and called.is_file():
        return called.absolute()
    return None


def _python() -> str:
    for name in ("python3", "python"):
        found = shutil.which(name)
        if found is not None and Path(found) == Path(sys.executable):
            return name
    return sys.executable


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _here() -> Path | None:
    if _anywhere:
        return None
    try:
        return Path.cwd()
    except FileNotFoundError:  # the folder was removed under the reader's feet
        return None


def _from(here: Path | None, folder: Path) -> str:
    if here is None:
        return str(folder.absolute())
    relative = os.path.relpath(folder.absolute(), here)
    return str(folder.absolute()) if relative.startswith("../../..") else relative


def _inside(here: Path | None, workspace: Path) -> bool:
    return here is not None and here.resolve().is_relative_to(workspace.resolve())
