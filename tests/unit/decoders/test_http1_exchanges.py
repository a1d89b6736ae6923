"""HTTP requests are told with their replies."""

from firsthand.bench.decoders import conversation, exchanges
from firsthand.bench.decoders.http1_exchanges import HttpExchange, HttpExchanges

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def get(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def played(sent: bytes, received: bytes) -> list[HttpExchange]:
    talk, pairs = conversation("http1"), exchanges("http1")
    assert isinstance(pairs, HttpExchanges)
    said = [*talk.sent(sent, 1.0), *talk.received(received, 1.5), *talk.end(2.0)]
    return [done for message in said for done in pairs.add(message)] + pairs.end()


def test_pipelined_requests_get_their_replies_in_order() -> None:
    found = played(get("/products/42?full=1") + get("/products/43"), INTERIM + OK + NOT_FOUND)

    assert [(e.target, e.status, e.ok, e.began, e.ended) for e in found] == [
        ("/products/42?full=1", 200, True, 1.0, 1.5),
        ("/products/43", 404, False, 1.0, 1.5),
    ]
    assert {e.shape for e in found} == {"GET /products/*"}
    assert found[0].summary == "GET /products/42?full=1  → 200"


def test_a_request_without_a_reply_is_told_at_the_end() -> None:
    (found,) = played(get("/slow"), b"")

    assert (found.status, found.ok, found.replies, found.summary) == (0, False, (), "GET /slow  → no answer")


def test_what_is_no_http_makes_no_exchange() -> None:
    assert played(b"\0\1\2\n", OK) == []


def test_messages_of_http_have_what_those_of_all_protocols_have() -> None:
    talk = conversation("http1")
    said = [*talk.sent(get("/a"), 1.0), *talk.received(OK, 1.5), *talk.sent(b"\x1b[2J\n", 2.0), *talk.end(3.0)]

    assert [(m.direction, m.kind, m.summary, m.size, m.raw, m.at) for m in said] == [
        ("sent", "request", "GET /a HTTP/1.1", len(get("/a")), False, 1.0),
        ("received", "reply", "HTTP/1.1 200 OK", len(OK), False, 1.5),
        ("sent", "raw", '5 bytes "\\x1b[2J\\n"', 5, True, 3.0),
    ]
