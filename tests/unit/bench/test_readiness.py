"""When a program counts as ready, and what its author reads when it does not."""

import asyncio
import re
import socket
from pathlib import Path

import pytest
from sandboxed import GENEROUS_S, inside, printed

from firsthand.bench.ports import Address
from firsthand.bench.program import readiness
from firsthand.bench.program.ports_book import PortBook
from firsthand.bench.program.readiness import Awaited, PortTakenError, address_of, exit_words, wait_until_ready
from firsthand.core.deadlines import Deadline
from firsthand.core.errors import StartError

SHORT_S = 0.3
_book = PortBook(Path(__file__), 0)


def attempt(
    name: str, *args: str, ready: str = "tcp", within_s: float = GENEROUS_S, after: str = ""
) -> tuple[Address | None, int, str]:
    """Start one of the programs and wait until it is ready: its address, its port and what it printed by then.

    `after` is what it must have printed before its time begins to run.
    """
    port = _book.take(name)

    async def scene() -> tuple[Address | None, int, str]:
        async with inside() as world:
            program = await world.start(name, *(arg.format(port=port, other=port + 1) for arg in args), port=port)
            if after:
                await printed(program, after)
            awaited = Awaited(ready, port)  # type: ignore[arg-type]
            address = await wait_until_ready(program, awaited, Deadline.after(within_s))
            return address, port, program.stdout.tail()

    return asyncio.run(scene())


@pytest.mark.parametrize(
    ("host", "dialled"),
    [
        (["127.0.0.1"], "127.0.0.1"),
        (["0.0.0.0"], "127.0.0.1"),
        (["::1"], "::1"),
        (["::"], "::1"),
        (["::", "{port}", "dual"], "127.0.0.1"),
        (["127.0.1.1"], "127.0.1.1"),
    ],
)
def test_a_listener_is_found_wherever_it_listens(host: list[str], dialled: str) -> None:
    address, port, _ = attempt("listens", *host)
    assert address == Address(dialled, port)


def test_asking_whether_it_listens_makes_no_connection() -> None:
    _, _, printed_so_far = attempt("listens")
    assert "connection" not in printed_so_far


def test_a_program_that_takes_its_time_is_waited_for() -> None:
    address, port, _ = attempt("late", "0.3", "0")
    assert address == Address("127.0.0.1", port)


def test_a_flood_before_listening_is_no_obstacle() -> None:
    address, port, _ = attempt("floods")
    assert address == Address("127.0.0.1", port)


def test_closed_pipes_are_no_obstacle() -> None:
    address, port, _ = attempt("closes_pipes")
    assert address == Address("127.0.0.1", port)


def test_a_program_that_hides_its_descriptors_is_found_by_its_user() -> None:
    address, port, _ = attempt("hides")
    assert address == Address("127.0.0.1", port)


def test_http_waits_for_an_answer_of_any_status() -> None:
    address, port, _ = attempt("late", "0", "1", ready="http")
    assert address == Address("127.0.0.1", port)


def test_a_program_without_a_port_is_ready_when_it_lives() -> None:
    assert attempt("never_listens", ready="alive")[0] is None


def refusal(name: str, *args: str, ready: str = "tcp", within_s: float = GENEROUS_S, after: str = "") -> StartError:
    with pytest.raises(StartError) as caught:
        attempt(name, *args, ready=ready, within_s=within_s, after=after)
    return caught.value


def test_a_program_that_exits_at_once_is_told_with_its_code_and_last_words() -> None:
    error = refusal("exits", "1")
    assert error.message == "Your program ended with exit code 1 before it listened."
    assert error.output == "cannot find the database\\x07"
    assert "printed" in error.advice


def test_a_program_that_dies_by_a_signal_is_told_with_its_name() -> None:
    assert refusal("exits", "0", "11").message == "Your program was ended by the signal SIGSEGV before it listened."


def test_a_worker_that_exits_at_once_is_told() -> None:
    assert refusal("exits", "4", ready="alive").message == "Your program ended with exit code 4 before it was ready."


def test_a_program_that_never_listens_is_told_with_what_it_printed() -> None:
    error = refusal("never_listens", within_s=SHORT_S, after="still")
    assert error.message == "Your program did not listen within 0.3 s: it runs, but listens on nothing."
    assert "environment variable PORT" in error.advice
    assert error.output == "still warming up"


