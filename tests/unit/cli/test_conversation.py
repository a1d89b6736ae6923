"""The recorded conversation as people read it: complete without colour, folded where it repeats, honest about gaps."""

import re

import pytest

from firsthand.bench.wire import Kind, Record
from firsthand.cli.conversation import lines

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Tape:
    """Records as a run would have made them; each `at` is in seconds."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def open(self, conn: int, at: float = 0.0, *, stage: str = "first", check: str = "answers") -> "Tape":
        self.records.append(Record(at, "open", conn, "web", stage, check, text="127.0.0.1:4000"))
        return self

    def add(self, kind: Kind, conn: int, at: float, data: bytes = b"", *, text: str = "", left_out: int = 0) -> "Tape":
        self.records.append(Record(at, kind, conn, data=data, text=text, left_out=left_out))
        return self

    def exchange(self, conn: int, at: float, asked: bytes = GET, came: bytes = OK) -> "Tape":
        return self.add("sent", conn, at, asked).add("received", conn, at + 0.01, came)

    def shown(self, **options: object) -> str:
        return "\n".join(lines(self.records, **{"colour": False, **options}))  # type: ignore[arg-type]


def test_one_exchange_reads_like_this() -> None:
    tape = Tape().open(1, 0.4).exchange(1, 0.41).add("end", 1, 0.43).add("closed", 1, 0.44, text="reset")
    assert tape.shown() == "\n".join(
        [
            "first · answers",
            "  connection 1 to web at 127.0.0.1:4000",
            "    0.410 s  → GET /a HTTP/1.1",
            "                Host: x",
            "    0.420 s  ← HTTP/1.1 200 OK",
            "                Content-Length: 5",
            "",
            "                hello",
            "    0.430 s  · web closed its side",
            "    0.440 s  · the connection is over: reset",
        ]
    )


def test_colour_only_adds() -> None:
    tape = Tape().open(1).exchange(1, 0.5).add("closed", 1, 0.6)
    coloured = tape.shown(colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == tape.shown()


def test_silence_is_shown_from_a_tenth_of_a_second() -> None:
    shown = Tape().open(1).exchange(1, 0.05).exchange(1, 0.5, GET.replace(b"/a", b"/b")).shown()
    assert shown.count("of silence") == 1
    assert "(0.44 s of silence)\n    0.500 s  → GET /b" in shown


def test_repeats_on_a_connection_are_folded_with_their_number() -> None:
    tape = Tape().open(1)
    for number in range(5):
        tape.exchange(1, number * 0.02)
    tape.exchange(1, 0.2, GET.replace(b"/a", b"/b"))
    shown = tape.shown()
    assert shown.count("GET /a") == 1
    assert "(the same 4 times more, until 0.090 s)" in shown
    assert shown.count("GET /b") == 1


def test_connections_on_which_the_same_was_said_are_folded() -> None:
    tape = Tape()
    for number in range(1, 5):
        tape.open(number, number * 1.0).exchange(number, number * 1.0).add("closed", number, number + 0.05)
    tape.open(5, 6.0).exchange(5, 6.0, GET, OK.replace(b"hello", b"other"))
    shown = tape.shown()
    assert "  connections 2 to 4: the same again" in shown
    assert shown.count("hello") == 1
    assert "connection 5 to web" in shown


def test_pieces_and_dribbles_are_told() -> None:
    tape = Tape().open(1).add("sent", 1, 0.0, GET[:5]).add("sent", 1, 0.02, GET[5:])
    for number, byte in enumerate(OK):
        tape.add("received", 1, 0.1 * number, bytes([byte]))
    shown = tape.shown()
    assert "→ GET /a HTTP/1.1  (in 2 pieces)" in shown
    assert re.search(r"← HTTP/1\.1 200 OK  \(in 43 pieces, 4\.20 s\)", shown)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"\x1f\x8b\x08\x00" + bytes(60), "1f 8b 08 00"),
        (b"\x1f\x8b\x08\x00" + bytes(60), "…  (64 bytes, not text)"),
        ("grüße\nzwei".encode(), "                grüße\n                zwei"),
        (b"a\r\nb \x1b[31m red and some more text", r"a\r"),
        (b"a\r\nb \x1b[31m red and some more text", r"b \x1b[31m red"),
        (b"line\n" * 100, "… (500 bytes in all)"),
    ],
)
def test_bodies_are_shown_as_text_or_as_bytes(body: bytes, shown: str) -> None:
    came = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    text = Tape().open(1).exchange(1, 0.0, GET, came).shown()
    assert shown in text
    assert "\x1b" not in text


def test_what_is_no_http_is_shown_as_bytes_and_what_is_cut_short_says_so() -> None:
    shown = (
        Tape().open(1).exchange(1, 0.0, b"\x00\x01\x02\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel").shown()
    )
    assert "→ 4 bytes that are no HTTP message" in shown
    assert "00 01 02 0a  (4 bytes, not text)" in shown
    assert "(not complete: it ends here, after 3 bytes of the body)" in shown


def test_a_head_without_its_end_is_shown_as_far_as_it_came() -> None:
    shown = Tape().open(1).add("sent", 1, 0.0, GET[:-4]).shown()
    assert "→ GET /a HTTP/1.1\n                Host: x\n" in shown
    assert "(not complete: the empty line after the headers did not come)" in shown


def test_bytes_that_were_not_kept_are_counted() -> None:
    tape = Tape().open(1).add("sent", 1, 0.0, GET)
    tape.add("received", 1, 0.01, OK[:-2], left_out=2).add("received", 1, 0.02, b"", left_out=40)
    assert "· 42 more bytes from web were not kept: too many to record" in tape.shown()


def test_many_headers_are_cut() -> None:
    head = b"HTTP/1.1 204 No\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(40)) + b"\r\n"
    assert "… 10 more header lines" in Tape().open(1).exchange(1, 0.0, GET, head).shown()


def test_it_is_grouped_by_stage_and_check_and_can_be_narrowed() -> None:
    tape = Tape().open(1).exchange(1, 0.0).open(2, 1.0, check="closes").exchange(2, 1.0)
    tape.records.append(Record(1.5, "note", 0, stage="second", check="", text="the program was started again"))
    tape.open(3, 2.0, stage="second", check="lasts").exchange(3, 2.0)
    headings = [line for line in tape.shown().splitlines() if line[:1].strip()]
    assert headings == ["first · answers", "first · closes", "second", "second · lasts"]
    assert "· the program was started again" in tape.shown()
    assert "connection 2" in tape.shown(check="closes")
    assert "connection 1" not in tape.shown(check="closes")


def test_a_check_that_failed_is_marked_with_why() -> None:
    tape = Tape().open(1).exchange(1, 0.0).open(2, 1.0, check="closes").exchange(2, 1.0)
    shown = tape.shown(failed={("first", "closes"): "It stays open."})
    assert "✗ first · closes\n  It stays open.\n  connection 2" in shown
    assert "✗ first · answers" not in shown


def test_what_a_check_did_on_purpose_is_marked() -> None:
    tape = Tape().open(1).exchange(1, 0.0)
    tape.records.append(Record(0.5, "fault", 0, "web", "first", "answers", text="nothing passes"))
    assert "    0.500 s  ! nothing passes" in tape.shown()


def test_other_protocols_are_left_to_the_sequence() -> None:
    tape = Tape().open(1).exchange(1, 0.0)
    tape.records.append(Record(0.2, "open", 2, "postgres", protocol="postgres"))
    tape.add("sent", 2, 0.3, b"HTTP/1.1 is not spoken here\n")
    assert "postgres" not in tape.shown()
    assert "spoken" not in tape.shown()


def test_notes_on_a_connection_stand_between_its_bytes() -> None:
    shown = Tape().open(1).add("sent", 1, 0.0, GET).add("note", 1, 0.01, text="we closed our side").shown()
    assert shown.splitlines()[-1] == "    0.010 s  · we closed our side"


def test_nothing_recorded_is_nothing_shown() -> None:
    assert Tape().shown() == ""
