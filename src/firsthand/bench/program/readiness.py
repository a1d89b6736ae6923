"""Waits until a program is ready, asked in its protocol, and says in good words why it is not."""

import asyncio
import contextlib
import signal
import socket
from dataclasses import dataclass

from firsthand.bench.ports import Address, Listener, Program
from firsthand.bench.sandbox import processes, sockets
from firsthand.bench.sandbox.plain_program import executed
from firsthand.content.model import Ready
from firsthand.core.deadlines import Deadline, now_s, ticks
from firsthand.core.errors import RetryableError, StartError

ALIVE_S = 0.1
"""A program without a port that has lived so long counts as started."""
ANSWER_S = 1.0
"""How long one attempt waits for an HTTP answer; a server may drop the first ones."""

_ANY_IPV4 = ("127.0.0.1", "0.0.0.0")  # noqa: S104  # compared with, never bound
_HTTP_PROBE = b"GET / HTTP/1.1\r\nHost: %s\r\nUser-Agent: firsthand-readiness\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Awaited:
    """What a program is expected to do; `port` is 0 for one without."""

    ready: Ready
    port: int = 0
    variable: str = "PORT"
    """The environment variable that told it the port."""
    factor: float = 1.0


class PortTakenError(RetryableError):
    """Somebody else listens on the port that was chosen for the program."""


async def wait_until_ready(program: Program, awaited: Awaited, deadline: Deadline) -> Address | None:
    """Wait until it listens (tcp), answers (http) or lives (alive); returns where to talk to it, if anywhere.

    The program is left as it is, also when this fails: whoever started it stops it.

    Raises:
        StartError: it ended, forked away, or was not ready before the deadline.
        PortTakenError: another process has its port.
    """
    if awaited.ready == "alive" or not awaited.port:
        await _wait_alive(program, awaited, deadline)
        return None
    address = await _wait_listening(program, awaited, deadline)
    if awaited.ready == "http":
        await _wait_answering(program, awaited, address, deadline)
    return address


def exit_words(code: int) -> str:
    """How a process ended, in words: "ended with exit code 1", "was ended by the signal SIGSEGV"."""
    if code < 0:
        return f"was ended by the signal {_signal_name(-code)}"
    if code > 128 and (name := _signal_name(code - 128)).startswith("SIG"):
        return f"ended with exit code {code} (as shells say it for the signal {name})"
    meaning = {126: " (it could not be executed)", 127: " (a command in it was not found)"}
    return f"ended with exit code {code}{meaning.get(code, '')}"


def address_of(port: int, hosts: set[str]) -> Address | None:
    """Where to talk to a program that listens on this port of these hosts; None when it listens on none."""
    if not hosts:
        return None
    if hosts & set(_ANY_IPV4):
        return Address("127.0.0.1", port)
    if "::" in hosts:
        return Address("127.0.0.1" if _serves_ipv4_too(port) else "::1", port)
    return Address("::1" if "::1" in hosts else min(hosts), port)


async def _wait_listening(program: Program, awaited: Awaited, deadline: Deadline) -> Address:
    async for _ in ticks(deadline):
        address = await _listens(program, awaited.port)
        if address:
            return address
        await _refuse_ended(program, awaited, "listened")
    raise await _never_listened(program, awaited, deadline)


async def _listens(program: Program, port: int) -> Address | None:
    if sockets.can_tell():
        return address_of(
            port, {entry.address.host for entry in await program.listeners() if entry.address.port == port}
        )
    for host in ("127.0.0.1", "::1"):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            return Address(host, port)
    return None


