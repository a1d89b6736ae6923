"""DNS over UDP and TCP for human eyes and for counting; dnspython reads the single messages."""

import struct
from collections import OrderedDict
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from firsthand.bench.decoders import message
from firsthand.bench.decoders.exchange import Exchange
from firsthand.bench.decoders.message import Direction, Reader, line, raw_summary, shape_line

TRANSFER_MESSAGES_MAX = 1_000
"""Of one zone transfer; what comes after them is not paired any more."""
UNANSWERED_MAX = 2_000
"""Questions that wait for their answers; the oldest are told without one."""
RECORDS_SHOWN = 4

_HEADER_BYTES = 12
_DNSPYTHON_RAISES = (dns.exception.DNSException, struct.error, ValueError, TypeError, LookupError, OSError)
_TRANSFERS = ("AXFR", "IXFR")


@dataclass(frozen=True)
class Record:
    """One resource record, as a zone file writes it."""

    name: str
    ttl: int
    type: str
    data: str


@dataclass(frozen=True, kw_only=True)
class DnsMessage(message.Message):
    """A question or an answer."""

    id: int = 0
    question: str = ""
    """The name that is asked for, with its last dot."""
    type: str = ""
    opcode: str = "QUERY"
    rcode: str = ""
    """Of an answer, such as `NOERROR` or `NXDOMAIN`."""
    flags: tuple[str, ...] = ()
    """Such as `AA` and `TC`."""
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    edns: bool = False


@dataclass(frozen=True, kw_only=True)
class Query(Exchange):
    """A question and its answer, which may be several messages when a zone is transferred."""

    name: str
    type: str
    rcode: str = ""
    """ "" where no answer came."""
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    flags: tuple[str, ...] = ()
    truncated: bool = False
    """Only a part fitted: a client asks again over TCP."""


class DnsUdpConversation:
    """Datagrams between one client and a server: each piece is one."""

    def __init__(self) -> None:
        """Nothing was said."""
        self._ends: dict[Direction, int] = {"sent": 0, "received": 0}

    def sent(self, data: bytes, at: float = 0.0) -> list[DnsMessage]:
        """A datagram from the client."""
        return self._datagram("sent", data, at)

    def received(self, data: bytes, at: float = 0.0) -> list[DnsMessage]:
        """A datagram from the server."""
        return self._datagram("received", data, at)

    def end(self, at: float = 0.0) -> list[DnsMessage]:
        """Nothing is ever left."""
        del at
        return []

    def _datagram(self, direction: Direction, data: bytes, at: float) -> list[DnsMessage]:
        start = self._ends[direction]
        self._ends[direction] = start + len(data)
        return [read(data, direction, start, start + len(data), at)]


class DnsTcpConversation:
    """Both directions of one connection."""

    def __init__(self) -> None:
        """A connection on which nothing has been said."""
        self._client = _Stream("sent")
        self._server = _Stream("received")

    def sent(self, data: bytes, at: float = 0.0) -> list[DnsMessage]:
        """Bytes from the client; returns the messages that are complete with them."""
        return self._client.feed(data, at)

    def received(self, data: bytes, at: float = 0.0) -> list[DnsMessage]:
        """Bytes from the server; returns the messages that are complete with them."""
        return self._server.feed(data, at)

    def end(self, at: float = 0.0) -> list[DnsMessage]:
        """Nothing more comes either way; returns what is left, the client's first."""
        return [*self._client.end(at), *self._server.end(at)]


class _Stream(Reader[DnsMessage]):
    """Messages with their length in two bytes before them (RFC 1035, 4.2.2): 64 KiB are the most that is kept."""

    def __init__(self, direction: Direction) -> None:
        super().__init__(direction, DnsMessage)

    def _step(self) -> bool:
        if len(self._buffer) < 2:
            return False
        size = int.from_bytes(self._buffer[:2], "big")
        if len(self._buffer) < 2 + size:
            return False
        data = self._take(2 + size)
        self._done.append(read(data, self.direction, self._start, self._offset, self._at, skip=2))
        self._start = self._offset
        return True


@dataclass
class _Waiting:
    """A question with what came of it so far."""

    question: DnsMessage
    replies: list[DnsMessage] = field(default_factory=list)
    _first_seen: int = 0

    def over_with(self, reply: DnsMessage) -> bool:
        """A transfer ends with the SOA record that it began with (RFC 5936, 2.2; RFC 1995, 4), all else at once."""
        self.replies.append(reply)
        begun = self.replies[0].answers
        if self.question.type not in _TRANSFERS or reply.rcode != "NOERROR" or not begun or begun[0].type != "SOA":
            return True
        self._first_seen += sum(record == begun[0] for record in reply.answers)
        changes = self.question.type == "IXFR" and len(begun) > 1 and begun[1].type == "SOA"
        current = self.question.type == "IXFR" and len(begun) == 1
        return current or self._first_seen > 1 + changes or len(self.replies) >= TRANSFER_MESSAGES_MAX


