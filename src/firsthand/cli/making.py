"""Makes a workspace: all of it, or nothing; a folder that holds something is never touched."""

import os
import shutil
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from firsthand.bench.program import repositories
from firsthand.cli.labs import time_words
from firsthand.content.model import Lab
from firsthand.core.errors import UsageError
from firsthand.study import briefs, invocation, workspace
from firsthand.study.languages import language as known_language

GIVEN = "given"
"""The folder of a lab, and of its workspaces, with what learners are handed in every language, such as a schema."""
FILES_NAMED_MAX = 3
"""More files than these are counted, not named."""
_IGNORED_ALWAYS = (".DS_Store", "*.log", ".env")


def make_workspace(lab: Lab, language: str, directory: Path) -> Path:
    """Make the workspace in `directory`, which must be absent or empty; returns its absolute path.

    Raises:
        UsageError: it holds something, or cannot be made; nothing was changed.
    """
    folder = directory.resolve()
    _ensure_free(folder, directory)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".firsthand-", dir=folder.parent) as place:
            made = Path(place) / "workspace"
            _fill(made, lab, language, folder)
            _put(made, folder)
    except OSError as error:
        raise UsageError(
            f"The workspace {directory} cannot be made: {error.strerror or error}.",
            advice="Choose a folder that you may write to, with room on its disk.",
        ) from None
    return folder


def readme(lab: Lab, language: str, folder: Path) -> str:
    """The workspace's README.md: how to work, then all the briefs. Its commands work standing in the workspace."""

    def here(*words: str) -> str:
        return invocation.spell(*words, workspace=folder, cwd=folder)

    listed = [(here(*words), about) for words, about in _commands(lab)]
    width = max(len(command) for command, _ in listed)
    commands = "\n".join(f"    {command:<{width}}   # {about}" for command, about in listed)
    briefs = "\n".join(_section(lab, number) for number in range(len(lab.stages)))
    briefs = invocation.spelt(briefs, workspace=folder, cwd=folder)
    return (
        f"# {lab.title}\n\n{lab.summary}\n\n"
        f"About {time_words(lab.minutes)}, {len(lab.stages)} stages. {_written(lab, language)}\n\n"
        f"## How to work\n\nIn this folder:\n\n{commands}\n{_environment(lab)}\n{briefs}"
    )


def _commands(lab: Lab) -> list[tuple[tuple[str, ...], str]]:
    """What to call while working on it, and what for."""
    known = {"program": "your program", "sql": "your queries", "repo": "your repositories", "tests": "your tests"}
    what = known.get(lab.subject, "your configuration")
    start = "the servers, with a sample of data" if lab.subject == "sql" else f"{what} as a check would"
    commands = [
        (("check",), f"checks {what}, and explains the first thing that is wrong"),
        (("brief",), "shows the brief of the stage you are at"),
        (("hint",), "gives a hint for what failed"),
        (("trace",), f"shows what was said to {what}, and what it answered"),
        (("run",), f"starts {start}, for you to try"),
    ]
    useless = {
        *(["run"] if lab.is_called or lab.subject in ("repo", "tests") else []),
        *([] if lab.has_wire else ["trace"]),
    }
    return [each for each in commands if each[0][0] not in useless]


def _written(lab: Lab, language: str) -> str:
    name = known_language(language).name
    if lab.is_about("program"):
        return f"You write in {name}, or in whatever you like: `Procfile` says how your program is started."
    if lab.repositories:
        return "Each stage has a Git repository of its own, in a folder of its own. Any tool and any way there will do."
    if lab.is_about("tests"):
        return f"You write tests in {name}, in as many files as you like. What they test lies here, and stays as it is."
    files = list(dict.fromkeys(file for stage in lab.stages for file in stage.files))
    listed = f"{len(files)} files" if len(files) > FILES_NAMED_MAX else " and ".join(f"`{file}`" for file in files)
    if len(files) == 1:
        return f"You write {listed}, which is here already and says what belongs into it."
    return f"You write {listed}, which are here already and say what belongs into them."


def _environment(lab: Lab) -> str:
    variables = "\n".join(f"| `{name}` | {about} |" for name, about in lab.variables())
    if not variables or lab.subject == "sql":
        return ""
    lead = "Your program is told by its environment" if lab.is_about("program") else "What `${...}` may name"
    return f"\n{lead}:\n\n| variable | |\n|---|---|\n{variables}\n"


def gitignore(language: str, repositories: Sequence[str] = ()) -> str:
    """What Git should not keep of a program in this language, or beside repositories of their own."""
    if repositories:
        return "\n".join(["# Git repositories of their own:", *(f"/{name}/" for name in repositories)]) + "\n"
    return "\n".join([*known_language(language).ignored, *_IGNORED_ALWAYS]) + "\n"


def _ensure_free(folder: Path, named: Path) -> None:
    if folder.is_dir():
        if not any(folder.iterdir()):
            return
        if (folder / workspace.MARKER).is_file():
            check = invocation.spell("check", workspace=folder)
            raise UsageError(
                f"{named} is a workspace already; nothing in it was touched.",
                advice=f"Go on with it: {check}. Or begin again in another folder.",
            )
        raise UsageError(
            f"The folder {named} is not empty; nothing in it was touched.",
            advice="Name another folder as the last argument.",
        )
    if os.path.lexists(folder):
        raise UsageError(f"{named} is there and is not a folder.", advice="Name another one as the last argument.")


def _fill(made: Path, lab: Lab, language: str, folder: Path) -> None:
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(lab.folder / "starters" / language, made, ignore=unwanted)
    if (lab.folder / GIVEN).is_dir():
        shutil.copytree(lab.folder / GIVEN, made / GIVEN, ignore=unwanted)
    for path in (made, *made.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)  # installed content may be read-only
        if path.is_file():
            _spell_commands(path, folder)
    if lab.repositories:
        repositories.make(made)
    workspace.write(made, lab.id, language)
    (made / "README.md").write_text(readme(lab, language, folder), encoding="utf-8")
    if not (made / ".gitignore").exists():
        (made / ".gitignore").write_text(gitignore(language, lab.repositories), encoding="utf-8")
    made.chmod(0o755)


def _spell_commands(file: Path, folder: Path) -> None:
    """Let the commands that a starter's comments name work where the learner will read them."""
    data = file.read_bytes()
    if b"`firsthand " in data:
        file.write_text(invocation.spelt(data.decode("utf-8"), workspace=folder, cwd=folder), encoding="utf-8")


def _put(made: Path, folder: Path) -> None:
    if not folder.exists():
        made.rename(folder)
        return
    for item in made.iterdir():  # an empty folder that is there stays the same folder: somebody may stand in it
        item.rename(folder / item.name)


def _section(lab: Lab, index: int) -> str:
    """A brief with its headings one level deeper, under the README's title."""
    inside_code = False
    lines = []
    for text in briefs.text(lab, lab.stages[index]).splitlines():
        inside_code ^= text.startswith("```")
        lines.append(f"#{text}" if text.startswith("#") and not inside_code else text)
    return "\n".join(lines) + "\n"
