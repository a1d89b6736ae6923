"""Measures what a door adds: round trips of small messages and bulk, with and without it, in processes of their own."""

import asyncio
import multiprocessing
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

MESSAGE_BYTES = 60
TRIPS = 2_000
BULK_BYTES = 100_000_000
PIECE_BYTES = 1_000_000

_ECHO, _DRAIN = b"e", b"d"


@contextmanager
def server_and_door() -> Iterator[tuple[int, int]]:
    """The ports of a server and of a door before it, as long as the block lasts."""
    with _process(_serve) as server, _process(_stand, server) as door:
        yield server, door


def round_trip_s(port: int) -> float:
    """The median of many round trips of a small message on one connection."""
    with _connected(port, _ECHO) as sock:
        taken = []
        for _ in range(TRIPS):
            began = time.perf_counter()
            sock.sendall(bytes(MESSAGE_BYTES))
            assert len(sock.recv(MESSAGE_BYTES, socket.MSG_WAITALL)) == MESSAGE_BYTES, "it came back"
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def bulk_s(port: int) -> float:
    """How long it takes until `BULK_BYTES` have arrived on the other side."""
    piece = bytes(PIECE_BYTES)
    with _connected(port, _DRAIN) as sock:
        began = time.perf_counter()
        for _ in range(BULK_BYTES // PIECE_BYTES):
            sock.sendall(piece)
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1) == b"!", "all of it came"
        return time.perf_counter() - began


@contextmanager
def _connected(port: int, wish: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(wish)
        yield sock


@contextmanager
def _process(target: Callable[..., None], *words: int) -> Iterator[int]:
    """A process that tells its port."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=target, args=(there, *words), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.kill()
        process.join()


def _serve(told: Connection) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        told.send(server.getsockname()[1])
        while True:
            threading.Thread(target=_answer, args=(server.accept()[0],), daemon=True).start()


def _answer(sock: socket.socket) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with sock:
        if sock.recv(1) == _ECHO:
            while data := sock.recv(65_536):
                sock.sendall(data)
            return
        buffer, came = bytearray(PIECE_BYTES), 0
        while size := sock.recv_into(buffer):
            came += size
        sock.sendall(b"!" if came == BULK_BYTES else b"?")


def _stand(told: Connection, port: int) -> None:
    from firsthand.bench.doors.door import open_door
    from firsthand.bench.ports import Address
    from firsthand.bench.wire import Recorder
    from firsthand.core.randomness import Rng

    async def stand() -> None:
        door = await open_door("store", Address("127.0.0.1", port), Recorder(), rng=Rng(1), protocol="raw")
        told.send(door.address.port)
        await asyncio.Event().wait()

    asyncio.run(stand())
