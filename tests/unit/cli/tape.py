"""Records as a run on several doors would have made them; times are in seconds since it began."""

import struct

from firsthand.bench.wire import Kind, Record


class Tape:
    """Each method returns the tape, so that a run reads as one expression."""

    def __init__(self, stage: str, check: str) -> None:
        self.records: list[Record] = []
        self._opened_in = (stage, check)
        self._now_in = ("", "")

    def during(self, stage: str, check: str) -> "Tape":
        """What is said from here on is said in the time of another check than that which opened the connections."""
        self._now_in = (stage, check)
        return self

    def add(self, record: Record) -> "Tape":
        self.records.append(record)
        return self

    def http(self, conn: int, door: str, at: float = 0.0) -> "Tape":
        return self._open(conn, door, "http1", 8000, at)

    def resp(self, conn: int, at: float = 0.0) -> "Tape":
        return self._open(conn, "redis", "resp", 20_379, at)

    def postgres(self, conn: int, at: float = 0.0) -> "Tape":
        self._open(conn, "postgres", "postgres", 20_432, at)
        self.say(conn, at, struct.pack(">II", 18, 196_608) + b"user\0ann\0\0")
        return self.hear(conn, at, framed(b"R", bytes(4)) + READY)

    def say(self, conn: int, at: float, data: bytes) -> "Tape":
        return self._piece("sent", conn, at, data)

    def hear(self, conn: int, at: float, data: bytes) -> "Tape":
        return self._piece("received", conn, at, data)

    def _open(self, conn: int, door: str, protocol: str, port: int, at: float) -> "Tape":
        stage, check = self._opened_in
        return self.add(Record(at, "open", conn, door, stage, check, text=f"127.0.0.1:{port}", protocol=protocol))

    def _piece(self, kind: Kind, conn: int, at: float, data: bytes) -> "Tape":
        stage, check = self._now_in
        return self.add(Record(round(at, 6), kind, conn, stage=stage, check=check, data=data))


def framed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack(">I", len(body) + 4) + body


READY = framed(b"Z", b"I")


def query(sql: str) -> bytes:
    """What a PostgreSQL client sends."""
    return framed(b"Q", sql.encode() + b"\0")


def rows(number: int, tag: str = "") -> bytes:
    """What PostgreSQL answers: so many rows."""
    row = framed(b"D", struct.pack(">HI", 1, 1) + b"x")
    return row * number + framed(b"C", (tag or f"SELECT {number}").encode() + b"\0") + READY


def command(*words: str) -> bytes:
    """What a Redis client sends."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word.encode()) for word in words)


def http_request(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def http_reply(status: int) -> bytes:
    return b"HTTP/1.1 %d OK\r\nContent-Length: 2\r\n\r\nok" % status
