"""Conversations of real clients with real servers, recorded by a relay: what people and checks are told of them.

To see what a change does to them, write `played(playbook)` over the file and read the difference.
"""

from pathlib import Path

import pytest
from decoder_playbook import PLAYBOOKS, heard, pieces_of, played, protocol_of

ALL = pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda playbook: playbook.stem)
STREAMS = pytest.mark.parametrize(
    "playbook",
    [playbook for playbook in PLAYBOOKS if protocol_of(playbook) != "dns-udp"],  # there, a datagram is a message
    ids=lambda playbook: playbook.stem,
)


def test_there_are_playbooks_of_every_protocol_with_exchanges() -> None:
    assert {protocol_of(playbook) for playbook in PLAYBOOKS} == {"postgres", "resp", "amqp", "dns-udp", "dns-tcp"}


@ALL
def test_a_recorded_conversation_reads_as_its_playbook_says(playbook: Path) -> None:
    assert played(playbook) == playbook.read_text(encoding="utf-8")


@STREAMS
def test_bytes_one_by_one_give_the_same_as_whole_pieces(playbook: Path) -> None:
    protocol, pieces = protocol_of(playbook), pieces_of(playbook)
    one_by_one = [(direction, data[i : i + 1]) for direction, data in pieces for i in range(len(data))]

    assert heard(protocol, one_by_one) == heard(protocol, pieces)


@ALL
def test_every_byte_belongs_to_a_message(playbook: Path) -> None:
    pieces = pieces_of(playbook)
    messages = heard(protocol_of(playbook), pieces).messages

    for direction in ("sent", "received"):
        covered = {i for m in messages if m.direction == direction for i in range(m.start, m.end)}
        assert covered == set(range(sum(len(data) for way, data in pieces if way == direction)))


@ALL
def test_passwords_and_proofs_are_never_shown(playbook: Path) -> None:
    told = heard(protocol_of(playbook), pieces_of(playbook))

    assert "hunter2" not in repr(told)
