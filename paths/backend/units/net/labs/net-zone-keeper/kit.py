"""What the stages of net-zone-keeper share: questions asked in every way, and what to say about wrong answers."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from firsthand.bench.clients.dns import DnsReply, Record
from firsthand.bench.failures import CheckFailed
from firsthand.lab import Dns, Rng, expect

ORIGIN = "lantern.test"
HOUR_S = 3600
DAY_S = 24 * HOUR_S
FORGOTTEN_S = 300
"""How long it may be remembered that a name does not exist."""
SIZES = (0, 512, 1232, 4096)
"""How many bytes an answer over UDP may have, said by EDNS; 0 without it."""
TYPES = ("A", "AAAA", "MX", "TXT")


def whole(name: str) -> str:
    """The name below the zone's, as a question has it; an empty one is the zone's own."""
    return f"{name}.{ORIGIN}" if name else ORIGIN


async def ask(dns: Dns, rng: Rng, name: str, type_: str) -> list[DnsReply]:
    """Every name server's reply about the name below the zone's, each asked in one of the ways of resolvers."""
    replies = []
    servers = list(dns.servers)
    rng.shuffle(servers)
    for server in servers:
        asked = rng.odd_case(whole(name)) if rng.chance(50) else whole(name)
        size, tcp = rng.choice(SIZES), rng.chance(30)
        reply = await dns.query(asked, type_, server=server, tcp=tcp, edns_bytes=size)
        if reply.truncated:
            reply = await dns.query(asked, type_, server=server, tcp=True)
        replies.append(reply)
    return replies


@contextmanager
def shown(reply: DnsReply) -> Iterator[None]:
    """A failure inside shows this reply, and how to ask for it again."""
    try:
        yield
    except CheckFailed as error:
        failure = msgspec.structs.replace(error.failure, detail=str(reply), reproduce=[reply.reproduce])
        raise CheckFailed(failure) from None


async def expect_records(
    dns: Dns, rng: Rng, name: str, type_: str, wanted: Iterable[str], *, ttl_s: int = HOUR_S, hint: str = ""
) -> None:
    """The name below the zone's has these records of this type, no others, and with this TTL."""
    data = sorted(record.lower() for record in wanted)
    for reply in await ask(dns, rng, name, type_):
        got = sorted(record.lower() for record in reply.data(type_))
        hint = hint if got == data else await dot_remark(dns, name, type_, got, data) or hint
        with shown(reply):
            expect(said(reply, got), f"{type_} of {whole(name)}").equals(", ".join(data), hint=hint)
            expect_ttl(reply.answer, type_, ttl_s)


def expect_ttl(records: Sequence[Record], type_: str, ttl_s: int = HOUR_S, hint: str = "") -> None:
    """All of these records that are of this type have this TTL."""
    for record in records:
        if record.type == type_:
            expect(record.ttl, f"TTL of {record.name} {type_}, in seconds").equals(
                ttl_s, hint=hint or "A record's TTL stands before its class or type; without one, $TTL holds."
            )


async def expect_nothing(dns: Dns, rng: Rng, name: str, types: Iterable[str] = TYPES, hint: str = "") -> None:
    """The name below the zone's does not exist."""
    for type_ in types:
        for reply in await ask(dns, rng, name, type_):
            with shown(reply):
                expect(said(reply), f"what is said about {whole(name)} {type_}").equals(NO_NAME, hint=hint)


async def expect_bare(dns: Dns, rng: Rng, name: str, types: Iterable[str], hint: str = "") -> None:
    """The name below the zone's exists, but has no record of these types."""
    for type_ in types:
        for reply in await ask(dns, rng, name, type_):
            with shown(reply):
                expect(said(reply), f"what is said about {whole(name)} {type_}").equals(NO_DATA, hint=hint)


async def expect_referral(dns: Dns, rng: Rng, name: str, cut: str, wanted: Sequence[str], hint: str) -> None:
    """A question about the name gets no answer but the name servers of the cut, both below the zone's name."""
    type_ = rng.choice((*TYPES, "SOA", "CNAME"))
    data = sorted(wanted)
    for reply in await ask(dns, rng, name, type_):
        there = [record for record in reply.authority if record.type == "NS"]
        got = sorted(record.data.lower() for record in there)
        remark = hint if got == data else await dot_remark(dns, cut, "NS", got, data) or hint
        with shown(reply):
            expect(
                "an answer of its own" if reply.authoritative or reply.answer else "a referral",
                f"what is given for {whole(name)} {type_}",
            ).equals("a referral", hint=remark)
            expect(", ".join(got), f"name servers that {whole(name)} {type_} is referred to").equals(
                ", ".join(data), hint=remark
            )
            expect({record.name.lower() for record in there}, "whose name servers these are").equals({f"{whole(cut)}."})
            expect_ttl(reply.authority, "NS", DAY_S)


NO_NAME = "no such name (NXDOMAIN)"
NO_DATA = "no such record, but the name exists (NOERROR)"


def said(reply: DnsReply, data: Sequence[str] | None = None) -> str:
    """The reply in words: its data, or why there is none."""
    if reply.code == "NXDOMAIN":
        return NO_NAME
    if reply.code != "NOERROR":
        return reply.code
    if not reply.authoritative:
        return "a referral to other name servers"
    data = [record.data for record in reply.answer] if data is None else data
    return ", ".join(data) if data else NO_DATA


async def dot_remark(dns: Dns, name: str, type_: str, got: Sequence[str], wanted: Sequence[str]) -> str:
    """A remark where what differs is the dot at the end of a name; else nothing."""
    for record in wanted:
        if f"{record}{ORIGIN}." in got:
            written = record.split()[-1]
            return (
                f"{written}{ORIGIN}. has {ORIGIN} once too often: a name without a dot at its end is relative, and the "
                f"zone's name is put behind it. Write {written} with its last dot."
            )
        if record.endswith(f".{ORIGIN}.") and record.removesuffix(f"{ORIGIN}.") in got:
            written = record.removesuffix(f"{ORIGIN}.").split()[-1]
            return f"{written} ends with a dot, so that nothing is put behind it. Write it without, or write {record}"
    if got:
        return ""
    twice = await dns.query(f"{whole(name)}.{ORIGIN}", type_)
    if not (twice.data(type_) or any(record.type == type_ for record in twice.authority)):
        return ""
    return (
        f"There is a {whole(name)}.{ORIGIN}: a name without a dot at its end is relative, and the zone's name is put "
        f"behind it, on the left side too. Write {whole(name)}. with its last dot{f', or just {name}' if name else ''}."
    )
