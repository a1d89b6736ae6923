"""The world of one run: its folder, its sandbox, the laid-out submission, the program, and the recorded wire."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from firsthand.bench.folders import Folder
from firsthand.bench.ports import Address, Leases, Sandbox, Tier
from firsthand.bench.program.app import FOLDERS, WORKER, App, Contract, Launch
from firsthand.bench.program.build import build
from firsthand.bench.program.environment import learner_path, program_environment
from firsthand.bench.program.kits import installed
from firsthand.bench.program.layout import lay_out
from firsthand.bench.program.ports_book import PortBook
from firsthand.bench.program.procfile import Procfile, read_procfile
from firsthand.bench.program.repositories import find_git
from firsthand.bench.program.toolchain import Toolbox
from firsthand.bench.sandbox import open_sandbox
from firsthand.bench.sandbox.sweep import claim_folder, remove_folder, sweep
from firsthand.bench.submission import Submission
from firsthand.bench.submission.model import Entry
from firsthand.bench.submission.repository import refuse_unreadable
from firsthand.bench.surroundings import Surroundings
from firsthand.bench.wire import Recorder
from firsthand.content.kits import kit_for, kits_of
from firsthand.content.model import Lab
from firsthand.core import limits
from firsthand.core.errors import WorkspaceError
from firsthand.core.events import Emit, Notice
from firsthand.core.results import LimitInForce

if TYPE_CHECKING:
    from firsthand.bench.clients.repo import Repo
    from firsthand.bench.program.suites.suite import Suite


class World:
    """Opened once, closed once; `close` leaves no process, socket or folder of the run behind."""

    app: App
    """The learner's program; there once the world is open."""
    suite: "Suite | None" = None
    """The learner's tests, where a stage asks for some; there once the world is open."""

    def __init__(
        self,
        *,
        lab: Lab,
        run: str,
        seed: int,
        factor: float,
        workspace: Path,
        emit: Emit,
        clock: Callable[[], float],
        cache: Path,
        temp: Path,
        language: str = "",
        folders: Path | None = None,
        leases: Leases | None = None,
    ) -> None:
        """`clock` tells the seconds since the run began, `factor` how slow the machine is; `leases` lends servers.

        `folders` is where the program's folders and its servers' data are kept from run to run; without it they are
        fresh and go away.
        """
        self.lab = lab
        self.run = run
        self.seed = seed
        self.factor = factor
        self.recorder = Recorder()
        kept = folders / "servers" if folders else None
        self.surroundings = Surroundings(
            lab, run=run, seed=seed, recorder=self.recorder, leases=leases, kept=kept, tell=self._tell
        )
        self.has_worker = False
        """Whether the Procfile names one; only checks and `firsthand run` start it."""
        self._workspace = workspace
        self._language = language
        self._emit = emit
        self._clock = clock
        self._cache = cache
        self._temp = temp
        self._place: Path | None = None
        self._work = Path()
        self._sandbox: Sandbox | None = None
        self._folders_kept = folders
        self._folders: dict[str, Folder] = {}
        self._files: tuple[Entry, ...] = ()
        self._repositories: dict[str, Repo] = {}
        self._ports = PortBook(workspace, seed)

    @property
    def tier(self) -> Tier:
        """How well the learner's program is kept apart."""
        return self._sandbox.tier if self._sandbox else "plain"

    async def open(self, submission: Submission) -> None:
        """Lay the submission out, lease its servers, and start its program, or a server with its configuration.

        Raises:
            SubjectError: it has no usable Procfile, does not build or does not start, or its configuration is refused.
            ContentError: the lab's own schema or data is refused.
            WorldError: the disk is full, a server is missing or does not start, or the system refuses.
        """
        await sweep(self._temp)
        self._place = claim_folder(self._temp, self.run)
        self._sandbox = open_sandbox(self._place)
        if self.lab.repositories:
            find_git()
        for text in submission.notices:
            self._tell(text)
        self._work = work = await self._lay_out(submission)
        self._files = submission.files
        await self.surroundings.open(self.free_port)  # first of all: nothing runs where a server is missing
        await self.surroundings.configure(work, self._variables_of_configuration())
        if self.runs_program:
            toolbox, procfile = await self._build(submission, work)
            self.app = self._make_app(procfile, toolbox, work)
            self.has_worker = WORKER in procfile.processes
            await self.app.begin()
        if self.lab.is_about("tests"):
            self.suite = await self._open_suite(submission, work)

    @property
    def runs_program(self) -> bool:
        """Whether a program is the subject, at least of some stages."""
        return self.lab.is_about("program")

    def front(self) -> tuple[Address, str]:
        """Where HTTP requests of checks go, and what that is called on the wire."""
        nginx = self.surroundings.lent.get("nginx")
        return (nginx.address, "nginx") if nginx else (self.app.address, "web")

    def text_of(self, file: str) -> str:
        """What stands in this file of the submission.

        Raises:
            SubjectError: it is not there, or it is not text.
        """
        try:
            return (self._work / file).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise WorkspaceError(f"There is no file {file}.", advice="The brief says what belongs into it.") from None
        except (UnicodeDecodeError, OSError) as error:
            raise WorkspaceError(f"The file {file} cannot be read as UTF-8 text: {error}.") from None

    @property
    def repositories(self) -> "Mapping[str, Repo]":
        """Those that stages judge, by folder, as far as `open_repository` has read them."""
        return self._repositories

    async def open_repository(self, name: str) -> None:
        """Read the Git repository in this folder of the submission, for the checks that judge it.

        Raises:
            SubjectError: there is none, or git cannot read it.
            WorldError: git is not on this machine.
        """
        assert self._place is not None, "the world is open"
        assert self._sandbox is not None, "the world is open"
        from firsthand.bench.clients.git import Git
        from firsthand.bench.clients.repo import Repo

        if name in self._repositories:
            return
        refuse_unreadable(self._files, name)
        copy = self._work / name
        for needed in ("objects", "refs"):  # git knows a repository by them, and empty folders are no submission
            (copy / ".git" / needed).mkdir(exist_ok=True)
        self._sandbox.give(copy)
        env = program_environment({}, self._place / "home", learner_path())
        git = Git(find_git(), copy, self._sandbox, env, self.factor)
        self._repositories[name] = await Repo.open(name, git, copy, self._place / "trees" / name, self.text_of)

    async def _build(self, submission: Submission, work: Path) -> tuple[Toolbox, Procfile]:
        assert self._sandbox is not None, "the world is open"
        procfile = read_procfile(work)
        toolbox = Toolbox(work, cache=self._cache, reachable=self._sandbox.reachable, source=submission.source)
        line = procfile.get("build")
        if line is not None:
            await build(
                submission,
                line,
                work,
                self._sandbox,
                lab=self.lab.id,
                cache=self._cache,
                toolbox=toolbox,
                emit=self._emit,
                clock=self._clock,
                factor=self.factor,
            )
        return toolbox, procfile

    async def _open_suite(self, submission: Submission, work: Path) -> "Suite":
        assert self._place is not None, "the world is open"
        assert self._sandbox is not None, "the world is open"
        from firsthand.bench.program.suites.suite import Bed, builds_for, open_suite

        builds = builds_for(self.lab, work, self._language)
        toolbox = Toolbox(work, cache=self._cache, reachable=self._sandbox.reachable, source=submission.source)
        env = program_environment(self._kit_variables(work), self._place / "home", toolbox.path)
        bed = Bed(work, self._place / "suites", self._sandbox, toolbox, env, self.factor)
        return await open_suite(bed, builds)

    def _variables_of_configuration(self) -> dict[str, str]:
        """What `${NAME}` stands for in a configuration: the lab's variables, with ports and folders of this run."""
        found = {v.name: v.value for v in self.lab.environment}
        found |= {v.name: str(self.free_port(v.name)) for v in self.lab.environment if v.kind == "port"}
        return found | {name: str(folder.path) for name, folder in self._folders.items()}

    async def close(self) -> None:
        """Stop all programs and remove the run's folder. Safe to call for a world that never opened."""
        async with AsyncExitStack() as steps:  # from the last one up; each is taken whatever became of those before
            if self._place is not None:
                steps.callback(remove_folder, self._place)
            steps.callback(self._ports.close)
            if self._sandbox is not None:
                steps.push_async_callback(self._sandbox.close)
            steps.push_async_callback(self.surroundings.close)
            if self.suite is not None:
                steps.push_async_callback(self.suite.close)
            if hasattr(self, "app"):
                steps.push_async_callback(self.app.stop)

    def folder(self, variable: str) -> Folder | None:
        """The folder that this environment variable names, if the lab declares one."""
        return self._folders.get(variable)

    def output(self) -> str:
        """What the program printed, as text that is safe to show."""
        return self.app.output() if hasattr(self, "app") else ""

    def free_port(self, name: str) -> int:
        """A port for something of ours beside the program; the same one for the same workspace and seed."""
        return self._ports.take(name, lingering=True)

    def limits(self) -> list[LimitInForce]:
        """What holds in this run, and by what means."""
        own = [
            LimitInForce("time to be ready", f"{self.lab.ready_s * self.factor:.0f} s", "deadline"),
            LimitInForce("time of a check", f"{self.lab.check_s * self.factor:.0f} s", "deadline"),
            LimitInForce("time of the run", f"{limits.RUN_S * self.factor:.0f} s", "deadline"),
        ]
        return own + (self._sandbox.limits() if self._sandbox else [])

    async def _lay_out(self, submission: Submission) -> Path:
        assert self._place is not None, "the world is open"
        assert self._sandbox is not None, "the world is open"
        work = await lay_out(submission, self._place, self._sandbox, tell=self._tell, cache=self._cache)
        home = self._place / "home"
        (home / "tmp").mkdir(parents=True)
        self._sandbox.give(home)
        for variable in self.lab.environment:
            if variable.kind == "folder":
                folder = self._folder_of(variable.name)
                self._folders[variable.name] = Folder(folder)
        return work

    def _folder_of(self, variable: str) -> Path:
        """The folder that this variable names, the program's own; kept ones were given to it when they were new."""
        assert self._place is not None, "the world is open"
        assert self._sandbox is not None, "the world is open"
        parent = self._folders_kept or self._place / FOLDERS
        folder = parent / variable.lower()
        if not folder.is_dir():
            folder.mkdir(parents=True)
            parent.chmod(0o711)  # the umask may have taken the search bits
            self._sandbox.give(folder)
        return folder

    def _make_app(self, procfile: Procfile, toolbox: Toolbox, work: Path) -> App:
        assert self._place is not None, "the world is open"
        assert self._sandbox is not None, "the world is open"
        home = self._place / "home"
        variables = {v.name: v.value for v in self.lab.environment if v.kind == "value"}
        variables |= {name: str(folder.path) for name, folder in self._folders.items()}
        variables |= self.surroundings.environment()
        variables |= self._kit_variables(work)

        def launch(process: str) -> Launch:
            start = toolbox.start(procfile.need(process), variables, home)
            return Launch(start.argv, work, start.env)

        return App(
            self._sandbox,
            launch,
            self._ports,
            contract=Contract(
                ready=self.lab.ready,
                ready_s=self.lab.ready_s,
                factor=self.factor,
                ports=tuple(v.name for v in self.lab.environment if v.kind == "port"),
            ),
            emit=self._emit,
            clock=self._clock,
        )

    def _kit_variables(self, work: Path) -> dict[str, str]:
        """Put the kits beside the program; returns the variables by which it finds them."""
        found: dict[str, str] = {}
        needed = kit_for(self.lab, self._language)
        for kit in kits_of(self.lab).values():
            there = installed(kit)
            if there is not None:
                there.put_beside(work)
                found |= there.variables(work)
            elif kit == needed:
                packages = ", ".join(kit.packages())
                self._tell(
                    f"The {kit.language} kit ({packages}) is not installed: a program that uses it will not start. "
                    f"Install it once with `firsthand kits install {kit.language}`."
                )
        return found

    def _tell(self, text: str) -> None:
        self._emit(Notice(at=self._clock(), text=text))
