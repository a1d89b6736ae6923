"""What a check asks of a learner's Git repository: its branches and commits, what these hold, what they do when run."""

import shlex
import shutil
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from firsthand.bench.clients.git import Ended, Git, GitError
from firsthand.bench.failures import CheckFailed, failed, show_lines, show_text
from firsthand.bench.submission.repository import BEGIN_AGAIN
from firsthand.core.errors import WorkspaceError
from firsthand.core.limits import REPOSITORY_COMMITS_MAX, REPOSITORY_SHOWN_LINES

SHORT_ID = 7
COMMAND_CHARACTERS = 500
ID_LENGTH_MIN = 4
"""As few digits of an id as git takes for a name."""

_FORMAT = "%H%x00%P%x00%an%x00%ae%x00%at%x00%B"
_FIELDS = _FORMAT.count("%x00") + 1
_UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "REVERT_HEAD": "revert",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "rebase-merge/head-name": "rebase",
    "rebase-apply/head-name": "rebase",
}


@dataclass(frozen=True)
class Commit:
    """A commit as git keeps it. `message` is whole; `when` is the author's time in seconds since 1970."""

    id: str
    parents: tuple[str, ...]
    author: str
    email: str
    when: int
    message: str

    @property
    def subject(self) -> str:
        """The first line of its message."""
        return self.message.partition("\n")[0]

    @property
    def body(self) -> str:
        """What follows the first line, without empty lines at its ends."""
        return self.message.partition("\n")[2].strip("\n")

    @property
    def is_merge(self) -> bool:
        """Whether it has more than one parent."""
        return len(self.parents) > 1

    def __str__(self) -> str:
        return f'{self.id[:SHORT_ID]} "{show_text(self.subject, 80)}"'


At = Commit | str
"""A commit, or the name by which `Repo.commit` finds one."""


