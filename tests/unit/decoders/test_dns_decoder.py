"""Questions and answers of name servers are understood over both transports, and paired."""

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from firsthand.bench.decoders import dns as dns_decoder
from firsthand.bench.decoders.dns import DnsMessage, DnsQueries, DnsTcpConversation, DnsUdpConversation, Query, Record


def question(name: str = "shop.example", kind: str = "A", number: int = 1) -> dns.message.QueryMessage:
    return dns.message.make_query(name, kind, id=number)


def answer(asked: dns.message.QueryMessage, *records: str, rcode: str = "NOERROR") -> dns.message.Message:
    reply = dns.message.make_response(asked)
    reply.set_rcode(dns.rcode.from_text(rcode))
    for record in records:
        name, ttl, kind, *data = record.split()
        reply.answer.append(dns.rrset.from_text(name, int(ttl), "IN", kind, " ".join(data)))
    return reply


def queries(*messages: tuple[str, dns.message.Message | bytes]) -> list[Query]:
    conversation, pairs = DnsUdpConversation(), DnsQueries()
    found: list[Query] = []
    for way, one in messages:
        wire = one if isinstance(one, bytes) else one.to_wire()
        for message in conversation.sent(wire) if way == ">" else conversation.received(wire):
            found += pairs.add(message)
    return found + pairs.end()


def framed(*messages: dns.message.Message) -> bytes:
    return b"".join(len(wire).to_bytes(2, "big") + wire for wire in (message.to_wire() for message in messages))


SOA = "shop.example. 60 SOA ns hostmaster 2 3600 600 86400 60"
OLD_SOA = SOA.replace(" 2 ", " 1 ")


def test_a_datagram_is_a_message() -> None:
    asked = question()
    replied = answer(asked, "shop.example. 60 A 192.0.2.1", "shop.example. 60 A 192.0.2.2")
    conversation = DnsUdpConversation()
    (sent,) = conversation.sent(asked.to_wire(), 1.0)
    (received,) = conversation.received(replied.to_wire(), 1.5)

    assert (sent.kind, sent.question, sent.type, sent.at) == ("question", "shop.example.", "A", 1.0)
    assert (received.kind, received.rcode, received.at) == ("answer", "NOERROR", 1.5)
    assert received.answers == (
        Record("shop.example.", 60, "A", "192.0.2.1"),
        Record("shop.example.", 60, "A", "192.0.2.2"),
    )
    assert received.summary == "A shop.example.  A 192.0.2.1, A 192.0.2.2"
    assert conversation.end() == []


def test_offsets_go_on_from_datagram_to_datagram() -> None:
    conversation = DnsUdpConversation()
    found = [*conversation.sent(b"abc"), *conversation.sent(question().to_wire())]

    assert [(m.start, m.end) for m in found] == [(0, 3), (3, 33)]


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\0", b"GET / HTTP/1.1\r\n\r\n", question().to_wire()[:-1], b"\0\1\0\0\xff\xff\xff\xff\xff\xff\xff\xff"],
)
def test_what_is_no_dns_is_raw_and_the_next_one_is_read(garbage: bytes) -> None:
    udp, tcp = DnsUdpConversation(), DnsTcpConversation()
    both: list[list[DnsMessage]] = [
        udp.sent(garbage) + udp.sent(question().to_wire()),
        tcp.sent(len(garbage).to_bytes(2, "big") + garbage + framed(question())),
    ]

    for messages in both:
        assert [(m.kind, m.raw) for m in messages] == [("raw", True), ("question", False)]


def test_a_signed_question_is_read_without_its_key() -> None:
    asked = question()
    asked.use_tsig({"key.example.": b"0123456789abcdef0123456789abcdef"})

    assert [(m.kind, m.question) for m in DnsUdpConversation().sent(asked.to_wire())] == [("question", "shop.example.")]


def test_a_message_that_breaks_off_is_raw_at_the_end() -> None:
    conversation = DnsTcpConversation()
    half = framed(question())[:-3]

    assert conversation.sent(half) == []
    assert [(m.raw, m.data) for m in conversation.end()] == [(True, half)]


