"""Finds the TCP sockets on which processes listen, without connecting to them (Linux's sock_diag, else /proc/net)."""

import contextlib
import os
import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_TCP_LISTEN = 10
_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_REQUEST_DUMP = 0x301
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_ANSWER_BYTES_MAX = 65_536
_ANSWERS_MAX = 1_000
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
    """All listening TCP sockets, whosever they are; none where the system cannot tell.

    The kernel is asked for those alone: /proc/net/tcp would list thousands of closed connections too, in 8 ms.
    """
    if sys.platform != "linux":
        return []
    try:
        return [*_ask_kernel(socket.AF_INET), *_ask_kernel(socket.AF_INET6)]
    except OSError:
        return [*_read_table("/proc/net/tcp"), *_read_table("/proc/net/tcp6")]


def inodes_of(pids: Iterable[int]) -> tuple[dict[int, int], bool]:
    """The sockets that these processes hold, inode -> pid, and whether some process would not show its own."""
    held: dict[int, int] = {}
    hidden = False
    for pid in pids:
        try:
            names = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208  # hot: asked at each look of a start
        except PermissionError:
            hidden = hidden or _has_memory(pid)
            continue
        except OSError:
            continue
        for name in names:
            with contextlib.suppress(OSError):
                target = str(Path(f"/proc/{pid}/fd/{name}").readlink())
                if target.startswith("socket:["):
                    held.setdefault(int(target[8:-1]), pid)
    return held, hidden


def _has_memory(pid: int) -> bool:
    """Whether a process is not just dying: one that has given its memory back shows its descriptors to root only."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def _ask_kernel(family: socket.AddressFamily) -> list[ListenSocket]:
    """Ask by netlink (sock_diag(7)): struct inet_diag_req_v2 there, struct inet_diag_msg back."""
    wanted = struct.pack("=BBBxI", family, socket.IPPROTO_TCP, 0, 1 << _TCP_LISTEN) + bytes(48)
    head = struct.pack("=IHHII", 16 + len(wanted), _SOCK_DIAG_BY_FAMILY, _REQUEST_DUMP, 1, 0)
    found: list[ListenSocket] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, _NETLINK_SOCK_DIAG) as kernel:
        kernel.send(head + wanted)
        for _ in range(_ANSWERS_MAX):
            for kind, message in _messages(kernel.recv(_ANSWER_BYTES_MAX)):
                if kind == _NLMSG_ERROR:
                    raise OSError("the kernel does not tell by sock_diag")
                if kind == _NLMSG_DONE:
                    return found
                found.append(_from_kernel(message))
    return found


def _messages(answer: bytes) -> Iterator[tuple[int, bytes]]:
    start = 0
    while start < len(answer):
        length, kind = struct.unpack_from("=IH", answer, start)
        yield kind, answer[start + 16 : start + length]
        start += (length + 3) & ~3


def _from_kernel(message: bytes) -> ListenSocket:
    (port,) = struct.unpack_from("!H", message, 4)
    user, inode = struct.unpack_from("=II", message, 64)
    return ListenSocket(_host(message[8 : 8 + (4 if message[0] == socket.AF_INET else 16)]), port, user, inode)


def _read_table(table: str) -> Iterator[ListenSocket]:
    try:
        lines = Path(table).read_text("ascii").splitlines()[1:]
    except OSError:
        return
    for line in lines:
        fields = line.split()
        if int(fields[3], 16) == _TCP_LISTEN:
            host, _, port = fields[1].partition(":")
            yield ListenSocket(_host(_network_order(host)), int(port, 16), int(fields[7]), int(fields[9]))


def _network_order(text: str) -> bytes:
    # The table shows each 32-bit word of the address as a number of the machine's own byte order.
    raw = bytes.fromhex(text)
    if sys.byteorder == "big":
        return raw
    return b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4))


def _host(raw: bytes) -> str:
    if len(raw) == 16 and raw.startswith(_MAPPED):
        raw = raw[12:]
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)