class Repo:
    """One repository as it was when the run began; nothing that is asked changes it, or the learner's own."""

    def __init__(self, name: str, git: Git, place: Path, text_of: Callable[[str], str]) -> None:
        """`name` is its folder in the workspace, whose files `text_of` reads; trees are laid out in `place`."""
        self.name = name
        self.text_of = text_of
        """What stands in a file of the workspace that the stage names under `files`."""
        self.head = ""
        """The branch that HEAD stands on; empty beside all branches."""
        self.under_way = ""
        """What was begun and not ended: `merge`, `revert`, `cherry-pick`, `rebase`, or nothing."""
        self.branches: dict[str, str] = {}
        """The id of the last commit of each branch; those of remotes as `origin/main`."""
        self._git = git
        self._place = place
        self._names: dict[str, str] = {}
        self._commits: dict[str, Commit] = {}
        self._files: dict[str, tuple[str, ...]] = {}
        self._trees = 0
        self._command = ""
        self._asked: tuple[str, ...] = ()
        self._printed = ""

    @classmethod
    async def open(cls, name: str, git: Git, repository: Path, place: Path, text_of: Callable[[str], str]) -> "Repo":
        """Read names and commits of a laid-out repository; the others are as for the class.

        Raises:
            WorkspaceError: git cannot read it, or it has too many commits.
        """
        repo = cls(name, git, place, text_of)
        try:
            await repo._read(repository / ".git")
        except GitError as error:
            words = show_text(next((line for line in str(error).splitlines() if line.strip()), str(error)))
            raise WorkspaceError(
                f"git cannot read the repository {name}: {words}",
                advice=f"See it yourself: git -C {name} fsck. {BEGIN_AGAIN}",
            ) from None
        except CheckFailed as error:
            raise WorkspaceError(error.failure.message) from None
        return repo

    # Names and history: read once, answered at once.

    def find(self, name: str) -> Commit | None:
        """The commit of a branch, a tag, `HEAD`, or an id of at least four digits; None where there is none."""
        known = self._names.get(name)
        if known:
            return self._commits.get(known)
        low = name.lower()
        if len(low) < ID_LENGTH_MIN or not all(digit in "0123456789abcdef" for digit in low):
            return None
        found = [commit for id_, commit in self._commits.items() if id_.startswith(low)]
        return found[0] if len(found) == 1 else None

    def commit(self, at: At) -> Commit:
        """As `find`; fails the check where there is none."""
        found = at if isinstance(at, Commit) else self.find(at)
        if found is None:
            self.show("branch", "--all", "--verbose")
            raise failed(f"In the folder {self.name} there is no branch or commit {show_text(str(at), 60)}.")
        return found

    def log(self, *tips: At, without: Collection[At] = ()) -> tuple[Commit, ...]:
        """The commits that lead to these tips, the newest first, without those that lead to the others."""
        out = self._behind(without)
        kept = self._behind(tips) - out
        self.show(
            "log", "--oneline", "--graph", *(_label(tip) for tip in tips), *(f"^{_label(one)}" for one in without)
        )
        return tuple(commit for id_, commit in self._commits.items() if id_ in kept)

    def contains(self, tip: At, commit: At) -> bool:
        """Whether the commit is the tip, or leads to it."""
        wanted = commit if isinstance(commit, Commit) else self.find(commit)
        return wanted is not None and wanted.id in self._behind([tip])

    # What commits hold.

    async def files(self, at: At) -> tuple[str, ...]:
        """The paths of all files of a commit."""
        commit = self.commit(at)
        self.show("ls-tree", "-r", "--name-only", _label(at))
        if commit.id not in self._files:
            self._files[commit.id] = _paths(await self._ask("ls-tree", "-r", "-z", "--name-only", commit.id))
        return self._files[commit.id]

    async def read(self, path: str, at: At) -> bytes:
        """What stands in a file of a commit; fails the check where it has no such file."""
        commit = self.commit(at)
        if path not in await self.files(at):
            raise failed(f"There is no file {show_text(path)} in {_called(at)}.")
        self.show("show", f"{_label(at)}:{path}")
        return await self._ask("cat-file", "blob", f"{commit.id}:{path}")

    async def changed(self, at: At) -> tuple[str, ...]:
        """The paths of the files in which a commit differs from its first parent."""
        commit = self.commit(at)
        self.show("show", "--stat", _label(at))
        parent = commit.parents[:1] or [_EMPTY_TREE]
        return _paths(await self._ask("diff-tree", "-r", "-z", "--no-renames", "--name-only", parent[0], commit.id))

    async def ignored(self, paths: Iterable[str], at: At) -> set[str]:
        """Those of these paths that the .gitignore files of a commit make git leave out."""
        tree = await self._laid_out(self.commit(at))
        asked = list(paths)
        stdin = b"".join(path.encode() + b"\0" for path in asked)
        said = await self._ask("check-ignore", "--no-index", "-z", "--stdin", stdin=stdin, tree=tree, codes=(0, 1))
        self.show("show", f"{_label(at)}:.gitignore")
        return set(_paths(said))

    async def run(self, *words: str, at: At, stdin: bytes = b"") -> Ended:
        """Run a command in a fresh folder with the files of a commit: `run("sh", "total.sh", "3", at="main")`."""
        tree = await self._laid_out(self.commit(at))
        found = shutil.which(words[0], path=self._git.env.get("PATH"))
        if found is None:
            raise failed(f"There is no command {words[0]} on this machine.")
        ended = await self._git.run([found, *words[1:]], tree, stdin)
        self._command = f"cd {shlex.quote(self.name)} && {shlex.join(words)}"
        self._asked = ()
        self._printed = (ended.stdout + ended.stderr).decode("utf-8", "replace")
        return ended

    # What a failure shows.

    def show(self, *words: str) -> None:
        """Let a failure show what `git WORDS` prints, and that command; without words, the graph of all branches.

        Each question shows itself unless something else is said after it.
        """
        self._asked = words or ("log", "--oneline", "--graph", "--all")
        command = f"git -C {shlex.quote(self.name)} {shlex.join(self._asked)}"
        self._command = show_text(command, COMMAND_CHARACTERS)  # it may name a file of the learner's
        self._printed = ""

    async def picture(self) -> tuple[str, str]:
        """The command that shows what was looked at last, and the beginning of what it prints."""
        if self._asked:
            try:
                self._printed = (await self._git.ask(*self._asked)).decode("utf-8", "replace")
            except (GitError, CheckFailed) as error:
                self._printed = str(error)
        lines = show_lines(self._printed.rstrip()).splitlines()
        more = [f"… ({len(lines)} lines)"] if len(lines) > REPOSITORY_SHOWN_LINES else []
        return self._command, "\n".join([*lines[:REPOSITORY_SHOWN_LINES], *more])

    async def _read(self, kept: Path) -> None:
        head = (kept / "HEAD").read_text("utf-8", "replace").strip()
        self.head = head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else ""
        self.under_way = next((what for mark, what in _UNDER_WAY.items() if (kept / mark).exists()), "")
        await self._git.ask("fsck", "--connectivity-only", "--no-dangling", "--no-reflogs", "--no-progress")
        for line in (
            await self._git.ask("for-each-ref", "--format=%(refname)%00%(objectname)%00%(*objectname)")
        ).splitlines():
            ref, id_, peeled = line.decode("utf-8", "replace").split("\0")
            _, kind, name = ref.split("/", 2)
            if kind in ("heads", "remotes"):
                self.branches[name] = id_
            self._names.setdefault(name, peeled or id_)
        at_head = self._names.get(self.head, "") if self.head else head
        if at_head:
            self._names["HEAD"] = at_head
            await self._read_commits()
        self.show()

    async def _read_commits(self) -> None:
        limit = f"--max-count={REPOSITORY_COMMITS_MAX + 1}"
        tips = [self._names["HEAD"], "--branches", "--tags", "--remotes"]
        said = await self._git.ask("log", "-z", "--topo-order", "--encoding=UTF-8", limit, f"--format={_FORMAT}", *tips)
        words = said.decode("utf-8", "replace").split("\0")
        for at in range(0, len(words) - _FIELDS + 1, _FIELDS):
            id_, parents, author, email, when, message = words[at : at + _FIELDS]
            self._commits[id_] = Commit(id_, tuple(parents.split()), author, email, int(when), message.rstrip("\n"))
        if len(self._commits) > REPOSITORY_COMMITS_MAX:
            raise failed(f"The repository {self.name} has more than {REPOSITORY_COMMITS_MAX:,} commits.")

    def _behind(self, tips: Iterable[At]) -> set[str]:
        waiting = [self.commit(tip).id for tip in tips]
        found: set[str] = set()
        while waiting:
            id_ = waiting.pop()
            if id_ not in found:
                found.add(id_)
                waiting += self._commits[id_].parents
        return found

    async def _laid_out(self, commit: Commit) -> Path:
        self._trees += 1
        tree = self._place / f"{self._trees}"
        tree.mkdir(parents=True)
        self._git.give(self._place)
        await self._ask("read-tree", commit.id, tree=tree)
        await self._ask("checkout-index", "--all", tree=tree)
        return tree

    async def _ask(
        self, *words: str, stdin: bytes = b"", tree: Path | None = None, codes: tuple[int, ...] = (0,)
    ) -> bytes:
        try:
            return await self._git.ask(*words, stdin=stdin, tree=tree, codes=codes)
        except GitError as error:
            raise failed(f"git cannot read this of the repository {self.name}: {show_text(str(error))}") from None


_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The id of the tree without files, which every git knows."""


def _label(at: At) -> str:
    return at.id[:SHORT_ID] if isinstance(at, Commit) else at


def _called(at: At) -> str:
    return f"commit {at}" if isinstance(at, Commit) else at


def _paths(said: bytes) -> tuple[str, ...]:
    return tuple(path.decode("utf-8", "replace") for path in said.split(b"\0") if path)
