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

    def data(self, type_: str = "") -> list[str]:
        """The data of the answer's records, of this type where one is given, sorted."""
        return sorted(record.data for record in self.answer if not type_ or record.type == type_)


class Dns(ServerClient):
    """`await dns.query("www.example.test", "A")`."""

    _last: tuple[str, str, str] = ("", "", "")

    @property
    def servers(self) -> dict[str, Address]:
        """The name servers of this run, by name; all of them serve the same zones."""
        found = {}
        for name, text in self.lease.inside.items():
            host, _, port = text.partition(" ")[0].rpartition(":")
            found[name] = Address(host, int(port))
        return found

    async def query(self, name: str, type_: str = "A", *, server: str = "", tcp: bool = False) -> DnsReply:
        """Ask for records; `server` is a name of `servers`, the first one by default.

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
        self._last = (name, type_, server)
        try:
            question = dns.message.make_query(name, type_, use_edns=False)
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
        return _reply(server, reply)

    async def ask_all(self, name: str, type_: str = "A") -> dict[str, DnsReply]:
        """Ask every name server of this run; see `query`."""
        return {server: await self.query(name, type_, server=server) for server in self.servers}

    def reproduce(self) -> list[str]:
        """The command that asks the last question again while the servers run; none when nothing was asked."""
        name, type_, server = self._last
        if not server:
            return []
        where = self.servers[server]
        return [f"dig @{where.host} -p {where.port} {name} {type_} +norecurse"]

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


def _reply(server: str, reply: "Message") -> DnsReply:
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
    )


def _records(sets: "list[RRset]") -> tuple[Record, ...]:
    import dns.rdatatype

    return tuple(
        Record(str(rrset.name), int(rrset.ttl), dns.rdatatype.to_text(rrset.rdtype), record.to_text())
        for rrset in sets
        for record in rrset
    )
