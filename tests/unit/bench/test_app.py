"""The learner's program as checks see it: instances, one-shot commands, deaths and restarts."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from sandboxed import GENEROUS_S, PYTHON, Inside, inside, printed, survivors

from firsthand.bench.failures import CheckFailed
from firsthand.bench.ports import Stopped
from firsthand.bench.program.app import App, Contract, Launch
from firsthand.bench.program.ports_book import PortBook
from firsthand.core import events
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import ContentError, ProcfileError, StartError
from firsthand.core.limits import INSTANCES_MAX


class Scene:
    """An App over a Procfile given as `process -> program and arguments`, and the events that it emitted."""

    def __init__(self, world: Inside, procfile: dict[str, str], contract: Contract) -> None:
        self.world = world
        self.procfile = procfile
        self.events: list[events.AnyEvent] = []
        book = PortBook(world.place, 1)
        self.app = App(world.sandbox, self.launch, book, contract, self.events.append, lambda: 1.5)

    def launch(self, process: str) -> Launch:
        if process not in self.procfile:
            raise ProcfileError(f"The Procfile has no `{process}`.")
        name, *args = self.procfile[process].split()
        argv = [PYTHON, "-S", "-E", str(self.world.place / f"{name}.py"), *args]
        return Launch(argv, self.world.place, {"PATH": "/usr/bin:/bin", "MODE": "production"})

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


@asynccontextmanager
async def opened(contract: Contract = Contract(), **procfile: str) -> AsyncIterator[Scene]:  # noqa: B008  # frozen
    async with inside() as world:
        scene = Scene(world, procfile, contract)
        yield scene
        await scene.app.stop()
        assert survivors(world.run) == []
        assert scene.app.instances == ()


def play(act: Callable[[Scene], Awaitable[None]], contract: Contract = Contract(), **procfile: str) -> None:  # noqa: B008
    async def scene() -> None:
        async with opened(contract, **procfile) as stage:
            await act(stage)

    asyncio.run(scene())


async def until_true(condition: Callable[[], bool]) -> None:
    async def holds() -> bool:
        return condition()

    assert await until(holds, Deadline.after(GENEROUS_S))


def test_the_first_web_instance_starts_once_and_has_an_address() -> None:
    async def act(scene: Scene) -> None:
        await scene.app.begin()
        assert scene.app.address.host == "127.0.0.1"
        assert not await scene.app.ensure_running()
        (started,) = scene.events
        assert isinstance(started, events.ProgramStarted)
        assert (started.process, started.instance, started.address) == ("web", 1, str(scene.app.address))
        assert started.at == 1.5
        await until_true(lambda: scene.app.output() == "listening")  # it prints after it listens

    play(act, web="listens")


def test_further_instances_have_names_and_ports_of_their_own() -> None:
    async def act(scene: Scene) -> None:
        await scene.app.begin()
        instances = await scene.app.start("web", count=3)
        assert [i.name for i in instances] == ["web.2", "web.3", "web.4"]
        addresses = {str(i.address) for i in (*instances, *scene.app.instances)}
        assert len(addresses) == 4
        assert await instances[0].stop() == Stopped("stopped", -signal.SIGTERM)
        assert len(scene.app.instances) == 3

    play(act, web="listens")


def test_instances_get_the_environment_that_a_check_gives_them() -> None:
    async def act(scene: Scene) -> None:
        done = await scene.app.run("x", env={"MODE": "testing"})
        assert b"testing" in done.stdout

    play(act, Contract(ready="alive", ports=()), web="one_shot")


def test_a_worker_needs_no_port_to_be_ready() -> None:
    async def act(scene: Scene) -> None:
        (worker,) = await scene.app.start("worker")
        assert (worker.name, worker.address, worker.running) == ("worker", None, True)

    play(act, web="listens", worker="never_listens")


def test_every_port_variable_gets_a_port() -> None:
    async def act(scene: Scene) -> None:
        await scene.app.begin()
        ports = scene.app.instances[0].ports
        assert set(ports) == {"PORT", "ADMIN_PORT"}
        assert len(set(ports.values())) == 2
        assert scene.app.address.port == ports["PORT"]

    play(act, Contract(ports=("PORT", "ADMIN_PORT")), web="listens")


def test_a_one_shot_command_gives_its_code_and_both_outputs() -> None:
    async def act(scene: Scene) -> None:
        done = await scene.app.run("--flag", "two words", process="cli", stdin=b"hello\n")
        assert done.exit_code == 3
        assert done.stdout == b"['--flag', 'two words'] 6 b'hello\\n' production\n"
        assert done.stderr == b"a warning\n"
        assert done.seconds > 0

    play(act, cli="one_shot")


def test_a_one_shot_command_that_never_ends_is_a_timeout_and_gone() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(CheckFailed) as caught:
            await scene.app.run("hang", process="cli", timeout_s=0.3)
        failure = caught.value.failure
        assert failure.kind == "timeout"
        assert failure.message == "The command cli hang did not end within 0.3 s."
        assert set(failure.detail.splitlines()) <= {"thinking"}
        assert survivors(scene.world.run) == []

    play(act, cli="one_shot")


def test_a_process_that_the_procfile_lacks_is_told() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(ProcfileError, match="no `worker`"):
            await scene.app.start("worker")
        with pytest.raises(ProcfileError, match="no `web`"):
            await scene.app.begin()

    play(act)


def test_a_lab_without_ports_may_do_without_a_web_process() -> None:
    async def act(scene: Scene) -> None:
        await scene.app.begin()
        assert not await scene.app.ensure_running()
        assert scene.events == []
        with pytest.raises(CheckFailed, match="not running"):
            assert scene.app.address

    play(act, Contract(ready="alive", ports=()), cli="one_shot")


def test_a_program_that_dies_is_told_and_started_again() -> None:
    async def act(scene: Scene) -> None:
        await scene.app.begin()
        assert scene.app.obituary() == ""
        address = scene.app.address
        os.kill(scene.app.instances[0].program.pid, signal.SIGKILL)
        await until_true(lambda: "ProgramStopped" in scene.kinds())
        assert scene.app.obituary() == "Your program was ended by the signal SIGKILL.\nlistening"
        with pytest.raises(CheckFailed) as caught:
            assert scene.app.address
        assert caught.value.failure.kind == "exited"
        assert caught.value.failure.message == "Your program was ended by the signal SIGKILL."
        assert await scene.app.ensure_running()
        assert scene.app.address == address, "nobody was connected, so the port is free again"
        assert scene.app.obituary() == ""
        assert scene.kinds() == ["ProgramStarted", "ProgramStopped", "Notice", "ProgramStarted"]

    play(act, web="listens")


def test_a_restart_is_asked_for_and_needs_no_obituary() -> None:
    async def act(scene: Scene) -> None:
        await scene.app.begin()
        pid = scene.app.instances[0].program.pid
        await scene.app.restart()
        assert scene.app.instances[0].program.pid != pid
        assert len(scene.app.instances) == 1
        assert scene.kinds() == ["ProgramStarted", "ProgramStopped", "ProgramStarted"]
        stopped = scene.events[1]
        assert isinstance(stopped, events.ProgramStopped)
        assert (stopped.how, stopped.exit_code) == ("stopped", -signal.SIGTERM)

    play(act, web="listens")


def test_killing_an_instance_gives_it_no_time_for_last_words() -> None:
    async def act(scene: Scene) -> None:
        (worker,) = await scene.app.start("worker")
        await printed(worker.program, "deaf\n" * 3)
        assert await worker.kill() == Stopped("killed", -signal.SIGKILL)
        assert survivors(scene.world.run) == []
        assert scene.kinds() == ["ProgramStarted", "ProgramStopped"]
        assert not worker.running

    play(act, worker="ignores_sigterm 2")


def test_stopping_what_ended_by_itself_is_told_once() -> None:
    async def act(scene: Scene) -> None:
        (worker,) = await scene.app.start("worker")
        os.kill(worker.program.pid, signal.SIGTERM)
        await until_true(lambda: not worker.running)
        assert (await worker.stop()).how == "exited"
        assert (await worker.stop()).how == "exited"
        assert scene.kinds() == ["ProgramStarted", "ProgramStopped"]

    play(act, worker="never_listens")


def test_a_start_that_fails_leaves_nothing() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(StartError, match="listens on nothing"):
            await scene.app.begin()
        assert scene.app.instances == ()
        assert survivors(scene.world.run) == []
        assert scene.events == []

    play(act, Contract(ready_s=0.4), web="never_listens")


def test_when_one_of_several_does_not_start_none_is_left() -> None:
    async def act(scene: Scene) -> None:
        launch = scene.launch
        calls = []

        def launch_badly(process: str) -> Launch:
            calls.append(process)
            scene.procfile["web"] = "exits 1" if len(calls) == 2 else "listens"
            return launch(process)

        scene.app._launcher = launch_badly
        with pytest.raises(StartError, match="exit code 1"):
            await scene.app.start("web", count=3)
        assert scene.app.instances == ()
        assert survivors(scene.world.run) == []

    play(act, web="listens")


def test_a_port_that_was_taken_meanwhile_is_replaced() -> None:
    async def act(scene: Scene) -> None:
        taken = await scene.world.start("listens", port=scene.app._book._candidate("web/PORT", 0))
        await printed(taken, "listening")
        # As if the other one had come between the choice of the port and the start.
        book = scene.app._book
        take, wanted = book.take, book._candidate("web/PORT", 0)
        given: list[int] = []

        def take_it_late(name: str) -> int:
            given.append(take(name) if given else wanted)
            return given[-1]

        book.take = take_it_late  # type: ignore[method-assign]
        await scene.app.begin()
        assert scene.app.address.port == given[1] != wanted
        await taken.stop(GENEROUS_S)

    play(act, web="listens")


def test_so_many_instances_and_no_more() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(ContentError, match="more than 16 instances"):
            await scene.app.start("worker", count=INSTANCES_MAX + 1)

    play(act, worker="never_listens")


def test_a_cancelled_start_leaves_nothing() -> None:
    async def act(scene: Scene) -> None:
        start = asyncio.create_task(scene.app.start("web", count=2))
        await until_true(lambda: len(scene.app.instances) == 2)
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start
        assert scene.app.instances == ()
        assert survivors(scene.world.run) == []

    play(act, web="never_listens")


def test_output_of_several_instances_is_told_apart() -> None:
    async def act(scene: Scene) -> None:
        await scene.app.begin()
        await scene.app.start("worker")
        said = "--- web ---\nlistening\n--- worker ---\nstill warming up"
        await until_true(lambda: scene.app.output() == said)

    play(act, web="listens", worker="never_listens")


def test_a_daemon_left_by_a_dead_program_is_gone_before_the_next_start() -> None:
    async def act(scene: Scene) -> None:
        with pytest.raises(StartError, match="background"):
            await scene.app.begin()
        assert survivors(scene.world.run) == []

    play(act, Contract(ready="alive"), web="daemonises")


def test_a_signal_reaches_the_first_process_and_its_end_is_waited_for() -> None:
    async def act(scene: Scene) -> None:
        (worker,) = await scene.app.start("worker")
        await until_true(lambda: "SIG" in scene.app.output())
        with pytest.raises(CheckFailed, match="still runs after"):
            await worker.ended(0.01)
        worker.signal(signal.SIGTERM)
        assert await worker.ended(GENEROUS_S) == 7
        worker.signal(signal.SIGTERM)  # nobody is there to hear it

    play(act, worker="hears")


def test_a_program_hears_what_whoever_grades_it_ignores() -> None:
    async def act(scene: Scene) -> None:
        await scene.app.start("worker")
        await until_true(lambda: scene.app.output() == "SIGHUP SIGTERM")

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        play(act, worker="hears")
        os.kill(os.getpid(), signal.SIGHUP)  # which we still ignore
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_one_shot_command_is_started_with_the_umask_that_a_check_chose() -> None:
    async def act(scene: Scene) -> None:
        assert (await scene.app.run("umask")).stdout == b"0o22\n"
        assert (await scene.app.run("umask", umask=0o077)).stdout == b"0o77\n"

    play(act, Contract(ready="alive", ports=()), web="hears")


def test_what_was_called_last_can_be_typed_again() -> None:
    async def act(scene: Scene) -> None:
        assert scene.app.reproduce() == []
        shared = scene.world.place.parent / "folders"
        await scene.app.run("a b", f"{shared}/desk/x", env={"SHOP": "Bells & Sons", "DESK": f"{shared}/desk"})
        (again,) = scene.app.reproduce()
        assert again.startswith("SHOP='Bells & Sons' DESK=desk /")
        assert again.endswith("one_shot.py 'a b' desk/x")
        await scene.app.run(stdin=b"100%\r\nit's \\ \xc3\xa9")
        assert scene.app.reproduce()[0].startswith(r"printf '100%%\r\nit\047s \134 \303\251' | /")
        await scene.app.run(stdin=bytes(1_501))
        assert "printf" not in scene.app.reproduce()[0]
        await scene.app.run(stdin=b"")
        assert scene.app.reproduce()[0].endswith("one_shot.py < /dev/null")
        scene.app.forget_calls()
        assert scene.app.reproduce() == []

    play(act, Contract(ready="alive", ports=()), web="one_shot")
