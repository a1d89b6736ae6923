"""The plain tier: what programs are bounded by, and that nothing of them is left behind."""

import asyncio
import json
import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from sandboxed import GENEROUS_S, PYTHON, inside, printed, survivors

from firsthand.bench.ports import Program, Stopped
from firsthand.bench.sandbox import program_user
from firsthand.bench.sandbox.plain_program import executed
from firsthand.bench.sandbox.processes import LINUX, look
from firsthand.bench.sandbox.program_user import PROGRAM_USER, ProgramUser
from firsthand.core.deadlines import Deadline, until
from firsthand.core.errors import StartError
from firsthand.core.limits import PROGRAM_FILE_BYTES_MAX, PROGRAM_OPEN_FILES_MAX

AS_ROOT = os.geteuid() == 0
linux_only = pytest.mark.skipif(not LINUX, reason="reads /proc, which only Linux has")


async def facts_of(program: Program) -> dict[str, object]:
    assert await program.wait() == 0
    return dict(json.loads(program.stdout.data()))


def test_a_program_starts_with_limits_in_its_own_session_and_with_nothing_of_ours_open() -> None:
    async def scene() -> tuple[int, dict[str, object]]:
        async with inside() as world:
            program = await world.start("limits")
            return program.pid, await facts_of(program)

    pid, facts = asyncio.run(scene())
    limits = facts["limits"]
    assert isinstance(limits, dict)
    assert limits["CORE"] == [0, 0]
    assert limits["NOFILE"][0] <= PROGRAM_OPEN_FILES_MAX
    assert 0 < limits["FSIZE"][1] <= PROGRAM_FILE_BYTES_MAX
    assert facts["pid"] == pid, "the wrapper is not the recorded process"
    assert facts["leads"] is True
    assert facts["umask"] == 0o022
    assert facts["descriptors"] == [0, 1, 2]


def test_a_program_runs_as_the_dedicated_user_when_we_are_root_and_as_ourselves_otherwise() -> None:
    async def scene() -> dict[str, object]:
        async with inside() as world:
            return await facts_of(await world.start("limits"))

    facts = asyncio.run(scene())
    assert facts["uid"] == (PROGRAM_USER if AS_ROOT else os.geteuid())
    assert facts["gid"] == (PROGRAM_USER if AS_ROOT else os.getegid())
    if AS_ROOT:
        assert facts["groups"] == []
        env = facts["env"]
        assert isinstance(env, dict)
        assert env["HOME"].endswith("/home"), "a home that it cannot reach is replaced"


def test_the_environment_is_the_commands_own_and_carries_the_mark_of_the_run() -> None:
    async def scene() -> tuple[str, dict[str, object]]:
        async with inside() as world:
            return world.run, await facts_of(await world.start("limits"))

    os.environ["SECRET_OF_THE_GRADER"] = "x"
    run, facts = asyncio.run(scene())
    env = facts["env"]
    assert isinstance(env, dict)
    assert env["FIRSTHAND_RUN"] == run
    assert "SECRET_OF_THE_GRADER" not in env


def test_limits_in_force_are_named_with_their_means() -> None:
    async def scene() -> dict[str, str]:
        async with inside() as world:
            return {limit.name: limit.by for limit in world.sandbox.limits()}

    by = asyncio.run(scene())
    assert by["open files of a process"] == by["size of a file"] == by["core dumps"] == "rlimit"
    assert by["time to stop"] == "deadline"


def test_standard_input_is_given_and_then_ends() -> None:
    async def scene() -> tuple[int, bytes, bytes]:
        async with inside() as world:
            program = await world.start("one_shot", "a b", stdin=b"z" * 3_000_000, merge_output=False)
            return await program.wait(), program.stdout.data(), program.stderr.data()

    code, out, err = asyncio.run(scene())
    assert code == 3
    assert b"['a b'] 3000000" in out
    assert err == b"a warning\n"


