"""The recorded wire as a pcapng file, which Wireshark and tshark can open.

Bytes were recorded where they were read, not packets: handshakes, sequence numbers and sizes of packets are made up so
that each connection is complete. The format: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
"""

import io
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address

from dpkt import ip, pcap, tcp, udp  # type: ignore[import-untyped]
from dpkt import pcapng as blocks

from firsthand import __version__
from firsthand.bench.wire import CLIENT_CLOSED, CLOSED_BY_US, Record

PORTS = {"postgres": 5432, "resp": 6379, "amqp": 5672, "mysql": 3306, "dns-udp": 53, "dns-tcp": 53}
"""Wireshark knows a protocol by its port; ours are any that were free, so that these stand for them. HTTP it knows."""
CLIENT_PORT_FIRST = 10_000
PACKET_BYTES_MAX = 32_000
"""Of data; what a loopback carries at a time is about as much."""
WINDOW = 65_535

_HOST = ip_address("127.0.0.1").packed
_UNKNOWN_START = datetime(1970, 1, 1, tzinfo=UTC)
_END = blocks.PcapngOptionLE()


@dataclass
class Packet:
    """One packet, and what is to be read with it."""

    at: float
    door: str
    data: bytes
    comments: list[str] = field(default_factory=list)


def pcapng(records: Iterable[Record], *, started: datetime | None = None) -> bytes:
    """A pcapng file with an interface for each door; faults and notes are comments on the packet after them.

    Args:
        records: as `bench.wire.load` gives them.
        started: when the run began; without it the times count from 1970.
    """
    packets = list(_packets(records))
    begun = (started or _UNKNOWN_START).timestamp()
    doors = list(dict.fromkeys(packet.door for packet in packets))
    file = io.BytesIO()
    made_by = blocks.PcapngOptionLE(code=blocks.PCAPNG_OPT_SHB_USERAPPL, data=f"Firsthand {__version__}".encode())
    section = blocks.SectionHeaderBlockLE(opts=[made_by, _END])
    writer = blocks.Writer(file, shb=section, idb=[_interface(door) for door in doors] or None)
    for packet in packets:
        comments = [blocks.PcapngOptionLE(code=blocks.PCAPNG_OPT_COMMENT, text=text) for text in packet.comments]
        block = blocks.EnhancedPacketBlockLE(iface_id=doors.index(packet.door), pkt_data=packet.data)
        block.opts = [*comments, _END]
        writer.writepkt(block, begun + packet.at)
    return file.getvalue()


def _interface(door: str) -> blocks.InterfaceDescriptionBlockLE:
    name = blocks.PcapngOptionLE(code=blocks.PCAPNG_OPT_IF_NAME, data=door.encode())
    return blocks.InterfaceDescriptionBlockLE(linktype=pcap.DLT_IPV4, snaplen=0, opts=[name, _END])


def _packets(records: Iterable[Record]) -> Iterator[Packet]:
    """The packets in order; one is held back until it is known whether the file ends with comments."""
    open_now: dict[int, _Connection] = {}
    comments: list[str] = []
    last: Packet | None = None
    for record in records:
        if record.kind == "fault" or (record.kind == "note" and record.text != CLIENT_CLOSED):
            about = f"{record.door}: " if record.door else ""
            comments.append(f"{about}{record.text}")
            continue
        if record.kind == "open":
            open_now[record.conn] = (_Datagrams if record.protocol == "dns-udp" else _Stream)(record)
        if record.conn not in open_now:
            continue
        for data in open_now[record.conn].packets(record):
            if last:
                yield last
            last, comments = Packet(record.at, open_now[record.conn].door, data, comments), []
    if last:
        last.comments += comments
        yield last


class _Connection(ABC):
    def __init__(self, opened: Record) -> None:
        address, _, port = opened.text.rpartition(":")
        self.door = opened.door
        self.client_port = CLIENT_PORT_FIRST + opened.conn % (WINDOW - CLIENT_PORT_FIRST)
        self.server_port = PORTS.get(opened.protocol) or (int(port) if address and port.isdigit() else 80)

    @abstractmethod
    def packets(self, record: Record) -> Iterator[bytes]:
        """What this record looks like on a network."""

    def _ports(self, *, sent: bool) -> dict[str, int]:
        here, there = (self.client_port, self.server_port) if sent else (self.server_port, self.client_port)
        return {"sport": here, "dport": there}


class _Datagrams(_Connection):
    def packets(self, record: Record) -> Iterator[bytes]:
        if record.kind in ("sent", "received"):
            datagram = udp.UDP(**self._ports(sent=record.kind == "sent"), data=record.data)
            datagram.ulen = len(datagram)
            yield _ip(datagram, ip.IP_PROTO_UDP)


class _Stream(_Connection):
    def __init__(self, opened: Record) -> None:
        super().__init__(opened)
        self._next = {True: 0, False: 0}
        """The next sequence number of the client (True) and of the server."""
        self._ended: set[bool] = set()

    def packets(self, record: Record) -> Iterator[bytes]:
        match record.kind:
            case "open":
                yield self._packet(tcp.TH_SYN, sent=True, acknowledges=False)
                yield self._packet(tcp.TH_SYN, sent=False)
                yield self._packet(0, sent=True)
            case "sent" | "received":
                yield from self._data(record)
            case "end":
                yield from self._end(sent=False)
            case "note":
                yield from self._end(sent=True)
            case "closed" if record.text not in ("", CLOSED_BY_US):
                yield self._packet(tcp.TH_RST, sent="client" in record.text)
            case "closed":
                yield from self._end(sent=True)
                yield from self._end(sent=False)

    def _data(self, record: Record) -> Iterator[bytes]:
        sent = record.kind == "sent"
        for at in range(0, len(record.data), PACKET_BYTES_MAX):
            yield self._packet(tcp.TH_PUSH, sent=sent, data=record.data[at : at + PACKET_BYTES_MAX])
        self._next[sent] += record.left_out  # Wireshark tells that something is missing here

    def _end(self, *, sent: bool) -> Iterator[bytes]:
        if sent not in self._ended:
            self._ended.add(sent)
            yield self._packet(tcp.TH_FIN, sent=sent)
            yield self._packet(0, sent=not sent)

    def _packet(self, flags: int, *, sent: bool, data: bytes = b"", acknowledges: bool = True) -> bytes:
        segment = tcp.TCP(
            **self._ports(sent=sent),
            seq=self._next[sent] % 2**32,
            ack=self._next[not sent] % 2**32 if acknowledges else 0,
            flags=flags | (tcp.TH_ACK if acknowledges else 0),
            win=WINDOW,
            data=data,
        )
        self._next[sent] += len(data) + (flags in (tcp.TH_SYN, tcp.TH_FIN))
        return _ip(segment, ip.IP_PROTO_TCP)


def _ip(payload: tcp.TCP | udp.UDP, protocol: int) -> bytes:
    packet = ip.IP(src=_HOST, dst=_HOST, p=protocol, data=payload)
    packet.len = len(packet)
    return bytes(packet)
