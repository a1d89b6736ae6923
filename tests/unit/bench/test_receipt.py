"""Whether a program has read what it was sent is known exactly, by each of the ways in which a system can tell."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from firsthand.bench.clients import receipt
from firsthand.bench.clients.receipt import unacknowledged, unread, was_read
from firsthand.bench.clients.sock_diag import receiver
from firsthand.core.deadlines import Deadline, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what the other side has read")

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(params=["127.0.0.1", "::1", "127.0.0.1 of a server for both families"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """A client's socket and the program's."""
    host = request.param.partition(" ")[0]
    both = host != request.param
    family = socket.AF_INET6 if both or ":" in host else socket.AF_INET
    with ExitStack() as stack:
        listener = stack.enter_context(
            socket.create_server(("::" if both else host, 0), family=family, dualstack_ipv6=both)
        )
        client = stack.enter_context(socket.create_connection((host, listener.getsockname()[1])))
        program = stack.enter_context(listener.accept()[0])
        yield client, program


@pytest.fixture(params=["netlink", "proc", "neither"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the system can tell."""
    if request.param != "netlink":
        monkeypatch.setattr(receipt, "receiver", lambda *_ends: None)
    if request.param == "neither":
        monkeypatch.setattr(receipt, "_TABLES", ())
    return str(request.param)


def ask(client: socket.socket, sent: int, allowed_s: float) -> bool:
    return asyncio.run(was_read(client, lambda: sent, Deadline.after(allowed_s)))


def test_bytes_count_as_read_when_the_last_one_is(pair: Pair, way: str) -> None:
    client, program = pair
    client.sendall(b"hello")
    if way != "neither":
        assert not ask(client, 5, 0.1)
        assert program.recv(3) == b"hel"
        assert not ask(client, 5, 0.1)
    program.recv(2)
    assert ask(client, 5, 5.0)


def test_bytes_that_wait_on_our_side_are_not_read(pair: Pair, way: str) -> None:
    client, _program = pair
    assert not ask(client, -1, 0.05)


def test_the_kernel_counts_what_arrived_and_what_waits(pair: Pair) -> None:
    client, program = pair
    client.sendall(b"hello")
    program.recv(2)
    ends = client.getpeername()[:2], client.getsockname()[:2]

    async def arrived() -> bool:
        seen = receiver(*ends)
        if seen is None:
            pytest.skip("this kernel does not tell by netlink")
        return seen.received_bytes == 5

    assert asyncio.run(until(arrived, Deadline.after(5)))
    seen = receiver(*ends)
    assert seen is not None
    assert seen.unread_bytes == 3
    assert unread(client) == 3

    async def acknowledged() -> bool:
        return unacknowledged(client) == 0

    assert asyncio.run(until(acknowledged, Deadline.after(5)))


def test_a_socket_that_is_not_there_is_told(pair: Pair) -> None:
    client, _program = pair
    host, port = client.getsockname()[:2]
    assert receiver((host, 1), (host, port)) is None
