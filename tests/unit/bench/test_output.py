"""What a program prints is kept in bounds, shown safely, and never makes it wait."""

import asyncio
import os

import pytest
from sandboxed import GENEROUS_S, inside, printed

from firsthand.bench.sandbox.output import Drain, KeptOutput
from firsthand.core.deadlines import Deadline, until
from firsthand.core.limits import OUTPUT_HEAD_BYTES, OUTPUT_TAIL_BYTES


def fed(*pieces: bytes, head: int = 10, tail: int = 10) -> KeptOutput:
    output = KeptOutput(head, tail)
    for piece in pieces:
        output.feed(piece)
    return output


@pytest.mark.parametrize("length", [0, 1, 9, 10, 11, 19, 20])
def test_what_fits_is_kept_whole(length: int) -> None:
    data = bytes(range(length))
    assert fed(data).data() == data
    assert fed(*(bytes([b]) for b in data)).data() == data


def test_of_what_does_not_fit_the_middle_is_left_out_and_counted() -> None:
    output = fed(b"HEAD-----.", b"m" * 1_000, b"M" * 3, b".-----TAIL")
    assert output.data() == b"HEAD-----.\n[... 1,003 bytes left out ...]\n.-----TAIL"
    assert output.total_bytes == 1_023


def test_pieces_of_any_size_give_the_same() -> None:
    data = bytes(i % 251 for i in range(500))
    whole = fed(data).data()
    for size in (1, 3, 7, 10, 11, 64, 499):
        assert fed(*(data[i : i + size] for i in range(0, len(data), size))).data() == whole


def test_memory_stays_flat_for_a_gigabyte() -> None:
    output = KeptOutput()
    piece = b"y\n" * (1 << 19)
    for _ in range(1_024):
        output.feed(piece)
    assert output.total_bytes == 1 << 30
    assert output.kept_bytes <= OUTPUT_HEAD_BYTES + 2 * OUTPUT_TAIL_BYTES
    assert len(output.data()) < OUTPUT_HEAD_BYTES + OUTPUT_TAIL_BYTES + 100


def test_the_tail_shows_the_last_lines() -> None:
    output = fed(b"".join(b"line %d\n" % i for i in range(100)), head=100, tail=100)
    assert output.tail(3) == "line 97\nline 98\nline 99"
    assert fed().tail() == ""


def test_the_tail_is_safe_to_show() -> None:
    shown = fed(b"\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2Jcleared \xff|\t|\n\xe2\x80\xaedcba\x00", head=200).tail()
    assert shown == "red \\x1b]0;title\\x07 \\x1b[2Jcleared \N{REPLACEMENT CHARACTER}|   |\n\\u202edcba\\x00"


def test_of_a_progress_bar_the_last_state_is_shown() -> None:
    assert fed(b"10%\r50%\r100%\r\ndone\r\n", head=100).tail() == "100%\ndone"


def test_a_line_without_end_is_cut() -> None:
    assert len(fed(b"x" * 5_000, head=3_000, tail=3_000).tail()) < 500


def test_a_flood_before_the_first_word_does_not_hold_the_program_up() -> None:
    async def scene() -> tuple[bytes, int]:
        async with inside() as world:
            program = await world.start("floods", port=0)
            await printed(program, "the last line")
            return program.stdout.data(), program.stdout.total_bytes

    data, total = asyncio.run(scene())
    assert data.startswith(b"the first line\n")
    assert data.endswith(b"the last line\n")
    assert total == 50_000_000 + len("the first line\n") + len("the last line\n")
    assert len(data) < OUTPUT_HEAD_BYTES + OUTPUT_TAIL_BYTES + 100


def test_a_program_that_closes_its_pipes_is_not_taken_for_ended() -> None:
    async def scene() -> tuple[int | None, bytes]:
        async with inside() as world:
            program = await world.start("closes_pipes")
            await printed(program, "going quiet")

            async def listens() -> bool:
                return bool(await program.listeners())

            assert await until(listens, Deadline.after(GENEROUS_S))
            return program.exit_code, program.stdout.data()

    assert asyncio.run(scene()) == (None, b"going quiet\n")


def test_draining_a_pipe_that_others_hold_open_does_not_wait_for_its_end() -> None:
    async def scene() -> bytes:
        ours, theirs = os.pipe()
        output = KeptOutput()
        drain = Drain(ours, output)
        os.write(theirs, b"last words")
        drain.close()
        os.close(theirs)
        return output.data()

    assert asyncio.run(scene()) == b"last words"
