"""The learner's program as checks see it: instances that are started, stopped and asked, and one-shot commands."""

import asyncio
import shlex
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from firsthand.bench.failures import failed, show_text
from firsthand.bench.ports import Address, Command, Output, Sandbox, Stopped
from firsthand.bench.program.instance import Instance
from firsthand.bench.program.ports_book import PortBook
from firsthand.bench.program.readiness import Awaited, PortTakenError, exit_words, wait_until_ready
from firsthand.content.model import Ready
from firsthand.core.deadlines import Deadline, now_s
from firsthand.core.errors import ContentError, ProcfileError
from firsthand.core.events import Emit, Notice, ProgramStarted, ProgramStopped
from firsthand.core.limits import INSTANCES_MAX, READY_S

DEFAULT = "web"
WORKER = "worker"
FOLDERS = "folders"
"""Where the folders that checks and programs share lie, beside the laid-out submission."""
OUTPUTS_MAX = 16
STDIN_SPELLED_MAX = 1_500
"""Bytes of standard input that still stand in a command to be typed again."""
UMASK = 0o022
"""What most systems start a program with: others read its new files, and only it writes them."""
STARTS_MAX = 2
"""Starts of one instance: a second one with another port, when somebody took the first port meanwhile."""


@dataclass(frozen=True)
class Launch:
    """How a process of the Procfile is started: `argv[0]` is absolute, `env` is all but the ports."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]


Launcher = Callable[[str], Launch]
"""Gives the launch of a process by its name in the Procfile; raises ProcfileError when there is none of that name."""


@dataclass(frozen=True)
class Contract:
    """What a lab says about the start of its program."""

    ready: Ready = "tcp"
    ready_s: float = READY_S
    factor: float = 1.0
    ports: tuple[str, ...] = ("PORT",)
    """Environment variables that each get a port of their own; the first one is where the program is talked to."""


@dataclass(frozen=True)
class Completed:
    """How a one-shot command ended; of much output the middle is left out, with a line that says so."""

    exit_code: int
    stdout: bytes
    stderr: bytes
    seconds: float


class App:
    """The learner's program. Checks ask for it by `app: App`; the run owns it and stops all in the end."""

    def __init__(
        self,
        sandbox: Sandbox,
        launcher: Launcher,
        book: PortBook,
        contract: Contract,
        emit: Emit,
        clock: Callable[[], float],
    ) -> None:
        """`clock` tells seconds since the run began, for events."""
        self.contract = contract
        self._sandbox = sandbox
        self._launcher = launcher
        self._book = book
        self._emit = emit
        self._clock = clock
        self._instances: list[Instance] = []
        self._numbers: dict[str, int] = {}
        self._once: dict[str, int] = {}
        self._default: Instance | None = None
        self._has_default = True
        self._called = ""
        self._outputs: deque[tuple[str, Output]] = deque(maxlen=OUTPUTS_MAX)

    @property
    def factor(self) -> float:
        """How slow the machine is."""
        return self.contract.factor

    @property
    def instances(self) -> tuple[Instance, ...]:
        """All that were started and not stopped; some may have ended by themselves."""
        return tuple(self._instances)

    @property
    def address(self) -> Address:
        """Where the first web instance listens; raises CheckFailed when it does not run."""
        if self._default is None or not self._default.running:
            raise failed(self.obituary().partition("\n")[0] or "Your program is not running.", kind="exited")
        if self._default.address is None:
            raise ContentError("A check asks for the address of a program that has none.")
        return self._default.address

    def output(self, lines: int = 200) -> str:
        """The last lines of what each of the last OUTPUTS_MAX instances has printed, safe to show."""
        tails = [(name, output.tail(lines)) for name, output in self._outputs]
        told = [(name, tail) for name, tail in tails if tail]
        return "\n".join(tail if len(told) == 1 else f"--- {name} ---\n{tail}" for name, tail in told)

    def reproduce(self) -> list[str]:
        """The shell command for what a check called last, with the variables that it gave; none at first."""
        return [self._called] if self._called else []

    def forget_calls(self) -> None:
        """A new check begins: what was called before is none of its doing."""
        self._called = ""

    async def begin(self) -> None:
        """Start the first web instance; a lab whose programs have no port may do without a web process.

        Raises:
            StartError: it did not start.
            ProcfileError: there is no web process where there must be one.
        """
        if not self.contract.ports:
            try:
                self._launcher(DEFAULT)
            except ProcfileError:
                self._has_default = False
                return
        await self.ensure_running()

    async def settle(self) -> None:
        """After a lost connection: wait until it is clear whether the first web instance ends, for `obituary`."""
        if self._default is not None:
            await self._default.settle()

    async def ensure_running(self) -> bool:
        """Start the first web instance if it does not run; returns whether it had to be started.

        Raises:
            StartError: it did not start.
        """
        if self._default is not None and self._default.running and not await self._default.listens():
            await self._default.settle()
        if not self._has_default or (self._default is not None and self._default.running):
            return False
        if self._default is not None and not self._default.asked_to_end:
            words = exit_words(self._default.program.exit_code or 0)
            self._emit(Notice(at=self._clock(), text=f"Your program {words}; it is started again."))
        await self._start_default()
        return True

    async def start(
        self, process: str = DEFAULT, *, count: int = 1, env: Mapping[str, str] | None = None
    ) -> list[Instance]:
        """Start further instances, each with ports of its own, and wait until all are ready.

        Raises:
            StartError: one did not start; then none of these is left.
            ContentError: more than INSTANCES_MAX would run at once.
        """
        if len(self._instances) + count > INSTANCES_MAX:
            raise ContentError(f"A check asks for more than {INSTANCES_MAX} instances at once.")
        starts: list[asyncio.Task[Instance]] = []
        all_ready = False
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(count):
                    start = self._start(process, self._next_number(process), env or {})
                    starts.append(group.create_task(start))
            all_ready = True
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            if not all_ready:
                begun = [start.result() for start in starts if not start.cancelled() and start.exception() is None]
                await asyncio.gather(*(instance.stop() for instance in begun))
        return [start.result() for start in starts]

    async def run(
        self,
        *args: str,
        process: str = DEFAULT,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
        umask: int = UMASK,
        timeout_s: float = 10.0,
    ) -> Completed:
        """Run a process of the Procfile with further arguments as a one-shot command, and wait for its end.

        Its standard input holds these bytes, or nothing. An empty one that the program is expected to read is given as
        such: then the command to call it again says so, and does not wait for a keyboard.

        Raises:
            CheckFailed: it did not end in time (kind `timeout`); it is gone then.
            StartError: it could not be started.
        """
        launch = self._launcher(process)
        ports = self._ports_once()
        began = now_s()
        typed = spelled(launch.argv, args, env or {}, launch.cwd)
        self._called = f"{typed} < /dev/null" if stdin == b"" else piped(stdin or b"") + typed
        command = self._command(launch, ports, env or {}, args, stdin or b"")
        program = await self._sandbox.spawn(replace(command, umask=umask))
        try:
            async with asyncio.timeout(timeout_s * self.contract.factor):
                code = await program.wait()
        except TimeoutError:
            await program.stop(0)
            shown = " ".join(["The command", process, *(show_text(arg, 40) for arg in args)])
            raise failed(
                f"{shown} did not end within {timeout_s * self.contract.factor:.3g} s.",
                kind="timeout",
                detail=program.stderr.tail() or program.stdout.tail(),
                remark="Does it wait for more input? Its standard input ends after what it was given.",
            ) from None
        finally:
            seconds = now_s() - began
            await program.stop(0)
        return Completed(code, program.stdout.data(), program.stderr.data(), seconds)

    async def stop(self) -> list[Stopped]:
        """Stop all instances, at the same time."""
        return list(await asyncio.gather(*(instance.stop() for instance in self.instances)))

    async def stop_others(self) -> None:
        """Stop all but the first web instance: what one check has started is not there for the next."""
        await asyncio.gather(*(instance.stop() for instance in self.instances if instance is not self._default))

    async def restart(self) -> None:
        """Stop the first web instance and start it again; on another port if the system still keeps the old one."""
        if self._default is not None:
            await self._default.stop()
        await self._start_default()

    def obituary(self) -> str:
        """How the first web instance ended, if it did so by itself: a sentence, then the tail of its output."""
        default = self._default
        if default is None or default.running or default.asked_to_end:
            return ""
        sentence = f"Your program {exit_words(default.program.exit_code or 0)}."
        return "\n".join(filter(None, (sentence, default.program.stdout.tail())))

    def tell_stopped(self, instance: Instance, stopped: Stopped) -> None:
        """An instance has ended, by itself or because it was asked to."""
        self._emit(
            ProgramStopped(
                at=self._clock(),
                process=instance.process,
                instance=instance.number,
                how=stopped.how,
                exit_code=stopped.exit_code,
            )
        )

    def forget(self, instance: Instance) -> None:
        """An instance was stopped and counts no more."""
        if instance in self._instances:
            self._instances.remove(instance)

    async def _start_default(self) -> None:
        ports = {}
        if self._default is not None:
            await self._default.stop()  # descendants of one that ended by itself may still live
            ports = {name: self._book.again(port, f"{DEFAULT}/{name}") for name, port in self._default.ports.items()}
        self._numbers.setdefault(DEFAULT, 1)
        self._default = await self._start(DEFAULT, 1, {}, ports)

    async def _start(
        self, process: str, number: int, env: Mapping[str, str], ports: Mapping[str, int] | None = None
    ) -> Instance:
        for attempt in range(1, STARTS_MAX + 1):
            instance = Instance(self, process, number, ports or self._take_ports(process, number))
            try:
                await self._start_once(instance, env)
            except PortTakenError:
                if attempt == STARTS_MAX:
                    raise
                ports = None
            else:
                return instance
        raise AssertionError("the last attempt returned or raised")

    async def _start_once(self, instance: Instance, env: Mapping[str, str]) -> None:
        began = now_s()
        launch = self._launcher(instance.process)
        if env:
            self._called = spelled(launch.argv, (), env, launch.cwd)
        instance.started(await self._sandbox.spawn(self._command(launch, instance.ports, env)))
        self._instances.append(instance)
        self._outputs.append((instance.name, instance.program.stdout))
        is_ready = False
        try:
            instance.ready(await wait_until_ready(instance.program, self._awaited(instance), self._ready_deadline()))
            is_ready = True
        finally:
            if not is_ready:
                await instance.give_up()
        self._emit(
            ProgramStarted(
                at=self._clock(),
                process=instance.process,
                instance=instance.number,
                pid=instance.program.pid,
                address=str(instance.address or ""),
                seconds=round(now_s() - began, 4),
            )
        )

    def _awaited(self, instance: Instance) -> Awaited:
        """A web process is ready as the lab says; others need not listen, so it is enough that they live."""
        factor = self.contract.factor
        if instance.process != DEFAULT or not self.contract.ports:
            return Awaited("alive", factor=factor)
        name = self.contract.ports[0]
        return Awaited(self.contract.ready, instance.ports[name], name, factor)

    def _ready_deadline(self) -> Deadline:
        return Deadline.after(self.contract.ready_s, self.contract.factor)

    def _take_ports(self, process: str, number: int) -> dict[str, int]:
        name = process if number == 1 else f"{process}.{number}"
        return {variable: self._book.take(f"{name}/{variable}") for variable in self.contract.ports}

    def _ports_once(self) -> dict[str, int]:
        """Ports for one-shot commands: they hardly ever listen, so all of a run share one set while it is free."""
        for name in self.contract.ports:
            known = self._once.get(name)
            use = f"once/{name}"
            self._once[name] = self._book.again(known, use) if known else self._book.take(use)
        return dict(self._once)

    def _next_number(self, process: str) -> int:
        # The first web instance is the run's own; what checks start comes after it.
        number = self._numbers.get(process, 1 if process == DEFAULT else 0) + 1
        self._numbers[process] = number
        return number

    def _command(
        self,
        launch: Launch,
        ports: Mapping[str, int],
        env: Mapping[str, str],
        args: Sequence[str] = (),
        stdin: bytes | None = None,
    ) -> Command:
        numbers = {name: str(port) for name, port in ports.items()}
        whole = {**launch.env, **numbers, **env}
        return Command([*launch.argv, *args], launch.cwd, whole, stdin=stdin, merge_output=stdin is None)


def piped(stdin: bytes) -> str:
    """What types these bytes into a command, to be put in front of it; nothing for none and for too many to be read."""
    if not stdin or len(stdin) > STDIN_SPELLED_MAX:
        return ""
    named = {13: "\\r", 10: "\\n", 37: "%%"}
    plain = {byte: chr(byte) for byte in range(32, 127) if byte not in b"'\\%"}
    text = "".join(named.get(byte) or plain.get(byte) or f"\\{byte:03o}" for byte in stdin)
    return f"printf '{text}' | "


def spelled(argv: Sequence[str], args: Sequence[str], env: Mapping[str, str], cwd: Path) -> str:
    """A command with its variables as one types it in the workspace; shared folders are named as if they lay there."""
    shared = f"{cwd.parent / FOLDERS}/"
    words = [f"{name}={shlex.quote(value.replace(shared, ''))}" for name, value in env.items()]
    return " ".join([*words, *(shlex.quote(word.replace(shared, "")) for word in (*argv, *args))])
