"""The ports of a run: stable, free, never handed out twice."""

import socket
from pathlib import Path

import pytest

from firsthand.bench.program import ports_book
from firsthand.bench.program.ports_book import PORT_FIRST, PORT_LAST, PortBook, is_free, port_range
from firsthand.core.errors import RetryableError


def listener(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def test_the_same_workspace_and_seed_give_the_same_ports() -> None:
    names = ["web/PORT", "web.2/PORT", "web/ADMIN_PORT"]
    first, second = PortBook(Path("/w"), 7), PortBook(Path("/w"), 7)
    wanted = [first._candidate(name, 0) for name in names]
    assert wanted == [second._candidate(name, 0) for name in names]
    assert len(set(wanted)) == 3
    assert wanted != [PortBook(Path("/w"), 8)._candidate(name, 0) for name in names]
    assert wanted != [PortBook(Path("/other"), 7)._candidate(name, 0) for name in names]


def test_a_port_is_never_handed_out_twice() -> None:
    book = PortBook(Path("/w"), 1)
    ports = [book.take("web/PORT") for _ in range(60)]
    assert len(set(ports)) == 60


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "::1", "::"])
def test_a_port_that_somebody_listens_on_is_passed_over(host: str) -> None:
    book = PortBook(Path("/w"), 2)
    wanted = book.take("web/PORT")
    with listener(host, wanted):
        assert not is_free(wanted)
        book.close()
        assert PortBook(Path("/w"), 2).take("web/PORT") != wanted
    assert is_free(wanted)


def test_two_runs_with_one_seed_get_different_ports_until_the_first_is_over() -> None:
    first, second, third = (PortBook(Path("/w"), 5) for _ in range(3))
    wanted = first.take("web/PORT")
    assert second.take("web/PORT") != wanted
    first.close()
    assert third.take("web/PORT") == wanted
    second.close()
    third.close()


def test_an_instance_that_starts_again_keeps_its_port_where_it_can() -> None:
    book = PortBook(Path("/w"), 3)
    port = book.take("web/PORT")
    assert book.again(port, "web/PORT") == port
    with listener(port=port):
        assert book.again(port, "web/PORT") != port


def test_a_port_that_the_system_still_keeps_is_not_free() -> None:
    with listener() as server:
        port = int(server.getsockname()[1])
        client = socket.create_connection(("127.0.0.1", port))
        served, _ = server.accept()
        served.close()  # the server's side closes first and has to linger
        assert client.recv(1) == b""
        client.close()
    assert not is_free(port)


@pytest.mark.parametrize(
    ("lent_first", "expected"),
    [
        (32_768, (PORT_FIRST, PORT_LAST)),
        (49_152, (PORT_FIRST, PORT_LAST)),
        (25_000, (PORT_FIRST, 24_999)),
        (15_000, (10_000, 14_999)),
        (1_024, (PORT_FIRST, PORT_LAST)),
    ],
)
def test_ports_stay_below_those_that_the_system_lends_out(lent_first: int, expected: tuple[int, int]) -> None:
    assert port_range(lent_first) == expected


def test_when_none_is_free_it_may_be_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports_book, "is_free", lambda _port, **_: False)
    with pytest.raises(RetryableError, match="No free TCP port"):
        PortBook(Path("/w"), 4).take("web/PORT")
