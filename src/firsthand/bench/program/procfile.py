"""Reads a Procfile: which processes a learner's program has, and how each is started."""

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from firsthand.bench.failures import show_text
from firsthand.bench.program.examples import example_for
from firsthand.core.errors import ProcfileError
from firsthand.core.limits import KIB

PROCFILE_BYTES_MAX = 64 * KIB

_LINE = re.compile(r"\s*([A-Za-z0-9_-]+)\s*:\s*(.*?)\s*")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_PORT = re.compile(r"\$PORT(?![A-Za-z0-9_])|\$\{PORT\}")
_QUOTING = re.compile(r"""'[^']*'|\\.|("(?:\\.|[^"\\])*"|[^'"\\]+)""", re.DOTALL)
"""A piece of a line; the group holds those in which a shell would expand variables."""
_PORT_MARK = "\ue000"
"""Stands for the port in words that were already split; a private character that nobody types."""

_SHELL_OPERATORS = frozenset("&|;()`\n")
_SHELL_EXPANSIONS = frozenset("$<>*?[#~" + _PORT_MARK)
_SHELL_WORDS = frozenset(
    re.findall(
        r"\S+",
        """
    . : ! { [[ alias bg break case cd command continue eval exec exit export fg for if read readonly return set shift
    source trap ulimit umask unset until wait while
""",
    )
)


@dataclass(frozen=True)
class ProcessLine:
    """One line of a Procfile. `line` counts from 1; `command` is what stands behind the colon."""

    name: str
    command: str
    line: int
    words: tuple[str, ...]
    """The command's words as a POSIX shell would split them; empty when `needs_shell`."""
    assignments: tuple[tuple[str, str], ...] = ()
    """Leading `NAME=value` words."""
    needs_shell: bool = False
    """Whether it needs /bin/sh: pipes, &&, redirections, variables other than PORT, wildcards, built-in commands."""

    @property
    def where(self) -> str:
        """The line as it is quoted in messages."""
        return f"Procfile, line {self.line}: {self.name}: {show_text(self.command, 160)}"

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """What the line's own assignments add to the environment, but those that wait for a port (`late_script`)."""
        return {
            name: _with_port(value, env) for name, value in self.assignments if _PORT_MARK not in value or "PORT" in env
        }

    def argv(self, env: Mapping[str, str], args: Sequence[str] = ()) -> list[str]:
        """The words to start, further arguments behind them; the first is not resolved to a path yet.

        A line for the shell becomes `/bin/sh -c`, with `exec` before a single command, so that signals reach it; where
        it can take arguments, they may also be put behind the result.
        """
        if not self.needs_shell:
            return [_with_port(word, env) for word in self.words] + list(args)
        script = f"exec {self.command}" if _one_command(self.command) else self.command
        return ["/bin/sh", "-c", f'{script} "$@"' if _takes_arguments(self.command) else script, "sh", *args]

    def late_script(self, env: Mapping[str, str]) -> str:
        """A script for `sh -c SCRIPT PROGRAM ARGUMENT...` if the line names a port that `env` does not have yet.

        Empty if it does not. PORT is then taken from the environment in which the script starts.
        """
        if "PORT" in env or not any(_PORT_MARK in text for text in (*self.words, *(v for _, v in self.assignments))):
            return ""
        sets = "".join(
            f"export {name}={_for_shell(value)}; " for name, value in self.assignments if _PORT_MARK in value
        )
        return " ".join([f'{sets}exec "$0"', *map(_for_shell, self.words[1:]), '"$@"'])


@dataclass(frozen=True)
class Procfile:
    """The processes by name, in file order."""

    processes: dict[str, ProcessLine]

    def get(self, name: str) -> ProcessLine | None:
        """The line of this process."""
        return self.processes.get(name)

    def need(self, name: str) -> ProcessLine:
        """The line of this process.

        Raises:
            ProcfileError: there is no such line.
        """
        found = self.processes.get(name)
        if found is not None:
            return found
        there = ", ".join(f"`{n}`" for n in self.processes)
        similar = next((n for n in self.processes if n.lower() == name.lower()), None)
        advice = f"Write `{name}:` instead of `{similar}:`; names are case-sensitive." if similar else ""
        raise ProcfileError(
            f"The Procfile has no `{name}` line, and this lab starts `{name}`. It has {there}.",
            advice=advice or f"Add a line such as: {name}: python {'server' if name == 'web' else name}.py",
        )


def has_build(procfile: bytes) -> bool:
    """Whether a Procfile has a `build` line, for when it cannot be judged as a whole yet."""
    return re.search(rb"(?:^|[\r\n])\s*build\s*:", procfile.removeprefix(b"\xef\xbb\xbf")) is not None


def read_procfile(folder: Path) -> Procfile:
    """Read `folder`/Procfile.

    Raises:
        ProcfileError: there is none, or a line is not one; the message shows the line and its number.
    """
    processes: dict[str, ProcessLine] = {}
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", _text(folder)), start=1):
        if raw.strip() and not raw.lstrip().startswith("#"):
            found = _parse(raw, number)
            if found.name in processes:
                first = processes[found.name].line
                raise _bad(raw, number, f"a second `{found.name}`; the first stands in line {first}", "Keep one.")
            processes[found.name] = found
    if not processes:
        raise ProcfileError("The Procfile is empty.", advice=example_for(folder))
    return Procfile(processes)


