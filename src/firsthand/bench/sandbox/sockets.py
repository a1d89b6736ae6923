"""Finds the TCP sockets on which processes listen, without connecting to them (Linux's /proc/net)."""

import contextlib
import os
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_LISTEN = "0A"
_MAPPED = b"\0" * 10 + b"\xff\xff"


@dataclass(frozen=True, slots=True)
class ListenSocket:
    """A listening socket of the system; an IPv4 address that is mapped into IPv6 is given as IPv4."""

    host: str
    port: int
    user: int
    inode: int


def can_tell() -> bool:
    """Whether this system shows who listens."""
    return Path("/proc/net/tcp").exists()


def listening() -> list[ListenSocket]:
    """All listening TCP sockets, whosever they are."""
    found: list[ListenSocket] = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text("ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN:
                    host, _, port = fields[1].partition(":")
                    found.append(ListenSocket(_host(host), int(port, 16), int(fields[7]), int(fields[9])))
    return found


def inodes_of(pids: Iterable[int]) -> tuple[dict[int, int], bool]:
    """The sockets that these processes hold, inode -> pid, and whether some process would not show its own."""
    held: dict[int, int] = {}
    hidden = False
    for pid in pids:
        try:
            names = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208  # hot: asked at each look of a start
        except PermissionError:
            hidden = True
            continue
        except OSError:
            continue
        for name in names:
            with contextlib.suppress(OSError):
                target = str(Path(f"/proc/{pid}/fd/{name}").readlink())
                if target.startswith("socket:["):
                    held.setdefault(int(target[8:-1]), pid)
    return held, hidden


def _host(text: str) -> str:
    # The kernel prints each 32-bit word of the address as a number of its own byte order.
    raw = bytes.fromhex(text)
    if sys.byteorder == "little":
        raw = b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))
    if len(raw) == 16 and raw.startswith(_MAPPED):
        raw = raw[12:]
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)
