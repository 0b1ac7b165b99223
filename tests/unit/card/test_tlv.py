"""The TLV format: what it reads, what it refuses, and that nothing else can happen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.card import tlv
from device.card.errors import CardError, CardMalformed


def test_a_length_of_ff_continues_in_the_next_byte() -> None:
    value = bytes(300)

    assert {7: value} == tlv.parse(b"\x07\xff\x2d" + value)
    assert {7: value[:255]} == tlv.parse(b"\x07\xff\x00" + value[:255])


def test_a_length_of_a_hundred_and_thirty_is_one_byte() -> None:
    assert {7: bytes(130)} == tlv.parse(b"\x07\x82" + bytes(130))


def test_tag_zero_is_an_element_at_the_start_and_padding_later() -> None:
    assert tlv.parse(b"\0\2\0\1\1\1A\0\0\0") == {0: b"\0\1", 1: b"A"}


def test_an_empty_value_is_kept() -> None:
    assert tlv.parse(bytes.fromhex("1A001B001C00")) == {0x1A: b"", 0x1B: b"", 0x1C: b""}


@pytest.mark.parametrize("untrusted", [b"\7", b"\7\5abc", b"\7\xff", b"\1\1A\1\1B"])
def test_a_file_that_does_not_fit_together_is_refused(untrusted: bytes) -> None:
    with pytest.raises(CardMalformed):
        tlv.parse(untrusted)


def test_the_used_length_ends_with_the_last_element_even_if_that_is_empty() -> None:
    file = b"\1\1A\3\0"

    assert tlv.used_length(file + bytes(9)) == 5
    assert len(file.rstrip(b"\0")) == 4


@pytest.mark.parametrize(
    ("start", "length"),
    [
        ("3003", 5),
        ("308103", 6),
        ("30820100", 260),
        ("3080", None),
        ("30830100", None),
        ("00", None),
        ("", None),
        ("3082", None),
    ],
)
def test_a_der_header_tells_the_whole_length(start: str, length: int | None) -> None:
    assert length == tlv.der_length(bytes.fromhex(start))


@given(st.binary(max_size=600))
def test_any_bytes_parse_or_raise_a_card_error(untrusted: bytes) -> None:
    try:
        values = tlv.parse(untrusted)
    except CardError:
        return
    assert sum(map(len, values.values())) <= len(untrusted)


@given(st.dictionaries(st.integers(1, 255), st.binary(max_size=600), max_size=6))
def test_what_is_encoded_reads_back(values: dict[int, bytes]) -> None:
    assert values == tlv.parse(tlv.encode(values))