def test_a_program_on_another_port_is_told_which_and_where_to_read_the_right_one() -> None:
    error = refusal("listens", "127.0.0.1", "{other}", within_s=SHORT_S, after="listening")
    other, port = (
        int("".join(filter(str.isdigit, part))) for part in error.message.partition("127.0.0.1:")[2].split(",")
    )
    assert other == port + 1
    assert error.message == f"Your program listens on 127.0.0.1:{other}, but PORT says {port}."
    assert error.advice == "Read the port from the environment variable PORT."


@pytest.mark.parametrize("ready", ["tcp", "alive"])
def test_a_program_that_forks_away_is_told_to_stay(ready: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_listens", nothing)  # the daemon may listen before its parent has ended
    monkeypatch.setattr(readiness, "ALIVE_S", GENEROUS_S)
    error = refusal("daemonises", ready=ready)
    words = r"Your program went into the background: its first process ended and left [12] running\."
    assert re.fullmatch(words, error.message)
    assert "foreground" in error.advice


async def nothing(*_: object) -> None:
    return None


def test_a_program_that_speaks_something_else_is_told() -> None:
    error = refusal("late", "0", "0", "garbage", ready="http", within_s=SHORT_S, after="listening")
    assert "answered an HTTP request with b'hello\\n' within 0.3 s" in error.message


def test_a_program_that_listens_and_never_answers_is_told() -> None:
    error = refusal("late", "0", "25", ready="http", within_s=SHORT_S, after="listening")
    assert "did not answer an HTTP request" in error.message


@pytest.mark.parametrize("name", ["listens", "never_listens"])
def test_a_port_that_somebody_else_took_is_not_the_programs_fault(name: str) -> None:
    async def scene(port: int) -> None:
        async with inside() as world:
            program = await world.start(name, port=port)
            await wait_until_ready(
                program, Awaited("tcp", port), Deadline.after(SHORT_S if "never" in name else GENEROUS_S)
            )

    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = int(somebody.getsockname()[1])
        with pytest.raises(PortTakenError, match=f"port {port}"):
            asyncio.run(scene(port))


def test_an_interpreter_that_is_not_there_is_told() -> None:
    async def scene() -> StartError:
        async with inside() as world:
            script = world.place / "script"
            script.write_text("#!/nowhere/interpreter\n")
            script.chmod(0o755)
            program = await world.start("exits", argv=[str(script)])
            with pytest.raises(StartError) as caught:
                await wait_until_ready(program, Awaited("tcp", 1), Deadline.after(GENEROUS_S))
            return caught.value

    error = asyncio.run(scene())
    assert "exit code 12" in error.message
    assert "not found" in error.output


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "ended with exit code 0"),
        (3, "ended with exit code 3"),
        (-9, "was ended by the signal SIGKILL"),
        (-250, "was ended by the signal 250"),
        (127, "ended with exit code 127 (a command in it was not found)"),
        (143, "ended with exit code 143 (as shells say it for the signal SIGTERM)"),
        (255, "ended with exit code 255"),
    ],
)
def test_the_end_of_a_program_in_words(code: int, words: str) -> None:
    assert exit_words(code) == words


def test_of_several_hosts_the_common_one_is_dialled() -> None:
    assert address_of(1, set()) is None
    assert address_of(1, {"::", "0.0.0.0"}) == Address("127.0.0.1", 1)
    assert address_of(1, {"10.0.0.5", "::1"}) == Address("::1", 1)


def test_without_proc_the_port_is_dialled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firsthand.bench.sandbox.sockets.can_tell", lambda: False)
    address, port, _ = attempt("late", "0", "0")
    assert address == Address("127.0.0.1", port)


def test_several_programs_become_ready_at_once() -> None:
    async def scene() -> list[Address | None]:
        async with inside() as world:
            ports = [_book.take(f"several.{number}") for number in range(4)]
            programs = [await world.start("listens", port=port) for port in ports]
            waits = [
                wait_until_ready(program, Awaited("tcp", port), Deadline.after(GENEROUS_S))
                for program, port in zip(programs, ports, strict=True)
            ]
            found = await asyncio.gather(*waits)
            for program in programs:
                await printed(program, "listening")
            assert [a.port for a in found if a] == ports
            return list(found)

    assert None not in asyncio.run(scene())
