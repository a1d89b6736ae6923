"""Who listens where, by the kernel's word and by its table: both tell the same."""

import os
import socket

import pytest

from firsthand.bench.sandbox import sockets
from firsthand.bench.sandbox.sockets import ListenSocket, inodes_of, listening

pytestmark = pytest.mark.skipif(not sockets.can_tell(), reason="only Linux tells who listens")


def refuse(*_: object) -> None:
    raise PermissionError("no netlink here")


@pytest.fixture(params=["kernel", "table"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ask the kernel, or read the table as where netlink is forbidden."""
    if request.param == "table":
        monkeypatch.setattr(sockets, "_ask_kernel", refuse)
    return str(request.param)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1"])
def test_a_listener_is_told_with_its_host_port_user_and_owner(way: str, host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as server:
        if family == socket.AF_INET6:
            server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.bind((host, 0))
        server.listen()
        port, inode = server.getsockname()[1], os.fstat(server.fileno()).st_ino
        assert ListenSocket(host.removeprefix("::ffff:"), port, os.geteuid(), inode) in listening()
        held, hidden = inodes_of([os.getpid()])
        assert held[inode] == os.getpid()
        assert not hidden
    assert port not in {found.port for found in listening()}


def test_what_is_bound_or_connected_does_not_listen(way: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with socket.create_connection(server.getsockname()) as client:
            ports = {found.port for found in listening()}
            assert server.getsockname()[1] in ports
            assert bound.getsockname()[1] not in ports
            assert client.getsockname()[1] not in ports


def test_hundreds_of_listeners_are_all_told(way: str) -> None:
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(400)]
    try:
        assert {server.getsockname()[1] for server in servers} <= {found.port for found in listening()}
    finally:
        for server in servers:
            server.close()


def test_a_process_that_is_gone_holds_nothing() -> None:
    assert inodes_of([4_194_304_999]) == ({}, False)
