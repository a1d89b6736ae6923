"""One step of a wire, decoded and byte for byte."""

from firsthand.bench.wire import Record
from firsthand.study.said import RAW_BYTES_SHOWN, said
from firsthand.study.steps import steps

REQUEST = b"GET /items HTTP/1.1\r\nHost: x\r\n\r\n"
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhe\x00lo"


def talk(*pieces: tuple[str, bytes], protocol: str = "http1") -> list[Record]:
    opened = Record(0.0, "open", 1, "web", "one", "check", text="127.0.0.1:1", protocol=protocol)
    return [opened, *(Record(0.1 * n, kind, 1, data=data) for n, (kind, data) in enumerate(pieces, 1))]


def test_an_http_exchange_is_its_request_and_its_reply() -> None:
    records = talk(("sent", REQUEST), ("received", REPLY))

    request, reply = said(records, steps(records)[0])

    assert (request.kind, request.summary, request.facts) == ("request", "GET /items HTTP/1.1", (("Host", "x"),))
    assert request.raw == REQUEST
    assert (reply.summary, reply.size) == ("HTTP/1.1 200 OK", len(REPLY))
    assert reply.body == "" or "\\x00" in reply.body


def test_of_pipelined_requests_only_the_chosen_one_is_told() -> None:
    other = REQUEST.replace(b"items", b"other")
    records = talk(("sent", REQUEST + other), ("received", REPLY + REPLY))

    first, second = steps(records)

    assert said(records, second)[0].summary == "GET /other HTTP/1.1"
    assert said(records, first)[0].summary == "GET /items HTTP/1.1"
    assert said(records, second)[0].raw == other


def test_a_request_without_an_answer_is_alone() -> None:
    records = talk(("sent", REQUEST))

    assert [spell.direction for spell in said(records, steps(records)[0])] == ["sent"]


def test_bytes_that_nobody_reads_are_shown_as_they_came() -> None:
    records = talk(("sent", b"\x01\x02"), ("received", b"\xff" * 10_000), protocol="mysql")

    sent, received = said(records, steps(records)[0])

    assert sent.raw == b"\x01\x02"
    assert (len(received.raw), received.size) == (RAW_BYTES_SHOWN, 10_000)


def test_a_body_is_cut_and_says_so() -> None:
    body = b"a" * 50_000
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    records = talk(("sent", REQUEST), ("received", reply))

    shown = said(records, steps(records)[0])[1]

    assert len(shown.body) < len(body)
    assert shown.body_note == "The beginning of 50,000 bytes."


def test_what_is_no_text_is_not_shown_as_text() -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\xfe\x00\x01"
    records = talk(("sent", REQUEST), ("received", reply))

    shown = said(records, steps(records)[0])[1]

    assert (shown.body, shown.body_note) == ("", "4 bytes that are no text.")


def test_a_redis_command_is_told_with_its_answer() -> None:
    records = talk(("sent", b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"), ("received", b"$-1\r\n"), protocol="resp")

    command, answer = said(records, steps(records)[0])

    assert "GET k" in command.summary
    assert answer.direction == "received"


def test_each_step_knows_its_place() -> None:
    records = talk(("sent", REQUEST), ("received", REPLY), ("sent", REQUEST), ("received", REPLY))

    assert [step.number for step in steps(records)] == [0, 1]
