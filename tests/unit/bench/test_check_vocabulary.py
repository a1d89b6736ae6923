"""The author's vocabulary: what each expectation says when it is not met."""

from collections.abc import Callable

import pytest

from firsthand.bench.check import MARK, Expectation, check, expect, fail
from firsthand.bench.failures import CheckFailed, first_difference, pointer, show_bytes, show_text


@pytest.mark.parametrize(
    "met",
    [
        lambda: expect(200).equals(200),
        lambda: expect(b"a").differs_from(b"b"),
        lambda: expect(206).is_one_of((200, 206)),
        lambda: expect("abc").contains("b"),
        lambda: expect([1, 2]).lacks(3),
        lambda: expect("bytes 0-1/2").matches(r"bytes \d+-\d+/\d+"),
        lambda: expect(3).is_at_least(3),
        lambda: expect(3).is_at_most(3),
        lambda: expect(b"abc").has_length(3),
        lambda: expect(True).is_true(),
        lambda: expect(None).is_none(),
        lambda: expect(0).is_present(),
    ],
)
def test_what_is_met_says_nothing(met: Callable[[], None]) -> None:
    assert met() is None


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda: expect(404, "status").equals(200), "Status: expected 200, got 404."),
        (lambda: expect(b"a", "body").differs_from(b"a"), 'Body: expected anything but "a", got "a".'),
        (lambda: expect(500, "status").is_one_of((200, 206)), "Status: expected 200 or 206, got 500."),
        (lambda: expect("ac", "vary").contains("b"), 'Vary: expected something with "b" in it, got "ac".'),
        (lambda: expect([3], "sizes").lacks(3), "Sizes: expected nothing with 3 in it, got [3]."),
        (lambda: expect("x", "etag").matches('".*"'), 'Etag: expected text like ".*", got "x".'),
        (lambda: expect(2, "count").is_at_least(3), "Count: expected 3 or more, got 2."),
        (lambda: expect(4, "count").is_at_most(3), "Count: expected 3 or less, got 4."),
        (lambda: expect(b"ab", "body").has_length(3), "Body: expected a length of 3, got 2."),
        (lambda: expect(False, "open").is_true(), "Open: expected true, got false."),
        (lambda: expect({"a": None}, "it").equals({"a": True}), 'It: expected {"a": true}, got {"a": null}.'),
        (lambda: expect([("é", 1)], "rows").equals([]), 'Rows: expected [], got [["é", 1]].'),
        (lambda: expect([b"\x00"], "parts").equals([b""]), r"Parts: expected [b''], got [b'\x00']."),
        (lambda: expect("x", "header").is_none(), 'Header: expected none, got "x".'),
        (lambda: expect(None, "header").is_present(), "Header: expected one, got none."),
        (lambda: fail("It answered twice."), "It answered twice."),
    ],
)
def test_what_is_not_met_says_what_was_expected_and_what_came(broken: Callable[[], None], message: str) -> None:
    with pytest.raises(CheckFailed) as caught:
        broken()

    assert caught.value.failure.message == message


def test_every_expectation_can_fail() -> None:
    methods = {name for name in vars(Expectation) if not name.startswith("_") and name not in ("value", "what")}

    assert methods == {
        *("equals", "differs_from", "is_one_of", "contains", "lacks", "matches", "is_at_least", "is_at_most"),
        *("has_length", "is_true", "is_none", "is_present"),
    }


def test_the_authors_hint_becomes_the_remark() -> None:
    with pytest.raises(CheckFailed) as caught:
        expect(404, "status").equals(200, hint="Is the path decoded twice?")

    assert caught.value.failure.remark == "Is the path decoded twice?"


def test_bytes_are_shown_with_a_pointer_at_the_first_wrong_one() -> None:
    with pytest.raises(CheckFailed) as caught:
        expect(b"HTTP/1.1 200 OK\n", "status line").equals(b"HTTP/1.1 200 OK\r\n")

    expected, got, mark = caught.value.failure.detail.splitlines()
    assert mark.index("^") == got.index("\\n") == expected.index("\\r")
    assert mark.endswith("^ byte 15: expected 0x0d (CR), got 0x0a (LF)")


def test_the_pointer_stands_right_in_long_data_and_at_its_ends() -> None:
    long = bytes(range(256)) * 4

    for got in (long[:700] + b"!" + long[701:], long[:700], long + b"more"):
        _, shown, mark = pointer(long, got).splitlines()
        at = first_difference(long, got)
        rest = shown[mark.index("^") :]
        assert f"byte {at}:" in mark
        assert rest == "" or show_bytes(got[at : at + 1])[1:-1] == rest[: len(show_bytes(got[at : at + 1])) - 2]


def test_control_characters_are_never_shown_as_they_are() -> None:
    assert show_text("a\x1b[31mb\r\n") == "a\\x1b[31mb\\r\\n"
    assert "\x1b" not in show_bytes(b"\x1b[2J")


def test_a_check_carries_what_it_proves() -> None:
    @check(proves=("NET-11", "NET-12"), deadline_s=3)
    async def rule() -> None:
        """A rule (brief)."""

    mark = getattr(rule, MARK)
    assert (mark.proves, mark.deadline_s) == (("NET-11", "NET-12"), 3)