class DnsQueries:
    """Pairs questions and answers by their number and name."""

    def __init__(self) -> None:
        """Nothing was said."""
        self._waiting: OrderedDict[tuple[int, str, str], _Waiting] = OrderedDict()

    def add(self, message: DnsMessage) -> list[Query]:
        """Take the next message; returns the queries that are over with it."""
        key = (message.id, message.question.lower(), message.type)
        if message.kind == "question":
            return self._ask(key, message)
        if message.kind != "answer":
            return []
        waiting = self._waiting.get(key) or self._waiting.get(key := self._key_without_question(message))
        if waiting is None:
            return []
        if not waiting.over_with(message):
            return []
        del self._waiting[key]
        return [_query(waiting)]

    def end(self) -> list[Query]:
        """Nothing more comes; returns what was never answered."""
        left = [_query(waiting) for waiting in self._waiting.values()]
        self._waiting.clear()
        return left

    def _ask(self, key: tuple[int, str, str], message: DnsMessage) -> list[Query]:
        over = []
        if key in self._waiting:  # asked again, since no answer came
            over.append(_query(self._waiting.pop(key)))
        self._waiting[key] = _Waiting(message)
        if len(self._waiting) > UNANSWERED_MAX:
            over.append(_query(self._waiting.popitem(last=False)[1]))
        return over

    def _key_without_question(self, message: DnsMessage) -> tuple[int, str, str]:
        """Errors, and the later parts of a transfer, may come without the question."""
        if message.question:
            return (message.id, message.question, message.type)
        return next((key for key in self._waiting if key[0] == message.id), (message.id, "", ""))


def read(data: bytes, direction: Direction, start: int, end: int, at: float, *, skip: int = 0) -> DnsMessage:
    """One message, or its bytes where it is none; `skip` bytes before it only say its length."""
    wire = data[skip:]
    try:
        parsed = dns.message.from_wire(wire, keyring=False, ignore_trailing=True, one_rr_per_rrset=True)
        return _message(parsed, direction, start, end, at)
    except _DNSPYTHON_RAISES:
        summary = line(f"no DNS message, {raw_summary(wire)}")
        return DnsMessage(
            direction=direction, start=start, end=end, kind="raw", summary=summary, at=at, raw=True, data=data
        )


def _message(parsed: dns.message.Message, direction: Direction, start: int, end: int, at: float) -> DnsMessage:
    asked = parsed.question[0] if parsed.question else None
    answer = bool(parsed.flags & dns.flags.QR)
    name = asked.name.to_text() if asked is not None else ""
    kind = dns.rdatatype.to_text(asked.rdtype) if asked is not None else ""
    answers, authority, additional = (_records(s) for s in (parsed.answer, parsed.authority, parsed.additional))
    opcode, rcode = dns.opcode.to_text(parsed.opcode()), dns.rcode.to_text(parsed.rcode()) if answer else ""
    flags = tuple(flag for flag in dns.flags.to_text(parsed.flags).split() if flag != "QR")
    told = f"{'' if opcode == 'QUERY' else opcode + ' '}{kind} {name}".strip()
    return DnsMessage(
        direction=direction,
        start=start,
        end=end,
        kind="answer" if answer else "question",
        summary=line(f"{told}  {_came(rcode, flags, answers)}" if answer else f"{told}?"),
        at=at,
        id=parsed.id,
        question=name,
        type=kind,
        opcode=opcode,
        rcode=rcode,
        flags=flags,
        answers=answers,
        authority=authority,
        additional=additional,
        edns=parsed.edns >= 0,
    )


def _records(section: list[dns.rrset.RRset]) -> tuple[Record, ...]:
    found: list[Record] = []
    for rrset in section:
        name, kind = rrset.name.to_text(), dns.rdatatype.to_text(rrset.rdtype)
        found += [Record(name, rrset.ttl, kind, rdata.to_text()) for rdata in rrset]
    return tuple(found)


def _came(rcode: str, flags: tuple[str, ...], answers: tuple[Record, ...]) -> str:
    shown = [f"{record.type} {record.data}" for record in answers[:RECORDS_SHOWN]]
    more = f", … ({len(answers)} records)" if len(answers) > RECORDS_SHOWN else ""
    words = [", ".join(shown) + more] if shown else ["no records"] if rcode == "NOERROR" else []
    cut = ["truncated"] if "TC" in flags else []
    return ", ".join([*([rcode] if rcode != "NOERROR" else []), *cut, *words])


def _query(waiting: _Waiting) -> Query:
    question, replies = waiting.question, waiting.replies
    rcode = replies[0].rcode if replies else ""
    answers = tuple(record for reply in replies for record in reply.answers)
    flags = replies[0].flags if replies else ()
    came = _came(rcode, flags, answers) if replies else "no answer"
    return Query(
        protocol="dns",
        shape=shape_line(f"{question.type} {question.question}".strip()),
        summary=line(f"{question.summary}  → {came}"),
        ok=rcode == "NOERROR",
        began=question.at,
        ended=replies[-1].at if replies else question.at,
        request=question,
        replies=tuple(replies),
        name=question.question,
        type=question.type,
        rcode=rcode,
        answers=answers,
        authority=tuple(record for reply in replies for record in reply.authority),
        flags=flags,
        truncated="TC" in flags,
    )
