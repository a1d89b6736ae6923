"""Asks git about a copy of a learner's repository: in the sandbox, by settings of ours, without running theirs."""

import asyncio
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from firsthand.bench.failures import failed
from firsthand.bench.ports import Command, Sandbox
from firsthand.core.limits import GIT_ANSWER_BYTES_MAX, GIT_S, REPOSITORY_RUN_S

_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.quotePath": "false",
    "core.pager": "cat",
    "color.ui": "never",
    "gc.auto": "0",
    "log.decorate": "short",
    "log.showSignature": "false",
}


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    exit_code: int
    stdout: bytes
    stderr: bytes


class GitError(Exception):
    """git said no; its words are the message."""


class Git:
    """One repository, and how it is asked."""

    def __init__(self, git: Path, repository: Path, sandbox: Sandbox, env: Mapping[str, str], factor: float) -> None:
        """`repository` is a laid-out copy that nobody else uses, `env` what programs are told; `git` is absolute."""
        self.factor = factor
        self.env = env
        self._sandbox = sandbox
        self._settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        self._git = str(git)
        self._repository = repository

    async def ask(
        self, *words: str, stdin: bytes = b"", tree: Path | None = None, codes: tuple[int, ...] = (0,)
    ) -> bytes:
        """What `git WORDS` prints; `tree` is the folder for files, with an index of its own beside it.

        Raises:
            GitError: it ended with another code than these.
            CheckFailed: it did not end in time, or printed too much.
        """
        env = {
            **self.env,
            "GIT_DIR": str(self._repository / ".git"),
            "GIT_WORK_TREE": str(tree or self._repository),
            "GIT_INDEX_FILE": f"{tree or self._repository}.index",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_PAGER": "cat",
        }
        argv = [self._git, *self._settings, *words]
        command = Command(argv, tree or self._repository, env, stdin=stdin, merge_output=False)
        ended = await self._ended(command, " ".join(("git", *words[:2])), GIT_S)
        if ended.exit_code not in codes:
            raise GitError(ended.stderr.decode("utf-8", "replace").strip() or f"git ended with {ended.exit_code}")
        return ended.stdout

    async def run(self, argv: list[str], folder: Path, stdin: bytes = b"") -> Ended:
        """Run something of the learner's in a folder that is its own.

        Raises:
            CheckFailed: it did not end in time, or printed too much.
            StartError: it could not be started.
        """
        command = Command(argv, folder, self.env, stdin=stdin, merge_output=False)
        return await self._ended(command, shlex.join((Path(argv[0]).name, *argv[1:])), REPOSITORY_RUN_S)

    def give(self, folder: Path) -> None:
        """Make a folder the program user's own."""
        self._sandbox.give(folder)

    async def _ended(self, command: Command, name: str, limit_s: float) -> Ended:
        program = await self._sandbox.spawn(command)
        out = bytearray()
        program.stdout.follow(lambda data: out.extend(data[: GIT_ANSWER_BYTES_MAX + 1 - len(out)]))
        try:
            async with asyncio.timeout(limit_s * self.factor):
                code = await program.wait()
        except TimeoutError:
            raise failed(f"`{name}` did not end within {limit_s * self.factor:.3g} s.", kind="timeout") from None
        finally:
            await program.stop(0)
        if len(out) > GIT_ANSWER_BYTES_MAX:
            raise failed(f"`{name}` prints more than {GIT_ANSWER_BYTES_MAX:,} bytes, which nothing here needs.")
        return Ended(code, bytes(out), program.stderr.data())
