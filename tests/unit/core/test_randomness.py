"""Seeded randomness: replayable, wide, and honest about file names."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firsthand.core.randomness import (
    BIG,
    CRLF_INSIDE,
    DOMAINS,
    EMPTY,
    ONE_BYTE,
    SEED_MAX,
    TEXT,
    Domain,
    Rng,
    new_seed,
    same_file_name,
)

seeds = st.integers(0, SEED_MAX)


def test_a_seed_gives_the_same_values_on_every_machine() -> None:
    rng = Rng(20261122, "net-byo-http/echo")

    assert (rng.token(), rng.integer(0, 10**6), rng.any_bytes(4, 4).hex()) == ("vuz925th9v3", 809346, "5fc86ba4")


@given(seeds, st.sampled_from(DOMAINS))
def test_the_same_seed_and_label_draw_the_same(seed: int, domain: Domain) -> None:
    assert Rng(seed, "a").bytes_of(domain) == Rng(seed, "a").bytes_of(domain)


@given(seeds)
def test_a_child_does_not_depend_on_what_was_drawn_before(seed: int) -> None:
    fresh, used = Rng(seed), Rng(seed)
    used.tokens(5)

    assert fresh.child("x").token() == used.child("x").token()
    assert fresh.child("x").any_bytes(32, 32) != fresh.child("y").any_bytes(32, 32)


def test_text_holds_combining_and_astral_characters() -> None:
    drawn = "".join(Rng(seed).bytes_of(TEXT).decode() for seed in range(60))

    assert any(unicodedata.combining(c) for c in drawn)
    assert any(ord(c) > 0xFFFF for c in drawn)


@given(seeds)
def test_text_is_never_only_ascii(seed: int) -> None:
    assert not Rng(seed).text().isascii()


@given(seeds)
def test_the_narrow_domains_are_what_they_say(seed: int) -> None:
    rng = Rng(seed)

    assert rng.bytes_of(EMPTY) == b""
    assert len(rng.bytes_of(ONE_BYTE)) == 1
    assert len(rng.bytes_of(BIG)) == 65_536
    assert b"\r" in rng.bytes_of(CRLF_INSIDE) or b"\n" in rng.bytes_of(CRLF_INSIDE)


def test_crlf_and_every_byte_value_really_come() -> None:
    assert any(b"\r\n" in Rng(seed).bytes_of(CRLF_INSIDE) for seed in range(10))
    assert set(Rng(1).bytes_of(BIG)) == set(range(256))


@given(seeds, st.sampled_from([d for d in DOMAINS if d.file_safe]))
def test_file_safe_values_are_the_same_name_everywhere(seed: int, domain: Domain) -> None:
    name = Rng(seed).bytes_of(domain).decode("ascii")

    assert name
    assert not set(name) & set('/\\\0:*?"<>|. \r\n')
    assert name == name.casefold() == unicodedata.normalize("NFD", name)


@given(seeds, st.integers(2, 12))
def test_tokens_of_one_call_never_meet_on_a_folding_file_system(seed: int, count: int) -> None:
    words = Rng(seed).tokens(count)

    assert not any(same_file_name(a, b) for a in words for b in words if a is not b)


@pytest.mark.parametrize(("one", "other"), [("Ä", "a\u0308"), ("README", "readme"), ("ß", "SS")])
def test_names_that_a_folding_file_system_confuses_are_known(one: str, other: str) -> None:
    assert same_file_name(one, other)


@given(seeds, st.binary(max_size=200), st.integers(1, 12))
def test_split_pieces_join_to_the_whole_and_none_is_empty(seed: int, data: bytes, parts: int) -> None:
    pieces = Rng(seed).split(data, parts)

    assert b"".join(pieces) == data
    assert all(pieces)
    assert len(pieces) == min(parts, len(data))


@given(seeds)
def test_odd_case_is_the_same_name_in_other_letters(seed: int) -> None:
    odd = Rng(seed).odd_case("content-length")

    assert odd.lower() == "content-length"
    assert odd != "content-length"


@given(seeds, st.integers(1, 50))
def test_shuffle_and_sample_keep_the_members(seed: int, count: int) -> None:
    items = list(range(count))
    Rng(seed).shuffle(items)

    assert sorted(items) == list(range(count))
    assert len(set(Rng(seed).sample(range(count), count // 2))) == count // 2


def test_new_seeds_differ_and_can_be_typed() -> None:
    seeds_drawn = {new_seed() for _ in range(20)}

    assert len(seeds_drawn) > 15
    assert all(0 <= seed <= SEED_MAX for seed in seeds_drawn)
