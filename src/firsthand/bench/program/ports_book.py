"""Chooses the ports of a run: the same ones for the same workspace and seed where they are free, never one twice."""

import hashlib
import os
import socket
import sys
from pathlib import Path

from firsthand.core.errors import RetryableError

PORT_FIRST = 20_000
PORT_LAST = 29_999
"""Above what services are known by, below what systems lend to outgoing connections."""
TRIES_MAX = 50

_LENT_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")


class PortBook:
    """Hands out ports that are free on 127.0.0.1 and ::1."""

    def __init__(self, workspace: Path, seed: int) -> None:
        """The same workspace and seed give the same ports; `firsthand run` gives 0 to have stable ones."""
        self._key = f"{workspace}\0{seed}"
        self._range = port_range(_lent_first())
        self._claims: dict[int, int] = {}

    def take(self, name: str, *, lingering: bool = False) -> int:
        """A free port for this use, such as `web.2/PORT`; it is never handed out again.

        `lingering`: also one on which closed connections linger, for a server of ours that sets SO_REUSEADDR.

        Raises:
            RetryableError: none was found.
        """
        for number in range(TRIES_MAX):
            port = self._candidate(name, number)
            if self._claim(port, lingering):
                return port
        for _ in range(TRIES_MAX):
            port = _any_free()
            if self._claim(port, lingering):
                return port
        raise RetryableError("No free TCP port was found.", advice="Close some programs and run again.")

    def again(self, port: int, name: str) -> int:
        """The port of an instance that starts again: the one it had if it is free, else another.

        A system may keep a port for a minute after its server closed connections; a program that does not ask for
        SO_REUSEADDR must not fail for that.
        """
        return port if is_free(port) else self.take(name)

    def close(self) -> None:
        """Let other runs have the ports; for when the run is over."""
        for descriptor in self._claims.values():
            os.close(descriptor)
        self._claims.clear()

    def _claim(self, port: int, lingering: bool) -> bool:
        """Take a free port that no run has; two runs of one seed would else hand out the same one.

        The claim is an abstract Unix socket, which Linux takes back even from a killed process; elsewhere only
        runs of this process are seen.
        """
        if port in self._claims or not is_free(port, lingering=lingering):
            return False
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        if sys.platform == "linux":
            try:
                claim.bind(f"\0firsthand-port-{port}")
            except OSError:
                claim.close()
                return False
        self._claims[port] = claim.detach()
        return True

    def _candidate(self, name: str, number: int) -> int:
        digest = hashlib.sha256(os.fsencode(f"{self._key}\0{name}\0{number}")).digest()
        low, high = self._range
        return low + int.from_bytes(digest[:8]) % (high - low + 1)


def port_range(lent_first: int) -> tuple[int, int]:
    """The first and last port to choose from on a system that lends out ports from `lent_first` on."""
    if lent_first > PORT_LAST:
        return PORT_FIRST, PORT_LAST
    if lent_first > PORT_FIRST + TRIES_MAX:
        return PORT_FIRST, lent_first - 1
    if lent_first > 11_000:
        return 10_000, lent_first - 1
    return PORT_FIRST, PORT_LAST  # it lends out nearly all; being taken is found out when the program starts


def is_free(port: int, *, lingering: bool = False) -> bool:
    """Whether a server could listen here, on IPv4 and on IPv6 where there is IPv6: one that sets no option, or one
    that sets SO_REUSEADDR (`lingering`)."""
    both = [(socket.AF_INET, "127.0.0.1"), *([(socket.AF_INET6, "::1")] if _has_ipv6() else [])]
    return all(_binds(family, host, port, lingering=lingering) for family, host in both)


def _binds(family: socket.AddressFamily, host: str, port: int, *, lingering: bool) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(lingering))
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _has_ipv6() -> bool:
    try:
        return _binds(socket.AF_INET6, "::1", 0, lingering=False)
    except OSError:  # not even the family is known here
        return False


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _lent_first() -> int:
    try:
        return int(_LENT_PORTS.read_text().split()[0])
    except OSError:
        return 49_152  # macOS and the standard's range
