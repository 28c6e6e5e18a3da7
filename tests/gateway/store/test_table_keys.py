"""Any text as a Table key: reversible, allowed, in order."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.store.table_keys import HEAD, MAX_LENGTH, decode, encode, is_shortened, lower_bound, run_of, upper_bound

FORBIDDEN = re.compile(r"[/\\#?%'\x00-\x20\x7f-\U0010ffff]")
# Escapes take up to three characters a byte, four bytes a character: this many always fit whole.
whole = st.text(max_size=MAX_LENGTH // 12)
long = st.builds(
    lambda head, tail: head + tail,
    st.sampled_from(["", "a" * 440, "a" * 447, "#" * 149, "é" * 75, "/" * 223]),
    st.text(max_size=60),
)


@given(whole)
@example("")
@example("!")
@example("./.-.0")
def test_a_key_is_read_back_as_it_was_written(text: str) -> None:
    assert decode(encode(text)) == text


@given(whole | long)
def test_a_key_holds_nothing_that_azure_forbids_and_fits(text: str) -> None:
    encoded = encode(text)
    assert not FORBIDDEN.search(encoded)
    assert 1 <= len(encoded) <= MAX_LENGTH


@given(whole, whole)
@example("a.b", "a/b")
@example("a/", "a0")
@example("", "\x00")
def test_keys_sort_as_their_texts_do(one: str, other: str) -> None:
    assert (encode(one) < encode(other)) == (one < other)


@given(st.text(alphabet=[chr(code) for code in range(0x80)], max_size=2), st.text(max_size=2))
def test_a_text_sorts_before_all_that_begin_with_it(head: str, tail: str) -> None:
    assert (encode(head) < encode(head + tail)) == bool(tail)


def test_letters_digits_dashes_and_colons_stay_readable() -> None:
    assert encode("case_2026-03-02T02:00|web-01") == "case_2026-03-02T02:00|web-01"
    assert encode("/vaults/v;1.x") == ".0vaults.0v@3B1.-x"


def test_different_long_texts_get_different_keys_that_say_they_are_shortened() -> None:
    one, other = encode("#" * 512), encode("#" * 511 + "?")
    assert one != other
    assert is_shortened(one)
    with pytest.raises(ValueError, match="shortened"):
        decode(one)


@given(long, long)
def test_between_runs_even_shortened_keys_sort_as_their_texts_do(one: str, other: str) -> None:
    a, b = encode(one), encode(other)
    if run_of("p", a) != run_of("p", b):
        assert (a < b) == (one < other)


@given(long, long)
def test_the_bounds_of_a_scan_leave_out_no_key_between_them(bound: str, text: str) -> None:
    if text > bound:
        assert encode(text) >= lower_bound(bound)
    else:
        assert encode(text) <= upper_bound(bound)


def test_the_bounds_hold_among_texts_that_differ_only_where_the_hash_stands() -> None:
    texts = ["#" * 200 + last for last in "abcdefgh"]
    for bound in texts:
        assert all(encode(text) >= lower_bound(bound) for text in texts if text > bound)
        assert all(encode(text) <= upper_bound(bound) for text in texts if text <= bound)


def test_a_run_of_long_partitions_takes_in_all_their_keys() -> None:
    partition = encode("p" * 600)
    assert run_of(partition, "a") == run_of(partition, "b") == ("p" * HEAD,)
    assert run_of("p", "a") != run_of("p", "b")
