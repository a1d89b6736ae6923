"""Whatever the bytes are and however they are cut, decoders give the same messages, and none of them raises."""

from pathlib import Path

import pytest
from decoder_playbook import PLAYBOOKS, Piece, heard, pieces_of, protocol_of
from hypothesis import given, settings
from hypothesis import strategies as st

from firsthand.bench.decoders import conversation, exchanges

STREAMS = ["postgres", "resp", "amqp", "dns-tcp"]


def _spoiled(playbook: Path) -> st.SearchStrategy[list[Piece]]:
    """A recorded conversation in which some bytes are others, some are missing, and some come twice."""
    pieces = pieces_of(playbook)

    def spoil(wounds: list[tuple[int, int, int, bytes]]) -> list[Piece]:
        spoiled = list(pieces)
        for place, offset, size, instead in wounds:
            direction, data = spoiled[place % len(spoiled)]
            at = offset % (len(data) + 1)
            spoiled[place % len(spoiled)] = (direction, data[:at] + instead + data[at + size :])
        return spoiled

    wound = st.tuples(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 9), st.binary(max_size=9))
    return st.lists(wound, min_size=1, max_size=4).map(spoil)


def _cut(pieces: list[Piece], sizes: list[int]) -> list[Piece]:
    found = []
    turn = 0
    for direction, data in pieces:
        at = 0
        while at < len(data):
            size = sizes[turn % len(sizes)]
            turn += 1
            found.append((direction, data[at : at + size]))
            at += size
    return found


def _same_however_cut(protocol: str, pieces: list[Piece], sizes: list[int]) -> None:
    whole = heard(protocol, pieces)
    if protocol != "dns-udp":
        assert heard(protocol, _cut(pieces, sizes)) == whole
    for message in whole.messages:
        assert message.summary.isprintable()
        assert 0 <= message.start <= message.end
        assert message.raw == (message.kind == "raw")
        assert not message.raw or message.size == len(message.data)
    for direction in ("sent", "received"):
        covered = {i for m in whole.messages if m.direction == direction for i in range(m.start, m.end)}
        assert covered == set(range(sum(len(data) for way, data in pieces if way == direction)))
    assert all(exchange.shape.isprintable() and exchange.summary.isprintable() for exchange in whole.exchanges)


@pytest.mark.parametrize("protocol", [*STREAMS, "dns-udp"])
@given(
    st.lists(st.tuples(st.sampled_from(["sent", "received"]), st.binary(min_size=1, max_size=60)), max_size=6),
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
)
@settings(deadline=None, max_examples=150)
def test_any_bytes_are_taken(protocol: str, pieces: list[Piece], sizes: list[int]) -> None:
    _same_however_cut(protocol, pieces, sizes)


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda playbook: playbook.stem)
@given(st.data())
@settings(deadline=None, max_examples=30)
def test_a_spoiled_conversation_is_taken(playbook: Path, data: st.DataObject) -> None:
    pieces = data.draw(_spoiled(playbook))
    sizes = data.draw(st.lists(st.integers(1, 200), min_size=1, max_size=5))

    _same_however_cut(protocol_of(playbook), pieces, sizes)


def test_of_an_unknown_protocol_each_piece_is_shown_as_it_came() -> None:
    talk = conversation("gopher")
    said = [
        *talk.sent(b"/\x1b\r\n", 1.0),
        *talk.received(b"hello", 2.0),
        *talk.sent(b""),
        *talk.sent(b"x"),
        *talk.end(),
    ]

    assert [(m.direction, m.start, m.end, m.raw, m.at) for m in said] == [
        ("sent", 0, 4, True, 1.0),
        ("received", 0, 5, True, 2.0),
        ("sent", 4, 5, True, 0.0),
    ]
    assert said[0].summary == '4 bytes "/\\x1b\\r\\n"'
    assert exchanges("gopher") is None