def test_answers_are_paired_by_number_and_name_in_any_order() -> None:
    one, two = question("a.example", number=7), question("b.example", number=7)
    found = queries(
        (">", one), (">", two), ("<", answer(two, rcode="NXDOMAIN")), ("<", answer(one, "a.example. 1 A 192.0.2.1"))
    )

    assert [(q.name, q.rcode, len(q.answers), q.ok) for q in found] == [
        ("b.example.", "NXDOMAIN", 0, False),
        ("a.example.", "NOERROR", 1, True),
    ]
    assert found[1].summary == "A a.example.?  → A 192.0.2.1"
    assert found[1].shape == "A a.example."


def test_case_in_a_name_does_not_matter() -> None:
    asked = question("Shop.Example")
    replied = answer(question("shop.example"), "shop.example. 1 A 192.0.2.1")

    assert [q.ok for q in queries((">", asked), ("<", replied))] == [True]


def test_an_error_without_the_question_is_paired_by_its_number() -> None:
    refusal = dns.message.Message(id=9)
    refusal.flags |= dns.flags.QR
    refusal.set_rcode(dns.rcode.FORMERR)

    assert [(q.name, q.rcode) for q in queries((">", question(number=9)), ("<", refusal))] == [
        ("shop.example.", "FORMERR")
    ]


def test_an_answer_that_did_not_fit_is_told() -> None:
    asked = question(kind="TXT")
    reply = answer(asked)
    reply.flags |= dns.flags.TC
    (found,) = queries((">", asked), ("<", reply))

    assert found.truncated
    assert found.summary == "TXT shop.example.?  → truncated, no records"


def test_asking_again_makes_two_queries_and_the_first_had_no_answer() -> None:
    found = queries((">", question()), (">", question()), ("<", answer(question())), ("<", answer(question())))

    assert [(q.rcode, q.ok) for q in found] == [("", False), ("NOERROR", True)]
    assert found[0].summary == "A shop.example.?  → no answer"


def test_unanswered_questions_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_decoder, "UNANSWERED_MAX", 2)
    pairs, conversation = DnsQueries(), DnsUdpConversation()
    early = [query for n in range(3) for m in conversation.sent(question(number=n).to_wire()) for query in pairs.add(m)]

    assert len(early) == 1
    assert len(pairs.end()) == 2


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("AXFR", [[SOA, "a.shop.example. 60 A 192.0.2.1"], ["b.shop.example. 60 A 192.0.2.2", SOA]]),
        ("IXFR", [[SOA, OLD_SOA, "a.shop.example. 60 A 192.0.2.1", SOA], ["b.shop.example. 60 A 192.0.2.2", SOA]]),
        ("IXFR", [[SOA, "a.shop.example. 60 A 192.0.2.1"], [SOA]]),
        ("IXFR", [[SOA]]),
        ("AXFR", [[]]),
    ],
)
def test_a_transfer_lasts_until_its_soa_comes_again(kind: str, parts: list[list[str]]) -> None:
    asked = question(kind=kind)
    pairs, conversation = DnsQueries(), DnsTcpConversation()
    for message in conversation.sent(framed(asked)):
        assert pairs.add(message) == []
    wires = [framed(answer(asked, *(r.replace(" ns ", " ns. ").replace("hostmaster", "h.") for r in p))) for p in parts]
    found = [[q for m in conversation.received(wire) for q in pairs.add(m)] for wire in wires]

    assert [len(queries) for queries in found] == [0] * (len(parts) - 1) + [1]
    assert len(found[-1][0].answers) == sum(len(part) for part in parts)


def test_a_transfer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_decoder, "TRANSFER_MESSAGES_MAX", 2)
    asked = question(kind="AXFR")
    part = answer(asked, SOA.replace(" ns ", " ns. ").replace("hostmaster", "h."))
    more = answer(asked, "a.shop.example. 60 A 192.0.2.1")

    assert [len(q.replies) for q in queries((">", asked), ("<", part), ("<", more))] == [2]


def test_an_answer_to_nothing_is_no_query() -> None:
    assert queries(("<", answer(question()))) == []
