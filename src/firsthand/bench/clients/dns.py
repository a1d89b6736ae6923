"""Asks a run's name servers, over UDP and TCP, and shows what they answered as records."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firsthand.bench.clients.server import ServerClient
from firsthand.bench.failures import failed
from firsthand.bench.ports import Address
from firsthand.core.errors import ContentError

if TYPE_CHECKING:  # it takes 0.1 s to import, and few checks need it
    from dns.message import Message
    from dns.rrset import RRset

ANSWER_S = 2.0
"""After so long a question over UDP is asked again, as resolvers do."""
TRIES_MAX = 3


@dataclass(frozen=True)
class Record:
    """One resource record."""

    name: str
    """With its last dot."""
    ttl: int
    type: str
    data: str
    """As in a zone file, names with their last dot: `10 mail.example.test.`"""
    strings: tuple[bytes, ...] = ()
    """Of a TXT record: its strings, without quotes and escapes."""

    def __str__(self) -> str:
        """As `dig` shows it."""
        return f"{self.name}  {self.ttl}  {self.type}  {self.data}"


@dataclass(frozen=True)
class DnsReply:
    """What a name server answered."""

    server: str
    """Which one: `knot` or `bind`."""
    code: str
    """Such as `NOERROR` or `NXDOMAIN`."""
    authoritative: bool
    truncated: bool
    answer: tuple[Record, ...]
    authority: tuple[Record, ...]
    additional: tuple[Record, ...]
    reproduce: str
    """The command that asks the same again while the servers run."""

    def data(self, type_: str = "") -> list[str]:
        """The data of the answer's records, of this type where one is given, sorted."""
        return sorted(record.data for record in self.answer if not type_ or record.type == type_)

    def texts(self) -> list[str]:
        """The answer's TXT records, the strings of each put together, sorted."""
        joined = (b"".join(record.strings) for record in self.answer if record.type == "TXT")
        return sorted(text.decode("utf-8", "backslashreplace") for text in joined)

    def __str__(self) -> str:
        """Something like what `dig` shows."""
        marks = [mark for mark, there in (("aa", self.authoritative), ("tc", self.truncated)) if there]
        lines = [f"{self.server} answers {self.code}, flags: {' '.join(marks) or 'none'}"]
        for section in ("answer", "authority", "additional"):
            records = getattr(self, section)
            lines += [f";; {section}", *map(str, records)] if records else []
        return "\n".join(lines)


class Dns(ServerClient):
    """`await dns.query("www.example.test", "A")`."""

    _last = ""

    @property
    def servers(self) -> dict[str, Address]:
        """The name servers of this run, by name; all of them serve the same zones."""
        found = {}
        for name, text in self.lease.inside.items():
            host, _, port = text.partition(" ")[0].rpartition(":")
            found[name] = Address(host, int(port))
        return found

    async def query(
        self, name: str, type_: str = "A", *, server: str = "", tcp: bool = False, edns_bytes: int = 0
    ) -> DnsReply:
        """Ask for records; `server` is a name of `servers`, the first one by default.

        With `edns_bytes` the question has EDNS, and allows answers of that size over UDP; else 512 bytes are the most.

        Raises:
            CheckFailed: nothing comes in time.
            ContentError: there is no such type or server.
            RetryableError: the server is gone.
        """
        import dns.asyncquery
        import dns.exception
        import dns.message

        servers = self.servers
        server = server or next(iter(servers))
        if server not in servers:
            raise ContentError(f"This run has no name server called {server}, only {', '.join(servers)}.")
        how = ("+tcp " if tcp else "") + (f"+bufsize={edns_bytes}" if edns_bytes else "+noedns")
        self._last = f"dig @{servers[server].host} -p {servers[server].port} {name} {type_} +norecurse {how}"
        edns = {"use_edns": 0, "payload": edns_bytes} if edns_bytes else {"use_edns": False}
        try:
            question = dns.message.make_query(name, type_, flags=0, **edns)
        except dns.exception.DNSException as error:
            raise ContentError(f"The check asks for {name} {type_}, which cannot be asked: {error}.") from error
        where = servers[server]
        try:
            if tcp:
                reply = await dns.asyncquery.tcp(question, where.host, self.deadline.left_s, port=where.port)
            else:
                reply = await self._by_udp(question, where)
        except dns.exception.Timeout:
            if why := await self._leases.lost(self.lease):
                raise await self.lost(OSError(why)) from None
            raise failed(f"{server} did not answer the question for {name} {type_} in time.", kind="timeout") from None
        except (OSError, EOFError, dns.exception.DNSException) as error:
            raise await self.lost(error) from error
        return _reply(server, reply, self._last)

    async def ask_all(self, name: str, type_: str = "A") -> dict[str, DnsReply]:
        """Ask every name server of this run; see `query`."""
        return {server: await self.query(name, type_, server=server) for server in self.servers}

    def reproduce(self) -> list[str]:
        """The command that asks the last question again while the servers run; none when nothing was asked."""
        return [self._last] if self._last else []

    async def _by_udp(self, question: "Message", where: Address) -> "Message":
        import dns.asyncquery
        import dns.exception

        for _ in range(TRIES_MAX - 1):
            try:
                within_s = min(ANSWER_S, self.deadline.left_s)
                return await dns.asyncquery.udp(question, where.host, within_s, port=where.port)
            except dns.exception.Timeout:
                continue
        return await dns.asyncquery.udp(question, where.host, min(ANSWER_S, self.deadline.left_s), port=where.port)


def _reply(server: str, reply: "Message", reproduce: str) -> DnsReply:
    import dns.flags
    import dns.rcode

    return DnsReply(
        server=server,
        code=dns.rcode.to_text(reply.rcode()),
        authoritative=bool(reply.flags & dns.flags.AA),
        truncated=bool(reply.flags & dns.flags.TC),
        answer=_records(reply.answer),
        authority=_records(reply.authority),
        additional=_records(reply.additional),
        reproduce=reproduce,
    )


def _records(sets: "list[RRset]") -> tuple[Record, ...]:
    import dns.rdatatype

    return tuple(
        Record(
            str(rrset.name),
            int(rrset.ttl),
            dns.rdatatype.to_text(rrset.rdtype),
            record.to_text(),
            tuple(getattr(record, "strings", ())),
        )
        for rrset in sets
        for record in rrset
    )
