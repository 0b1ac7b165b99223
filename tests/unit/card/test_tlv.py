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


def test_the_largest_envisioned_identity_fits_and_a_file_without_end_does_not() -> None:
    largest = tlv.encode({7: bytes(tlv.LARGEST_IDENTITY_BYTES - 5)})

    assert len(largest) == tlv.LARGEST_IDENTITY_BYTES == 816
    assert tlv.parse(largest)
    assert tlv.parse(b"\1\1A".ljust(tlv.MAX_FILE_BYTES, b"\0")) == {1: b"A"}
    for endless in (b"\1\1A", b"\1" + b"\xff" * 20):
        with pytest.raises(CardMalformed) as caught:
            tlv.parse(endless.ljust(tlv.MAX_FILE_BYTES + 1, b"\0"))
        assert caught.value.reason == "tlv-too-long"


def test_a_length_of_many_ffs_is_truncated_and_not_believed() -> None:
    with pytest.raises(CardMalformed) as caught:
        tlv.parse(b"\1" + b"\xff" * (tlv.MAX_FILE_BYTES - 1))
    assert caught.value.reason == "tlv-truncated"


def test_bytes_after_the_padding_are_no_element() -> None:
    assert tlv.parse(b"\1\1A\0\0\2\1B") == {1: b"A"}
    assert tlv.used_length(b"\1\1A\0\0\2\1B") == 3


def test_an_empty_file_and_one_of_zeros_have_nothing_to_say() -> None:
    assert tlv.parse(b"") == {}
    assert not any(tlv.parse(bytes(121)).values())


def test_elements_may_come_in_any_order_but_never_twice() -> None:
    assert list(tlv.parse(b"\7\1A\1\1B")) == [7, 1]
    with pytest.raises(CardMalformed) as caught:
        tlv.parse(b"\7\0\1\1B\7\0")
    assert caught.value.reason == "tlv-duplicate-tag"


@given(
    st.dictionaries(st.integers(1, 255), st.binary(max_size=300), max_size=6),
    st.none() | st.binary(max_size=4),
    st.integers(0, 60),
)
def test_a_file_reads_back_with_its_version_and_whatever_padding(
    values: dict[int, bytes], version: bytes | None, zeros: int
) -> None:
    whole = ({} if version is None else {0: version}) | values
    file = tlv.encode(whole)

    if file:
        assert whole == tlv.parse(file + bytes(zeros))
        assert len(file) == tlv.used_length(file + bytes(zeros))


@given(st.dictionaries(st.integers(1, 255), st.binary(min_size=1, max_size=30), min_size=1))
def test_a_file_that_breaks_off_in_an_element_is_refused(values: dict[int, bytes]) -> None:
    file = tlv.encode(values)

    with pytest.raises(CardMalformed):
        tlv.parse(file[:-1])


@given(st.dictionaries(st.integers(1, 255), st.binary(max_size=600), max_size=6))
def test_what_is_encoded_reads_back(values: dict[int, bytes]) -> None:
    assert values == tlv.parse(tlv.encode(values))
