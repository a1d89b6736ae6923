"""PostgreSQL messages written by hand, for what no client at hand says."""

import struct

from firsthand.bench.decoders.postgres import PostgresConversation, PostgresMessage
from firsthand.bench.decoders.postgres_statements import Statement, Statements


def frame(kind: str, body: bytes = b"") -> bytes:
    return kind.encode() + struct.pack(">I", len(body) + 4) + body


def startup(**words: str) -> bytes:
    pairs = b"".join(f"{name}\0{value}\0".encode() for name, value in words.items())
    return struct.pack(">II", 9 + len(pairs), 196_608) + pairs + b"\0"


def query(sql: str) -> bytes:
    return frame("Q", sql.encode() + b"\0")


def parse(sql: str, name: str = "", types: tuple[int, ...] = ()) -> bytes:
    return frame("P", f"{name}\0{sql}\0".encode() + struct.pack(f">H{len(types)}I", len(types), *types))


def bind(
    *values: bytes | None, name: str = "", portal: str = "", formats: tuple[int, ...] = (), result: int = 0
) -> bytes:
    body = f"{portal}\0{name}\0".encode() + struct.pack(f">H{len(formats)}H", len(formats), *formats)
    body += struct.pack(">H", len(values))
    body += b"".join(struct.pack(">i", -1) if v is None else struct.pack(">i", len(v)) + v for v in values)
    return frame("B", body + struct.pack(">HH", 1, result))


def describe(what: str = "P", name: str = "") -> bytes:
    return frame("D", f"{what}{name}\0".encode())


def execute(portal: str = "", rows_max: int = 0) -> bytes:
    return frame("E", f"{portal}\0".encode() + struct.pack(">I", rows_max))


def complete(tag: str) -> bytes:
    return frame("C", tag.encode() + b"\0")


def error(sqlstate: str, text: str) -> bytes:
    return frame("E", f"SERROR\0VERROR\0C{sqlstate}\0M{text}\0\0".encode())


def ready(status: str = "I") -> bytes:
    return frame("Z", status.encode())


SYNC = frame("S")
PARSED, BOUND = frame("1"), frame("2")
NO_COLUMNS, SUSPENDED = frame("n"), frame("s")
ROW = frame("D", b"\x00\x01\x00\x00\x00\x0142"[:9])
ID_COLUMN = frame("T", b"\x00\x01id\0" + bytes(18))
STARTED = startup(user="learner")
WELCOME = frame("R", bytes(4)) + ready()


def talk(*pieces: tuple[str, bytes]) -> list[PostgresMessage]:
    """The messages of a connection that has begun, `>` to the server and `<` from it."""
    conversation = PostgresConversation()
    conversation.sent(STARTED)
    conversation.received(WELCOME)
    said = [conversation.sent(data) if way == ">" else conversation.received(data) for way, data in pieces]
    return [message for messages in [*said, conversation.end()] for message in messages]


def statements(*pieces: tuple[str, bytes]) -> list[Statement]:
    """The same as statements."""
    pairs = Statements()
    return [statement for message in talk(*pieces) for statement in pairs.add(message)] + pairs.end()