def test_a_program_that_never_reads_its_input_does_not_hold_us_up() -> None:
    async def scene() -> Stopped:
        async with inside() as world:
            program = await world.start("never_listens", stdin=b"z" * 3_000_000)
            await printed(program, "warming")
            return await program.stop(GENEROUS_S)

    assert asyncio.run(scene()) == Stopped("stopped", -signal.SIGTERM)


def test_stopping_a_polite_program_needs_no_force() -> None:
    async def scene() -> tuple[Stopped, Stopped]:
        async with inside() as world:
            program = await world.start("never_listens")
            await printed(program, "warming")
            return await program.stop(GENEROUS_S), await program.stop(0)

    first, second = asyncio.run(scene())
    assert first == second == Stopped("stopped", -signal.SIGTERM)


def test_each_process_gets_sigterm_once() -> None:
    async def scene() -> Stopped:
        async with inside() as world:
            program = await world.start("counts_sigterm")
            await printed(program, "ready")
            return await program.stop(GENEROUS_S)

    assert asyncio.run(scene()) == Stopped("stopped", 1)


@pytest.mark.parametrize("children", [0, 5])
def test_a_program_that_ignores_sigterm_is_killed_with_its_children(children: int) -> None:
    async def scene() -> tuple[Stopped, list[int]]:
        async with inside() as world:
            program = await world.start("ignores_sigterm", str(children))
            await printed(program, "deaf\n" * (children + 1))
            assert await program.process_count() == children + 1
            return await program.stop(0.05), survivors(world.run)

    assert asyncio.run(scene()) == (Stopped("killed", -signal.SIGKILL), [])


def test_a_program_that_stopped_itself_is_stopped_all_the_same() -> None:
    async def scene() -> Stopped:
        async with inside() as world:
            program = await world.start("never_listens")
            await printed(program, "warming")
            os.kill(program.pid, signal.SIGSTOP)
            return await program.stop(GENEROUS_S)

    assert asyncio.run(scene()).how == "stopped"


def test_a_program_that_ended_by_itself_is_told_apart() -> None:
    async def scene() -> Stopped:
        async with inside() as world:
            program = await world.start("exits", "7")
            assert await program.wait() == 7
            assert program.exit_code == 7
            return await program.stop(GENEROUS_S)

    assert asyncio.run(scene()) == Stopped("exited", 7)


@linux_only
@pytest.mark.parametrize("dress", ["marked", "bare"])
def test_a_daemon_in_a_session_of_its_own_does_not_survive(dress: str) -> None:
    async def scene() -> tuple[int, list[int]]:
        async with inside() as world:
            program = await world.start("daemonises", dress)
            assert await program.wait() == 0, "its end is seen although the daemon holds its output open"
            await printed(program, "the daemon listens")
            daemon = [pid for pid in children_of_ours() if not dead(pid) and pid not in before]
            assert len(daemon) == 1
            killed = await world.sandbox.close()
            return killed, [pid for pid in daemon if look(pid)]

    before = children_of_ours()
    assert asyncio.run(scene()) == (1, [])


@linux_only
@pytest.mark.parametrize("dress", ["marked", "bare"])
def test_stopping_a_program_stops_its_daemon_and_nobody_elses(dress: str) -> None:
    async def scene() -> tuple[Stopped, int | None, int]:
        async with inside() as world:
            other = await world.start("daemonises", dress)
            await printed(other, "the daemon listens")
            program = await world.start("daemonises", dress)
            await printed(program, "the daemon listens")
            stopped = await program.stop(0.05)
            assert await program.process_count() == 0
            return stopped, other.exit_code, await other.process_count()

    assert asyncio.run(scene()) == (Stopped("exited", 0), 0, 1)


@linux_only
def test_whoever_respawns_its_children_is_beaten() -> None:
    async def scene() -> tuple[Stopped, list[int]]:
        async with inside() as world:
            program = await world.start("respawns")
            await printed(program, "four")
            return await program.stop(0.05), survivors(world.run)

    assert asyncio.run(scene()) == (Stopped("killed", -signal.SIGKILL), [])


