"""What the system tells about processes: whose a connection is, and how much memory they have."""

import os
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_CREDENTIALS = struct.Struct("3i")


def is_ours(connected: socket.socket) -> bool:
    """Whether a process of our own user is at the other end.

    Where the system does not tell (SO_PEERCRED, unix(7)) the folder's mode alone keeps others out.
    """
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    told = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return bool(_CREDENTIALS.unpack(told)[1] == os.geteuid())


def memory_bytes(pids: Iterable[int]) -> int:
    """The proportional share of memory (PSS) of these processes; what the system does not tell counts nothing."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            rows = Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines()
            total += sum(int(row.split()[1]) * 1024 for row in rows if row.startswith(b"Pss:"))
    return total