def _text(folder: Path) -> str:
    path = folder / "Procfile"
    if not path.is_file():
        raise _missing(folder)
    try:
        # A Procfile may be swapped for a pipe while we look: O_NONBLOCK never hangs.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            data = file.read(PROCFILE_BYTES_MAX + 1)
    except OSError as error:
        raise ProcfileError(
            f"The Procfile cannot be read: {error.strerror}.", advice="Mend its permissions: chmod u+r Procfile"
        ) from None
    if len(data) > PROCFILE_BYTES_MAX:
        raise ProcfileError(
            f"The Procfile is bigger than {PROCFILE_BYTES_MAX // KIB} KiB.",
            advice="It holds one short line for each process. " + example_for(folder),
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ProcfileError(
            f"The Procfile is not UTF-8: byte 0x{data[error.start]:02x} in line {line}.",
            advice="Save it again with the encoding UTF-8.",
        ) from None


def _missing(folder: Path) -> ProcfileError:
    message = "There is no Procfile, so we do not know how to start your program."
    near = _near_procfile(folder)
    if near:
        return ProcfileError(f"{message} But there is {near}.", advice=f"Name it `Procfile` here: mv {near} Procfile")
    return ProcfileError(message, advice=example_for(folder))


def _near_procfile(folder: Path) -> str:
    """A file that was likely meant to be the Procfile, as a path to show; empty if there is none."""
    if not folder.is_dir():
        return ""
    names = sorted(path.name for path in folder.iterdir())[:1_000]
    for name in names:
        if name.lower().split(".")[0] == "procfile" and (folder / name).is_file():
            return shlex.quote(name)
    deeper = (name for name in names if not name.startswith(".") and (folder / name / "Procfile").is_file())
    return next((shlex.quote(f"{name}/Procfile") for name in deeper), "")


def _parse(raw: str, number: int) -> ProcessLine:
    match = _LINE.fullmatch(raw)
    if match is None:
        if "：" in raw:  # what an input method for Chinese or Japanese types
            raise _bad(raw, number, "a full-width colon", "Type an ASCII colon: web: python server.py")
        raise _bad(raw, number, "no `name: command`", "A line looks like this: web: python server.py")
    name, command = match.groups()
    if not command:
        raise _bad(raw, number, f"no command behind `{name}:`", f"For example: {name}: python server.py")
    if _needs_shell(command):
        return ProcessLine(name, command, number, (), needs_shell=True)
    try:
        words = _split(command)
    except ValueError as error:
        what = "a quote that is not closed" if "quotation" in str(error) else "a backslash at its end"
        raise _bad(raw, number, what, "Write the command on one line, as in a terminal.") from None
    count = next((i for i, word in enumerate(words) if not _ASSIGNMENT.fullmatch(word)), len(words))
    if count == len(words):
        raise _bad(raw, number, "no command, only variables", f"For example: {name}: DEBUG=1 python server.py")
    pairs = tuple((w.partition("=")[0], w.partition("=")[2]) for w in words[:count])
    shell = words[count] in _SHELL_WORDS
    return ProcessLine(
        name, command, number, () if shell else tuple(words[count:]), () if shell else pairs, needs_shell=shell
    )


def _bad(raw: str, number: int, what: str, advice: str) -> ProcfileError:
    return ProcfileError(f"Procfile, line {number} has {what}:\n    {show_text(raw.strip(), 200)}", advice=advice)


def _needs_shell(command: str) -> bool:
    return any(c in _SHELL_OPERATORS or c in _SHELL_EXPANSIONS for c in _unquoted(_PORT.sub("", command)))


def _one_command(command: str) -> bool:
    """Whether `exec` can stand before it: one command that is no built-in and has no variables of its own."""
    first = command.split()[0]
    if first in _SHELL_WORDS or _ASSIGNMENT.fullmatch(first):
        return False
    return not any(c in _SHELL_OPERATORS for c in _unquoted(command))


def _takes_arguments(command: str) -> bool:
    """Whether words put behind the line become arguments of its last command."""
    plain = "".join(_unquoted(command)).split()
    return (
        bool(plain) and plain[-1][-1] not in ";&)}`" and plain[-1] not in ("fi", "done", "esac") and "#" not in command
    )


def _unquoted(command: str) -> list[str]:
    """The characters that a shell may give a meaning: those outside quotes, and `$` and backquotes in double ones."""
    found: list[str] = []
    quote = ""
    escaped = False
    for char in command:
        if escaped:
            escaped = False
        elif char == "\\" and quote != "'":
            escaped = True
        elif quote:
            if char == quote:
                quote = ""
            elif quote == '"' and char in "$`":
                found.append(char)
        elif char in "\"'":
            quote = char
        else:
            found.append(char)
    return found


def _split(command: str) -> list[str]:
    """Shell words in which `$PORT` has become a mark, except between single quotes or behind a backslash."""
    marked = _QUOTING.sub(lambda piece: piece[0] if piece[1] is None else _mark_ports(piece[1]), command)
    return shlex.split(marked, posix=True)


def _mark_ports(piece: str) -> str:
    return re.sub(rf"(\\.)|{_PORT.pattern}", lambda found: found[1] or _PORT_MARK, piece)


def _for_shell(word: str) -> str:
    return '"$PORT"'.join(shlex.quote(part) if part else "" for part in word.split(_PORT_MARK)) or "''"


def _with_port(word: str, env: Mapping[str, str]) -> str:
    return word.replace(_PORT_MARK, env.get("PORT", ""))