@linux_only
def test_a_running_target_is_caught() -> None:
    async def scene() -> list[int]:
        async with inside() as world:
            program = await world.start("chain")
            await printed(program, "running")
            await world.sandbox.close()
            return survivors(world.run) + children_of_ours()

    before = children_of_ours()  # of other tests, such as a browser's
    assert set(asyncio.run(scene())) <= set(before)


@linux_only
def test_no_dead_child_is_left_unreaped() -> None:
    async def scene() -> list[int]:
        async with inside() as world:
            program = await world.start("ignores_sigterm", "20")
            await printed(program, "deaf\n" * 21)
            await world.sandbox.close()
            return children_of_ours()

    before = children_of_ours()
    assert set(asyncio.run(scene())) <= set(before)


@pytest.mark.parametrize("own_session", [False, True])
def test_a_child_that_others_here_started_is_left_alone(own_session: bool) -> None:
    async def scene() -> None:
        async with inside() as world:
            await world.start("never_listens")

    with (
        subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, start_new_session=own_session) as living,
        subprocess.Popen(["/bin/sh", "-c", "exit 3"], start_new_session=own_session) as ended,
    ):
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        asyncio.run(scene())
        assert living.poll() is None
        assert ended.wait() == 3


def test_two_sandboxes_at_once_do_not_touch_each_other() -> None:
    async def scene() -> int | None:
        async with inside() as one:
            program = await one.start("never_listens")
            await printed(program, "warming")
            async with inside() as two:
                await printed(await two.start("ignores_sigterm"), "deaf")
            return program.exit_code

    assert asyncio.run(scene()) is None


@pytest.mark.parametrize(
    ("argv", "words"), [(["/nowhere/ruby"], "is not there"), (["/etc/hostname"], "may not be started by")]
)
def test_a_command_that_cannot_start_is_told(argv: list[str], words: str) -> None:
    async def scene() -> None:
        async with inside() as world:
            if "may not" in words:
                command = world.place / "locked"
                command.write_bytes(b"")
                command.chmod(0o600 if AS_ROOT else 0)
                argv[0] = str(command)
            await world.start("exits", argv=argv)

    with pytest.raises(StartError, match=words):
        asyncio.run(scene())


def test_a_folder_that_vanished_is_told() -> None:
    async def scene() -> None:
        async with inside() as world:
            await world.start("exits", cwd=Path("/nowhere"))

    with pytest.raises(StartError, match="folder /nowhere is not there"):
        asyncio.run(scene())


def test_programs_are_started_and_awaited_while_other_threads_work() -> None:
    async def scene() -> list[int]:
        async with inside() as world:
            programs = [await world.start("exits", str(code)) for code in range(8)]
            return [await program.wait() for program in programs]

    done = threading.Event()
    busy = [threading.Thread(target=done.wait) for _ in range(8)]
    for thread in busy:
        thread.start()
    try:
        assert asyncio.run(scene()) == list(range(8))
    finally:
        done.set()
        for thread in busy:
            thread.join()


@linux_only
def test_the_wrapper_is_told_from_the_program() -> None:
    async def scene() -> bool:
        async with inside() as world:
            program = await world.start("never_listens")
            await printed(program, "warming")
            return executed(program.pid)

    assert asyncio.run(scene())


def test_what_is_reachable_follows_every_folder_on_the_way(tmp_path: Path) -> None:
    file = tmp_path / "open" / "file"
    file.parent.mkdir()
    file.write_bytes(b"x")
    user = ProgramUser.of_this_process()
    tmp_path.chmod(0o700)
    assert user.reaches(file) is not AS_ROOT
    assert user.reaches(Path(PYTHON))
    assert user.reaches(Path("/usr"))
    assert not user.reaches(tmp_path / "nothing")
    link = Path("/tmp") / tmp_path.name / "no-such-link"
    assert not user.reaches(link)
    file.chmod(0)
    assert not user.reaches(file)