async def _wait_answering(program: Program, awaited: Awaited, address: Address, deadline: Deadline) -> None:
    got = b""
    async for _ in ticks(deadline):
        # The last attempt may be cut short by the deadline: what an earlier one got tells more.
        got = await _first_bytes(address, deadline.earlier(ANSWER_S, awaited.factor)) or got
        if got.startswith(b"HTTP/"):
            return
        await _refuse_ended(program, awaited, "answered")
    what = f"answered an HTTP request with {got[:40]!r}" if got else "did not answer an HTTP request"
    raise StartError(
        f"Your program listens on {address}, but {what} within {deadline.allowed_s:.3g} s.",
        advice="Any HTTP response will do, also 404 or 503.",
        output=program.stdout.tail(),
    )


async def _first_bytes(address: Address, deadline: Deadline) -> bytes:
    writer = None
    got = b""
    try:
        async with asyncio.timeout(deadline.left_s):
            reader, writer = await asyncio.open_connection(address.host, address.port)
            writer.write(_HTTP_PROBE % str(address).encode())
            while len(got) < len("HTTP/") and (piece := await reader.read(200)):
                got += piece
    except (OSError, TimeoutError):
        return got
    finally:
        if writer:
            writer.transport.abort()
    return got


async def _wait_alive(program: Program, awaited: Awaited, deadline: Deadline) -> None:
    lived_s = ALIVE_S * awaited.factor
    began = None
    async for _ in ticks(deadline):
        await _refuse_ended(program, awaited, "was ready")
        if began is None and executed(program.pid):
            began = now_s()
        if began is not None and (now_s() - began >= lived_s or _has_settled(program)):
            return
    raise StartError(
        f"Your program did not start within {deadline.allowed_s:.3g} s.",
        advice="The machine may be very busy: run it again.",
        output=program.stdout.tail(),
    )


def _has_settled(program: Program) -> bool:
    """Whether it has printed something and now waits: it did not print its last words."""
    if not program.stdout.total_bytes or not processes.LINUX:
        return False
    proc = processes.look(program.pid)
    return proc is not None and proc.state == "S"


async def _refuse_ended(program: Program, awaited: Awaited, what: str) -> None:
    code = program.exit_code
    if code is None:
        return
    output = program.stdout.tail()
    left = await program.process_count()
    if code == 0 and left:
        raise StartError(
            f"Your program went into the background: its first process ended and left {left} running.",
            advice="Run it in the foreground: no `&`, no daemon option, and `exec` in a shell script's last line.",
            output=output,
        )
    if awaited.port and _listeners_on(awaited.port):
        raise _port_taken(awaited)
    raise StartError(f"Your program {exit_words(code)} before it {what}.", advice=_advice(code, output), output=output)


async def _never_listened(program: Program, awaited: Awaited, deadline: Deadline) -> StartError | PortTakenError:
    elsewhere = await program.listeners()
    name, port, output = awaited.variable, awaited.port, program.stdout.tail()
    if elsewhere:
        return StartError(
            f"Your program listens on {_listed(elsewhere)}, but {name} says {port}.",
            advice=f"Read the port from the environment variable {name}.",
            output=output,
        )
    if _listeners_on(port):
        return _port_taken(awaited)
    return StartError(
        f"Your program did not listen within {deadline.allowed_s:.3g} s: it runs, but listens on nothing.",
        advice=f"Listen on the port that the environment variable {name} tells, {port} this time.",
        output=output,
    )


def _listeners_on(port: int) -> bool:
    return any(entry.port == port for entry in sockets.listening())


def _port_taken(awaited: Awaited) -> PortTakenError:
    return PortTakenError(
        f"Another process took the port {awaited.port} before your program could.", advice="Run it again."
    )


def _listed(found: list[Listener]) -> str:
    return " and ".join(sorted({str(entry.address) for entry in found})[:4])


def _advice(code: int, output: str) -> str:
    if output:
        return "What it printed last tells why."
    return "It printed nothing." if code else "It printed nothing and ended as if all was done: keep it running."


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def _serves_ipv4_too(port: int) -> bool:
    """Whether a listener on :: takes IPv4 as well: its port is then in use there. Connecting would disturb it."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
