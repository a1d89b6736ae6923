"""Tells whether the program has read what was sent to it, so that a split request really arrives in pieces.

Asks the kernel by netlink, else /proc/net/tcp, else waits a moment.
"""

import fcntl
import ipaddress
import struct
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from firsthand.bench.clients.sock_diag import receiver
from firsthand.core.deadlines import Deadline, ticks

QUIET_WITHOUT_PROC_S = 0.02
"""Where the system does not tell what the other side has read, so long without a change counts as read."""

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


class AnySocket(Protocol):
    """What a socket and an asyncio transport's socket have in common."""

    def fileno(self) -> int:
        """The descriptor."""
        ...

    def getsockname(self) -> Any:
        """Our address."""
        ...

    def getpeername(self) -> Any:
        """The program's address."""
        ...


def unacknowledged(sock: AnySocket) -> int:
    """Bytes in our own send queue (SIOCOUTQ, tcp(7)); 0 where the system does not tell."""
    try:
        answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    except OSError:
        return 0
    return int(struct.unpack("i", answer)[0])


def unread(sock: AnySocket) -> int | None:
    """Bytes in the receive queue of the other end on this machine; None when there is no such end to be seen."""
    wanted = (_end(sock.getpeername()), _end(sock.getsockname()))
    for table in _TABLES:
        try:
            lines = table.read_bytes().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if (_end_of_hex(fields[1]), _end_of_hex(fields[2])) == wanted:
                return int(fields[4].partition(b":")[2], 16)
    return None


async def was_read(sock: AnySocket, sent_bytes: Callable[[], int], deadline: Deadline) -> bool:
    """Whether the program read all that was sent, before the deadline.

    `sent_bytes` counts what was ever handed to the system on this connection, or -1 while some still waits to be.

    Raises:
        OSError: the connection is gone.
    """
    ours, theirs = sock.getsockname()[:2], sock.getpeername()[:2]
    async for _ in ticks(deadline):
        sent = sent_bytes()
        if sent < 0:
            continue
        seen = receiver(theirs, ours)
        if seen:
            if seen.received_bytes >= sent and seen.unread_bytes == 0:
                return True
            continue
        if unacknowledged(sock):
            continue
        left = unread(sock)
        if left is None:
            return await _quiet(sock, deadline)
        if left == 0:
            return True
    return False


async def _quiet(sock: AnySocket, deadline: Deadline) -> bool:
    pause = deadline.earlier(QUIET_WITHOUT_PROC_S)
    async for _ in ticks(pause):
        pass
    return unacknowledged(sock) == 0


def _end(name: Any) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    return _plain(ipaddress.ip_address(name[0].partition("%")[0])), name[1]


def _end_of_hex(text: bytes) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    """`0100007F:1F90` is 127.0.0.1:8080: words of 32 bits in the machine's byte order (proc(5))."""
    address, _, port = text.partition(b":")
    words = bytes.fromhex(address.decode())
    if sys.byteorder == "little":
        words = b"".join(words[i : i + 4][::-1] for i in range(0, len(words), 4))
    return _plain(ipaddress.ip_address(words)), int(port, 16)


def _plain(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """A server that listens on both families shows IPv4 clients as ::ffff:127.0.0.1."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