def test_what_we_may_not_even_look_at_is_not_reachable(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0)
    ourselves = ProgramUser(os.getuid(), os.getgid(), switched=False)
    if AS_ROOT:
        os.seteuid(PROGRAM_USER)
    try:
        assert not ourselves.reaches(hidden / "bin")
    finally:
        os.seteuid(os.getuid())


@pytest.mark.skipif(not AS_ROOT, reason="only root gives folders away")
def test_giving_a_folder_follows_no_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"")
    given = tmp_path / "given"
    (given / "deep").mkdir(parents=True)
    (given / "deep" / "file").write_bytes(b"")
    (given / "link").symlink_to(outside)
    ProgramUser.of_this_process().give(given)
    owners = {path.name: path.lstat().st_uid for path in (given, *given.rglob("*"), outside)}
    assert owners == {
        "given": PROGRAM_USER,
        "deep": PROGRAM_USER,
        "file": PROGRAM_USER,
        "link": PROGRAM_USER,
        "outside": 0,
    }


def test_output_is_complete_when_the_program_has_ended() -> None:
    async def scene() -> bytes:
        async with inside() as world:
            program = await world.start("exits", "0")
            await program.wait()
            return program.stdout.data()

    assert asyncio.run(scene()).endswith(b"find the database\x07\n")


def test_closing_twice_is_safe() -> None:
    async def scene() -> tuple[int, int]:
        async with inside() as world:
            await printed(await world.start("ignores_sigterm"), "deaf")
            return await world.sandbox.close(), await world.sandbox.close()

    assert asyncio.run(scene()) == (1, 0)


def test_a_program_waited_for_by_several_ends_for_all() -> None:
    async def scene() -> list[int]:
        async with inside() as world:
            program = await world.start("exits", "5")
            return await asyncio.gather(*(program.wait() for _ in range(3)))

    assert asyncio.run(scene()) == [5, 5, 5]


def dead(pid: int) -> bool:
    """Whether it has ended, reaped or not."""
    found = look(pid)
    return found is None or found.ended


def children_of_ours() -> list[int]:
    """All children of this process in foreign sessions, dead ones included, but not a browser's.

    A browser of other tests starts and ends processes as it likes; those that it leaves become children of ours.
    """
    procs = [look(int(e.name)) for e in Path("/proc").iterdir() if e.name.isdigit()]
    children = [p.pid for p in procs if p and p.parent == os.getpid() and p.session != os.getsid(0)]
    return [pid for pid in children if "chrom" not in name_of(pid)]


def name_of(pid: int) -> str:
    """What the system calls a process, a dead one too; empty when it was reaped meanwhile."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(errors="replace")
    except OSError:
        return ""


def test_the_first_process_is_alive_until_it_ends() -> None:
    async def scene() -> tuple[int | None, int | None]:
        async with inside() as world:
            program = await world.start("never_listens")
            before = program.exit_code
            os.kill(program.pid, signal.SIGKILL)

            async def ended() -> bool:
                return program.exit_code is not None

            assert await until(ended, Deadline.after(GENEROUS_S))
            return before, program.exit_code

    assert asyncio.run(scene()) == (None, -signal.SIGKILL)


@pytest.mark.parametrize(
    ("numbers", "there"), [("0 1000 1", False), ("0 0 4294967295", True), ("0 1000 1\n1 100000 65536", True)]
)
def test_a_container_that_has_one_user_only_is_known(tmp_path: Path, numbers: str, there: bool) -> None:
    (tmp_path / "uid_map").write_text(numbers + "\n")

    assert program_user._is_mapped(program_user.PROGRAM_USER, tmp_path / "uid_map") is there
    assert program_user._is_mapped(program_user.PROGRAM_USER, tmp_path / "none")
