"""The recorded wire: every byte that clients and doors saw, with times, in one file per run."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from firsthand.core.deadlines import now_s
from firsthand.core.limits import WIRE_CONNECTION_BYTES_MAX, WIRE_RECORDS_MAX, WIRE_RUN_BYTES_MAX

Kind = Literal["open", "sent", "received", "end", "closed", "note", "fault"]
"""open: a connection. sent: by who opened it. received: by it, from who accepted. end: who accepted sent FIN.
closed: the connection is over (`text` says why). note: something to read between the bytes. fault: what a check did to
the way or to a server on purpose."""

CLIENT_CLOSED = "the client closed its side"
"""The text of a note: who opened the connection sent FIN."""
CLOSED_BY_US = "closed by us"
"""The text of an end: our own client closed its connection first."""
DOOR_CLOSED = "the door was closed"
"""The text of an end: the run was over."""
HTTP = "http1"
"""The protocol of records that name none."""


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of wire.jsonl; `data` is base64 there."""

    at: float
    """Seconds since the run began."""
    kind: Kind
    conn: int
    """Number of the connection within the run, from 1; 0 for a note that belongs to none."""
    door: str = ""
    """Who accepts here: a process of the program such as `web` or `web.2`, a server such as `postgres`, or a peer. Set
    on `open`, and on a `fault` or a `note` that belongs to one."""
    stage: str = ""
    check: str = ""
    """In whose time it happened; set on `open`, `note`, `fault`, and on a piece of a connection that an earlier check
    opened."""
    data: bytes = b""
    left_out: int = 0
    """Bytes of this piece that were not kept, because a limit was reached."""
    text: str = ""
    protocol: str = HTTP
    """What is spoken, set on `open`: a name that `decoders.exchanges.conversation` knows, else the bytes are raw."""


class Recorder:
    """Collects the records of one run in memory, bounded; `save` writes them."""

    def __init__(self, began_s: float | None = None) -> None:
        """`began_s` is the run's start on the monotonic clock; now unless told."""
        self.began_s = now_s() if began_s is None else began_s
        self.records: list[Record] = []
        self.records_left_out = 0
        self.stage = ""
        self.check = ""
        self._connections = 0
        self._kept_bytes = 0
        self._kept_of: dict[tuple[int, str], int] = {}
        self._opened_in: dict[int, tuple[str, str]] = {}
        """Stage and check in whose time a connection was opened."""

    def clock(self) -> float:
        """Seconds since the run began, as the records tell them."""
        return round(now_s() - self.began_s, 6)

    def open(self, door: str, text: str = "", protocol: str = HTTP) -> int:
        """Note a new connection; returns its number."""
        self._connections += 1
        self._opened_in[self._connections] = (self.stage, self.check)
        self._add(
            "open", self._connections, door=door, stage=self.stage, check=self.check, text=text, protocol=protocol
        )
        return self._connections

    def sent(self, conn: int, data: bytes) -> None:
        """Bytes of who opened the connection."""
        self._piece("sent", conn, data)

    def received(self, conn: int, data: bytes) -> None:
        """Bytes for who opened the connection."""
        self._piece("received", conn, data)

    def end(self, conn: int) -> None:
        """Who accepted the connection will send nothing more on it."""
        self._add("end", conn)

    def closed(self, conn: int, text: str = "") -> None:
        """The connection is over."""
        self._add("closed", conn, text=text)

    def note(self, text: str, conn: int = 0, *, door: str = "") -> None:
        """Something worth reading between the bytes."""
        self._add("note", conn, door=door, stage=self.stage, check=self.check, text=text)

    def fault(self, text: str, door: str, conn: int = 0) -> None:
        """A check does something to a server, or to the way to it."""
        self._add("fault", conn, door=door, stage=self.stage, check=self.check, text=text)

    def save(self, path: Path) -> None:
        """Write all records, one JSON object a line."""
        with path.open("wb") as file:
            file.write(msgspec.json.Encoder().encode_lines(self.records))

    def _piece(self, kind: Literal["sent", "received"], conn: int, data: bytes) -> None:
        kept_of_conn = self._kept_of.get((conn, kind), 0)
        room = min(WIRE_CONNECTION_BYTES_MAX - kept_of_conn, WIRE_RUN_BYTES_MAX - self._kept_bytes)
        kept = data[: max(room, 0)]
        self._kept_of[conn, kind] = kept_of_conn + len(kept)
        self._kept_bytes += len(kept)
        now_in = (self.stage, self.check)
        stage, check = ("", "") if self._opened_in.get(conn, now_in) == now_in else now_in
        self._add(kind, conn, stage=stage, check=check, data=bytes(kept), left_out=len(data) - len(kept))

    def _add(
        self,
        kind: Kind,
        conn: int,
        *,
        door: str = "",
        stage: str = "",
        check: str = "",
        data: bytes = b"",
        left_out: int = 0,
        text: str = "",
        protocol: str = HTTP,
    ) -> None:
        if len(self.records) >= WIRE_RECORDS_MAX:
            self.records_left_out += 1
            return
        self.records.append(Record(self.clock(), kind, conn, door, stage, check, data, left_out, text, protocol))


def load(path: Path, conn: int | None = None) -> Iterator[Record]:
    """Read the records of a run back, of one connection or all.

    Raises:
        msgspec.DecodeError: a line is not a record.
    """
    decoder = msgspec.json.Decoder(Record)
    number = b"" if conn is None else b'"conn":%d,' % conn
    with path.open("rb") as file:
        for line in file:
            # Most lines need not be decoded where one connection is wanted.
            if number in line or (number and number[:-1] + b"}" in line):
                record = decoder.decode(line)
                if conn is None or record.conn == conn:
                    yield record
